//! A target named `api` of 4 tasks at rest, on a Wednesday at noon; each test adds what it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};

use crate::check::{Violation, check};
use crate::decide::Decision;
use crate::history::{Asked, Fallback, History, StandingOrder, Starting, Warmed};
use crate::names::{ClusterName, ServiceName, TargetName};
use crate::observation::{
    CapacityBounds, Deployment, DeploymentController, EcsObservation, Fact, Minute, NativeScaling,
    Observation, Point, Reading, Rollout, ScalableTarget, Scheduling, Service, ServiceLook, ServiceStatus,
    StrategyItem, Suspended,
};
use crate::observed::Observed;
use crate::plan::{Action, EcsServiceAction, Plan, SetBounds, SetDesiredCount, SetStrategy, WarmUp};
use crate::policy::{
    CapacityWindow, Comparison, EcsService, PerDirection, PlannedEvent, PointsRequired, RateLimit, Scaling,
    ServiceMetric, Signal, Spot, Target, TargetKind, ThresholdRule, TrackingRule, Warm, WindowDays,
};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, Percent};

/// What the checker is given, but for the plan.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) target: Target,
    pub(super) seen: EcsObservation,
    pub(super) history: History,
    pub(super) now: Timestamp,
}

impl World {
    /// 2 to 10 tasks, 4 of them running, ruled by CPU, without a scalable target.
    pub(super) fn new() -> World {
        let now = at("2026-07-15T12:00:00Z");
        let mut world = World {
            target: target(),
            seen: EcsObservation {
                at: now,
                look: ServiceLook { service: Some(service()), scalable: None, native: None },
                stopped: None,
                signals: [(ServiceMetric::Cpu, points(now, &[10.0; 30]))].into(),
                other_groups: BTreeMap::new(),
                signals_read: true,
            },
            history: History::default(),
            now,
        };
        world.history.decisions = 7;
        world
    }

    /// With a scalable target of these bounds.
    pub(super) fn native(min: u32, max: u32) -> World {
        let mut world = World::new();
        world.seen.look.scalable = Some(ScalableTarget {
            dimension: "ecs:service:DesiredCount".to_owned(),
            bounds: bounds(min, max),
            suspended: Suspended::default(),
        });
        world.natively(NativeScaling::default())
    }

    /// What Application Auto Scaling does by itself.
    pub(super) fn natively(mut self, value: NativeScaling) -> World {
        self.seen.look.native = Some(Fact { value, read_at: self.now });
        self
    }

    pub(super) fn running(mut self, tasks: u32) -> World {
        let service = self.service();
        (service.desired, service.running) = (Count(tasks), Count(tasks));
        self
    }

    pub(super) fn service(&mut self) -> &mut Service {
        self.seen.look.service.as_mut().unwrap()
    }

    pub(super) fn suspended(&mut self) -> &mut Suspended {
        &mut self.seen.look.scalable.as_mut().unwrap().suspended
    }

    pub(super) fn ecs(&mut self) -> &mut EcsService {
        match &mut self.target.kind {
            TargetKind::EcsService(ecs) => ecs,
            TargetKind::RdsReplicas(_) | TargetKind::RedisNodes(_) => panic!("a world of a service"),
        }
    }

    /// Another deployment, that is to stay from now on, with so many tasks.
    pub(super) fn deployed(mut self, rollout: Rollout, tasks: u32) -> World {
        for before in &mut self.service().deployments {
            before.primary = false;
        }
        let id = "ecs-svc/2".to_owned();
        let next = Deployment {
            id,
            primary: true,
            rollout,
            tasks: Count(tasks),
            failed_tasks: Count::ZERO,
            failure: None,
        };
        self.service().deployments.insert(0, next);
        self
    }

    pub(super) fn rollout(&mut self, rollout: Rollout) {
        self.service().deployments[0].rollout = rollout;
    }

    pub(super) fn without_rules(mut self) -> World {
        self.target.scaling.scale_in.clear();
        self.target.scaling.scale_out.clear();
        self.seen.signals.clear();
        self
    }

    /// A rule of scale-in on this signal, beside those that there are.
    pub(super) fn ruled_by(mut self, signal: Signal) -> World {
        self.target.scaling.scale_in.push(rule(signal, Comparison::Below));
        self
    }

    pub(super) fn tracking(mut self, signal: Signal) -> World {
        self.target.scaling.track.push(TrackingRule { signal, target: 60.0, text: String::new() });
        self
    }

    /// What a target group that the policy does not name says.
    pub(super) fn green(mut self, metric: ServiceMetric, reading: Reading) -> World {
        let green = self.seen.other_groups.entry("targetgroup/green/2".to_owned()).or_default();
        green.insert(metric, reading);
        self
    }

    pub(super) fn reads(mut self, metric: ServiceMetric, reading: Reading) -> World {
        self.seen.signals.insert(metric, reading);
        self
    }

    /// Open every day of the week, on UTC's clock.
    pub(super) fn window(mut self, hours: (&str, &str), min: Option<u32>, max: Option<u32>) -> World {
        self.target.scaling.windows.push(window(hours.0, hours.1, min, max));
        self
    }

    /// 5,000 requests a minute, 12 tasks, from so many minutes from now for two hours; an hour of lead, 2 tasks less every 15 minutes.
    pub(super) fn event(mut self, minutes: i64, max: Option<u32>) -> World {
        let from = self.now + SignedDuration::from_mins(minutes);
        self.ecs().events.push(event(from, max));
        self
    }

    pub(super) fn ordered(mut self, min: Option<u32>, max: Option<u32>, minutes: i64) -> World {
        let until = self.now + SignedDuration::from_mins(minutes);
        self.history.orders.bounds = Some(StandingOrder {
            at: self.now - SignedDuration::from_mins(60),
            until,
            min: min.map(Count),
            max: max.map(Count),
        });
        self
    }

    /// Spot is wanted, and the service is there: FARGATE 30 with a base of 1, FARGATE_SPOT 70.
    pub(super) fn on_spot(self) -> World {
        let mut world = self.on_demand();
        world.service().strategy = share();
        world
    }

    /// Spot is wanted, and the service is on demand.
    pub(super) fn on_demand(mut self) -> World {
        self.ecs().spot = Some(Spot {
            share: Percent(70.0),
            base: Count(1),
            retry_after: SignedDuration::from_hours(1),
            force_deployment: true,
        });
        let service = self.service();
        (service.launch_type, service.strategy) = (None, on_demand());
        self
    }

    pub(super) fn unplaced(mut self) -> World {
        self.service().unplaced_at = Some(self.now);
        self
    }

    pub(super) fn fallen_back(mut self, retry_in_minutes: i64) -> World {
        let retry_at = self.now + SignedDuration::from_mins(retry_in_minutes);
        self.history.ecs_service.fallback =
            Some(Fallback { since: self.now - SignedDuration::from_hours(1), retry_at });
        self
    }

    // Plans.

    /// A plan that leaves the memory as it is.
    pub(super) fn rests(&self) -> Plan {
        Plan {
            target: self.target.name.clone(),
            decision: Decision {
                current: Count(4),
                recommended: Count(4),
                desired: Count(4),
                explanation: Explanation::new(Reason::WithinThresholds, ""),
                limited_by: None,
                next_eligible: None,
                ahead: None,
                on_paper: None,
                expected: None,
                recommendations: Vec::new(),
            },
            step: None,
            actions: Vec::new(),
            history: self.history.clone(),
            write_ahead: false,
            alerts: Vec::new(),
            unjudged: Vec::new(),
            read: std::collections::BTreeMap::new(),
            evaluate_every: jiff::SignedDuration::from_mins(1),
            notes: Vec::new(),
        }
    }

    /// A plan with this action, that remembers all that a sound one does.
    pub(super) fn plan(&self, action: Action) -> Plan {
        let mut plan = self.rests();
        let memory = &mut plan.history.ecs_service;
        match &action {
            Action::EcsService(EcsServiceAction::SetDesiredCount(set)) => {
                plan.history.decisions += 1;
                memory.asked = Some(Asked::Desired(set.to));
                if set.to > set.from {
                    memory.starting = Some(Starting { since: self.now, from: set.from, to: set.to });
                }
            }
            Action::EcsService(EcsServiceAction::SetBounds(set)) => {
                plan.history.decisions += 1;
                memory.asked = Some(Asked::Bounds(set.to));
            }
            Action::EcsService(EcsServiceAction::SetStrategy(set)) => {
                let retry_at = self.now + SignedDuration::from_hours(1);
                memory.fallback = (set.to == on_demand()).then_some(Fallback { since: self.now, retry_at });
            }
            Action::EcsService(EcsServiceAction::Warm(warm)) => {
                let tries = memory.warmed.get(&warm.event).map_or(0, |warmed| warmed.tries) + 1;
                memory.warmed.insert(warm.event.clone(), Warmed { at: self.now, tries, done: false });
            }
            _ => {}
        }
        plan.actions.push(action);
        plan.write_ahead = true;
        plan
    }

    /// From what was observed to so many.
    pub(super) fn desired(&self, to: u32) -> Plan {
        let from = self.seen.look.service.as_ref().map_or(Count::ZERO, |service| service.desired);
        self.plan(Action::EcsService(EcsServiceAction::SetDesiredCount(SetDesiredCount {
            cluster: ClusterName::new("main"),
            service: ServiceName::new("api"),
            from,
            to: Count(to),
        })))
    }

    /// From what is registered to these.
    pub(super) fn bounds(&self, min: u32, max: u32) -> Plan {
        let from = self.seen.look.scalable.as_ref().map_or(bounds(min, max), |registered| registered.bounds);
        let desired = self.seen.look.service.as_ref().map_or(Count::ZERO, |service| service.desired);
        let order = self.history.orders.bounds.as_ref();
        self.plan(Action::EcsService(EcsServiceAction::SetBounds(SetBounds {
            cluster: ClusterName::new("main"),
            service: ServiceName::new("api"),
            from,
            to: bounds(min, max),
            pulls_down: desired > Count(max),
            by_command: order.is_some_and(|order| order.max.is_some() && self.now < order.until),
        })))
    }

    /// The same, for signals: the raised minimum is remembered.
    pub(super) fn bounds_by_signals(&self, min: u32, max: u32) -> Plan {
        let mut plan = self.bounds(min, max);
        plan.history.ecs_service.signal_floor = Some(Count(min));
        plan
    }

    pub(super) fn strategy(&self, to: Vec<StrategyItem>) -> Plan {
        let from = self.seen.look.service.as_ref().map(|service| service.strategy.clone());
        self.plan(Action::EcsService(EcsServiceAction::SetStrategy(SetStrategy {
            cluster: ClusterName::new("main"),
            service: ServiceName::new("api"),
            from: from.unwrap_or_default(),
            to,
        })))
    }

    pub(super) fn warm(&self) -> Plan {
        self.plan(Action::EcsService(EcsServiceAction::Warm(WarmUp {
            event: "sale".to_owned(),
            url: "https://api.example.com/health".to_owned(),
            requests: 50,
        })))
    }

    // Judgements.

    pub(super) fn judge(&self, plan: &Plan) -> Result<(), Vec<Violation>> {
        check(
            Observed::new(&self.target, &Observation::EcsService(self.seen.clone())).unwrap(),
            &self.history,
            plan,
            self.now,
        )
    }

    #[track_caller]
    pub(super) fn accepts(&self, plan: &Plan) {
        assert_eq!(self.judge(plan), Ok(()), "{plan}");
    }

    /// Refused for exactly this, and nothing else.
    #[track_caller]
    pub(super) fn refuses(&self, plan: &Plan, invariant: &str) {
        self.refuses_for(plan, &[invariant]);
    }

    /// Refused for exactly these.
    #[track_caller]
    pub(super) fn refuses_for(&self, plan: &Plan, invariants: &[&str]) {
        let found: BTreeSet<_> =
            self.judge(plan).err().unwrap_or_default().iter().map(|found| found.invariant).collect();
        let named: BTreeSet<_> = invariants.iter().copied().collect();
        assert_eq!(found, named, "{plan}: {:#?}", self.judge(plan));
    }
}

/// What a test changes of the one action of a plan.
pub(super) trait Mistaken {
    fn mistaken(self, change: impl FnOnce(&mut Plan)) -> Plan;
    fn with_action(self, change: impl FnOnce(&mut Action)) -> Plan;
}

impl Mistaken for Plan {
    fn mistaken(mut self, change: impl FnOnce(&mut Plan)) -> Plan {
        change(&mut self);
        self
    }

    fn with_action(mut self, change: impl FnOnce(&mut Action)) -> Plan {
        change(&mut self.actions[0]);
        self
    }
}

fn target() -> Target {
    Target {
        name: TargetName::new("api"),
        kind: TargetKind::EcsService(EcsService {
            cluster: ClusterName::new("main"),
            service: ServiceName::new("api"),
            load_balancer: None,
            queue: None,
            spot: None,
            events: Vec::new(),
            start_within: SignedDuration::from_mins(10),
        }),
        scaling: scaling(),
    }
}

pub(super) fn scaling() -> Scaling {
    Scaling {
        min: Count(2),
        max: Count(10),
        evaluate_every: SignedDuration::from_mins(5),
        scale_out: vec![rule(Signal::Cpu, Comparison::Above)],
        scale_in: vec![rule(Signal::Cpu, Comparison::Below)],
        track: Vec::new(),
        alert: Vec::new(),
        windows: Vec::new(),
        cooldown: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
        stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
        rate_limit: PerDirection { out: None, in_: None },
        margin: Percent(10.0),
        at_maximum_for: SignedDuration::from_mins(15),
        forecast: None,
        override_for: SignedDuration::from_hours(1),
    }
}

pub(super) fn rule(signal: Signal, comparison: Comparison) -> ThresholdRule {
    ThresholdRule {
        signal,
        comparison,
        threshold: 50.0,
        points: PointsRequired::All { of: 5 },
        step: Count(1),
        text: signal.name().to_owned(),
    }
}

fn service() -> Service {
    Service {
        status: ServiceStatus::Active,
        desired: Count(4),
        running: Count(4),
        pending: Count::ZERO,
        deployments: vec![Deployment {
            id: "ecs-svc/1".to_owned(),
            primary: true,
            rollout: Rollout::Completed,
            tasks: Count(4),
            failed_tasks: Count::ZERO,
            failure: None,
        }],
        controller: DeploymentController::Ecs,
        scheduling: Scheduling::Replica,
        launch_type: Some("FARGATE".to_owned()),
        strategy: Vec::new(),
        target_groups: Vec::new(),
        unplaced_at: None,
        unplaced: None,
        trouble: None,
    }
}

pub(super) fn window(from: &str, to: &str, min: Option<u32>, max: Option<u32>) -> CapacityWindow {
    CapacityWindow {
        days: WindowDays::Weekdays { on: EVERY_DAY.to_vec(), except: Arc::default() },
        from: from.parse().unwrap(),
        to: (to != "24:00").then(|| to.parse().unwrap()),
        zone: jiff::tz::TimeZone::UTC,
        min: min.map(Count),
        max: max.map(Count),
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: format!("{from}-{to}"),
    }
}

pub(super) const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

pub(super) fn event(from: Timestamp, max: Option<u32>) -> PlannedEvent {
    PlannedEvent {
        name: "sale".to_owned(),
        from,
        to: from + SignedDuration::from_hours(2),
        expected: 5_000,
        per_task: 500,
        buffer: Percent(20.0),
        lead: SignedDuration::from_hours(1),
        max: max.map(Count),
        descent: RateLimit { members: Count(2), period: SignedDuration::from_mins(15) },
        warm: Some(Warm { url: "https://api.example.com/health".to_owned(), requests: 50 }),
    }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn bounds(min: u32, max: u32) -> CapacityBounds {
    CapacityBounds { min: Count(min), max: Count(max) }
}

pub(super) fn line(provider: &str, weight: u32, base: u32) -> StrategyItem {
    StrategyItem { provider: provider.to_owned(), weight, base }
}

pub(super) fn share() -> Vec<StrategyItem> {
    vec![line("FARGATE", 30, 1), line("FARGATE_SPOT", 70, 0)]
}

pub(super) fn on_demand() -> Vec<StrategyItem> {
    vec![line("FARGATE", 1, 0)]
}

/// One value a minute, the last of them two minutes old.
pub(super) fn points(now: Timestamp, values: &[f64]) -> Reading {
    aged(now, values, 2)
}

/// The same, the last of them so many minutes old.
pub(super) fn aged(now: Timestamp, values: &[f64], minutes: i64) -> Reading {
    let last = Minute::containing(now).0 - minutes;
    let first = last - i64::try_from(values.len()).unwrap() + 1;
    let points =
        values.iter().zip(first..).map(|(value, minute)| Point { minute: Minute(minute), value: *value });
    Reading::new(points.collect(), None, now)
}
