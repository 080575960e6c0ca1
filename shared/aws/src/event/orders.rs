//! What a person asks for by a manual event.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tidegate_policy::names::TargetName;

use super::wake_up::{Orders, Trigger, WakeUp};
use super::{EventError, excerpt, foreign};

/// Whether somebody gives orders here, or nearly: `dryRun` is a misspelt order too, and must not be passed over.
pub(super) fn are_in(event: &Map<String, Value>) -> bool {
    event.keys().any(|key| is_meant_as_order(key))
}

fn is_meant_as_order(key: &str) -> bool {
    let letters = key.chars().filter(|letter| letter.is_alphanumeric());
    let bare: String = letters.take(8).flat_map(char::to_lowercase).collect();
    matches!(bare.as_str(), "dryrun" | "target" | "targets")
}

/// Reads orders. What is not understood is an error: a dry run that was misspelt would be a wet one.
pub(super) fn read(event: &Map<String, Value>) -> Result<WakeUp, EventError> {
    let unknown = || event.keys().filter(|key| !matches!(key.as_str(), "dry_run" | "targets"));
    // The misspelt key before those that came with an envelope.
    if let Some(key) = unknown().find(|key| is_meant_as_order(key)).or_else(|| unknown().next()) {
        return Err(EventError::UnknownKey { key: excerpt::name(key) });
    }
    let mut orders = Orders { dry_run: dry_run(event)?, targets: Vec::new(), command: None, by_bus: false };
    if let Some(value) = event.get("targets") {
        orders.targets = targets(value)?;
    }
    Ok(WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) })
}

/// Whether nothing is to be changed.
pub(super) fn dry_run(event: &Map<String, Value>) -> Result<bool, EventError> {
    let Some(value) = event.get("dry_run") else { return Ok(false) };
    value.as_bool().ok_or_else(|| EventError::WrongValue {
        key: "dry_run",
        wanted: "true or false, without quotation marks",
        found: foreign::kind_of(value).to_owned(),
    })
}

pub(super) fn targets(value: &Value) -> Result<Vec<TargetName>, EventError> {
    let wrong = |found| EventError::WrongValue {
        key: "targets",
        wanted: "a list of names of targets of the policy, or left out to mean all",
        found,
    };
    let names = value.as_array().filter(|names| !names.is_empty());
    let mut seen = BTreeSet::new();
    let mut targets = Vec::new();
    for item in names.ok_or_else(|| wrong(foreign::kind_of(value).to_owned()))? {
        let name = item.as_str().map(str::trim).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| wrong(format!("a list with {} in it", foreign::kind_of(item))))?;
        if seen.insert(name) {
            targets.push(TargetName::new(name));
        }
    }
    Ok(targets)
}
