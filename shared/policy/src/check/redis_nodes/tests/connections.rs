//! Broken planners that take connections for what they are not: replicas help readers with cluster mode disabled, and nothing else helps anybody.

use super::fixture::{World, rule};
use crate::check::invariant;
use crate::observation::Reading;
use crate::plan::Plan;
use crate::policy::{Comparison, NodeMetric, Signal};

/// Above 1000 connections of a node a rule adds.
fn ruled(world: World) -> World {
    world.ruled_by(Signal::NodeConnections, 1_000.0).reads_all(NodeMetric::Connections, 40.0)
}

#[test]
fn adds_replicas_for_clients_of_the_primary() {
    fn broken_planner(world: &World) -> Plan {
        world.more(&[(1, 3)])
    }
    let readers = ruled(World::new()).at("sessions-002", NodeMetric::Connections, 1_200.0);
    readers.accepts(&broken_planner(&readers));
    let writers = ruled(World::new()).at("sessions-001", NodeMetric::Connections, 1_200.0);
    writers.refuses(&broken_planner(&writers), invariant::RIGHT_LEVER);
    let nobody = ruled(World::new());
    nobody.refuses(&broken_planner(&nobody), invariant::RIGHT_LEVER);
}

#[test]
fn adds_replicas_or_shards_for_clients_of_a_cluster() {
    let busy = || ruled(World::clustered(&[1, 1])).reads_all(NodeMetric::EngineCpu, 80.0);
    busy().accepts(&busy().shards(3, &[]));
    busy().accepts(&busy().more(&[(1, 2), (2, 2)]));
    let crowded = ruled(World::clustered(&[1, 1])).reads_all(NodeMetric::Connections, 1_200.0);
    crowded.refuses(&crowded.shards(3, &[]), invariant::RIGHT_LEVER);
    crowded.refuses(&crowded.more(&[(1, 2), (2, 2)]), invariant::RIGHT_LEVER);
}

#[test]
fn removes_a_replica_whose_clients_find_no_room() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    // Two with 440 each are one with 880: below 900, a tenth under the rule.
    let of = |each: f64| {
        let world = ruled(World::new());
        let world = world.at("sessions-002", NodeMetric::Connections, each);
        world.at("sessions-003", NodeMetric::Connections, each)
    };
    of(440.0).accepts(&broken_planner(&of(440.0)));
    of(451.0).refuses(&broken_planner(&of(451.0)), invariant::PROJECTION);
}

#[test]
fn removes_a_replica_while_connections_are_high_or_unknown() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let unknown = ruled(World::new()).reads("sessions-003", NodeMetric::Connections, Reading::Missing);
    unknown.refuses(&broken_planner(&unknown), invariant::NODE_DATA);
    // One of the way in asks for them too.
    let mut world = World::new();
    world.target.scaling.scale_in.push(rule(Signal::NodeConnections, Comparison::Below, 100.0));
    world.refuses(&broken_planner(&world), invariant::NODE_DATA);
    let known = world.reads_all(NodeMetric::Connections, 40.0);
    known.accepts(&broken_planner(&known));
    // The primary's are high, whom no replica helps; nothing goes all the same.
    let high = ruled(World::new()).at("sessions-001", NodeMetric::Connections, 1_200.0);
    high.refuses(&broken_planner(&high), invariant::PRESSURE);
}
