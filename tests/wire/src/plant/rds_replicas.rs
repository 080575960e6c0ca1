//! The databases' points: the pools' connections are where the weights send them.

use jiff::Timestamp;

use super::Plant;
use crate::account::{Account, Point, SOURCE};
use crate::shim::{Shim, address};

/// What the databases have to do. Percentages of CPU are said, not computed: the simulator has the plant that computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Percent, of the primary.
    pub primary_cpu: f64,
    /// Percent, of each replica that serves.
    pub replica_cpu: f64,
    /// Connections of all pools over the reader name.
    pub pooled: f64,
}

impl Load {
    /// Nothing that any rule minds.
    pub const CALM: Self = Self { primary_cpu: 45.0, replica_cpu: 45.0, pooled: 60.0 };
    /// The primary needs help.
    pub const HOT: Self = Self { primary_cpu: 95.0, replica_cpu: 55.0, pooled: 100.0 };
    /// Nobody needs replicas.
    pub const IDLE: Self = Self { primary_cpu: 5.0, replica_cpu: 5.0, pooled: 20.0 };
}

impl Plant for Load {
    fn measure(self, account: &Account, _: &Shim, minutes: &[Timestamp]) {
        for minute in minutes {
            measure(account, self, *minute);
        }
    }

    fn look(self, account: &Account, _: &Shim) -> String {
        format!("records {:?}, replicas {:?}", account.records(), account.replicas())
    }
}

/// The monitoring agent's connection, which is always there.
const AGENT: f64 = 1.0;

/// Puts the points of the minute that begins at `minute`.
pub fn measure(account: &Account, load: Load, minute: Timestamp) {
    let records = account.records();
    let sum: i64 = records.values().map(|record| record.weight).sum();
    let mut points = Vec::new();
    for id in account.instances() {
        let weight = |record: &crate::account::Record| if sum == 0 { 1 } else { record.weight };
        let all: i64 = records.values().map(weight).sum();
        let own: i64 = records.values().filter(|record| record.value == address(&id)).map(weight).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most a hundred records of weight 255")]
        let share = if all == 0 { 0.0 } else { own as f64 / all as f64 };
        let is_source = id == SOURCE;
        let cpu = if is_source {
            load.primary_cpu
        } else if own > 0 {
            load.replica_cpu
        } else {
            3.0
        };
        let mut put = |metric, value| points.push(Point::of_instance(&id, metric, minute, value));
        put("CPUUtilization", cpu);
        put("DatabaseConnections", AGENT + (load.pooled * share).ceil() + if is_source { 20.0 } else { 0.0 });
        if !is_source {
            put("ReplicaLag", 0.0);
        }
    }
    account.put_points(&points);
}
