//! How long one read or write of the delivery may take.

use std::time::Duration;

/// The delivery gives a letter the time of four of them and two posts ([`tidegate_notify::deliver::A_LETTER`]).
pub(super) const CALL: Duration = Duration::from_millis(2_500);

/// What a call that takes longer is told by.
pub(super) const TOO_SLOW: &str = "no answer within 2.5 s";
