//! The forecast as one more recommendation: what it may decide, when, and what it never does, minute by minute on an account that follows its plans.

mod history;
mod input;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::check::check;
use tidegate_policy::decide::Decision;
use tidegate_policy::evaluate::Vote;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::settings::Shape;
use tidegate_policy::names::{ChangeId, InstanceId};
use tidegate_policy::observation::{Minute, Past, Point, Reading};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::{Plan, plan, plan_ahead};
use tidegate_policy::policy::{CapacityWindow, Comparison, Forecast, ForecastMode, Signal, WindowDays};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{Outcome, settle};
use tidegate_policy::units::{Count, Percent};

use crate::fixture::{minutes, rule};
use crate::rds_replicas::fixture::{Account, reading, status};

/// Minutes from a creation until it is available, and from a deletion until it is gone.
const COMES_AFTER: i64 = 10;
const GONE_AFTER: i64 = 5;
/// Price of a minute of shortage.
const PRICE: f64 = 27.0;

/// One unit's work by night, four units' from nine to five, with a ripple.
fn office(minute: i64) -> f64 {
    let hour = minute.div_euclid(60).rem_euclid(24);
    let ripple = f64::from(u32::try_from(minute.rem_euclid(7)).unwrap()) / 100.0;
    ripple + if (9..17).contains(&hour) { 4.0 } else { 1.0 }
}

/// Up and down again within two hours.
fn waves(minute: i64) -> f64 {
    let phase = f64::from(u32::try_from(minute.rem_euclid(120)).unwrap()) / 120.0;
    2.2 + 1.8 * (phase * std::f64::consts::TAU).sin()
}

fn forecast(mode: ForecastMode) -> Forecast {
    Forecast {
        mode,
        price: PRICE,
        objective: Percent(85.0),
        horizon: SignedDuration::from_mins(60),
        start_cost: 8.0,
    }
}

/// An account that lives: work is spread evenly over the primary and the replicas with a weight.
#[derive(Clone)]
struct Life {
    account: Account,
    outlook: Outlook,
    work: fn(i64) -> f64,
    /// CPU of whoever serves, by minute.
    cpu: BTreeMap<i64, f64>,
    /// When each replica was created that is not there from the beginning, and when the deletion of each was asked for.
    created: BTreeMap<InstanceId, Timestamp>,
    deleted: BTreeMap<InstanceId, Timestamp>,
}

impl Life {
    fn begin(replicas: usize, mode: ForecastMode, work: fn(i64) -> f64) -> Life {
        let mut account = Account::steady(replicas);
        let scaling = &mut account.target.scaling;
        scaling.scale_out = vec![rule(Signal::PrimaryCpu, Comparison::Above, 70.0, 10)];
        scaling.scale_in = vec![rule(Signal::ReplicaCpu, Comparison::Below, 40.0, 30)];
        scaling.forecast = Some(forecast(mode));
        crate::rds_replicas::fixture::rds(&mut account.target).creations_per_day = Count(200);
        let shape = Shape::new(15, 1.0, 0.85).unwrap();
        let mut life = Life {
            account,
            outlook: Outlook::cold(shape),
            work,
            cpu: BTreeMap::new(),
            created: BTreeMap::new(),
            deleted: BTreeMap::new(),
        };
        let newest = Minute::containing(life.account.now).0 - 2;
        for minute in newest - 60..=newest {
            life.measure_minute(minute);
        }
        life.show();
        life
    }

    fn mode(&mut self, mode: ForecastMode) {
        self.account.target.scaling.forecast = Some(forecast(mode));
    }

    /// Those who share the work.
    fn serving(&self) -> Vec<InstanceId> {
        let seen = &self.account.seen;
        let weight = |id: &InstanceId| self.account.weight(id.as_str()).unwrap_or(0);
        let ids = seen.replicas.iter().filter(|replica| replica.status.serves()).map(|replica| &replica.id);
        ids.filter(|id| weight(id) > 0).cloned().collect()
    }

    fn measure_minute(&mut self, minute: i64) {
        let serving = f64::from(u32::try_from(1 + self.serving().len()).unwrap());
        let cpu = ((self.work)(minute) / serving * 100.0).min(100.0);
        self.cpu.insert(minute, cpu);
    }

    /// Publishes the last hour of whoever serves; who does not serve idles.
    fn show(&mut self) {
        let now = self.account.now;
        let newest = Minute::containing(now).0 - 2;
        let points: Vec<Point> = self
            .cpu
            .range(newest - 60..=newest)
            .map(|(minute, value)| Point { minute: Minute(*minute), value: *value })
            .collect();
        let serving = self.serving();
        self.account.source().signals.cpu = Reading::new(points.clone(), None, now);
        self.account.source().signals.connections = reading(20.0, now);
        for replica in &mut self.account.seen.replicas {
            if !replica.status.serves() {
                continue;
            }
            let since = self.created.get(&replica.id).map(|at| *at + minutes(COMES_AFTER));
            let works = serving.contains(&replica.id);
            let all = if works {
                points.clone()
            } else {
                points.iter().map(|point| Point { value: 1.0, ..*point }).collect()
            };
            replica.signals.cpu = Reading::new(all, since, now);
            replica.signals.connections = reading(if works { 20.0 } else { 0.0 }, now);
            replica.signals.lag = reading(0.1, now);
        }
    }

    /// What the rules alone would do now.
    fn by_rules(&self) -> Plan {
        let seen = self.account.observation();
        plan(Observed::new(&self.account.target, &seen).unwrap(), &self.account.history, self.account.now)
    }

    /// What is done now, which the checker must accept.
    fn look(&mut self) -> Plan {
        let seen = self.account.observation();
        let observed = Observed::new(&self.account.target, &seen).unwrap();
        let (history, now) = (&self.account.history, self.account.now);
        let plan = plan_ahead(observed, history, Some(&mut self.outlook), &Past::Whole, now);
        if let Err(violations) = check(observed, history, &plan, now) {
            panic!("the checker refuses the plan\n{plan}\n{violations:#?}");
        }
        plan
    }

    /// The plan comes true, and so many minutes pass.
    fn follow(&mut self, plan: &Plan, count: i64) {
        let now = self.account.now;
        let before: Vec<InstanceId> =
            self.account.seen.replicas.iter().map(|replica| replica.id.clone()).collect();
        let mut outcomes = Vec::new();
        for action in &plan.actions {
            self.account.come_true(action);
            outcomes.push((action.clone(), Outcome::Applied { change: Some(ChangeId::new("C")) }));
        }
        for replica in &self.account.seen.replicas {
            if !before.contains(&replica.id) {
                self.created.insert(replica.id.clone(), now);
            }
            if replica.status == status("deleting") {
                self.deleted.entry(replica.id.clone()).or_insert(now);
            }
        }
        self.account.history = settle(plan.history.clone(), &outcomes, now);
        for _ in 0..count {
            self.account.pass(1);
            self.measure_minute(Minute::containing(self.account.now).0 - 2);
        }
        let now = self.account.now;
        let come: Vec<InstanceId> = self
            .account
            .seen
            .replicas
            .iter()
            .filter(|replica| replica.status == status("creating"))
            .filter(|replica| self.created[&replica.id] + minutes(COMES_AFTER) <= now)
            .map(|replica| replica.id.clone())
            .collect();
        come.iter().for_each(|id| self.account.comes_up(id.as_str(), 1.0, 0.0));
        let gone = &self.deleted;
        self.account
            .seen
            .replicas
            .retain(|replica| gone.get(&replica.id).is_none_or(|at| *at + minutes(GONE_AFTER) > now));
        self.show();
    }

    /// Looks and follows until this time, each `each` minutes, and gives each decision with its moment.
    fn until(&mut self, end: &str, each: i64) -> Vec<(Timestamp, Plan)> {
        let end: Timestamp = end.parse().unwrap();
        let mut plans = Vec::new();
        while self.account.now < end {
            let plan = self.look();
            let at = self.account.now;
            self.follow(&plan, each);
            plans.push((at, plan));
        }
        plans
    }
}

/// All of it but what the forecast only said.
fn of_rules(mut decision: Decision) -> Decision {
    (decision.ahead, decision.on_paper, decision.expected) = (None, None, None);
    decision
}

/// In the morning of the fourth day, after days under rules with a forecast in the shadow that has proven itself.
fn proven() -> Life {
    static LIFE: LazyLock<Life> = LazyLock::new(|| {
        let mut life = Life::begin(2, ForecastMode::Shadow, office);
        life.until("2026-03-08T06:00:00Z", 5);
        let verdict = life.outlook.judge(PRICE);
        assert_eq!(verdict, Ok(()), "{:?}", life.outlook.shadow.scores(life.outlook.end().unwrap()));
        life.mode(ForecastMode::Act);
        life
    });
    LIFE.clone()
}

#[test]
fn in_the_shadow_the_rules_decide_and_the_forecast_recommends() {
    let mut life = Life::begin(2, ForecastMode::Shadow, waves);
    let (mut out, mut in_, mut said) = (0, 0, 0);
    for _ in 0..360 {
        let rules = life.by_rules();
        let plan = life.look();
        assert_eq!(of_rules(plan.decision.clone()), of_rules(rules.decision), "{}", life.account.now);
        assert_eq!(
            (&plan.actions, &plan.notes, &plan.history),
            (&rules.actions, &rules.notes, &rules.history)
        );
        out += i32::from(plan.decision.desired > plan.decision.current);
        in_ += i32::from(plan.decision.desired < plan.decision.current);
        let ahead = plan.decision.ahead.clone().unwrap();
        said += i32::from(!matches!(ahead.vote, Vote::Unknown { .. }));
        life.follow(&plan, 1);
    }
    assert!(out > 0 && in_ > 0 && said > 300, "{out} out, {in_} in, {said} said");
}

#[test]
fn until_it_has_proven_itself_the_rules_act_alone_and_a_note_says_so() {
    let mut life = Life::begin(2, ForecastMode::Act, waves);
    for look in 0..200 {
        let rules = life.by_rules();
        let plan = life.look();
        assert_eq!(of_rules(plan.decision.clone()), of_rules(rules.decision), "{}", life.account.now);
        assert_eq!(plan.actions, rules.actions);
        // With the first word on: before that there is nothing to prove.
        if look > 10 {
            assert!(plan.notes.iter().any(|note| note.reason == Reason::ForecastNotProven), "{look}: {plan}");
        }
        life.follow(&plan, 1);
    }
}

#[test]
fn once_proven_it_orders_before_a_daily_rise_that_no_rule_sees() {
    let mut life = proven();
    let mut ordered = Vec::new();
    while life.account.now < "2026-03-08T09:00:00Z".parse().unwrap() {
        let rules = life.by_rules();
        let plan = life.look();
        if plan.decision.desired > plan.decision.current {
            assert!(rules.decision.desired <= rules.decision.current, "{rules}");
            assert_eq!(plan.decision.explanation.reason, Reason::ScaleOutForecast, "{plan}");
            ordered.push((life.account.now, plan.decision.desired));
        }
        life.follow(&plan, 5);
    }
    let (first, _) = ordered.first().copied().unwrap();
    assert!(first >= "2026-03-08T08:15:00Z".parse().unwrap(), "{ordered:?}");
    let (_, most) = ordered.last().copied().unwrap();
    assert!(most >= Count(3), "{ordered:?}");
    assert!(life.outlook.creations.count() > 0 && life.outlook.drains.count() > 0);
}

/// What fewer served at 100% is not known in full, only that it was more: each morning it sees more of the rise, as it has more to serve it.
#[test]
fn on_the_next_morning_all_is_there_that_the_rise_needs() {
    let mut life = proven();
    life.until("2026-03-09T08:00:00Z", 5);
    let plans = life.until("2026-03-09T09:00:00Z", 5);
    let most = plans.iter().map(|(_, plan)| plan.decision.desired).max().unwrap();
    // Four units' work at 85% are five units: the primary and four.
    let told = || plans.iter().map(|(at, plan)| format!("{at} {plan}")).collect::<Vec<_>>().join("\n");
    assert!(most >= Count(4), "{}", told());
}

#[test]
fn it_stays_within_the_bounds() {
    let mut life = proven();
    life.account.target.scaling.max = Count(3);
    life.account.target.scaling.min = Count(2);
    let mut by_forecast = 0;
    for (at, plan) in life.until("2026-03-09T00:00:00Z", 5) {
        let decision = &plan.decision;
        assert!(decision.desired >= Count(2) && decision.desired <= Count(3), "{at}: {plan}");
        by_forecast += i32::from(decision.explanation.reason == Reason::ScaleOutForecast);
    }
    assert!(by_forecast > 0);
}

#[test]
fn it_stays_above_an_open_windows_minimum() {
    let mut life = proven();
    let everyday = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    life.account.target.scaling.windows = vec![CapacityWindow {
        days: WindowDays::Weekdays { on: everyday.to_vec(), except: std::sync::Arc::default() },
        from: "16:00".parse().unwrap(),
        to: Some("21:00".parse().unwrap()),
        zone: jiff::tz::TimeZone::UTC,
        min: Some(Count(3)),
        max: None,
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: "daily 16:00-21:00 UTC".to_owned(),
    }];
    let plans = life.until("2026-03-09T01:00:00Z", 5);
    let (from, to) = ("2026-03-08T16:00:00Z".parse().unwrap(), "2026-03-08T21:00:00Z".parse().unwrap());
    let open = |at: &Timestamp| (from..to).contains(at);
    for (at, plan) in plans.iter().filter(|(at, _)| open(at)) {
        assert!(plan.decision.desired >= Count(3), "{at}: {plan}");
    }
    assert!(plans.iter().any(|(at, plan)| *at >= to && plan.decision.desired < Count(3)));
}

#[test]
fn it_removes_what_is_not_needed_and_nothing_while_signals_are_missing() {
    // In the evening after the fall, with no rule on the way in: only the forecast can remove.
    let mut life = proven();
    life.account.target.scaling.scale_in.clear();
    life.until("2026-03-08T16:45:00Z", 5);
    let mut blind = life.clone();
    let plans = life.until("2026-03-08T20:00:00Z", 5);
    let removal = plans.iter().find(|(_, plan)| plan.decision.desired < plan.decision.current);
    let (_, removal) = removal.unwrap();
    assert_eq!(removal.decision.explanation.reason, Reason::ScaleInForecast, "{removal}");

    let last = *blind.cpu.keys().next_back().unwrap();
    while blind.account.now < "2026-03-08T20:00:00Z".parse().unwrap() {
        // Nothing is published any more.
        blind.cpu.retain(|minute, _| *minute <= last);
        blind.show();
        let plan = blind.look();
        let age = Minute::containing(blind.account.now).0 - last - 1;
        if age > 15 {
            let ahead = plan.decision.ahead.clone().unwrap();
            assert!(matches!(ahead.vote, Vote::Unknown { .. }), "{age}: {ahead:?}");
            assert!(plan.decision.desired >= plan.decision.current, "{age}: {plan}");
        }
        blind.follow(&plan, 5);
    }
}

/// Two replicas and a primary at 60%: 1.8 units with the primary, which are three at 85%, and 1.2 without it, which are two.
#[test]
fn the_primary_works_for_the_target_where_a_rule_on_its_cpu_says_so() {
    for (signal, levels) in [(Signal::PrimaryCpu, 3), (Signal::ReplicaCpu, 2)] {
        let mut account = Account::steady(2);
        account.load(60.0, 50.0);
        account.target.scaling.scale_out = vec![rule(signal, Comparison::Above, 70.0, 10)];
        account.target.scaling.forecast = Some(forecast(ForecastMode::Shadow));
        let mut outlook = Outlook::cold(Shape::default());
        let seen = account.observation();
        let observed = Observed::new(&account.target, &seen).unwrap();
        let _ = plan_ahead(observed, &account.history, Some(&mut outlook), &Past::Whole, account.now);
        assert_eq!((outlook.floor(), outlook.known_minutes()), (levels, 61), "{signal:?}");
    }
}

/// Five tasks at 55% are 2.75 tasks' work, which are four at 85%.
#[test]
fn a_services_work_is_its_cpu_times_its_tasks() {
    let mut world = crate::ecs_service::fixture::World::steady(5);
    world.target.scaling.forecast = Some(forecast(ForecastMode::Shadow));
    let mut outlook = Outlook::cold(Shape::default());
    let seen = tidegate_policy::observation::Observation::EcsService(world.seen.clone());
    let observed = Observed::new(&world.target, &seen).unwrap();
    let plan = plan_ahead(observed, &world.history, Some(&mut outlook), &Past::Whole, world.now);
    assert_eq!(outlook.floor(), 4);
    assert!(plan.decision.ahead.is_some());
}
