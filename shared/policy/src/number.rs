//! The numbers of a sentence, for machines: kept beside the words where both are made, so that nobody has to parse a sentence.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::units::{Count, Percent};

/// Three decimals are kept: nobody compares more, and what stores them is bounded.
const DECIMALS: f64 = 1_000.0;

/// One number of a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// What it measures, as `requests per target of the service`.
    pub name: String,
    /// How much.
    pub value: f64,
    /// What it is counted in.
    pub unit: Unit,
    /// What it is compared with, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
}

/// What a number is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things: tasks, replicas, nodes, messages.
    Count,
    /// Hundredths.
    Percent,
    /// Seconds.
    Seconds,
    /// Things in a minute.
    PerMinute,
    /// One that this reader does not know.
    #[serde(other)]
    Other,
}

impl Number {
    /// A number of this unit.
    pub fn new(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self { name: name.into(), value: rounded(value), unit, bound: None }
    }

    /// Members, tries, points.
    pub fn count(name: impl Into<String>, count: Count) -> Self {
        Self::new(name, f64::from(count.0), Unit::Count)
    }

    /// The length of a list.
    pub fn of_len(name: impl Into<String>, length: usize) -> Self {
        Self::count(name, Count::of_len(length))
    }

    /// A share of a hundred.
    pub fn percent(name: impl Into<String>, percent: Percent) -> Self {
        Self::new(name, percent.0, Unit::Percent)
    }

    /// How long.
    pub fn lasting(name: impl Into<String>, lasting: SignedDuration) -> Self {
        Self::new(name, lasting.as_secs_f64(), Unit::Seconds)
    }

    /// The same, compared with a bound in the same unit.
    #[must_use]
    pub fn against(self, bound: f64) -> Self {
        Self { bound: Some(rounded(bound)), ..self }
    }

    /// The same, compared with so many.
    #[must_use]
    pub fn against_count(self, bound: Count) -> Self {
        self.against(f64::from(bound.0))
    }

    /// The same, compared with a time.
    #[must_use]
    pub fn against_time(self, bound: SignedDuration) -> Self {
        self.against(bound.as_secs_f64())
    }
}

fn rounded(value: f64) -> f64 {
    let rounded = (value * DECIMALS).round() / DECIMALS;
    // The largest numbers have no decimals, and overflow on the way.
    if rounded.is_finite() { rounded } else { value }
}

/// A sentence and its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    /// For a person.
    pub text: String,
    /// For machines.
    pub numbers: Vec<Number>,
}

impl Sentence {
    /// This text with this number too.
    #[must_use]
    pub fn with(mut self, number: Number) -> Self {
        self.numbers.push(number);
        self
    }

    /// Goes on with these words.
    pub fn push_str(&mut self, words: &str) {
        self.text.push_str(words);
    }

    /// The same numbers, with other words around the text.
    #[must_use]
    pub fn reworded(self, words: impl FnOnce(&str) -> String) -> Self {
        Self { text: words(&self.text), numbers: self.numbers }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self { text, numbers: Vec::new() }
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_decimals_are_kept_and_the_largest_stay_as_they_are() {
        let number = Number::new("cpu of the service", 74.233_333_333, Unit::Percent).against(70.0);
        assert_eq!((number.value, number.bound), (74.233, Some(70.0)));
        assert_eq!(Number::new("much", f64::MAX, Unit::Count).value, f64::MAX);
        assert!(Number::new("nothing", f64::NAN, Unit::Count).value.is_nan(), "left out where it is kept");
    }

    #[test]
    fn a_unit_of_a_later_version_is_another_one() {
        assert_eq!(serde_json::from_str::<Unit>("\"per_minute\"").unwrap(), Unit::PerMinute);
        assert_eq!(serde_json::from_str::<Unit>("\"furlongs\"").unwrap(), Unit::Other);
    }
}
