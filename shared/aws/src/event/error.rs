//! Why an event was not read.

/// An event that is not read. The message says what arrived, why it is of no use, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// None of the events that wake this function.
    #[error("{arrived} arrived, and is not read: {why}; {remedy}")]
    Foreign {
        /// What it is, as far as it can be recognised. Quotes at most 200 characters of it, and no values that may be secret.
        arrived: String,
        /// Why it is of no use.
        why: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An order with a key that is not known.
    #[error(
        "the order has the key {key}, which is not known: an order has `dry_run`, `targets` or both and nothing else, as in \
         {{\"dry_run\": true, \"targets\": [\"orders-readers\"]}}; a command names its `target`, as {{\"target\": \"api\", \"min\": 4}}"
    )]
    UnknownKey {
        /// The key, quoted.
        key: String,
    },
    /// A direct command with a key that is not known.
    #[error(
        "the command has the key {key}, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, \
         or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in \
         {{\"target\": \"api\", \"min\": 4, \"until\": \"2026-11-27T20:00:00Z\"}}"
    )]
    UnknownCommandKey {
        /// The key, quoted.
        key: String,
    },
    /// A direct command that says nothing, or two things.
    #[error("the command is not clear: {why}")]
    UnclearCommand {
        /// What is the matter, and what to send.
        why: &'static str,
    },
    /// An order with a value of the wrong kind.
    #[error("`{key}` in the order has to be {wanted}, and is {found}")]
    WrongValue {
        /// The key.
        key: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// What kind of value stands there.
        found: String,
    },
    /// An order published to a topic.
    #[error(
        "an order arrived over SNS, and is not read: whoever may publish to a topic need not be allowed to give orders; \
         invoke the function itself with it"
    )]
    OrdersByTopic,
    /// One of several records.
    #[error("record {number} of {of}: {cause}")]
    Record {
        /// Which one, from 1.
        number: usize,
        /// How many arrived together.
        of: usize,
        /// What is the matter with it.
        cause: Box<EventError>,
    },
}

impl EventError {
    /// The `errorType` of the invocation: stable, whatever is the matter.
    pub fn kind(&self) -> &'static str {
        "UnreadableEvent"
    }
}
