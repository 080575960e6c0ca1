//! Goal: whatever disturbs an attempt, once and at any moment, the target comes to the rest that it would have come to. Method: walk an add
//! of two replicas and the removal of both; then walk it again with the ledger forgotten, a call failed, the policy changed or a second
//! attempt let in, at one moment after the other, and compare. The watcher looks on, and the checker may refuse no plan.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tidegate_policy::history::{History, Notice};
use tidegate_policy::names::{InstanceClass, InstanceId, TargetName};
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Policy, RdsReplicas, Target, TargetKind};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_policy::units::{Count, TtlSeconds};
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::port::{
    Fleet, FleetError, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite, ObserveRequest,
};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};
use tidegate_simulator::account::{Account, Fault, Operation};
use tidegate_simulator::mishaps::swarm;
use tidegate_simulator::world::WorldEvent;

use crate::simulations::drawn;
use crate::world::{PRODUCTION, Rest, TO_ZERO, World, target};

/// Minutes of one load after another: quiet, hot enough for the step of two, and idle until both are gone again.
const UP_AND_DOWN: [(i64, f64); 3] = [(60, 0.8), (180, 1.9), (300, 0.3)];
/// The same, and then hot again: what a changed policy must still answer.
const UP_DOWN_AND_UP: [(i64, f64); 4] = [(60, 0.8), (180, 1.9), (220, 0.3), (120, 6.0)];
/// Nothing happens before this minute of the walk: the first rule needs two hot points.
const FIRST: i64 = 62;
/// More attempts in a row than this whose plan was stale, and the target is stuck.
const STALE_IN_A_ROW: usize = 3;
const FAULTS: [Fault; 4] =
    [Fault::Throttled, Fault::AnswerLost, Fault::PriorRequestNotComplete, Fault::Unreachable];

/// A policy whose evaluations do not depend on the minute of a disturbance: every minute is one.
fn impatient(document: &str) -> Target {
    let mut target = target(document);
    target.scaling.evaluate_every = SignedDuration::from_mins(1);
    target.scaling.cooldown.in_ = SignedDuration::from_mins(10);
    target
}

fn rds(policy: &mut Policy) -> &mut RdsReplicas {
    let TargetKind::RdsReplicas(rds) = &mut policy.targets[0].kind else { panic!("not of replicas") };
    rds
}

/// What happens once, right before the attempt of a minute.
#[derive(Clone, Copy)]
enum Disturbance<'a> {
    Nothing,
    /// The attempt reads the ledger as if it had never been written.
    Forgotten(i64),
    /// The next call of this operation goes wrong.
    Fails(i64, Operation, Fault),
    /// The policy is another from here on.
    Policy(i64, &'a dyn Fn(&mut Policy)),
    /// Right before this write, counted from the first, another attempt wakes up so many seconds late.
    SecondAttempt {
        before: usize,
        late: i64,
    },
}

/// Both ports of an account, with what a disturbance does to them.
struct Ports<'a> {
    account: &'a Account,
    policy: &'a Policy,
    now: Timestamp,
    forgets: bool,
    second: Option<(usize, i64)>,
    writes: &'a Cell<usize>,
    /// How often the second attempt came to a plan: otherwise the lease kept it out.
    planned: &'a Cell<usize>,
    busy: Cell<bool>,
}

impl Ports<'_> {
    async fn write<T>(&self, call: impl Future<Output = T>) -> T {
        if self.busy.get() {
            return call.await;
        }
        let number = self.writes.get();
        self.writes.set(number + 1);
        if let Some((_, late)) = self.second.filter(|(before, _)| *before == number) {
            self.busy.set(true);
            let now = self.now + SignedDuration::from_secs(late);
            self.account.advance_to(now);
            let second = Attempt {
                owner: "second",
                lease_for: LEASE_AT_LEAST,
                wake: Wake::Event,
                mode: Mode::Apply,
                orders: &[],
                paused: None,
            };
            let report = reconcile(self.account, self.account, self.policy, now, &second).await.unwrap();
            let planned = report.targets.iter().any(|one| matches!(one.result, TargetResult::Planned { .. }));
            self.planned.set(self.planned.get() + usize::from(planned));
            self.busy.set(false);
        }
        call.await
    }
}

impl Fleet for Ports<'_> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        self.account.observe(requests, now).await
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        self.account.past(target, seen, lacking).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        // No write, but the last moment before one: who comes in here is behind the look's back.
        self.write(self.account.look_again(target, action, now)).await
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.write(self.account.apply(target, action)).await
    }
}

impl Ledger for Ports<'_> {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        let mut items = self.account.load(targets).await?;
        if self.forgets {
            for item in items.iter_mut().flatten() {
                item.history = History::default();
            }
        }
        Ok(items)
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.write(self.account.claim(target, version, lease, now)).await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        self.write(self.account.store(target, version, write)).await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        self.write(self.account.publish(target, notices)).await
    }
}

/// What a walk came to.
struct Walked {
    rest: Rest,
    calls: BTreeMap<String, u64>,
    /// The minutes in which an operation was called.
    called: BTreeMap<Operation, BTreeSet<i64>>,
    /// The writes of the minutes in which AWS was changed.
    eventful: BTreeSet<usize>,
    writes: usize,
    /// How often a second attempt came to a plan.
    planned: usize,
    /// The most attempts in a row whose plan was stale.
    stale_in_a_row: usize,
    /// During the last load: the creations, and why the last decision was as it was.
    creations_at_last: u64,
    last_reason: Option<Reason>,
}

impl Walked {
    fn of(&self, operation: Operation) -> u64 {
        self.calls.get(operation.name()).copied().unwrap_or(0)
    }

    fn creations(&self) -> u64 {
        self.of(Operation::CreateDbInstanceReadReplica)
    }

    /// The minutes in which AWS was changed.
    fn minutes_of_changes(&self) -> BTreeSet<i64> {
        let changes = [
            Operation::CreateDbInstanceReadReplica,
            Operation::ChangeResourceRecordSets,
            Operation::DeleteDbInstance,
        ];
        changes.iter().filter_map(|change| self.called.get(change)).flatten().copied().collect()
    }
}

/// No plan of the planner is refused by the checker.
fn assert_planned(report: &RunReport, what: &str) {
    for target in &report.targets {
        if let TargetResult::Failed(why) = &target.result {
            assert!(why.reason != Reason::PlanRefused, "{what}: at {}: {why}", report.at);
        }
    }
}

/// Whether an attempt found the world other than its plan expected.
fn was_stale(report: &RunReport) -> bool {
    report.targets.iter().any(|target| match &target.result {
        TargetResult::Planned { outcomes, .. } | TargetResult::Unrecorded { outcomes, .. } => {
            outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Stale { .. }))
        }
        TargetResult::Skipped(_) | TargetResult::Failed(_) => false,
    })
}

/// Walks through these minutes; on the way no invariant may be broken and no plan refused.
fn walk(target: &Target, loads: &[(i64, f64)], disturbance: Disturbance<'_>, what: &str) -> Walked {
    let mut world = World::new(target, 7);
    let (writes, planned) = (Cell::new(0), Cell::new(0));
    let mut called: BTreeMap<Operation, BTreeSet<i64>> = BTreeMap::new();
    let mut eventful = BTreeSet::new();
    let (mut stale, mut stale_in_a_row) = (0, 0);
    let (mut creations_before, mut last_reason) = (0, None);
    let creations =
        |world: &World| world.account.api_calls().get("CreateDBInstanceReadReplica").copied().unwrap_or(0);
    for (minutes, units) in loads {
        creations_before = creations(&world);
        for _ in 0..*minutes {
            match disturbance {
                Disturbance::Fails(minute, operation, fault) if minute == world.minute => {
                    world.account.fail_next(operation, fault);
                }
                Disturbance::Policy(minute, change) if minute == world.minute => change(&mut world.policy),
                _ => {}
            }
            let ports = Ports {
                account: &world.account,
                policy: &world.policy,
                now: world.now(),
                forgets: matches!(disturbance, Disturbance::Forgotten(minute) if minute == world.minute),
                second: match disturbance {
                    Disturbance::SecondAttempt { before, late } => Some((before, late)),
                    _ => None,
                },
                writes: &writes,
                planned: &planned,
                busy: Cell::new(false),
            };
            let (first_write, before) = (writes.get(), world.account.api_calls());
            if let Some(report) = world.attempt(&ports, &ports, Mode::Apply) {
                assert_planned(&report, what);
                stale = if was_stale(&report) { stale + 1 } else { 0 };
                stale_in_a_row = stale.max(stale_in_a_row);
                if let TargetResult::Planned { plan, .. } = &report.targets[0].result {
                    last_reason = Some(plan.decision.explanation.reason);
                }
            }
            let after = world.account.api_calls();
            for operation in Operation::ALL {
                if after.get(operation.name()) != before.get(operation.name()) {
                    called.entry(operation).or_default().insert(world.minute);
                }
            }
            // The lease and the record are two; with a third write something was done.
            if writes.get() - first_write > 2 {
                eventful.extend(first_write..writes.get());
            }
            let breaches = world.pass(*units);
            assert!(breaches.is_empty(), "{what}: minute {}: {breaches:?}", world.minute);
        }
    }
    Walked {
        rest: world.rest(),
        calls: world.account.api_calls(),
        called,
        eventful,
        writes: writes.get(),
        planned: planned.get(),
        stale_in_a_row,
        creations_at_last: creations(&world) - creations_before,
        last_reason,
    }
}

/// The walk that nothing disturbs: it must go both ways and come to rest, or the others prove nothing.
fn undisturbed(target: &Target, creations: u64) -> Walked {
    let walked = walk(target, &UP_AND_DOWN, Disturbance::Nothing, "undisturbed");
    assert_eq!(walked.creations(), creations, "{:?}", walked.calls);
    assert_eq!(walked.of(Operation::DeleteDbInstance), creations, "{:?}", walked.calls);
    assert_eq!(walked.rest.transition, None);
    walked
}

#[test]
fn the_ledger_may_be_forgotten_at_any_minute() {
    for (name, document, creations, every) in [("production", PRODUCTION, 2, 4), ("to zero", TO_ZERO, 1, 10)]
    {
        let target = impatient(document);
        let calm = undisturbed(&target, creations);
        let sampled = (FIRST..UP_AND_DOWN.iter().map(|(minutes, _)| minutes).sum()).step_by(every);
        let mut different = 0;
        for minute in sampled.chain(calm.minutes_of_changes()) {
            let what = format!("{name}, forgotten at minute {minute}");
            let walked = walk(&target, &UP_AND_DOWN, Disturbance::Forgotten(minute), &what);
            assert_eq!(walked.rest, calm.rest, "{what}");
            // A forgotten cooldown or addition may cost replicas, no more than one step of the policy.
            assert!(walked.creations() <= creations + 2, "{what}: {} creations", walked.creations());
            different += usize::from(walked.calls != calm.calls);
        }
        assert!(different >= 3, "{name}: only {different} walks were any different");
    }
}

#[test]
fn any_call_may_go_wrong_once_at_any_minute() {
    let target = impatient(PRODUCTION);
    let calm = undisturbed(&target, 2);
    let changes = calm.minutes_of_changes();
    let mut struck = BTreeSet::new();
    for operation in Operation::ALL {
        let minutes = calm.called.get(&operation).cloned().unwrap_or_default();
        // What is called every minute goes wrong around each change, and every hour besides.
        let telling = |minute: &&i64| {
            minutes.len() < 40 || changes.contains(minute) || (**minute >= FIRST && *minute % 60 == 5)
        };
        for (nth, minute) in minutes.iter().filter(telling).enumerate() {
            for fault in FAULTS {
                // Two of the four at a time for those that only read: all four come round.
                if minutes.len() >= 40 && (nth + fault as usize) % 2 == 1 {
                    continue;
                }
                let what = format!("{operation:?} {fault:?} at minute {minute}");
                let walked =
                    walk(&target, &UP_AND_DOWN, Disturbance::Fails(*minute, operation, fault), &what);
                assert_eq!(walked.rest, calm.rest, "{what}");
                if walked.calls != calm.calls {
                    struck.insert(operation);
                }
            }
        }
    }
    assert!(struck.len() >= 7, "faults of these alone made a difference: {struck:?}");
}

/// How a target goes on under load after its policy changed.
#[derive(Clone, Copy, Debug)]
enum GoesOn {
    /// It asks for replicas.
    Creates,
    /// It holds, and says why.
    HoldsWith(Reason),
}

type Change = Box<dyn Fn(&mut Policy)>;

fn changes() -> Vec<(&'static str, Change, GoesOn)> {
    let ttl = |seconds| -> Change { Box::new(move |policy| rds(policy).reader.ttl = TtlSeconds(seconds)) };
    let class = || InstanceClass::new("db.r6g.xlarge");
    vec![
        ("ttl 1s", ttl(1), GoesOn::Creates),
        ("ttl 30s", ttl(30), GoesOn::Creates),
        ("ttl 300s", ttl(300), GoesOn::Creates),
        ("floor off", Box::new(|policy| rds(policy).floor = false), GoesOn::Creates),
        (
            "max 1",
            Box::new(|policy| policy.targets[0].scaling.max = Count(1)),
            GoesOn::HoldsWith(Reason::AlreadyAtMaxCapacity),
        ),
        ("min 3", Box::new(|policy| policy.targets[0].scaling.min = Count(3)), GoesOn::Creates),
        ("owner", Box::new(|policy| rds(policy).owner = "bob".to_owned()), GoesOn::Creates),
        ("class", Box::new(move |policy| rds(policy).class = Some(class())), GoesOn::Creates),
        (
            "source renamed",
            Box::new(|policy| rds(policy).source = InstanceId::new("orders-next")),
            GoesOn::HoldsWith(Reason::SourceMissing),
        ),
    ]
}

#[test]
fn the_policy_may_change_at_any_minute() {
    let mut target = impatient(PRODUCTION);
    // Room for new ones beside those that are nobody's any more under another owner.
    target.scaling.max = Count(10);
    let calm = undisturbed(&target, 2);
    let sampled: BTreeSet<i64> = calm
        .minutes_of_changes()
        .into_iter()
        .flat_map(|minute| [minute, minute + 1])
        .chain((FIRST..460).step_by(50))
        .collect();
    for (name, change, goes_on) in changes() {
        for minute in &sampled {
            let what = format!("{name} at minute {minute}");
            let walked = walk(&target, &UP_DOWN_AND_UP, Disturbance::Policy(*minute, &*change), &what);
            assert!(
                walked.stale_in_a_row <= STALE_IN_A_ROW,
                "{what}: {} attempts in a row were stale",
                walked.stale_in_a_row
            );
            match goes_on {
                GoesOn::Creates => {
                    assert!(walked.creations_at_last > 0, "{what}: no replica came: {:?}", walked.last_reason)
                }
                GoesOn::HoldsWith(reason) => assert_eq!(walked.last_reason, Some(reason), "{what}"),
            }
        }
    }
}

#[test]
fn a_changed_ttl_is_applied_and_holds_nothing_up() {
    for (name, document) in [("production", PRODUCTION), ("to zero", TO_ZERO)] {
        let mut world = World::new(&impatient(document), 7);
        for minute in 0..240 {
            if minute == 30 {
                rds(&mut world.policy).reader.ttl = TtlSeconds(30);
            }
            let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
            assert_planned(&report, name);
            assert!(!was_stale(&report), "{name}: minute {minute}: {report:?}");
            world.live(if minute < 60 { 0.5 } else { 1.9 });
            let wanted = TtlSeconds(if minute < 30 { 10 } else { 30 });
            let applied = world.account.answered_records().iter().all(|record| record.ttl == wanted);
            // One attempt to see it and one minute for Route 53 to spread it.
            assert!(applied || (30..33).contains(&minute), "{name}: minute {minute}: not {wanted}");
        }
        let calls = world.account.api_calls();
        assert!(
            calls.contains_key("CreateDBInstanceReadReplica"),
            "{name}: the load changed nothing: {calls:?}"
        );
    }
}

#[test]
fn a_second_attempt_may_come_before_any_write() {
    let mut target = impatient(PRODUCTION);
    for floor in [true, false] {
        let TargetKind::RdsReplicas(rds) = &mut target.kind else { panic!("not of replicas") };
        rds.floor = floor;
        let calm = undisturbed(&target, 2);
        for late in [5, 70, 200] {
            let mut planned = 0;
            // Every write of the minutes in which something was done, and some of the others.
            let others = (calm.writes / 8..calm.writes).step_by(if floor { 40 } else { 120 });
            for before in calm.eventful.iter().copied().chain(others) {
                let what = format!("floor {floor}, {late} s late before write {before} of {}", calm.writes);
                let walked = walk(&target, &UP_AND_DOWN, Disturbance::SecondAttempt { before, late }, &what);
                assert_eq!(walked.rest, calm.rest, "{what}");
                assert!(walked.creations() <= 4, "{what}: {} creations", walked.creations());
                planned += walked.planned;
            }
            assert!(planned > 10, "{late} s late: only {planned} second attempts were let in");
        }
    }
}

/// One line of a random script.
#[derive(Clone, Debug)]
enum Mishap {
    Befalls(WorldEvent),
    Fails(Operation, Fault),
    Ttl(u32),
    Forgotten,
}

/// What befalls no account by itself: a call that goes wrong, a changed policy, a lost ledger.
fn any_disturbance() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        2 => (prop::sample::select(Operation::ALL.to_vec()), prop::sample::select(FAULTS.to_vec()))
            .prop_map(|(operation, fault)| Mishap::Fails(operation, fault)),
        2 => prop::sample::select(vec![1, 10, 30, 60, 300]).prop_map(Mishap::Ttl),
        1 => Just(Mishap::Forgotten),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// A day of any load with any script of mishaps, of which several may come at once.
    #[test]
    fn no_mixture_of_mishaps_and_policy_changes_breaks_an_invariant(
        seed in 0_u64..1_000_000,
        to_zero in any::<bool>(),
        load in prop::collection::vec(0.1..4.0_f64, 12),
        disturbances in prop::collection::vec((0..1_440_i64, any_disturbance()), 0..12),
        keep in prop::collection::vec(any::<bool>(), 18),
    ) {
        let (document, share) = if to_zero { (TO_ZERO, 0.4) } else { (PRODUCTION, 1.0) };
        let target = impatient(document);
        let mut world = World::new(&target, seed);
        let swarm = swarm(&target.kind, &mut drawn(seed), keep.len(), 1_440).into_iter().zip(keep);
        let befalls = swarm.filter(|(_, keep)| *keep).map(|(scripted, _)| {
            (scripted.after.as_mins(), Mishap::Befalls(scripted.event))
        });
        let script: Vec<_> = disturbances.into_iter().chain(befalls).collect();
        for (minute, units) in (0..1_440).zip(load.iter().flat_map(|units| [*units; 120])) {
            for (_, mishap) in script.iter().filter(|(at, _)| *at == minute) {
                match mishap {
                    Mishap::Befalls(event) => _ = world.account.befall(event),
                    Mishap::Fails(operation, fault) => world.account.fail_next(*operation, *fault),
                    Mishap::Ttl(seconds) => rds(&mut world.policy).reader.ttl = TtlSeconds(*seconds),
                    Mishap::Forgotten => world.account.forget(),
                }
            }
            let (writes, planned) = (Cell::new(0), Cell::new(0));
            let ports = Ports {
                account: &world.account,
                policy: &world.policy,
                now: world.now(),
                forgets: false,
                second: None,
                writes: &writes,
                planned: &planned,
                busy: Cell::new(false),
            };
            if let Some(report) = world.attempt(&ports, &ports, Mode::Apply) {
                assert_planned(&report, "a mixture");
            }
            let breaches = world.pass(units * share);
            prop_assert!(breaches.is_empty(), "minute {minute}: {breaches:?}");
        }
    }
}
