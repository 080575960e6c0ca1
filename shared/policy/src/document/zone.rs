//! Time zones by their IANA names.

use jiff::tz::TimeZone;

use super::problems::Problems;
use super::spelling::did_you_mean;
use super::table::Entry;

/// The zone under `entry`.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<TimeZone> {
    let text = entry.text("a time zone in quotes", problems)?;
    // A zone without a name (jiff's "Etc/Unknown") could not be told back.
    let zone = TimeZone::get(text.value).ok().filter(|zone| zone.iana_name().is_some());
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let mend = did_you_mean(text.value, known.iter().map(String::as_str))
            .unwrap_or_else(|| ": write an IANA name, as \"Europe/Madrid\" or \"UTC\"".to_owned());
        problems.tell(text.at, format!("{}: unknown time zone {:?}{mend}", entry.path, text.value));
    }
    zone
}
