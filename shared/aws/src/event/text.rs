//! Text in an event: most of what is read there.

use serde_json::{Map, Value};

/// The text under `key`, if there is one.
pub(super) fn text<'e>(event: &'e Map<String, Value>, key: &str) -> Option<&'e str> {
    event.get(key).and_then(Value::as_str)
}
