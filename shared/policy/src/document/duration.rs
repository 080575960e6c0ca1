//! Durations as people write them: `90s`, `10m`, `1h30m`, `2d`; of latency also `800ms`.

use jiff::SignedDuration;

use super::problems::Problems;
use super::table::Entry;
use super::text::Fault;
use crate::units::friendly;

/// Longer than anything here means; it also keeps sums of durations far from overflow.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The units, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Which durations a key takes.
pub(super) struct Allowed {
    /// This or more.
    pub(super) least: SignedDuration,
    /// This or less.
    pub(super) most: SignedDuration,
    /// Only whole multiples of this.
    pub(super) step: SignedDuration,
    /// Why not more.
    pub(super) why_not_more: &'static str,
}

impl Allowed {
    /// Any duration that is not zero.
    pub(super) const POSITIVE: Allowed = Allowed {
        least: SignedDuration::from_secs(1),
        most: LONGEST,
        step: SignedDuration::from_secs(1),
        why_not_more: "",
    };
    /// Any duration, and zero.
    pub(super) const ANY: Allowed = Allowed { least: SignedDuration::ZERO, ..Allowed::POSITIVE };

    /// What is wrong with `duration`, if anything is.
    pub(super) fn complaint(&self, duration: SignedDuration) -> Option<String> {
        let (shown, least, most) = (friendly(duration), friendly(self.least), friendly(self.most));
        if duration < self.least {
            Some(format!("{shown} is too short: write {least} or more"))
        } else if duration > self.most {
            Some(format!("{shown} is too long: {}write {most} or less", self.why_not_more))
        } else if self.step.as_secs() == 60 && duration.as_secs() % 60 != 0 {
            let minutes = SignedDuration::from_mins(duration.as_secs() / 60 + 1);
            Some(format!("{shown} is not a whole number of minutes: write {}", friendly(minutes)))
        } else {
            None
        }
    }
}

/// The duration under `entry`.
pub(super) fn read(
    entry: &Entry<'_>,
    allowed: &Allowed,
    problems: &mut Problems<'_>,
) -> Option<SignedDuration> {
    let text = entry.text("a duration with its unit in quotes", problems)?;
    match parse(text.value) {
        Ok(duration) => match allowed.complaint(duration) {
            None => return Some(duration),
            Some(complaint) => problems.tell(entry.at(), format!("{}: {complaint}", entry.path)),
        },
        Err(fault) => {
            problems.tell(text.place(fault.index), format!("{}: {}", entry.path, fault.message));
        }
    }
    None
}

/// Reads one duration of whole seconds; sums of units are written from the largest to the smallest.
pub(super) fn parse(text: &str) -> Result<SignedDuration, Fault> {
    parse_in(text, &UNITS[..4], "d, h, m or s")
}

/// Reads one duration of whole milliseconds, in which answers are timed.
pub(super) fn parse_fine(text: &str) -> Result<SignedDuration, Fault> {
    parse_in(text, &UNITS, "m, s or ms")
}

/// A duration as [`parse_fine`] reads it.
pub(super) fn friendly_fine(duration: SignedDuration) -> String {
    let millis = duration.subsec_millis();
    match friendly(duration) {
        whole if millis == 0 => whole,
        whole if duration.as_secs() == 0 => format!("{}{millis}ms", whole.trim_end_matches("0s")),
        whole => format!("{whole}{millis}ms"),
    }
}

fn parse_in(text: &str, units: &[(&str, u64)], known: &str) -> Result<SignedDuration, Fault> {
    let mut rest = text;
    let mut millis: u64 = 0;
    let mut smallest = u64::MAX;
    while !rest.is_empty() || text.is_empty() {
        let index = text.len() - rest.len();
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        if digits.is_empty() || unit.starts_with(['.', ',']) {
            let mend = "write whole numbers with units, as \"90s\", \"10m\", \"1h30m\" or \"2d\"";
            return Err(Fault::new(index, format!("{text:?} is not a duration: {mend}")));
        }
        if unit.is_empty() {
            let mend = format!("write a unit, as \"{digits}s\", \"{digits}m\" or \"{digits}h\"");
            return Err(Fault::new(index, format!("{text:?} has a number without a unit: {mend}")));
        }
        let Some((_, size)) = units.iter().find(|(name, _)| *name == unit) else {
            let at = index + digits.len();
            return Err(Fault::new(at, format!("{unit:?} in {text:?} is not a unit: write {known}")));
        };
        if *size >= smallest {
            return Err(Fault::new(
                index,
                format!("{text:?} is out of order: write the larger unit first and each once, as \"1h30m\""),
            ));
        }
        smallest = *size;
        let more = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(*size));
        let most = LONGEST.as_secs().unsigned_abs() * 1_000;
        match more.and_then(|more| millis.checked_add(more)).filter(|sum| *sum <= most) {
            Some(sum) => millis = sum,
            None => {
                let mend = format!("write {} or less", friendly(LONGEST));
                return Err(Fault::new(0, format!("{text:?} is too long: {mend}")));
            }
        }
        rest = after;
    }
    Ok(SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prints_as_a_duration_reads_back() {
        for seconds in [0, 1, 90, 600, 5_400, 86_400, 172_861] {
            let duration = SignedDuration::from_secs(seconds);
            assert_eq!(parse(&friendly(duration)), Ok(duration));
        }
    }

    #[test]
    fn what_prints_in_milliseconds_reads_back_and_only_where_they_are_meant() {
        for (millis, text) in
            [(0, "0s"), (800, "800ms"), (1_500, "1s500ms"), (60_000, "1m"), (60_001, "1m1ms")]
        {
            let duration = SignedDuration::from_millis(millis);
            assert_eq!(friendly_fine(duration), text);
            assert_eq!(parse_fine(text), Ok(duration));
            assert_eq!(parse(text).is_ok(), millis % 1_000 == 0, "{text}");
        }
    }

    #[test]
    fn malformed_durations_say_what_to_write() {
        let said = |text| match parse(text) {
            Ok(duration) => format!("{duration:?}"),
            Err(fault) => format!("{}: {}", fault.index, fault.message),
        };
        insta::assert_snapshot!(said(""), @r#"0: "" is not a duration: write whole numbers with units, as "90s", "10m", "1h30m" or "2d""#);
        insta::assert_snapshot!(said("ten"), @r#"0: "ten" is not a duration: write whole numbers with units, as "90s", "10m", "1h30m" or "2d""#);
        insta::assert_snapshot!(said("-5m"), @r#"0: "-5m" is not a duration: write whole numbers with units, as "90s", "10m", "1h30m" or "2d""#);
        insta::assert_snapshot!(said("1.5h"), @r#"0: "1.5h" is not a duration: write whole numbers with units, as "90s", "10m", "1h30m" or "2d""#);
        insta::assert_snapshot!(said("10"), @r#"0: "10" has a number without a unit: write a unit, as "10s", "10m" or "10h""#);
        insta::assert_snapshot!(said("1h30"), @r#"2: "1h30" has a number without a unit: write a unit, as "30s", "30m" or "30h""#);
        insta::assert_snapshot!(said("10 m"), @r#"2: " m" in "10 m" is not a unit: write d, h, m or s"#);
        insta::assert_snapshot!(said("500ms"), @r#"3: "ms" in "500ms" is not a unit: write d, h, m or s"#);
        insta::assert_snapshot!(said("30m1h"), @r#"3: "30m1h" is out of order: write the larger unit first and each once, as "1h30m""#);
        insta::assert_snapshot!(said("99999999999999999999d"), @r#"0: "99999999999999999999d" is too long: write 365d or less"#);
        insta::assert_snapshot!(said("366d"), @r#"0: "366d" is too long: write 365d or less"#);
    }
}
