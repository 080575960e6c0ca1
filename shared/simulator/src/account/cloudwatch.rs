//! CloudWatch in virtual time: one-minute points that come late, sometimes not at all, once in disorder.

use jiff::SignedDuration;
use tidegate_policy::observation::{Lacking, Minute, Point};

use crate::random::{Draws, Key};

use super::archive::{Archive, Days};
use super::clock::{Millis, whole};

/// Minutes kept of every name; a power of two above the longest look-back.
const KEPT: usize = 256;
/// The longest look-back that can be asked for, minutes.
pub(crate) const LONGEST_LOOK_BACK: u32 = 240;
/// One point in two hundred never arrives.
const DROPPED: f64 = 0.005;
/// One point in four is shown while its minute is still being added up; it is complete a minute after its end.
const SHOWN_EARLY: f64 = 0.25;

#[derive(Clone, Copy, Debug)]
struct Kept {
    minute: i64,
    visible: Millis,
    /// Below 1: shown incomplete from the minute's end until a minute later.
    early: f64,
}

const NOTHING: Kept = Kept { minute: i64::MIN, visible: Millis::NEVER, early: 1.0 };

/// The points of one name: a later instance of the same name goes on in the same series.
#[derive(Debug)]
struct Ring {
    name: String,
    /// How many series it has.
    series: usize,
    newest: i64,
    kept: Box<[Kept]>,
    /// Minute by minute, each with all its series; NaN was dropped or never published.
    values: Box<[f64]>,
}

/// The account's metrics.
#[derive(Debug)]
pub(crate) struct CloudWatch {
    key: Key,
    rings: Vec<Ring>,
    /// Minutes of which nothing is ever published: from, until.
    blackouts: Vec<(Minute, Minute)>,
    /// Ten minutes that arrive late and newest first, from this one on.
    disorder: Option<Minute>,
    /// What is kept for days, and of each ring which of its series: only where somebody will ask.
    archive: Option<(Archive, &'static [usize])>,
}

const DISORDERED: i64 = 10;

impl CloudWatch {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, rings: Vec::new(), blackouts: Vec::new(), disorder: None, archive: None }
    }

    /// From now on these series of every ring are kept for fifteen days.
    pub(crate) fn keep_for_days(&mut self, series: &'static [usize]) {
        self.archive = Some((Archive::default(), series));
    }

    /// Publishes what was measured of this name in a minute long ago: the series that are kept, in their order.
    pub(crate) fn publish_past<const N: usize>(
        &mut self,
        name: &str,
        minute: Minute,
        member: u64,
        measured: impl FnOnce(&mut Draws) -> [f64; N],
    ) {
        let Some((archive, series)) = &mut self.archive else { return };
        let mut draws = self.key.member(!member << 40 | minute.0.unsigned_abs());
        let mut ring = self.rings.iter_mut().find(|ring| ring.name == name);
        for (series, value) in series.iter().zip(measured(&mut draws)) {
            if draws.chance(DROPPED) {
                continue;
            }
            archive.keep(name, *series, minute, Millis(0), value);
            // Whoever is there still shows the last hours to the rules too.
            if let Some(ring) = &mut ring {
                let place = place(minute.0);
                ring.kept[place] = Kept { minute: minute.0, visible: Millis(0), early: 1.0 };
                ring.values[place * ring.series + series] = value;
            }
        }
    }

    /// GetMetricStatistics of all that is kept of the minutes that are lacking, as it is visible at `now`: a day at most.
    pub(crate) fn read_past(&self, lacking: Lacking, now: Millis) -> Days {
        match &self.archive {
            Some((archive, _)) => archive.read(lacking, now),
            None => Archive::default().read(lacking, now),
        }
    }

    /// The ring of this name, of so many series; a new one takes the place of one that has nothing left to show.
    pub(crate) fn ring(&mut self, name: &str, series: usize, now: Millis) -> usize {
        if let Some(at) = self.rings.iter().position(|ring| ring.name == name) {
            return at;
        }
        let ring = Ring {
            name: name.to_owned(),
            series,
            newest: now.minute().0,
            kept: vec![NOTHING; KEPT].into_boxed_slice(),
            values: vec![f64::NAN; KEPT * series].into_boxed_slice(),
        };
        let oldest = now.minute().0 - 512;
        if let Some(at) = self.rings.iter().position(|ring| ring.newest < oldest) {
            self.rings[at] = ring;
            at
        } else {
            self.rings.push(ring);
            self.rings.len() - 1
        }
    }

    /// A trace's one 20-minute blackout and its one batch out of order, somewhere within the run.
    pub(crate) fn have_a_bad_day(&mut self, key: Key, now: Millis, lasting: SignedDuration) {
        let minutes = lasting.as_secs() / 60;
        let mut draws = key.member(0);
        let mut somewhere =
            |low: f64, high: f64| Minute(now.minute().0 + whole(draws.between(low, high) * minutes as f64));
        let dark = somewhere(0.1, 0.5);
        self.blackouts.push((dark, Minute(dark.0 + 20)));
        self.disorder = Some(somewhere(0.6, 0.9));
    }

    /// Publishes nothing from now until `until`.
    pub(crate) fn black_out(&mut self, now: Millis, until: Millis) {
        self.blackouts.push((now.minute(), (until + Millis::MINUTE).minute()));
    }

    /// Whether nothing of this minute is ever published.
    pub(crate) fn is_dark(&self, minute: Minute) -> bool {
        self.blackouts.iter().any(|(from, until)| *from <= minute && minute < *until)
    }

    /// Publishes one minute of one ring, a value a series (NaN where there is nothing to say); `member` keys its luck, the same under
    /// every policy.
    pub(crate) fn publish(&mut self, ring: usize, minute: Minute, member: u64, values: &[f64]) {
        if self.is_dark(minute) {
            return;
        }
        let ends = Millis::start_of(minute) + Millis::MINUTE;
        let mut draws = self.key.member(member << 40 | minute.0.unsigned_abs());
        let mut visible = ends + Millis::of_minutes(draws.between(1.0, 3.0));
        if let Some(from) = self.disorder.filter(|from| (0..DISORDERED).contains(&(minute.0 - from.0))) {
            let place = minute.0 - from.0;
            let last = Millis::start_of(Minute(from.0 + DISORDERED));
            visible = last + Millis::MINUTE + Millis((DISORDERED - place) * 10 * Millis::SECOND.0);
        }
        let early = if draws.chance(SHOWN_EARLY) { draws.between(0.3, 0.9) } else { 1.0 };
        let Some(ring) = self.rings.get_mut(ring) else { return };
        ring.newest = minute.0;
        let place = place(minute.0);
        ring.kept[place] = Kept { minute: minute.0, visible, early };
        let at = place * ring.series;
        let places = ring.values[at..][..ring.series].iter_mut();
        for (place, value) in places.zip(values) {
            *place = if draws.chance(DROPPED) { f64::NAN } else { *value };
        }
        // What arrived: kept where somebody may ask for it days later.
        let Some((archive, series)) = &mut self.archive else { return };
        for nth in *series {
            let value = ring.values[at + nth];
            archive.keep(&ring.name, *nth, minute, visible, value);
        }
    }

    /// GetMetricData of one series of a ring: what is visible at `now` of the last `minutes`.
    pub(crate) fn read(&self, ring: usize, series: usize, minutes: u32, now: Millis) -> Vec<Point> {
        let Some(ring) = self.rings.get(ring) else { return Vec::new() };
        let end = now.minute().0;
        let first = end - i64::from(minutes.min(LONGEST_LOOK_BACK));
        let mut points = Vec::with_capacity(minutes as usize);
        for minute in first..end {
            let place = place(minute);
            let kept = &ring.kept[place];
            let value = ring.values[place * ring.series + series];
            if kept.minute != minute || value.is_nan() {
                continue;
            }
            if kept.visible <= now {
                points.push(Point { minute: Minute(minute), value });
            } else if kept.early < 1.0 && now < Millis::start_of(Minute(minute + 2)) {
                points.push(Point { minute: Minute(minute), value: value * kept.early });
            }
        }
        if let Some(from) = self.disorder.filter(|from| from.0 < end && from.0 + DISORDERED > first) {
            let low = points.partition_point(|point| point.minute < from);
            let high = points.partition_point(|point| point.minute.0 < from.0 + DISORDERED);
            points[low..high].reverse();
        }
        points
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rem_euclid is within the ring")]
fn place(minute: i64) -> usize {
    minute.rem_euclid(KEPT as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;

    const SAMPLE: &[f64] = &[50.0, 20.0, 0.1];

    fn filled() -> (CloudWatch, usize) {
        let mut metrics = CloudWatch::new(Streams::new(1).key("metrics", "publish"));
        let ring = metrics.ring("a", 3, Millis(0));
        (metrics, ring)
    }

    #[test]
    fn a_point_becomes_visible_one_to_three_minutes_after_its_minute() {
        let (mut metrics, ring) = filled();
        for minute in 0..200 {
            metrics.publish(ring, Minute(minute), 0, SAMPLE);
        }
        let newest_complete = |now: i64| {
            let points = metrics.read(ring, 0, 200, Millis(now * 60_000));
            points.iter().rev().find(|point| point.value == 50.0).unwrap().minute.0
        };
        let lags: Vec<_> = (100..200).map(|now| now - 1 - newest_complete(now)).collect();
        assert!(lags.iter().all(|lag| (1..=3).contains(lag)), "{lags:?}");
        assert!(lags.contains(&2) && lags.contains(&3));
    }

    #[test]
    fn an_incomplete_point_is_never_older_than_a_minute() {
        let (mut metrics, ring) = filled();
        let mut seen = 0;
        for minute in 0..200 {
            metrics.publish(ring, Minute(minute), 0, SAMPLE);
            let now = Millis::start_of(Minute(minute + 1)) + Millis(20_000);
            for point in metrics.read(ring, 0, 10, now) {
                if point.value < 50.0 {
                    assert_eq!(point.minute, Minute(minute));
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn a_few_points_are_dropped_and_a_blackout_leaves_none() {
        let (mut metrics, ring) = filled();
        metrics.blackouts.push((Minute(300), Minute(320)));
        let mut present = 0;
        for minute in 0..20_000 {
            metrics.publish(ring, Minute(minute), 0, SAMPLE);
            let point = metrics.read(ring, 0, 10, Millis::start_of(Minute(minute + 10)));
            present += i32::from(point.iter().any(|point| point.minute == Minute(minute)));
        }
        assert!((19_980 - 140..=19_980 - 60).contains(&present), "{present}");
        assert!(metrics.is_dark(Minute(319)) && !metrics.is_dark(Minute(320)));
    }

    #[test]
    fn a_reused_name_inherits_the_series_of_its_predecessor() {
        let (mut metrics, ring) = filled();
        metrics.publish(ring, Minute(5), 0, SAMPLE);
        let again = metrics.ring("a", 3, Millis::start_of(Minute(30)));
        assert_eq!(metrics.read(again, 0, 100, Millis::start_of(Minute(40))).len(), 1);
    }

    #[test]
    fn one_batch_arrives_newest_first() {
        let (mut metrics, ring) = filled();
        metrics.disorder = Some(Minute(50));
        for minute in 0..100 {
            metrics.publish(ring, Minute(minute), 0, SAMPLE);
        }
        let points = metrics.read(ring, 2, 100, Millis::start_of(Minute(100)));
        assert!(!points.is_sorted_by(|a, b| a.minute < b.minute));
        let during = metrics.read(ring, 2, 100, Millis::start_of(Minute(58)));
        assert!(during.iter().all(|point| point.minute.0 < 50 || point.value < 50.0));
    }
}
