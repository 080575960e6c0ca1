//! Counts the calls of an attempt, retries too, by service and operation.
