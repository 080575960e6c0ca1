//! The grammar of rules: `primary cpu > 70% for 10m, 8 of 10 points add 2` and `replica cpu at 60%`.

use jiff::SignedDuration;

use super::facts::{Facts, Tracking};
use super::spelling::{did_you_mean, listed};
use super::text::Fault;
use super::{duration, measure};
use crate::policy::{Comparison, PointsRequired, Signal, ThresholdRule, TrackingRule};
use crate::units::Count;

/// The list in which a threshold rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `scale_out`.
    ScaleOut,
    /// `scale_in`.
    ScaleIn,
    /// `alert`.
    Alert,
}

impl Role {
    /// The key of the list.
    pub(super) fn key(self) -> &'static str {
        match self {
            Role::ScaleOut => "scale_out",
            Role::ScaleIn => "scale_in",
            Role::Alert => "alert",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Role::ScaleOut | Role::Alert => ">",
            Role::ScaleIn => "<",
        }
    }

    fn comparison(self) -> Comparison {
        match self {
            Role::ScaleOut | Role::Alert => Comparison::Above,
            Role::ScaleIn => Comparison::Below,
        }
    }

    fn form(self) -> &'static str {
        match self {
            Role::ScaleOut => "SIGNAL > VALUE for DURATION[, M of N points][ add K]",
            Role::ScaleIn => "SIGNAL < VALUE for DURATION[, M of N points]",
            Role::Alert => "SIGNAL > VALUE for DURATION[, M of N points]",
        }
    }
}

/// A rule looks at this many one-minute points at most: what one query of CloudWatch brings of every member.
const LONGEST_LOOK: SignedDuration = SignedDuration::from_hours(3);

const LOOK: duration::Allowed = duration::Allowed {
    least: SignedDuration::from_mins(1),
    most: LONGEST_LOOK,
    step: SignedDuration::from_mins(1),
    why_not_more: "",
};

/// Reads a threshold rule of `role`, of a target of which `facts` are known and that has `max` members at most.
///
/// # Errors
/// Every fault, with its place in `written`.
pub(super) fn threshold(
    written: &str,
    role: Role,
    facts: &Facts,
    max: Option<Count>,
) -> Result<ThresholdRule, Vec<Fault>> {
    let words = words(written);
    let mut faults = Vec::new();
    let Some(sign_at) = words.iter().position(|word| word.is_sign()) else {
        return Err(vec![Fault::new(0, format!("no \"{}\" in it: write {}", role.sign(), role.form()))]);
    };
    let (signal_words, rest) = words.split_at(sign_at);
    let (sign, rest) = (rest[0], &rest[1..]);
    let signal =
        read_signal(signal_words, sign, facts, facts.signals()).map_err(|fault| faults.push(fault)).ok();
    if role == Role::ScaleOut
        && let Some(why) = signal.and_then(|signal| facts.never_adds(signal))
    {
        faults.push(Fault::new(signal_words.first().map_or(0, |word| word.index), why.to_owned()));
    }
    if sign.text != role.sign() {
        let mended = format!("{}{}{}", &written[..sign.index], role.sign(), &written[sign.end()..]);
        let message = format!("{} compares with \"{}\": write {:?}", role.key(), role.sign(), mended.trim());
        faults.push(Fault::new(sign.index, message));
    }

    let Some(for_at) = rest.iter().position(|word| word.text == "for") else {
        faults.push(Fault::new(written.trim_end().len(), "for how long? add \"for 10m\""));
        return Err(faults);
    };
    let (value_words, rest) = rest.split_at(for_at);
    let (for_word, rest) = (rest[0], &rest[1..]);
    let value_at = value_words.first().map_or(for_word.index, |word| word.index);
    // Compared with what, is only known once the signal is.
    let threshold = signal.and_then(|signal| {
        measure::threshold(&joined(value_words), signal)
            .map_err(|fault| faults.push(fault.inside(value_at)))
            .ok()
    });

    let Some((look, mut rest)) = rest.split_first() else {
        faults.push(Fault::new(written.trim_end().len(), "for how long? add \"10m\" after \"for\""));
        return Err(faults);
    };
    let minutes = read_minutes(look).map_err(|fault| faults.push(fault)).ok();
    let mut points = minutes.map(|of| PointsRequired::All { of });
    if let [comma, m, of, n, unit, after @ ..] = rest
        && (comma.text, of.text, unit.text) == (",", "of", "points")
    {
        points = minutes
            .and_then(|minutes| read_points(m, n, minutes, look).map_err(|fault| faults.push(fault)).ok());
        rest = after;
    }
    let mut step = Some(Count::ONE);
    if let [add, k, after @ ..] = rest
        && add.text == "add"
    {
        step = read_step(add, k, role, max).map_err(|fault| faults.push(fault)).ok();
        rest = after;
    }
    if let Some(word) = rest.first() {
        let message = format!("{:?} is not understood here: write {}", word.text, role.form());
        faults.push(Fault::new(word.index, message));
    }

    match (signal, threshold, points, step) {
        (Some(signal), Some(threshold), Some(points), Some(step)) if faults.is_empty() => {
            let (comparison, text) = (role.comparison(), written.trim().to_owned());
            Ok(ThresholdRule { signal, comparison, threshold, points, step, text })
        }
        _ => Err(faults),
    }
}

/// Reads a tracking rule of a target of which `facts` are known, and whose kind has `tracking`.
///
/// # Errors
/// Every fault, with its place in `written`.
pub(super) fn tracking(
    written: &str,
    facts: &Facts,
    tracking: &Tracking,
) -> Result<TrackingRule, Vec<Fault>> {
    let words = words(written);
    let Some(at_at) = words.iter().position(|word| word.text == "at") else {
        let message = format!("no \"at\" in it: write SIGNAL at VALUE, as \"{}\"", tracking.example);
        return Err(vec![Fault::new(0, message)]);
    };
    let (signal_words, rest) = words.split_at(at_at);
    let (at_word, value_words) = (rest[0], &rest[1..]);
    let mut faults = Vec::new();
    let signal =
        read_signal(signal_words, at_word, facts, tracking.signals).map_err(|fault| faults.push(fault)).ok();
    let value_at = value_words.first().map_or(written.trim_end().len(), |word| word.index);
    // A target of what, is only known once the signal is.
    let target = signal.and_then(|signal| {
        measure::target(&joined(value_words), signal)
            .map_err(|fault| faults.push(fault.inside(value_at)))
            .ok()
    });
    match (signal, target) {
        (Some(signal), Some(target)) => Ok(TrackingRule { signal, target, text: written.trim().to_owned() }),
        _ => Err(faults),
    }
}

/// The signal of `words`, which has to be one of `known`.
fn read_signal(words: &[Word<'_>], next: Word<'_>, facts: &Facts, known: &[Signal]) -> Result<Signal, Fault> {
    let name = joined(words);
    let index = words.first().map_or(next.index, |word| word.index);
    if let Some(signal) = known.iter().find(|signal| signal.name() == name) {
        return match facts.lacks(*signal) {
            Some(lacking) => Err(Fault::new(index, format!("{name:?} {lacking}"))),
            None => Ok(*signal),
        };
    }
    let named = |signals: &[Signal]| signals.iter().any(|signal| signal.name() == name);
    let names = || known.iter().map(|signal| signal.name());
    let meant = did_you_mean(&name, names());
    let what = if name.is_empty() {
        format!("no signal before \"{}\"", next.text)
    } else if named(facts.signals()) {
        format!("{name:?} cannot be tracked")
    } else if let Some(meant) = meant {
        format!("unknown signal {name:?}{meant}")
    } else if [&Signal::OF_REPLICAS[..], &Signal::OF_SERVICE, &Signal::OF_NODES].into_iter().any(named) {
        format!("{name:?} is a signal of another kind of target")
    } else {
        format!("unknown signal {name:?}")
    };
    let known = if what.ends_with('?') {
        format!(" known are {}", listed(names(), "and"))
    } else {
        format!(": write {}", listed(names(), "or"))
    };
    Err(Fault::new(index, format!("{what}{known}")))
}

fn read_minutes(look: &Word<'_>) -> Result<u32, Fault> {
    let duration = duration::parse(look.text).map_err(|fault| fault.inside(look.index))?;
    match LOOK.complaint(duration) {
        Some(complaint) => Err(Fault::new(look.index, complaint)),
        None => Ok(u32::try_from(duration.as_mins()).unwrap_or(u32::MAX)),
    }
}

fn read_points(m: &Word<'_>, n: &Word<'_>, minutes: u32, look: &Word<'_>) -> Result<PointsRequired, Fault> {
    let at_least = m.number()?;
    let of = n.number()?;
    if of != minutes {
        let look = look.text;
        let mend = format!("write \"{} of {minutes} points\"", at_least.clamp(1, minutes));
        let message = format!("\"for {look}\" is {minutes} one-minute points, and not {of}: {mend}");
        return Err(Fault::new(n.index, message));
    }
    if at_least == 0 || at_least > of {
        let message = format!("{at_least} of {of} points cannot be asked for: write 1 to {of}");
        return Err(Fault::new(m.index, message));
    }
    Ok(PointsRequired::AtLeast { at_least, of })
}

fn read_step(add: &Word<'_>, k: &Word<'_>, role: Role, max: Option<Count>) -> Result<Count, Fault> {
    let step = Count(k.number()?);
    if role != Role::ScaleOut {
        return Err(Fault::new(add.index, format!("only scale_out rules add: remove \"add {step}\"")));
    }
    let range = max.map_or("1 or more".to_owned(), |max| format!("1 to {max}, which is max"));
    if step == Count::ZERO || max.is_some_and(|max| step > max) {
        return Err(Fault::new(k.index, format!("\"add {step}\" is out of range: write {range}")));
    }
    Ok(step)
}

/// A word, a comma or a comparison, with its byte in the rule.
#[derive(Clone, Copy, Debug)]
struct Word<'r> {
    text: &'r str,
    index: usize,
}

impl Word<'_> {
    fn is_sign(&self) -> bool {
        self.text.starts_with(['<', '>', '='])
    }

    fn end(&self) -> usize {
        self.index + self.text.len()
    }

    fn number(&self) -> Result<u32, Fault> {
        let digits = self.text.chars().all(|c| c.is_ascii_digit());
        self.text.parse().ok().filter(|_| digits).ok_or_else(|| {
            Fault::new(
                self.index,
                format!("expected a whole number, found {:?}: write one, as \"8\"", self.text),
            )
        })
    }
}

fn words(rule: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut last = Kind::Space;
    for (index, character) in rule.char_indices() {
        let kind = match character {
            ',' => Kind::Comma,
            '<' | '>' | '=' => Kind::Sign,
            _ if character.is_whitespace() => Kind::Space,
            _ => Kind::Letters,
        };
        let end = index + character.len_utf8();
        match words.last_mut() {
            Some(word) if kind == last && kind != Kind::Space => word.text = &rule[word.index..end],
            _ if kind != Kind::Space => words.push(Word { text: &rule[index..end], index }),
            _ => {}
        }
        last = kind;
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Comma,
    Sign,
    Letters,
}

fn joined(words: &[Word<'_>]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}
