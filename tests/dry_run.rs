//! Goal: a dry run is the same attempt without lease, `apply` or record. Method: dry runs beside real ones, on one account.

use tidegate_reconcile::Mode;
use tidegate_reconcile::report::TargetResult;

use crate::world::{PRODUCTION, World, target};

#[test]
fn a_dry_run_plans_what_the_attempt_then_does_and_changes_nothing() {
    let mut world = World::new(&target(PRODUCTION), 3);
    let mut planned = 0;
    for minute in 0..480 {
        let writes = |world: &World| {
            let calls = world.account.api_calls();
            let names =
                ["CreateDBInstanceReadReplica", "ChangeResourceRecordSets", "DeleteDBInstance", "PutItem"];
            names.iter().map(|name| calls.get(*name).copied().unwrap_or(0)).sum::<u64>()
        };
        let before = writes(&world);
        let dry = world.attempt(&world.account, &world.account, Mode::DryRun).unwrap();
        assert!(dry.dry_run);
        assert_eq!(writes(&world), before, "minute {minute}: a dry run wrote");
        let real = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        for (dry, real) in dry.targets.iter().zip(&real.targets) {
            match (&dry.result, &real.result) {
                (TargetResult::Planned { plan: dry, outcomes }, TargetResult::Planned { plan: real, .. }) => {
                    assert!(outcomes.is_empty());
                    // What is read may be a minute older in one of the two; where it is the same, so is the plan.
                    planned += usize::from(dry.actions == real.actions && !dry.actions.is_empty());
                }
                (TargetResult::Skipped(dry), TargetResult::Skipped(real)) => {
                    assert_eq!(dry.reason, real.reason)
                }
                (dry, real) => panic!("minute {minute}: {dry:?} but {real:?}"),
            }
        }
        world.live(match minute {
            0..60 => 0.8,
            60..240 => 1.9,
            _ => 0.3,
        });
    }
    assert!(planned >= 5, "{planned} plans with actions were compared");
}

#[test]
fn an_event_about_a_target_looks_at_it_now_and_at_the_others_when_they_are_due() {
    use futures_util::FutureExt;
    use tidegate_policy::names::TargetName;
    use tidegate_reconcile::{Attempt, Wake, reconcile};

    let mut world = World::new(&target(PRODUCTION), 3);
    let _ = world.attempt(&world.account, &world.account, Mode::Apply);
    world.live(0.8);
    let now = world.now();
    world.account.advance_to(now);
    let looks = |wake: Wake<'_>| {
        let attempt = Attempt {
            owner: "a",
            lease_for: tidegate_reconcile::LEASE_AT_LEAST,
            wake,
            mode: Mode::DryRun,
            orders: &[],
            paused: None,
        };
        let report = reconcile(&world.account, &world.account, &world.policy, now, &attempt);
        let report = report.now_or_never().unwrap().unwrap().targets.remove(0);
        matches!(report.result, TargetResult::Planned { .. })
    };
    let (it, other) = (world.policy.targets[0].name.clone(), TargetName::new("another"));
    assert!(!looks(Wake::Clock), "a minute after an evaluation nothing is due");
    assert!(looks(Wake::About(&[other.clone(), it])));
    assert!(!looks(Wake::About(&[other])));
}

/// Ticks come some seconds early or late: put off for being half a second early, five minutes would be six.
#[test]
fn an_evaluation_that_is_all_but_due_is_made() {
    use futures_util::FutureExt;
    use jiff::ToSpan;
    use tidegate_reconcile::{Attempt, Wake, reconcile};

    let world = World::new(&target(PRODUCTION), 3);
    let begun = world.now();
    let _ = world.attempt(&world.account, &world.account, Mode::Apply);
    let looks = |after: jiff::Span| {
        let attempt = Attempt {
            owner: "a",
            lease_for: tidegate_reconcile::LEASE_AT_LEAST,
            wake: Wake::Clock,
            mode: Mode::DryRun,
            orders: &[],
            paused: None,
        };
        let report =
            reconcile(&world.account, &world.account, &world.policy, begun + after, &attempt).now_or_never();
        matches!(report.unwrap().unwrap().targets.remove(0).result, TargetResult::Planned { .. })
    };
    assert!(!looks(4.minutes()) && !looks(269.seconds()));
    assert!(looks(270.seconds()) && looks(5.minutes()));
}

#[test]
fn a_wake_up_by_event_plans_what_the_clock_would() {
    use futures_util::FutureExt;
    use tidegate_reconcile::{Attempt, Wake, reconcile};

    let mut world = World::new(&target(PRODUCTION), 3);
    let mut compared = 0;
    for minute in 0..240 {
        let now = world.now();
        world.account.advance_to(now);
        let planned = |wake| {
            let attempt = Attempt {
                owner: "a",
                lease_for: tidegate_reconcile::LEASE_AT_LEAST,
                wake,
                mode: Mode::DryRun,
                orders: &[],
                paused: None,
            };
            let report = reconcile(&world.account, &world.account, &world.policy, now, &attempt);
            report.now_or_never().unwrap().unwrap().targets.remove(0).result
        };
        let (clock, event) = (planned(Wake::Clock), planned(Wake::Event));
        if let (TargetResult::Planned { plan: clock, .. }, TargetResult::Planned { plan: event, .. }) =
            (&clock, &event)
        {
            // Descriptions may be a minute apart; where they agree on who is there, the plans are one.
            compared += usize::from(clock == event);
        }
        assert!(
            matches!(event, TargetResult::Planned { .. }),
            "minute {minute}: an event is never told to wait"
        );
        let _ = world.attempt(&world.account, &world.account, Mode::Apply);
        world.live(if minute < 60 { 0.8 } else { 1.9 });
    }
    assert!(compared > 60, "only {compared} plans were compared");
}
