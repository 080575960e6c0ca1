//! RDS has no room for a class for a while: at once or after half an hour, everywhere or where RDS chooses the zone.

use tidegate_policy::names::InstanceClass;
use tidegate_policy::plan::CreateReplica;

use crate::account::clock::Millis;

/// For so long it may keep a scaler from the class: an hour after the refusal was seen, and until it was seen.
pub(crate) const COUNTS_FOR: Millis = Millis(65 * 60_000);

/// For whichever class is asked for next.
#[derive(Debug)]
pub(crate) struct Shortage {
    pub(crate) until: Millis,
    /// Also in a zone that the creation names.
    pub(crate) everywhere: bool,
    /// RDS takes the creation, and shows `insufficient-capacity` later.
    pub(crate) late: bool,
    class: Option<InstanceClass>,
}

impl Shortage {
    pub(crate) fn new(until: Millis, everywhere: bool, late: bool) -> Self {
        Self { until, everywhere, late, class: None }
    }

    /// Whether this creation falls into it.
    pub(crate) fn hits(&mut self, create: &CreateReplica, now: Millis) -> bool {
        if now >= self.until || (create.zone.is_some() && !self.everywhere) {
            return false;
        }
        *self.class.get_or_insert_with(|| create.class.clone()) == create.class
    }
}
