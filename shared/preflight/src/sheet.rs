//! What a person reads: what was looked at, what is worth knowing, and last, because it is at the bottom that people look, what keeps them.

use std::collections::BTreeMap;
use std::fmt;

/// One answer.
#[derive(Debug)]
pub(crate) struct Sheet {
    title: String,
    checked: Vec<Line>,
    notes: Vec<Line>,
    stops: Vec<Line>,
    calls: u64,
    ending: Vec<String>,
}

/// What is said of whom. Who shares a sentence shares a line.
#[derive(Debug)]
struct Line {
    about: Vec<String>,
    said: String,
}

impl Sheet {
    /// An empty one.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            checked: Vec::new(),
            notes: Vec::new(),
            stops: Vec::new(),
            calls: 0,
            ending: Vec::new(),
        }
    }

    /// What it is about, once that is known.
    pub(crate) fn title(&mut self, title: String) {
        self.title = title;
    }

    /// All is well with it.
    pub(crate) fn checked(&mut self, about: impl Into<String>, said: impl Into<String>) {
        add(&mut self.checked, about.into(), said.into());
    }

    /// Worth knowing, and in nobody's way.
    pub(crate) fn note(&mut self, about: impl Into<String>, said: impl Into<String>) {
        add(&mut self.notes, about.into(), said.into());
    }

    /// It keeps the person from going on: what it is, and how to mend it.
    pub(crate) fn stop(&mut self, about: impl Into<String>, said: impl Into<String>) {
        add(&mut self.stops, about.into(), said.into());
    }

    /// Whether anything keeps the person from going on.
    pub(crate) fn stops(&self) -> bool {
        !self.stops.is_empty()
    }

    /// What it took.
    pub(crate) fn calls(&mut self, calls: &BTreeMap<String, u64>) {
        self.calls += calls.values().sum::<u64>();
    }

    /// A last line.
    pub(crate) fn end(&mut self, said: impl Into<String>) {
        self.ending.push(said.into());
    }
}

/// `1 target`, `2 targets`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn add(lines: &mut Vec<Line>, about: String, said: String) {
    match lines.iter_mut().find(|line| line.said == said) {
        Some(line) if line.about.contains(&about) => {}
        Some(line) => line.about.push(about),
        None => lines.push(Line { about: vec![about], said }),
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for (word, lines) in [("ok  ", &self.checked), ("note", &self.notes), ("STOP", &self.stops)] {
            for Line { about, said } in lines {
                writeln!(f, "  {word}  {}: {said}", about.join(", "))?;
            }
        }
        let calls = match self.calls {
            0 => String::new(),
            1 => " (1 call, which changed nothing)".to_owned(),
            calls => format!(" ({calls} calls, which changed nothing)"),
        };
        for (place, said) in self.ending.iter().enumerate() {
            let calls = if place == 0 { calls.as_str() } else { "" };
            write!(f, "{}{said}{calls}", if place == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_person_comes_last_and_who_shares_it_shares_a_line() {
        let mut sheet = Sheet::new("deploy production");
        sheet.stop("web", "denied: allow it");
        sheet.note("api", "left alone");
        sheet.checked("cache", "is there");
        sheet.stop("api", "denied: allow it");
        sheet.stop("api", "denied: allow it");
        sheet.calls(&[("ECS.DescribeServices".to_owned(), 2)].into());
        sheet.end("1 problem");
        sheet.end("mend it");
        assert!(sheet.stops());
        assert_eq!(
            sheet.to_string(),
            "deploy production\n  ok    cache: is there\n  note  api: left alone\n  STOP  web, api: denied: allow it\n\
             1 problem (2 calls, which changed nothing)\nmend it"
        );
    }
}
