//! One thing that is to be told outside, as it waits in a target's memory until it is published.

use jiff::{Timestamp, Unit as Rounding};
use serde::{Deserialize, Serialize};

use super::compact;
use crate::number::Number;
use crate::reason::Reason;
use crate::severity::Severity;

/// How many characters of a sentence are kept: fifty notices wait at most, in an item of 400 KB (DynamoDB developer guide, "Item size").
const SENTENCE: usize = 1_000;

/// How many numbers of a sentence are kept, for the same reason.
const NUMBERS: usize = 8;
/// How many characters of the name of one.
const NAME: usize = 60;

/// One thing that is to be told outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Grows with each notice of a target: what comes with a lower number is late.
    pub number: u64,
    /// What sort it is.
    pub kind: NoticeKind,
    /// The stable code; of a recovery that of the alert which is over.
    pub reason: Reason,
    /// One sentence with numbers, 1,000 characters at most.
    pub detail: String,
    /// Since when it is so, or, of a recovery, was.
    pub since: Timestamp,
    /// When it was found.
    pub at: Timestamp,
    /// The numbers of the sentence, 8 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "compact")]
    pub numbers: Vec<Number>,
    /// When Tidegate comes back to it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// When Tidegate comes back to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// It looks again then.
    Look(Timestamp),
    /// It tries again then; until then it only looks.
    Try(Timestamp),
}

impl Notice {
    /// What Tidegate does about it, and when it looks again, in one sentence; nothing of what is over.
    pub fn doing(&self) -> Option<String> {
        // Nobody reads fractions of a second.
        let shown = |at: Timestamp| at.round(Rounding::Second).unwrap_or(at);
        let what = self.reason.doing();
        let sentence = match self.next {
            None => format!("{what}."),
            Some(Next::Look(at)) => format!("{what}; the next look is at {}.", shown(at)),
            Some(Next::Try(at)) => format!("{what}; the next try is at {}.", shown(at)),
        };
        (self.kind != NoticeKind::Recovery).then_some(sentence)
    }

    /// How soon a person has to look; of a recovery, had to.
    pub fn severity(&self) -> Severity {
        self.reason.severity()
    }

    /// Whether it is a decision or a step: what matters for a day at most, as against what a person waits for.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.kind, NoticeKind::Decision | NoticeKind::Step)
    }
}

/// The sorts of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Capacity is to change.
    Decision,
    /// A step of the life cycle was taken.
    Step,
    /// A person should know; told again once a day while it stands.
    Alert,
    /// An alert is over.
    Recovery,
}

/// The sentence as far as it is kept.
pub(super) fn kept(detail: &str) -> String {
    cut(detail, SENTENCE)
}

/// The numbers as far as they are kept: the first of each name, and none that JSON has no word for.
pub(crate) fn kept_numbers(numbers: &[Number]) -> Vec<Number> {
    let mut kept: Vec<Number> = Vec::new();
    for number in numbers.iter().filter(|number| number.value.is_finite()) {
        let name = cut(&number.name, NAME);
        if kept.len() < NUMBERS && kept.iter().all(|known| known.name != name) {
            let bound = number.bound.filter(|bound| bound.is_finite());
            kept.push(Number { name, bound, ..number.clone() });
        }
    }
    kept
}

/// A text or its beginning, of so many characters at most.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Unit;
    use crate::units::Count;

    #[test]
    fn a_sentence_is_cut_by_characters() {
        assert_eq!(kept("ä"), "ä");
        assert_eq!(kept(&"ä".repeat(1_000)), "ä".repeat(1_000));
        assert_eq!(kept(&"ä".repeat(1_001)), format!("{}…", "ä".repeat(999)));
    }

    fn notice() -> Notice {
        let at: Timestamp = "2026-03-02T08:50:00.25Z".parse().unwrap();
        Notice {
            number: 7,
            kind: NoticeKind::Alert,
            reason: Reason::NoMemoryLever,
            detail: "memory is short".to_owned(),
            since: at,
            at,
            numbers: vec![
                Number::new("memory of sessions-001", 91.0, Unit::Percent).against(75.0),
                Number::count("nodes", Count(3)),
            ],
            next: Some(Next::Look(at)),
        }
    }

    #[test]
    fn it_is_read_as_it_was_written_and_numbers_take_little_room() {
        let text = serde_json::to_string(&notice()).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&text).unwrap(), notice());
        let numbers = r#""numbers":[["memory of sessions-001",91.0,"percent",75.0],["nodes",3.0,"count"]]"#;
        assert!(text.contains(numbers), "{text}");
    }

    #[test]
    fn what_was_stored_before_notices_had_numbers_is_still_read() {
        let stored = r#"{"number":7,"kind":"alert","reason":"no_memory_lever","detail":"memory is short",
            "since":"2026-03-02T08:50:00.25Z","at":"2026-03-02T08:50:00.25Z"}"#;
        let read: Notice = serde_json::from_str(stored).unwrap();
        assert_eq!(read, Notice { numbers: Vec::new(), next: None, ..notice() });
        // And what is new of neither is not written, so that the version before reads it as it was.
        let text = serde_json::to_string(&read).unwrap();
        assert!(!text.contains("numbers") && !text.contains("next"), "{text}");
    }

    #[test]
    fn a_unit_of_a_later_version_does_not_keep_a_notice_from_being_read() {
        let text = serde_json::to_string(&notice()).unwrap().replace("percent", "furlongs");
        let read: Notice = serde_json::from_str(&text).unwrap();
        assert_eq!(read.numbers[0].unit, Unit::Other);
    }

    #[test]
    fn numbers_are_bounded_each_name_comes_once_and_nothing_is_no_number() {
        let long = "n".repeat(1_000);
        let mut many: Vec<Number> =
            (0..1_000).map(|nth| Number::count(format!("{nth} {long}"), Count(nth))).collect();
        many[1].value = f64::NAN;
        many[2].bound = Some(f64::INFINITY);
        many[3].name = many[0].name.clone();
        let kept = kept_numbers(&many);
        assert_eq!(kept.len(), NUMBERS);
        assert!(kept.iter().all(|number| number.name.chars().count() <= NAME));
        let values: Vec<f64> = kept.iter().map(|number| number.value).collect();
        assert_eq!(values, [0.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(kept[1].bound, None);
    }

    #[test]
    fn what_is_done_about_it_is_one_sentence_that_says_when_and_nothing_is_done_about_what_is_over() {
        let doing = |next| Notice { next, ..notice() }.doing().unwrap();
        let what = Reason::NoMemoryLever.doing();
        let at = notice().at;
        assert_eq!(doing(None), format!("{what}."));
        assert_eq!(doing(Some(Next::Look(at))), format!("{what}; the next look is at 2026-03-02T08:50:00Z."));
        assert_eq!(doing(Some(Next::Try(at))), format!("{what}; the next try is at 2026-03-02T08:50:00Z."));
        assert_eq!(Notice { kind: NoticeKind::Recovery, ..notice() }.doing(), None);
    }
}
