//! What only one kind of target has, for tests that look at the truth or bend it.

use tidegate_policy::names::{DnsName, InstanceId};
use tidegate_policy::observation::WeightedRecord;

use crate::document::ReplicaFrame;

use super::Account;
use super::ecs_service::{self, WarmedUp};
use super::rds_replicas::{self, RefusedConnection};

/// What only replicas have: of the first target of replicas. Without one nothing is said and nothing is done.
impl Account {
    /// Sets the Region's quota of instances, the source included.
    pub fn set_instance_quota(&self, quota: usize) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.set_instance_quota(quota);
        }
    }

    /// Sets how many days the source's backups are kept; 0 forbids replicas.
    pub fn set_backup_retention(&self, days: u32) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.set_backup_retention(days);
        }
    }

    /// Adds a record of another name that points at an instance.
    pub fn add_other_use(&self, name: DnsName, endpoint: DnsName) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.add_other_use(name, endpoint);
        }
    }

    /// Connections that were refused or cut, newest last; the first thousand.
    pub fn refused_connections(&self) -> Vec<RefusedConnection> {
        self.state.borrow().replicas().map_or_else(Vec::new, |state| state.clients().refused.clone())
    }

    /// How many connections were refused or cut because the scaler removed an instance. Anything but 0 is a defect.
    pub fn refused_by_removal(&self) -> u64 {
        self.state.borrow().replicas().map_or(0, |state| state.clients().refused_by_removal)
    }

    /// How many connections were refused or cut, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.state.borrow().replicas().map_or(0, |state| state.clients().refused_count)
    }

    /// Client connections at this instance, as pool slots of 400 in all.
    pub fn slots_at(&self, id: &InstanceId) -> u32 {
        self.state.borrow().replicas().map_or(0, |state| state.slots_at(id))
    }

    /// The reader name's records as the name servers answer them.
    pub fn answered_records(&self) -> Vec<WeightedRecord> {
        self.state.borrow().replicas().map_or_else(Vec::new, rds_replicas::State::answered_records)
    }

    /// Every replica there is, for a chart.
    pub fn replica_frames(&self) -> Vec<ReplicaFrame> {
        self.state.borrow().replicas().map_or_else(Vec::new, rds_replicas::State::frames)
    }

    /// The weight of the floor record, if there is one.
    pub fn floor_weight(&self) -> Option<u8> {
        self.state.borrow().replicas().and_then(rds_replicas::State::floor_weight)
    }
}

/// What only a service has: of the first service. Without one nothing is said.
impl Account {
    /// The warm-ups that the scaler made so far.
    pub fn warmed_up(&self) -> Vec<WarmedUp> {
        self.state.borrow().service().map_or_else(Vec::new, ecs_service::State::warmed_up)
    }
}
