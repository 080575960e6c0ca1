//! Moments as people write them: `2026-11-27 18:00` in a zone, or `2026-11-27T18:00:00+01:00`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::place::Placed;
use super::problems::Problems;
use super::table::Entry;

const FORMS: &str =
    "write \"2026-11-27 18:00\" with a zone beside it, or \"2026-11-27T18:00:00+01:00\" without one";

/// A moment that may still lack its zone.
#[derive(Clone, Copy)]
pub(super) enum Moment {
    /// By a clock on the wall.
    Local(DateTime),
    /// With an offset.
    Exact(Timestamp),
}

impl Moment {
    /// The instant, of a clock on the wall in `zone`: a time that the spring gap skips is taken after it, one that autumn repeats the first time.
    pub(super) fn instant(self, zone: Option<&TimeZone>) -> Option<Timestamp> {
        match self {
            Moment::Exact(instant) => Some(instant),
            Moment::Local(local) => Some(local.to_zoned(zone?.clone()).ok()?.timestamp()),
        }
    }
}

/// The moment under `entry`, in quotes or as TOML writes times.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Placed<Moment>> {
    let written = match entry.bare_time() {
        Some(bare) => bare,
        None => entry.text("a date and a time in quotes", problems)?.value.to_owned(),
    };
    let moment = parse(&written);
    if moment.is_none() {
        let message = format!("{}: {written:?} is not a date and a time: {FORMS}", entry.path);
        problems.tell(entry.at(), message);
    }
    moment.map(|value| Placed { value, at: entry.at() })
}

fn parse(text: &str) -> Option<Moment> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let (clock, offset) =
        ["9999-99-99 99:99:99", "9999-99-99T99:99:99", "9999-99-99 99:99", "9999-99-99T99:99"]
            .into_iter()
            .find(|clock| shape.starts_with(clock))
            .map(|clock| text.split_at(clock.len()))?;
    match &shape[clock.len()..] {
        "" => clock.parse().ok().map(Moment::Local),
        "Z" | "z" | "+99:99" | "-99:99" => format!("{clock}{offset}").parse().ok().map(Moment::Exact),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_both_forms_and_no_other() {
        let madrid = TimeZone::get("Europe/Madrid").unwrap();
        for (written, read) in [
            ("2026-11-27 18:00", Some("2026-11-27T17:00:00Z")),
            ("2026-11-27T18:00:30", Some("2026-11-27T17:00:30Z")),
            ("2026-11-27T18:00:00Z", Some("2026-11-27T18:00:00Z")),
            ("2026-11-27 18:00+02:00", Some("2026-11-27T16:00:00Z")),
            // The gap of spring, and the hour that autumn repeats.
            ("2026-03-29 02:30", Some("2026-03-29T01:30:00Z")),
            ("2026-10-25 02:30", Some("2026-10-25T00:30:00Z")),
            ("2026-11-27", None),
            ("2026-11-31 18:00", None),
            ("2026-11-27 25:00", None),
            ("2026-11-27 6:00", None),
            ("2026-11-27 18:00 Europe/Madrid", None),
            ("2026-11-27T18:00:00+01:00[Europe/Madrid]", None),
            ("tomorrow", None),
            ("", None),
        ] {
            let instant = parse(written).and_then(|moment| moment.instant(Some(&madrid)));
            assert_eq!(instant, read.map(|read| read.parse().unwrap()), "{written}");
        }
        let local = parse("2026-11-27 18:00").unwrap();
        assert_eq!(local.instant(None), None);
    }
}
