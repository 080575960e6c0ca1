//! A scene with databases: a source that has backups, an hour of calm behind it, and the fastest policy that there may be.

use std::path::PathBuf;

use tidegate_policy::history::{History, Transition};

use super::Scene;
use crate::account::{READER, SOURCE};
use crate::function::rds_replicas;
use crate::plant::Load;

/// The target of every scenario with databases.
pub const TARGET: &str = "orders-readers";

/// The fastest policy that the document allows: out and in again within three quarters of an hour.
pub fn policy(zone: &str) -> String {
    format!(
        r#"[[target]]
name = "{TARGET}"
kind = "rds-replicas"
source = "{SOURCE}"
engine = "mysql"
class = "db.t3.large"
security_groups = ["sg-0123456789abcdef0"]
reader = {{ zone = "{zone}", name = "{READER}", ttl = "5s" }}
min = 0
max = 2
evaluate_every = "1m"
scale_out = ["primary cpu > 70% for 3m"]
scale_in = ["primary cpu < 40% for 3m"]
cooldown = {{ out = "1m", in = "1m" }}
stabilization = {{ in = "0s" }}
floor = true
pool_lifetime = "1m"
max_connections = 300
drain = {{ deadline = "20m", quiet_points = 3, idle_connections = 1 }}
"#
    )
}

/// What is left when everything has come to rest. Names of replicas are left out: they differ by decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The weights of the records that point at replicas, in ascending order.
    pub weights: Vec<i64>,
    /// The weight of the record that points at the primary.
    pub floor: Option<i64>,
    /// Replicas in the account.
    pub replicas: usize,
    /// The transition under way.
    pub transition: Option<&'static str>,
}

impl Scene {
    /// An account with a source that has backups and an hour of calm behind it, and a binary that was not started yet.
    pub fn new() -> Self {
        Self::with_program(rds_replicas())
    }

    /// The same for another program.
    pub fn with_program(program: PathBuf) -> Self {
        let mut scene = Self::on_stage(program, Load::CALM);
        scene.account.make_source(7);
        scene.set_policy(&policy(scene.account.zone()));
        scene.measure_the_hour_before();
        scene
    }

    /// The target's memory.
    pub fn history(&self) -> History {
        self.account.history(TARGET)
    }

    /// What is left.
    pub fn rest(&self) -> Rest {
        let records = self.account.records();
        let mut weights: Vec<i64> = records
            .iter()
            .filter(|(id, _)| *id != tidegate_policy::ownership::FLOOR_SET_ID)
            .map(|(_, record)| record.weight)
            .collect();
        weights.sort_unstable();
        Rest {
            weights,
            floor: records.get(tidegate_policy::ownership::FLOOR_SET_ID).map(|record| record.weight),
            replicas: self.account.replicas().len(),
            transition: self.history().rds_replicas.intents.first().cloned().map(|intent| {
                match intent.transition {
                    Transition::Add(_) => "add",
                    Transition::Remove(_) => "remove",
                }
            }),
        }
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
