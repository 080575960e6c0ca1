//! One target of an account: what befalls it, how it serves, what is remembered of it.

use std::cell::{Ref, RefMut};

use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::History;

use crate::document::Body;
use crate::world::WorldEvent;

use super::kinds::Part;
use super::{Account, Announcement, Change, Served};

/// One target of an account, to let minutes end for it and to look at it.
#[derive(Clone, Copy, Debug)]
pub struct OneTarget<'a> {
    account: &'a Account,
    /// Below the number of the account's targets.
    place: usize,
}

impl OneTarget<'_> {
    fn part(&self) -> Ref<'_, Part> {
        Ref::map(self.account.state.borrow(), |state| &state.parts[self.place])
    }

    fn part_mut(&self) -> RefMut<'_, Part> {
        RefMut::map(self.account.state.borrow_mut(), |state| &mut state.parts[self.place])
    }

    /// Lets something happen to the target; to the whole account, if it cannot happen to one target alone. The sentence that says what.
    pub fn befall(&self, event: &WorldEvent) -> String {
        self.account.befall_all(event).unwrap_or_else(|| self.part_mut().befall(event))
    }

    /// Ends the minute that is over now (time has advanced to its end): serves `demand`, in capacities of one member, publishes its
    /// metrics, and lets the watcher look.
    pub fn end_minute(&self, demand: f64) -> Served {
        self.part_mut().any_mut().end_minute(demand)
    }

    /// Says what was asked of the target in the minutes before now, the newest last: CloudWatch keeps what was measured of them, for a forecast
    /// to read. Once, before the first minute; a target without a forecast is asked for none of it.
    pub fn live_before(&self, demand: &[f64]) {
        self.part_mut().any_mut().live_before(demand);
    }

    /// Hours that members were billed so far: the scaler's replicas, the service's tasks, or the group's nodes.
    pub fn unit_hours(&self) -> f64 {
        self.part().any().unit_hours()
    }

    /// Whether AWS published an event that wakes the scaler for this target since this was last asked.
    pub fn take_events(&self) -> bool {
        self.part_mut().any_mut().take_events()
    }

    /// The changes of capacity that the scaler made at one call since this was last asked, in order; a target of replicas has none.
    pub fn take_changes(&self) -> Vec<Change> {
        self.part_mut().any_mut().take_changes()
    }

    /// What was published of the target, see `Account::announcements`.
    pub fn announcements(&self) -> Vec<Announcement> {
        let name = self.part().any().shared().target.name.clone();
        self.account.announcements().into_iter().filter(|announced| announced.target == name).collect()
    }

    /// Looks at the ledger's memory of the target.
    pub fn with_history<T>(&self, look: impl FnOnce(&History) -> T) -> Option<T> {
        self.part().any().shared().history().map(|history| look(&history))
    }

    /// What a forecast learned of the target's load; `None` where there is no forecast.
    pub fn outlook(&self) -> Option<Outlook> {
        self.part().any().shared().outlook()
    }

    /// What a chart is drawn from.
    pub fn frame(&self) -> Body {
        self.part().any().frame()
    }
}

impl Account {
    /// Every target, in the order in which the account was made.
    pub fn targets(&self) -> impl Iterator<Item = OneTarget<'_>> {
        let targets = self.state.borrow().parts.len();
        (0..targets).map(|place| OneTarget { account: self, place })
    }

    fn first(&self) -> OneTarget<'_> {
        OneTarget { account: self, place: 0 }
    }
}

/// Of an account's only target; of the first where there are several.
impl Account {
    /// See `OneTarget::befall`.
    pub fn befall(&self, event: &WorldEvent) -> String {
        self.first().befall(event)
    }

    /// See `OneTarget::end_minute`.
    pub fn end_minute(&self, demand: f64) -> Served {
        self.first().end_minute(demand)
    }

    /// See `OneTarget::live_before`.
    pub fn live_before(&self, demand: &[f64]) {
        self.first().live_before(demand);
    }

    /// See `OneTarget::unit_hours`.
    pub fn unit_hours(&self) -> f64 {
        self.first().unit_hours()
    }

    /// See `OneTarget::take_events`.
    pub fn take_events(&self) -> bool {
        self.first().take_events()
    }

    /// See `OneTarget::take_changes`.
    pub fn take_changes(&self) -> Vec<Change> {
        self.first().take_changes()
    }

    /// See `OneTarget::with_history`.
    pub fn with_history<T>(&self, look: impl FnOnce(&History) -> T) -> Option<T> {
        self.first().with_history(look)
    }

    /// See `OneTarget::frame`.
    pub fn frame(&self) -> Body {
        self.first().frame()
    }
}
