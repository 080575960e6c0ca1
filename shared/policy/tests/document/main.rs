//! What the policy document says to a person: one named situation for everything that can be wrong in it.
//!
//! Each situation is a right document with one edit, so that exactly one cause can show; the snapshot is all that is told.
#![expect(clippy::panic, reason = "a test stops at what it did not expect")]

mod calendars;
mod channels;
mod events;
mod forecasts;
mod keys;
mod nodes;
mod properties;
mod replicas;
mod repository;
mod rules;
mod scaling;
mod services;
mod shape;
mod syntax;
mod windows;

use jiff::SignedDuration;
use tidegate_policy::document::parse;
use tidegate_policy::policy::{Policy, Scaling};

pub(crate) const PRODUCTION: &str = include_str!("../../../../infra/policies/production.toml");
pub(crate) const STAGING: &str = include_str!("../../../../infra/policies/staging.toml");
pub(crate) const TO_ZERO: &str = include_str!("../../../../infra/policies/staging-to-zero.toml");

/// A right document: ten lines, so that what is added stands in line 11.
pub(crate) const RIGHT: &str = r#"[[target]]
name = "orders"
kind = "rds-replicas"
source = "orders-primary"
engine = "mysql"
reader = { zone = "Z08ORDERS", name = "ro.example.com", ttl = "10s" }
min = 1
max = 5
scale_out = ["primary cpu > 70% for 10m"]
scale_in = ["replica cpu < 40% for 30m"]
"#;

/// All that is told of a document, a line each.
pub(crate) fn told(document: &str) -> String {
    match parse(document) {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// All that is told of the right document with its line of this key written so.
pub(crate) fn with(line: &str) -> String {
    told(&edited(&[line]))
}

/// All that is told of it without this key.
pub(crate) fn without(key: &str) -> String {
    let kept: Vec<&str> = RIGHT.lines().filter(|line| !line.starts_with(key)).collect();
    told(&kept.join("\n"))
}

/// The right document in which each of `lines` replaces the line of its key, or follows as a new one.
pub(crate) fn edited(lines: &[&str]) -> String {
    edit(RIGHT, lines)
}

/// `right` in which each of `lines` replaces the line of its key, or follows as a new one.
pub(crate) fn edit<'r>(right: &'r str, lines: &[&'r str]) -> String {
    let mut document: Vec<&str> = right.lines().collect();
    for line in lines {
        let key = line.split('=').next().unwrap_or_default().trim();
        match document.iter().position(|old| old.split('=').next().unwrap_or_default().trim() == key) {
            Some(at) => document[at] = line,
            None => document.push(line),
        }
    }
    document.join("\n")
}

pub(crate) fn read(document: &str) -> Policy {
    parse(document).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(crate) fn scaling(lines: &[&str]) -> Scaling {
    read(&edited(lines)).targets.remove(0).scaling
}

pub(crate) const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}
