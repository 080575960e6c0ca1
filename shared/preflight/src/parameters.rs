//! What a stage may set: the parameters of the template, with the values that each takes.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;

/// The parameters by name.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, Parameter>);

/// One parameter.
#[derive(Debug, Default)]
struct Parameter {
    /// `AllowedValues`, as they are written.
    values: Vec<String>,
    /// `AllowedPattern`, of a whole value.
    pattern: Option<(String, Regex)>,
    /// `ConstraintDescription`: what fits the pattern, in words.
    fits: Option<String>,
}

/// What of a template is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    parameters: BTreeMap<String, Written>,
}

/// One parameter as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    #[serde(default)]
    allowed_values: Vec<Value>,
    allowed_pattern: Option<String>,
    constraint_description: Option<String>,
}

/// Settings are texts, and 1 is the text "1".
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Number(i64),
    Text(String),
}

/// Of a word that is near a name so much is the same at least.
const NEAR: f64 = 0.7;

impl Parameters {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is no template that CloudFormation could read either.
    pub(crate) fn of(template: &str) -> Result<Self, String> {
        let template: Template = serde_saphyr::from_str(template).map_err(|error| error.to_string())?;
        let parameters = template.parameters.into_iter();
        let read = parameters.map(|(name, written)| {
            let parameter = Parameter::of(&name, written)?;
            Ok((name, parameter))
        });
        read.collect::<Result<_, String>>().map(Self)
    }

    /// What is wrong with setting `name` to `value`, and the fix; `None` if nothing is.
    pub(crate) fn against(&self, name: &str, value: &str) -> Option<String> {
        let parameter = self.0.get(name)?;
        if !parameter.values.is_empty() && !parameter.values.iter().any(|one| one == value) {
            return Some(format!("{name} is '{value}': write one of {}", parameter.values.join(", ")));
        }
        let (written, _) = parameter.pattern.as_ref().filter(|(_, pattern)| !pattern.is_match(value))?;
        let fits = parameter.fits.clone().unwrap_or_else(|| format!("a value of {written}"));
        Some(format!("{name} is '{value}': write {fits}"))
    }

    /// Whether there is one of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The name that was most likely meant.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        let near = |known: &&String| strsim::normalized_damerau_levenshtein(known, name) >= NEAR;
        let distance = |known: &&String| strsim::damerau_levenshtein(known, name);
        self.0.keys().filter(near).min_by_key(distance).map(String::as_str)
    }

    /// All names, as a person reads them.
    pub(crate) fn names(&self) -> String {
        self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Parameter {
    fn of(name: &str, written: Written) -> Result<Self, String> {
        let values = written.allowed_values.into_iter().map(|value| match value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text,
        });
        let pattern = written.allowed_pattern.map(|pattern| {
            // CloudFormation holds the whole value to it.
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            whole.map(|whole| (pattern, whole)).map_err(|error| format!("the pattern of {name}: {error}"))
        });
        Ok(Self {
            values: values.collect(),
            pattern: pattern.transpose()?,
            fits: written.constraint_description,
        })
    }
}

#[cfg(test)]
mod tests {
    use tidegate_stack::fixed::TEMPLATE;

    use super::*;

    /// Also that there is a pattern where one is written, or this would find nothing.
    #[test]
    fn the_shipped_template_is_read_with_every_constraint() {
        let parameters = Parameters::of(TEMPLATE).unwrap();
        let section =
            TEMPLATE.split_once("\nParameters:\n").unwrap().1.split_once("\nConditions:\n").unwrap().0;
        let written = |key: &str| section.matches(&format!("\n    {key}: ")).count();
        let read = |has: fn(&Parameter) -> bool| parameters.0.values().filter(|one| has(one)).count();
        assert_eq!(parameters.0.len(), written("Type"));
        assert_eq!(read(|one| !one.values.is_empty()), written("AllowedValues"));
        assert_eq!(read(|one| one.pattern.is_some()), written("AllowedPattern"));
        assert_eq!(read(|one| one.fits.is_some()), written("ConstraintDescription"));
        assert!(written("AllowedValues") > 3 && written("AllowedPattern") > 3, "{section}");
    }

    #[test]
    fn a_pattern_is_of_the_whole_value_and_a_constraint_without_words_says_itself() {
        let template = "Parameters:\n  Few:\n    AllowedPattern: \"a|b\"\n  Any:\n    Type: String\n  Tag: {Default: !Ref Few}\n";
        let parameters = Parameters::of(template).unwrap();
        assert_eq!(parameters.against("Few", "a"), None);
        assert_eq!(parameters.against("Few", "ab").as_deref(), Some("Few is 'ab': write a value of a|b"));
        assert_eq!(parameters.against("Any", "whatever"), None);
        for broken in [
            "",
            "Parameters: 1",
            "Parameters:\n  A:\n    AllowedPattern: \"(\"",
            "a: [",
            "Parameters:\n  A: {AllowedValues: [[1]]}",
        ] {
            assert!(Parameters::of(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_name_that_is_near_is_the_one_that_was_meant() {
        let parameters = Parameters::of(TEMPLATE).unwrap();
        for (written, meant) in [
            ("CriticalMail", Some("CriticalEmail")),
            ("criticalUrl", Some("CriticalUrl")),
            ("LogRetention", Some("LogRetentionDays")),
            ("WarnEmail", Some("WarningEmail")),
            ("Pager", None),
            ("", None),
        ] {
            assert_eq!(parameters.nearest(written), meant, "{written}");
        }
    }
}
