//! The history that CloudWatch keeps: a forecast is proven from it on its first day, and again after the ledger was lost.

use tidegate_policy::policy::Target;
use tidegate_policy::reason::Reason;
use tidegate_reconcile::Mode;
use tidegate_reconcile::report::TargetResult;
use tidegate_simulator::account::{Fault, Operation};
use tidegate_simulator::demand::Demand;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::mishaps::swarm;
use tidegate_simulator::random::Streams;
use tidegate_simulator::run::{Setup, simulate};

use crate::world::{World, targets};

const FORECAST: &str = include_str!("../infra/policies/forecast.toml");
const DAY: usize = 1_440;
/// Two weeks are read day by day.
const ATTEMPTS: usize = 15;

/// An account of one target with two weeks behind it, and the load to come.
struct Lived {
    world: World,
    load: Vec<f64>,
}

impl Lived {
    fn new(target: &Target, days: usize) -> Self {
        let peak = 0.6 * f64::from(target.scaling.max.0);
        let world = World::new(target, 7);
        world.account.live_before(&Shape::Daily.history(days * DAY, 7, peak));
        Self { world, load: Shape::Daily.demand(2 * DAY, 7, peak).units }
    }

    /// One attempt, and the rest of its minute; whether the forecast acts.
    fn minute(&mut self) -> bool {
        let world = &mut self.world;
        let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        let TargetResult::Planned { plan, .. } = &report.targets[0].result else { panic!("{report:?}") };
        let acts = plan.decision.recommendations.iter().any(|said| said.rule == "forecast");
        let waits = plan.notes.iter().any(|note| note.reason == Reason::ForecastNotProven);
        assert!(!acts || !waits, "it acts, or says why not: {:?}", plan.notes);
        let minute = usize::try_from(world.minute).unwrap();
        world.live(self.load[minute]);
        acts
    }

    /// Attempts until the forecast acts, that one included.
    fn acts_after(&mut self) -> usize {
        (1..=2 * ATTEMPTS).find(|_| self.minute()).unwrap()
    }
}

#[test]
fn two_weeks_of_history_prove_a_forecast_in_fifteen_attempts_and_again_after_a_lost_ledger() {
    for target in targets(FORECAST) {
        let name = &target.name;
        let mut lived = Lived::new(&target, 14);
        let first = lived.acts_after();
        assert!(first <= ATTEMPTS, "{name}: {first}");
        // What was lived through since is in CloudWatch too.
        for _ in 0..180 {
            assert!(lived.minute(), "{name}");
        }
        lived.world.account.forget();
        let again = lived.acts_after();
        assert!(again <= ATTEMPTS, "{name}: {again}");
    }
}

#[test]
fn without_a_history_it_waits_until_it_has_one() {
    let target = &targets(FORECAST)[0];
    let mut lived = Lived::new(target, 0);
    assert!((0..120).all(|_| !lived.minute()));
    let mut young = Lived::new(target, 1);
    assert!((0..120).all(|_| !young.minute()));
}

#[test]
fn while_cloudwatch_cannot_be_read_for_the_past_nothing_is_learned_and_then_it_goes_on() {
    let target = &targets(FORECAST)[1];
    let mut lived = Lived::new(target, 14);
    let hour = jiff::SignedDuration::from_mins(60);
    lived.world.account.fail_for(hour, 1.0, Some(Operation::GetMetricData), Fault::Throttled);
    for _ in 0..60 {
        // The service is seen without its metrics, and nothing is said of a forecast.
        let world = &mut lived.world;
        let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        let TargetResult::Planned { plan, .. } = &report.targets[0].result else { panic!("{report:?}") };
        assert_eq!(plan.decision.ahead, None);
        world.live(lived.load[usize::try_from(world.minute).unwrap()]);
    }
    assert!(lived.acts_after() <= ATTEMPTS);
}

#[test]
fn a_day_of_history_is_one_call_for_each_seventy_series() {
    let target = &targets(FORECAST)[0];
    let metrics = |lived: &Lived| {
        let calls = lived.world.account.api_calls();
        calls.get(Operation::GetMetricData.name()).copied().unwrap_or(0)
    };
    let mut lived = Lived::new(target, 14);
    let mut bare = Lived::new(target, 14);
    bare.world.policy.targets[0].scaling.forecast = None;
    for _ in 0..ATTEMPTS {
        lived.minute();
        let world = &mut bare.world;
        let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        world.live(bare.load[usize::try_from(world.minute).unwrap()]);
    }
    assert_eq!(metrics(&lived) - metrics(&bare), 14);
}

/// Three days are enough for the gate, and learned in a blink.
#[test]
fn no_mishap_breaks_an_invariant_while_a_forecast_acts() {
    for target in targets(FORECAST) {
        let peak = 0.6 * f64::from(target.scaling.max.0);
        let mut acted = 0;
        for seed in 1..=2 {
            let before = Shape::Daily.history(3 * DAY, seed, peak);
            let demand = Demand { before, ..Shape::Daily.demand(DAY, seed, peak) };
            let mut draws = Streams::new(seed).key("history", "mishaps").member(0);
            let world = swarm(&target.kind, &mut draws, 20, 1_400);
            let setup = Setup { world: world.clone(), ..Setup::new("forecast.toml", seed) };
            let simulated = simulate(&target, &demand, &setup, &mut |_| {}).unwrap().document;
            assert_eq!(simulated.invariant_violations, 0, "{} seed {seed}: {world:?}", target.name);
            let by_forecast = |reason: &str| reason.starts_with("scale_") && reason.ends_with("_forecast");
            acted += simulated.timeline.iter().filter(|entry| by_forecast(&entry.reason)).count();
        }
        assert!(acted > 0, "{}: the forecast decided nothing", target.name);
    }
}
