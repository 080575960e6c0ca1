//! What CloudWatch would say of what is scaled: a point a minute of each metric, from what it has to do.

mod ecs_service;
mod rds_replicas;
mod redis_nodes;

use jiff::Timestamp;

use crate::account::Account;
use crate::shim::Shim;

pub use ecs_service::{LOAD_BALANCER, QUEUE, TARGET_GROUP, Work};
pub use rds_replicas::{Load, measure};
pub use redis_nodes::Traffic;

/// What there is to do, of one kind of target.
pub trait Plant: Copy {
    /// Puts the points of the minutes that begin at `minutes`.
    fn measure(self, account: &Account, shim: &Shim, minutes: &[Timestamp]);

    /// What became of what is scaled, for the message of a test that fails.
    fn look(self, account: &Account, shim: &Shim) -> String;
}
