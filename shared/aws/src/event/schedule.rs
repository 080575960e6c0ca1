//! The clock: schedules of EventBridge rules and of EventBridge Scheduler.

use serde_json::{Map, Value};

use super::text::text;

/// Whether this is a tick. Both services send the same envelope and differ in the source; a rule that sends a constant of its own
/// (`Input`) sends that instead, so that only the two keys are sure to be there.
pub(super) fn is_one(event: &Map<String, Value>) -> bool {
    matches!(text(event, "source"), Some("aws.events" | "aws.scheduler"))
        && text(event, "detail-type") == Some("Scheduled Event")
}
