//! Typed access to a table that remembers which keys were asked for, so that every other key is told as unknown.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::Placed;
use super::problems::Problems;
use super::spelling::{did_you_mean, listed};
use super::text::Text;

/// A key that a table may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// As written.
    pub(super) name: &'static str,
    /// A right value in TOML, which messages offer.
    pub(super) example: &'static str,
}

/// A table of the document.
pub(super) struct Table<'d> {
    entries: &'d DeTable<'d>,
    /// What messages call it, as `target "orders-readers"`.
    title: String,
    /// What stands before its keys in messages, as `reader.`.
    path: String,
    /// Where a missing key is told: the header.
    pub(super) at: usize,
    asked: Vec<&'static str>,
}

impl<'d> Table<'d> {
    /// The table of these entries, titled `title`, whose header stands at `at`.
    pub(super) fn new(entries: &'d DeTable<'d>, title: impl Into<String>, at: usize) -> Self {
        Self { entries, title: title.into(), path: String::new(), at, asked: Vec::new() }
    }

    /// The same table, which messages call `title`, and whose keys they call `path` and the key.
    pub(super) fn titled(self, title: impl Into<String>, path: &str) -> Self {
        Self { title: title.into(), path: path.to_owned(), ..self }
    }

    /// What messages call it.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// The entry of `key`, if it is there.
    pub(super) fn find(&mut self, key: Key) -> Option<Entry<'d>> {
        self.asked.push(key.name);
        let (written, value) = self.entries.get_key_value(key.name)?;
        let path = format!("{}{}", self.path, key.name);
        Some(Entry { path, example: key.example, key_at: written.span().start, value })
    }

    /// Whether `key` is there; it is not asked for.
    pub(super) fn has(&self, key: Key) -> bool {
        self.entries.contains_key(key.name)
    }

    /// Every key with its entry, of a table whose keys are names that a person chose; `example` is a right value.
    pub(super) fn chosen(&self, example: &'static str) -> Vec<(&'d str, Entry<'d>)> {
        let entries = self.entries.iter().map(|(written, value)| {
            let name = written.get_ref().as_ref();
            let path = format!("{}{name}", self.path);
            (name, Entry { path, example, key_at: written.span().start, value })
        });
        entries.collect()
    }

    /// The entry of `key`, which has to be there.
    pub(super) fn need(&mut self, key: Key, problems: &mut Problems<'_>) -> Option<Entry<'d>> {
        let found = self.find(key);
        if found.is_none() {
            let Key { name, example } = key;
            let message = format!("{} has no \"{name}\": add it, as {name} = {example}", self.title);
            problems.tell_of_whole(self.at, message);
        }
        found
    }

    /// Tells every key that was never asked for.
    pub(super) fn tell_unknown_keys(&self, problems: &mut Problems<'_>) {
        for (key, _) in self.entries {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(&name) {
                let mend = did_you_mean(name, self.asked.iter().copied()).unwrap_or_else(|| {
                    format!(": remove it; known are {}", listed(self.asked.iter().copied(), "and"))
                });
                problems.tell(key.span().start, format!("unknown key {name:?} in {}{mend}", self.title));
            }
        }
    }
}

/// A key with its value, or an element of a list under that key.
pub(super) struct Entry<'d> {
    /// What messages call it, as `reader.ttl`.
    pub(super) path: String,
    example: &'static str,
    key_at: usize,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Entry<'d> {
    /// Where its key is written; of an element, the key of its list.
    pub(super) fn key_at(&self) -> usize {
        self.key_at
    }

    /// Where its value begins.
    pub(super) fn at(&self) -> usize {
        self.value.span().start
    }

    /// It as a string; `expected` says what kind of string was to be written.
    pub(super) fn text(&self, expected: &str, problems: &mut Problems<'_>) -> Option<Text<'d>> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(Text::new(problems.text(), self.value.span(), text)),
            _ => self.wrong_type(expected, problems),
        }
    }

    /// It as a whole number, `least` to `most`.
    pub(super) fn number(&self, least: u32, most: u32, problems: &mut Problems<'_>) -> Option<Placed<u32>> {
        let DeValue::Integer(written) = self.value.get_ref() else {
            return self.wrong_type("a whole number", problems);
        };
        let number = i128::from_str_radix(written.as_str(), written.radix())
            .ok()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let open_ended = most == u32::MAX && written.as_str().starts_with(['-', '0']);
            let range = if open_ended { format!("{least} or more") } else { format!("{least} to {most}") };
            problems.tell(self.at(), format!("{}: {written} is out of range: write {range}", self.path));
        }
        number.map(|value| Placed { value, at: self.at() })
    }

    /// It as `true` or `false`.
    pub(super) fn boolean(&self, problems: &mut Problems<'_>) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false", problems),
        }
    }

    /// It as it is written, if it is a date or a time without quotes, which TOML has a type for.
    pub(super) fn bare_time(&self) -> Option<String> {
        self.value.get_ref().as_datetime().map(ToString::to_string)
    }

    /// Its elements, if it is a list.
    pub(super) fn elements(&self) -> Option<Vec<Entry<'d>>> {
        let element = |value| Entry { path: self.path.clone(), value, ..*self };
        Some(self.value.get_ref().as_array()?.iter().map(element).collect())
    }

    /// It as a list of what `expected` says.
    pub(super) fn list(&self, expected: &str, problems: &mut Problems<'_>) -> Option<Vec<Entry<'d>>> {
        self.elements().or_else(|| self.wrong_type(expected, problems))
    }

    /// It as a table, titled after its path.
    pub(super) fn table(&self, problems: &mut Problems<'_>) -> Option<Table<'d>> {
        let DeValue::Table(entries) = self.value.get_ref() else {
            return self.wrong_type("a table", problems);
        };
        let (title, path) = (format!("\"{}\"", self.path), format!("{}.", self.path));
        // A table that dotted keys make has no header of its own.
        let at = if self.value.span().is_empty() { self.key_at } else { self.at() };
        Some(Table { path, ..Table::new(entries, title, at) })
    }

    /// Tells that the type is wrong.
    pub(super) fn wrong_type<T>(&self, expected: &str, problems: &mut Problems<'_>) -> Option<T> {
        let found = match self.value.get_ref() {
            DeValue::String(text) => format!("the text {text:?}"),
            DeValue::Integer(number) => format!("the number {number}"),
            DeValue::Float(number) => format!("the number {number}"),
            DeValue::Boolean(value) => format!("{value}"),
            DeValue::Datetime(time) => format!("the bare time {time}"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        let (path, example) = (&self.path, self.example);
        problems
            .tell(self.at(), format!("{path}: expected {expected}, found {found}: write {path} = {example}"));
        None
    }
}
