//! What every kind of simulated target does: it lives, serves, is struck and is watched.

use std::fmt::Debug;

use crate::document::Body;
use crate::world::WorldEvent;

use super::change::Change;
use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::watched::Breach;

/// A target of the account, whatever its kind.
pub(super) trait Simulated: Debug {
    /// Its share of the account.
    fn shared(&self) -> &Shared;

    /// Its share of the account.
    fn shared_mut(&mut self) -> &mut Shared;

    /// Lets time pass until then.
    fn advance(&mut self, to: Millis);

    /// Serves the minute that is over now, publishes its metrics, and lets the watcher look.
    fn end_minute(&mut self, demand: f64) -> Served;

    /// Publishes what was measured before the run, of minutes in which so much was asked for; the last of them has just ended.
    fn live_before(&mut self, before: &[f64]);

    /// Lets something happen; the sentence that says what, `None` if it does not happen to this kind.
    fn befall(&mut self, event: &WorldEvent) -> Option<String>;

    /// Hours that members were billed so far.
    fn unit_hours(&self) -> f64;

    /// Whether AWS published an event of it since this was last asked.
    fn take_events(&mut self) -> bool {
        false
    }

    /// The breaches that the watcher found since this was last asked.
    fn take_breaches(&mut self) -> Vec<Breach>;

    /// The changes of capacity since this was last asked.
    fn take_changes(&mut self) -> Vec<Change> {
        Vec::new()
    }

    /// What a chart is drawn from.
    fn frame(&self) -> Body;
}
