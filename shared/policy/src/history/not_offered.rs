//! What RDS did not make: a class in a zone, remembered for an hour, so that the next rung of the policy's ladder is tried instead.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::names::{AvailabilityZone, InstanceClass};

/// How long a refusal counts: room comes and goes within hours (RDS user guide, "Amazon RDS insufficient DB instance capacity").
const NOT_OFFERED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// A class that RDS did not make in a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotOffered {
    /// The class.
    pub class: InstanceClass,
    /// The zone that was asked for; `None` where RDS chose.
    pub zone: Option<AvailabilityZone>,
    /// When it was last refused.
    pub at: Timestamp,
    /// How often in a row.
    pub refusals: u32,
    /// It is not asked for again before this.
    pub retry_at: Timestamp,
}

impl NotOffered {
    /// Whether the refusal still counts.
    pub fn counts(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < NOT_OFFERED_FOR
    }
}
