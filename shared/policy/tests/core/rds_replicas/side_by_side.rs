//! Additions and removals side by side. Goal: what is wanted more is ordered on top of what comes, and what leaves is taken back before anything is made.

use jiff::SignedDuration;
use tidegate_policy::history::Intent;
use tidegate_policy::names::SetId;
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};
use tidegate_policy::policy::{Comparison, Signal};
use tidegate_policy::units::Count;

use super::fixture::{Account, reading, rule};

/// The pools of the fixture.
const POOLS: SignedDuration = SignedDuration::from_mins(10);

/// Two rules: one more above 70%, two more above 85%.
fn graded(replicas: usize) -> Account {
    let mut account = Account::steady(replicas);
    let scaling = &mut account.target.scaling;
    scaling.scale_out[0] = rule(Signal::PrimaryCpu, Comparison::Above, 70.0, 3);
    let mut twice = rule(Signal::PrimaryCpu, Comparison::Above, 85.0, 2);
    twice.step = Count(2);
    scaling.scale_out.push(twice);
    scaling.max = Count(8);
    rds(&mut account).creations_per_day = Count(12);
    account
}

fn rds(account: &mut Account) -> &mut tidegate_policy::policy::RdsReplicas {
    super::fixture::rds(&mut account.target)
}

fn made(plan: &Plan) -> Vec<String> {
    let created = plan.actions.iter().filter_map(|action| match action {
        Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => Some(create.id.to_string()),
        _ => None,
    });
    created.collect()
}

fn reason(plan: &Plan) -> &'static str {
    plan.step.as_ref().map_or("-", |step| step.reason.code())
}

#[test]
fn two_more_are_two_more_than_what_is_coming_already() {
    let mut account = graded(2);
    account.load(75.0, 50.0);
    assert_eq!(made(&account.step()).len(), 1);
    // The same rule holds on, and is answered already.
    for _ in 0..5 {
        let plan = account.step();
        assert_eq!(plan.actions, [], "{plan}");
        assert_eq!(plan.decision.explanation.reason.code(), "transition_in_progress", "{plan}");
    }
    account.load(90.0, 50.0);
    let plan = account.step();
    assert_eq!(made(&plan).len(), 2, "{plan}");
    assert!(plan.write_ahead, "each name is remembered before its first call");
    assert!(plan.decision.explanation.detail.contains("2 on top of the 3 that there will be"), "{plan}");
    assert_eq!(account.history.rds_replicas.intents.len(), 2);
    assert_eq!(account.step().actions, [], "and the larger rule is answered too");
}

#[test]
fn what_comes_is_within_the_maximum_and_the_budget() {
    for limit in ["maximum", "budget"] {
        let mut account = graded(2);
        account.load(75.0, 50.0);
        let _ = account.step();
        match limit {
            "maximum" => account.target.scaling.max = Count(4),
            _ => rds(&mut account).creations_per_day = Count(2),
        }
        account.load(90.0, 50.0);
        assert_eq!(made(&account.step()).len(), 1, "{limit}");
    }
}

#[test]
fn one_that_is_done_does_not_wait_for_another_decision() {
    let mut account = graded(2);
    account.load(75.0, 50.0);
    let first = made(&account.step()).remove(0);
    account.load(90.0, 50.0);
    let later = made(&account.step());
    account.comes_up(&first, 10.0, 5.0);
    for _ in 0..12 {
        let _ = account.step();
    }
    assert_eq!(account.weight(&first), Some(64), "it serves while the others are being made");
    let left: Vec<_> =
        account.history.rds_replicas.additions().map(|addition| addition.id.to_string()).collect();
    assert_eq!(left, later);
    assert!(account.history.scaled_out.is_some());
}

#[test]
fn a_crash_after_each_of_two_decisions_asks_again_under_the_same_names() {
    let mut account = graded(2);
    account.load(75.0, 50.0);
    let first = account.plan();
    account.history = first.history.clone();
    account.load(90.0, 50.0);
    account.pass(1);
    let plan = account.plan();
    assert_eq!(made(&plan), made(&first), "what was decided first is asked for first: {plan}");
    account.history = plan.history;
    let mut asked = made(&first);
    let _ = account.step();
    asked.extend(made(&account.step()));
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(account.history.rds_replicas.creations.len(), 3, "each is charged once");
}

#[test]
fn two_leave_at_a_time_and_what_leaves_is_taken_back_newest_first() {
    let mut account = graded(5);
    account.target.scaling.min = Count(1);
    account.load(5.0, 5.0);
    for _ in 0..4 {
        let _ = account.step();
    }
    let leaving: Vec<_> = account.history.rds_replicas.removing().map(ToString::to_string).collect();
    assert_eq!(leaving.len(), 2, "{leaving:?}");
    assert_eq!(account.plan().decision.current, Count(3), "who leaves is not counted on");
    account.load(75.0, 50.0);
    let plan = account.step();
    assert_eq!((reason(&plan), made(&plan).len()), ("drain_cancelled_load", 0), "{plan}");
    let left: Vec<_> = account.history.rds_replicas.removing().map(ToString::to_string).collect();
    assert_eq!(left, leaving[..1], "the newest to leave comes back first");
    let plan = account.step();
    assert_eq!((reason(&plan), made(&plan).len()), ("drain_cancelled_load", 0), "{plan}");
    assert_eq!(account.history.rds_replicas.intents, [] as [Intent; 0]);
    assert_eq!((1..=5).filter(|nth| account.weight(&format!("tg-orders-{nth}")) == Some(64)).count(), 5);
    assert_eq!(made(&account.step()).len(), 1, "and only then another is made");
}

#[test]
fn nobody_leaves_while_another_comes() {
    let mut account = graded(3);
    account.load(75.0, 50.0);
    let _ = account.step();
    account.load(5.0, 5.0);
    for _ in 0..5 {
        let plan = account.step();
        assert_eq!(account.history.rds_replicas.removing().count(), 0, "{plan}");
        assert_eq!(plan.decision.explanation.reason.code(), "transition_in_progress", "{plan}");
    }
}

/// The load of the first to leave moves as pools renew their connections. Until it has, the others look idle, and nobody else may go.
#[test]
fn the_second_to_leave_waits_for_the_load_of_the_first() {
    let leaving_after = |still: f64| {
        let mut account = graded(4);
        account.load(38.0, 5.0);
        for _ in 0..8 {
            let first = account.history.rds_replicas.removing().next().cloned();
            if let Some(first) = first {
                let now = account.now;
                account.replica(first.as_str()).signals.cpu = reading(still, now);
            }
            let _ = account.step();
            account.load(38.0, 5.0);
        }
        account.history.rds_replicas.removing().count()
    };
    // 38% on three that stay are 57% on two, below 63%; with the 38% of the one that leaves it would be 76%.
    assert_eq!(leaving_after(0.0), 2);
    assert_eq!(leaving_after(38.0), 1);
}

/// The last two of a zone are not sent away together.
#[test]
fn the_second_to_leave_is_not_the_last_of_its_zone() {
    let mut account = graded(4);
    for (nth, zone) in [(1, "a"), (2, "a"), (3, "b"), (4, "c")] {
        let zone = tidegate_policy::names::AvailabilityZone::new(format!("eu-west-1{zone}"));
        account.replica(&format!("tg-orders-{nth}")).zone = Some(zone);
    }
    account.load(5.0, 5.0);
    for _ in 0..6 {
        let _ = account.step();
    }
    let leaving: Vec<_> = account.history.rds_replicas.removing().map(ToString::to_string).collect();
    assert!(
        matches!(&leaving[..], [one] if ["tg-orders-1", "tg-orders-2"].contains(&one.as_str())),
        "{leaving:?}"
    );
}

/// What is asked for doubles with each addition that took effect and left everybody saturated. None waits for the cooldown of the one before. Who
/// climbs with a sixteenth of its share is no sign that it helped: pools have to hand it over first.
#[test]
fn saturation_is_answered_with_growing_steps() {
    let mut account = graded(1);
    account.target.scaling.scale_out.truncate(1);
    account.target.scaling.cooldown.out = SignedDuration::from_hours(2);
    let mut asked = vec![];
    let mut young: Vec<String> = vec![];
    for _ in 0..90 {
        account.load(99.5, 50.0);
        for id in &young {
            let at_full = account.weight(id) == Some(64);
            let since = account.history.rds_replicas.weights.get(&SetId::new(id.as_str()));
            let handed_over = since.is_some_and(|since| account.now.duration_since(since.since) >= POOLS);
            if !(at_full && handed_over) {
                let now = account.now;
                account.replica(id).signals.cpu = reading(20.0, now);
            }
        }
        let ids = made(&account.step());
        if !ids.is_empty() {
            asked.push(ids.len());
        }
        for id in &ids {
            account.comes_up(id, 10.0, 5.0);
        }
        young.extend(ids);
    }
    assert_eq!(asked, [1, 2, 4], "up to the maximum");
    account.load(60.0, 50.0);
    let _ = account.step();
    assert_eq!(account.history.rds_replicas.saturated, 0, "what is measured again begins anew");
}

/// Where the newest has room left, the last addition is what is waited for.
#[test]
fn an_addition_that_ended_saturation_is_given_its_cooldown() {
    let mut account = graded(1);
    account.target.scaling.scale_out.truncate(1);
    account.load(99.5, 50.0);
    let ids = made(&account.step());
    account.comes_up(&ids[0], 10.0, 5.0);
    for _ in 0..9 {
        account.load(99.5, 50.0);
        let now = account.now;
        account.replica(&ids[0]).signals.cpu = reading(96.0, now);
        assert_eq!(made(&account.step()), Vec::<String>::new());
    }
}

#[test]
fn a_signal_near_its_threshold_is_looked_at_every_minute() {
    for (cpu, near) in [(62.9, false), (63.0, true), (90.0, true)] {
        let mut account = Account::steady(1);
        account.target.scaling.scale_out.truncate(1);
        account.target.scaling.max = Count(1);
        account.load(cpu, 50.0);
        assert_eq!(account.plan().history.near, near, "{cpu}");
    }
    // What was not read says nothing new.
    let mut account = Account::steady(1);
    account.history.near = true;
    account.seen.signals_read = false;
    assert!(account.plan().history.near);
}
