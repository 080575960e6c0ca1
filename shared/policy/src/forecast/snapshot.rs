//! The state as stored: one live item without the minutes, and an item for each day's minutes.

use std::sync::Arc;

use super::codec::{Reader, SnapshotError, Writer};
use super::delays::Durations;
use super::learned::Learned;
use super::minutes::{DAY, DAYS, Kept, Minutes};
use super::outlook::{LAST_MINUTE, Outlook};
use super::planner::Agreed;
use super::recent::Recent;
use super::settings::Shape;
use super::shadow::Shadow;
use super::thresholds::Thresholds;
use super::waiting::Queue;

/// Kind and version of the live item.
const LIVE: [u8; 4] = *b"TGo1";
/// Kind and version of a day item.
const DAY_OF: [u8; 4] = *b"TGd1";

/// The live item: everything but the minutes.
pub fn encode(outlook: &Outlook) -> Vec<u8> {
    let mut to = Writer::new(LIVE);
    let shape = outlook.shape();
    to.u8(u8::try_from(shape.levels()).unwrap_or(u8::MAX));
    to.f64(shape.step());
    to.f64(shape.objective());
    to.i64(outlook.minutes.first());
    to.i64(outlook.minutes.end());
    outlook.learned.encode(&mut to, shape.levels());
    outlook.queue.encode(&mut to, shape.levels(), outlook.minutes.end());
    outlook.agreed.encode(&mut to);
    outlook.creations.encode(&mut to);
    outlook.drains.encode(&mut to);
    outlook.shadow.encode(&mut to);
    to.finish()
}

/// The days (since the Unix epoch) whose minutes are kept.
pub fn days(outlook: &Outlook) -> impl Iterator<Item = i64> {
    days_of(outlook.minutes.first(), outlook.minutes.end())
}

fn days_of(first: i64, end: i64) -> impl Iterator<Item = i64> {
    let (from, to) =
        if first < end { (first.div_euclid(DAY), (end - 1).div_euclid(DAY) + 1) } else { (0, 0) };
    from..to
}

/// One day's minutes; none if nothing of that day is kept.
pub fn encode_day(outlook: &Outlook, day: i64) -> Option<Vec<u8>> {
    let midnight = day.checked_mul(DAY)?;
    let from = outlook.minutes.first().max(midnight);
    let until = outlook.minutes.end().min(midnight.checked_add(DAY)?);
    if from >= until {
        return None;
    }
    let mut to = Writer::new(DAY_OF);
    to.i64(from);
    to.u16(u16::try_from(until - from).unwrap_or(u16::MAX));
    let kept: Vec<Kept> = (from..until).map(|minute| outlook.minutes.kept(minute)).collect();
    kept.iter().for_each(|kept| to.i16(kept.steps));
    for eight in kept.chunks(8) {
        to.u8((0..).zip(eight).fold(0, |bits, (place, kept)| bits | u8::from(kept.known) << place));
    }
    Some(to.finish())
}

/// The minutes of a day item, and the first of them.
fn decode_day(bytes: &[u8]) -> Result<(i64, Vec<Kept>), SnapshotError> {
    let mut from = Reader::open(bytes, DAY_OF)?;
    let (first, count) = (from.i64()?, usize::from(from.u16()?));
    let mut kept = Vec::with_capacity(count);
    for _ in 0..count {
        kept.push(Kept { steps: from.i16()?, known: false });
    }
    for eight in kept.chunks_mut(8) {
        let bits = from.u8()?;
        for (place, kept) in eight.iter_mut().enumerate() {
            kept.known = bits >> place & 1 == 1;
        }
    }
    from.end()?;
    Ok((first, kept))
}

/// The shape of a stored state.
///
/// # Errors
///
/// What is no live item.
pub fn stored_shape(live: &[u8]) -> Result<Shape, SnapshotError> {
    let mut from = Reader::open(live, LIVE)?;
    let (levels, step, objective) = (from.u8()?, from.f64("step")?, from.f64("objective")?);
    Shape::new(levels, step, objective).map_err(|wrong| SnapshotError::Shape(wrong.to_string()))
}

/// The state that was stored as `live` and `days`, in any order. A day may hold more minutes than the live item knew: they are left out, and pushed
/// again.
///
/// # Errors
///
/// Whatever is not the whole state of a target of this `shape`. Nothing of it is to be used then.
pub fn decode(live: &[u8], days: &[&[u8]], shape: Shape) -> Result<Outlook, SnapshotError> {
    let mut from = Reader::open(live, LIVE)?;
    let (levels, step, objective) = (from.u8()?, from.f64("step")?, from.f64("objective")?);
    let found =
        Shape::new(levels, step, objective).map_err(|wrong| SnapshotError::Shape(wrong.to_string()))?;
    if found != shape {
        let of =
            |shape: Shape| format!("{} levels of {} at {}", shape.levels(), shape.step(), shape.objective());
        return Err(SnapshotError::Shape(format!("{}, and not {}", of(found), of(shape))));
    }
    let (first, end) = (from.i64()?, from.i64()?);
    if !(0..=end).contains(&first) || end > LAST_MINUTE + 1 || end - first > DAY * DAYS {
        return Err(SnapshotError::Impossible("range of minutes"));
    }
    let mut outlook = Outlook::cold(shape);
    outlook.learned = Learned::decode(&mut from, shape.levels())?;
    outlook.queue = Queue::decode(&mut from, shape.levels(), end)?;
    outlook.agreed = Agreed::decode(&mut from)?;
    outlook.creations = Durations::decode(&mut from)?;
    outlook.drains = Durations::decode(&mut from)?;
    outlook.shadow = Shadow::decode(&mut from, shape.levels())?;
    from.end()?;
    (outlook.minutes, outlook.recent) = minutes(days, first, end, shape)?;
    Ok(outlook)
}

/// The minutes `first..end` from the days, and what follows from them.
fn minutes(days: &[&[u8]], first: i64, end: i64, shape: Shape) -> Result<(Minutes, Recent), SnapshotError> {
    let mut read = days.iter().map(|day| decode_day(day)).collect::<Result<Vec<_>, _>>()?;
    read.sort_by_key(|(from, _)| *from);
    let mut minutes = Minutes::empty(Arc::new(Thresholds::of(shape)));
    let mut recent = Recent::new();
    minutes.begin(first);
    for (from, kept) in read {
        for (minute, kept) in (from..end).zip(kept) {
            if minute == minutes.end() {
                minutes.append(kept);
                recent.follow(&minutes);
            }
        }
    }
    if (minutes.first(), minutes.end()) != (first, end) {
        let why = format!("{first} to {end} are wanted, {} to {} are there", minutes.first(), minutes.end());
        return Err(SnapshotError::Minutes(why));
    }
    Ok((minutes, recent))
}
