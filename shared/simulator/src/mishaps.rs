//! Swarms of mishaps: everything that can befall a target of a kind, and random scripts of it with a random half of the kinds switched off.
//!
//! Mixing always everything hides what only a few mishaps together bring about: a ledger that is often out of reach, or replicas that are
//! all promoted, leave no room for the rest. With a half switched off each seed has its own emphasis (Groce et al., "Swarm Testing", 2012).
//!
//! A new `WorldEvent` is added here, to the list of every kind of target that it happens to; a test fails until it is.

use jiff::SignedDuration;
use tidegate_policy::order::{Order, Until};
use tidegate_policy::pause::Paused;
use tidegate_policy::policy::TargetKind;
use tidegate_policy::units::Count;

use crate::account::{Native, whole};
use crate::random::Draws;
use crate::world::{BrokenState, DrainStage, NodeShortage, Rollout, ScriptedEvent, WorldEvent};

/// Each once at least, with figures that are drawn; what is there twice comes twice as often.
pub fn mishaps(kind: &TargetKind, draws: &mut Draws) -> Vec<WorldEvent> {
    match kind {
        TargetKind::RdsReplicas(_) => of_replicas(draws),
        TargetKind::EcsService(_) => of_a_service(draws),
        TargetKind::RedisNodes(_) => of_nodes(draws),
    }
}

/// What strikes every target of an account.
fn of_the_account(draws: &mut Draws) -> Vec<WorldEvent> {
    vec![
        WorldEvent::ThrottleBurst { probability: 0.65, lasting: lasting(draws) },
        WorldEvent::SlowCalls { seconds: draws.between(0.3, 8.0), lasting: lasting(draws) },
        WorldEvent::LedgerUnreachable { lasting: lasting(draws) },
        WorldEvent::LedgerAnswersLost { probability: 0.4, lasting: lasting(draws) },
        WorldEvent::EventBusThrottled { probability: 0.7, lasting: lasting(draws) * 4 },
        WorldEvent::MetricBlackout { lasting: lasting(draws) },
    ]
}

/// What people ask of every target, with counts up to `most`.
fn of_people(draws: &mut Draws, most: u32) -> Vec<WorldEvent> {
    let count =
        |draws: &mut Draws| Count(u32::try_from(below(draws, f64::from(most))).unwrap_or_default() + 1);
    let more = Order::Hold { min: Some(count(draws)), max: None, until: None, sent_at: None };
    let fewer = Order::Hold { min: None, max: Some(count(draws)), until: None, sent_at: None };
    let what = match below(draws, 3.0) {
        0 => Paused::All,
        1 => Paused::In,
        _ => Paused::Out,
    };
    let until = Some(Until::For(lasting(draws) * 4));
    vec![
        WorldEvent::Order(more),
        WorldEvent::Order(fewer.clone()),
        WorldEvent::Order(Order::Clear { sent_at: None }),
        WorldEvent::Order(Order::Pause { what, until, sent_at: None }),
        WorldEvent::Order(Order::Resume { sent_at: None }),
        WorldEvent::LateOrder { order: fewer, late: SignedDuration::from_mins(below(draws, 10.0)) },
        WorldEvent::LateOrder {
            order: Order::Clear { sent_at: None },
            late: SignedDuration::from_mins(below(draws, 6.0)),
        },
    ]
}

fn of_replicas(draws: &mut Draws) -> Vec<WorldEvent> {
    let replica = usize::from(draws.chance(0.5));
    let mut all = of_the_account(draws);
    all.extend(of_people(draws, 5));
    all.extend([
        WorldEvent::FailNextCreation,
        WorldEvent::NoRoom {
            everywhere: draws.chance(0.5),
            late: draws.chance(0.3),
            lasting: lasting(draws) * 3,
        },
        WorldEvent::LagSpike {
            replica,
            seconds: if draws.chance(0.5) { 30.0 } else { 400.0 },
            lasting: lasting(draws),
        },
        WorldEvent::PromoteReplica { replica },
        WorldEvent::PromoteVictim { stage: DrainStage::Silent },
        WorldEvent::PromoteVictim { stage: DrainStage::Unlisted },
        WorldEvent::RestoreUnderName,
        WorldEvent::Switchover,
        WorldEvent::PartialDescription { replica, lasting: lasting(draws) },
        WorldEvent::ProtectReplica { replica },
        WorldEvent::PinReplica { replica },
        WorldEvent::HoldReplica { replica, lasting: lasting(draws) * 6 },
        WorldEvent::ForeignReplica,
        WorldEvent::InstanceInterrupted { replica, lasting: lasting(draws) },
        WorldEvent::SourceModifying { lasting: lasting(draws) },
        WorldEvent::SourceOptimizing { lasting: lasting(draws) },
        WorldEvent::SourcePasswordManaged { lasting: lasting(draws) * 2 },
        WorldEvent::SourceInCluster { lasting: lasting(draws) * 2 },
        WorldEvent::SourceMaxConnectionsRaised { lasting: lasting(draws) * 3 },
        WorldEvent::PendingReboot { lasting: lasting(draws) * 4 },
        WorldEvent::SourceFollowsAnother {
            seconds: if draws.chance(0.5) { 60.0 } else { 600.0 },
            lasting: lasting(draws),
        },
        WorldEvent::IamAuthenticationTurned { on: draws.chance(0.7), lasting: lasting(draws) * 2 },
        WorldEvent::BlueGreen { lasting: lasting(draws) * 3 },
        WorldEvent::RecordsDeleted { lasting: lasting(draws) },
        WorldEvent::ZoneUnreadable { lasting: lasting(draws) * 4 },
        WorldEvent::ForeignUse { replica },
        WorldEvent::EventsLost { lasting: lasting(draws) * 24 },
        WorldEvent::ReplicaBreaks { replica, state: broken_state(draws), lasting: lasting(draws) * 8 },
        WorldEvent::NextCreationHangs { lasting: lasting(draws) * 6 },
        WorldEvent::NextCreationStaysBehind { lasting: lasting(draws) * 6 },
        WorldEvent::SlowCaches { lasting: lasting(draws) * 6 },
        WorldEvent::LagSpike { replica, seconds: 4_000.0, lasting: lasting(draws) * 6 },
        WorldEvent::DeploymentsUnreadable { lasting: lasting(draws) * 4 },
    ]);
    all
}

fn of_a_service(draws: &mut Draws) -> Vec<WorldEvent> {
    let count = u32::try_from(below(draws, 15.0)).unwrap_or_default();
    let bad = if draws.chance(0.5) { Rollout::Fails } else { Rollout::RollsBack };
    let mut all = of_the_account(draws);
    all.extend(of_people(draws, 8));
    all.extend([
        WorldEvent::Deploy { lasting: lasting(draws), rollout: bad },
        WorldEvent::Deploy { lasting: lasting(draws), rollout: Rollout::Completes },
        WorldEvent::SpotInterruption { tasks: count },
        WorldEvent::SpotDrought { lasting: lasting(draws) },
        WorldEvent::ForeignDesired { count },
        WorldEvent::ForeignBounds { min: count / 2, max: count.max(1) },
        WorldEvent::Register { native: Native { min: 1, max: count.max(1), cpu: Some(70.0) } },
        WorldEvent::Deregister,
        WorldEvent::ScheduledAction { min: count / 2, max: None, every: SignedDuration::from_mins(97) },
        WorldEvent::ScheduledAction {
            min: count,
            max: Some(count + 3),
            every: SignedDuration::from_mins(211),
        },
        WorldEvent::Forecast { tasks: count + 4, lasting: lasting(draws) },
        WorldEvent::Suspend {
            scaling_in: draws.chance(0.5),
            scaling_out: draws.chance(0.3),
            scheduled: draws.chance(0.3),
        },
        WorldEvent::BrokenRelease { errors: 0.1, lasting: lasting(draws) },
        WorldEvent::NoRequests { lasting: lasting(draws) * 4 },
        WorldEvent::TargetGroupShift { lasting: lasting(draws) },
        WorldEvent::LongJobs { jobs: count, lasting: lasting(draws) * 4 },
    ]);
    all
}

fn of_nodes(draws: &mut Draws) -> Vec<WorldEvent> {
    let shard = usize::from(draws.chance(0.3));
    let why = if draws.chance(0.5) { NodeShortage::Capacity } else { NodeShortage::Quota };
    let mut all = of_the_account(draws);
    all.extend(of_people(draws, 6));
    all.extend([
        WorldEvent::NodeFailover { shard },
        WorldEvent::FailNextCreation,
        WorldEvent::RefuseNextChange { why },
        WorldEvent::ReshardingFails,
        WorldEvent::MemorySurge { percent: draws.between(5.0, 80.0), lasting: lasting(draws) * 4 },
        WorldEvent::MemoryHoard { percent: draws.between(60.0, 99.0), lasting: lasting(draws) * 8 },
        WorldEvent::ClusterModeCompatible { lasting: lasting(draws) },
        WorldEvent::ForeignChange,
        WorldEvent::SnapshotRunning { lasting: lasting(draws) },
    ]);
    all
}

/// `events` mishaps of this kind of target within so many minutes, with a half of their kinds switched off. A longer script begins as a
/// shorter one of the same draws does.
pub fn swarm(kind: &TargetKind, draws: &mut Draws, events: usize, minutes: i64) -> Vec<ScriptedEvent> {
    let on = half_of_the_kinds(kind, draws);
    let mut mishap = || {
        let mut left = mishaps(kind, draws);
        left.retain(|event| on.contains(&event.code()));
        let nth = usize::try_from(below(draws, left.len() as f64)).unwrap_or_default();
        let after = SignedDuration::from_mins(below(draws, minutes as f64));
        Some(ScriptedEvent { after, event: left.get(nth)?.clone() })
    };
    (0..events).map_while(|_| mishap()).collect()
}

/// The codes of the half that is left on, rounded up.
fn half_of_the_kinds(kind: &TargetKind, draws: &mut Draws) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = mishaps(kind, draws).iter().map(WorldEvent::code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut drawn: Vec<_> = codes.into_iter().map(|code| (draws.bits(), code)).collect();
    drawn.sort_unstable();
    let on = drawn.len().div_ceil(2);
    drawn.into_iter().take(on).map(|(_, code)| code).collect()
}

fn broken_state(draws: &mut Draws) -> BrokenState {
    match below(draws, 4.0) {
        0 => BrokenState::IncompatibleParameters,
        1 => BrokenState::StorageFull,
        2 => BrokenState::Stopped,
        _ => BrokenState::Unheard,
    }
}

/// Two minutes to an hour.
fn lasting(draws: &mut Draws) -> SignedDuration {
    SignedDuration::from_mins(2 + below(draws, 59.0))
}

/// A whole number from 0 to `limit`, which is whole itself, without it.
fn below(draws: &mut Draws, limit: f64) -> i64 {
    whole(draws.between(0.0, limit).floor())
}

#[cfg(test)]
mod tests;
