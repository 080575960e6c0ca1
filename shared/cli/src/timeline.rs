//! The operator's log: one line a decision, step, outcome and alert, in columns.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidegate_simulator::document::TimelineEntry;

use crate::error::Failure;
use crate::terminal;

/// What sort of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// Capacity is to change.
    Decision,
    /// Capacity is not to change.
    Hold,
    /// A step of the life cycle.
    Step,
    /// What became of a call.
    Outcome,
    /// A person should know.
    Alert,
    /// Seen and left alone.
    Note,
    /// What the scenario does.
    World,
    /// A standing invariant was broken.
    Invariant,
}

impl EntryKind {
    /// All of them, in the order of a legend.
    pub(crate) const ALL: [EntryKind; 8] = [
        EntryKind::Decision,
        EntryKind::Hold,
        EntryKind::Step,
        EntryKind::Outcome,
        EntryKind::Alert,
        EntryKind::Note,
        EntryKind::World,
        EntryKind::Invariant,
    ];

    /// Of an entry; a kind that is not known here is a note.
    pub(crate) fn of(entry: &TimelineEntry) -> EntryKind {
        EntryKind::ALL.into_iter().find(|kind| kind.name() == entry.kind).unwrap_or(EntryKind::Note)
    }

    /// As documents write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            EntryKind::Decision => "decision",
            EntryKind::Hold => "hold",
            EntryKind::Step => "step",
            EntryKind::Outcome => "outcome",
            EntryKind::Alert => "alert",
            EntryKind::Note => "note",
            EntryKind::World => "world",
            EntryKind::Invariant => "invariant",
        }
    }
}

/// `07:42` in a run of a day, `Tue 3 07:42` in a longer one; UTC, so that a log reads the same on every machine.
pub(crate) fn clock(at: Timestamp, days: f64) -> String {
    let pattern = match days {
        days if days <= 1.0 => "%H:%M",
        days if days <= 28.0 => "%a %_d %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    at.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
}

/// One line of the log.
pub(crate) fn line(entry: &TimelineEntry, days: f64) -> String {
    let TimelineEntry { at, kind, reason, detail, .. } = entry;
    format!("{}  {kind:<9}  {reason:<26}  {detail}", clock(*at, days))
}

/// Prints lines of the log.
pub(crate) fn print(entries: &[TimelineEntry], days: f64) -> Result<(), Failure> {
    entries.iter().try_for_each(|entry| terminal::print(line(entry, days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: &str, kind: &str, reason: &str, detail: &str) -> TimelineEntry {
        TimelineEntry {
            at: at.parse().unwrap(),
            target: "orders-readers".to_owned(),
            kind: kind.to_owned(),
            reason: reason.to_owned(),
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn a_log_is_read_in_columns() {
        let entries = [
            entry(
                "2026-03-02T06:47:00Z",
                "decision",
                "scale_out_threshold",
                "primary cpu 78.2% > 70% for 10m: 1 to 3",
            ),
            entry("2026-03-02T06:48:00Z", "step", "create_replicas", "tg-orders-5f2c-0 and tg-orders-5f2c-1"),
            entry("2026-03-02T09:00:00Z", "world", "throttling", "RDS refuses every second call for 10m"),
        ];
        let log: Vec<String> = entries.iter().map(|entry| line(entry, 1.0)).collect();
        insta::assert_snapshot!(log.join("\n"), @r"
        06:47  decision   scale_out_threshold         primary cpu 78.2% > 70% for 10m: 1 to 3
        06:48  step       create_replicas             tg-orders-5f2c-0 and tg-orders-5f2c-1
        09:00  world      throttling                  RDS refuses every second call for 10m
        ");
    }

    #[test]
    fn a_longer_run_says_the_day() {
        let at = "2026-03-03T06:47:00Z".parse().unwrap();
        assert_eq!(clock(at, 0.5), "06:47");
        assert_eq!(clock(at, 7.0), "Tue  3 06:47");
        assert_eq!(clock(at, 60.0), "2026-03-03 06:47");
    }
}
