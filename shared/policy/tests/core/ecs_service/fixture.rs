//! A small service to plan on: steady and healthy unless a test says otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::check::check;
use tidegate_policy::history::{History, Recommended};
use tidegate_policy::names::{ClusterName, QueueName, ServiceName, TargetName};
use tidegate_policy::observation::{
    CapacityBounds, Deployment, DeploymentController, EcsObservation, Fact, Look, Minute, NativeScaling,
    Observation, Point, Reading, Rollout, ScalableTarget, Scheduling, Service, ServiceLook, ServiceStatus,
    StrategyItem, Suspended,
};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::{Action, EcsServiceAction, Plan, plan};
use tidegate_policy::policy::{
    CapacityWindow, Comparison, EcsService, LoadBalancer, PerDirection, PlannedEvent, RateLimit, Scaling,
    ServiceMetric, Signal, Target, TargetKind, TrackingRule, Warm, WindowDays,
};
use tidegate_policy::record::{Outcome, settle};
use tidegate_policy::units::{Count, Percent};

pub(crate) use crate::fixture::{minutes, noon, rule};

/// The target group that the policy names.
pub(crate) const BLUE: &str = "targetgroup/api/2";
/// Another one.
pub(crate) const GREEN: &str = "targetgroup/api-green/3";

/// The mission's numbers for a service, without windows.
pub(crate) fn target() -> Target {
    Target {
        name: TargetName::new("api"),
        kind: TargetKind::EcsService(EcsService {
            cluster: ClusterName::new("production"),
            service: ServiceName::new("api"),
            load_balancer: Some(LoadBalancer {
                load_balancer: "app/prod/1".to_owned(),
                target_groups: vec![BLUE.to_owned()],
            }),
            queue: None,
            spot: None,
            events: Vec::new(),
            start_within: minutes(10),
        }),
        scaling: Scaling {
            min: Count(2),
            max: Count(10),
            evaluate_every: minutes(5),
            scale_out: vec![
                rule(Signal::Cpu, Comparison::Above, 70.0, 10),
                rule(Signal::Memory, Comparison::Above, 80.0, 10),
            ],
            scale_in: vec![rule(Signal::Cpu, Comparison::Below, 40.0, 25)],
            track: Vec::new(),
            alert: Vec::new(),
            windows: Vec::new(),
            cooldown: PerDirection { out: minutes(1), in_: minutes(5) },
            stabilization: PerDirection { out: SignedDuration::ZERO, in_: SignedDuration::ZERO },
            rate_limit: PerDirection { out: None, in_: None },
            margin: Percent(10.0),
            at_maximum_for: SignedDuration::from_mins(15),
            forecast: None,
            override_for: minutes(60),
        },
    }
}

/// On working days, from `from` to `to` in `zone`.
pub(crate) fn window(from: &str, to: &str, zone: &str, min: Option<u32>, max: Option<u32>) -> CapacityWindow {
    let all = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    CapacityWindow {
        days: WindowDays::Weekdays { on: all.to_vec(), except: Arc::default() },
        from: from.parse().unwrap(),
        to: (to != "24:00").then(|| to.parse().unwrap()),
        zone: jiff::tz::TimeZone::get(zone).unwrap(),
        min: min.map(Count),
        max: max.map(Count),
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: format!("daily {from}-{to} {zone}"),
    }
}

/// 5,000 requests a minute from 18:00 to 20:00 on the day of `noon`: 12 tasks an hour before.
pub(crate) fn sale() -> PlannedEvent {
    PlannedEvent {
        name: "sale".to_owned(),
        from: "2026-03-04T18:00:00Z".parse().unwrap(),
        to: "2026-03-04T20:00:00Z".parse().unwrap(),
        expected: 5_000,
        per_task: 500,
        buffer: Percent(20.0),
        lead: minutes(60),
        max: Some(Count(12)),
        descent: RateLimit { members: Count(2), period: minutes(10) },
        warm: Some(Warm { url: "https://api.example.com/health".to_owned(), requests: 50 }),
    }
}

pub(crate) fn track(signal: Signal, target: f64) -> TrackingRule {
    TrackingRule { signal, target, text: format!("{} at {target}", signal.name()) }
}

/// Points of the last three hours; the newest two minutes are still on their way.
pub(crate) fn level(value: f64, now: Timestamp) -> Reading {
    series(|_| value, now)
}

/// `value` of each minute, by how long ago it was.
pub(crate) fn series(value: impl Fn(i64) -> f64, now: Timestamp) -> Reading {
    let newest = Minute::containing(now).0 - 2;
    let points = (0..180).map(|ago| Point { minute: Minute(newest - ago), value: value(ago) });
    Reading::new(points.collect(), None, now)
}

/// A service at one moment, and the memory of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) target: Target,
    pub(crate) seen: EcsObservation,
    pub(crate) history: History,
    pub(crate) now: Timestamp,
}

impl World {
    /// What a last look would see.
    pub(crate) fn look(&self) -> Look {
        Look::EcsService(self.seen.look.clone())
    }

    /// So many tasks at 55% CPU and 50% memory, for long: nothing asks for a change.
    pub(crate) fn steady(tasks: u32) -> Self {
        let now = noon();
        let service = Service {
            status: ServiceStatus::Active,
            desired: Count(tasks),
            running: Count(tasks),
            pending: Count::ZERO,
            deployments: vec![deployment("ecs-svc/1", true, Rollout::Completed)],
            controller: DeploymentController::Ecs,
            scheduling: Scheduling::Replica,
            launch_type: None,
            strategy: vec![item("FARGATE", 1, 0)],
            target_groups: vec![BTreeSet::from([BLUE.to_owned()])],
            unplaced_at: None,
            unplaced: None,
            trouble: None,
        };
        let mut world = Self {
            target: target(),
            seen: EcsObservation {
                at: now,
                look: ServiceLook { service: Some(service), scalable: None, native: None },
                stopped: None,
                signals: BTreeMap::new(),
                other_groups: BTreeMap::new(),
                signals_read: true,
            },
            history: History {
                recommendations: vec![Recommended { at: now - minutes(240), desired: Count::ZERO }],
                ..History::default()
            },
            now,
        };
        world.signal(ServiceMetric::Cpu, 55.0);
        world.signal(ServiceMetric::Memory, 50.0);
        world
    }

    /// Everything so quiet that only the minimum and guards keep tasks.
    pub(crate) fn idle(tasks: u32) -> Self {
        let mut world = Self::steady(tasks);
        world.signal(ServiceMetric::Cpu, 5.0);
        world.signal(ServiceMetric::Memory, 20.0);
        world
    }

    pub(crate) fn signal(&mut self, metric: ServiceMetric, value: f64) {
        self.seen.signals.insert(metric, level(value, self.now));
        if metric == ServiceMetric::Requests {
            self.seen.signals.insert(ServiceMetric::HealthyHosts, level(4.0, self.now));
        }
    }

    /// What the group says that the policy does not name, but the service alternates with.
    pub(crate) fn green(&mut self, metric: ServiceMetric, value: f64) {
        self.service().target_groups = vec![BTreeSet::from([BLUE.to_owned(), GREEN.to_owned()])];
        let reading = level(value, self.now);
        self.seen.other_groups.entry(GREEN.to_owned()).or_default().insert(metric, reading);
    }

    pub(crate) fn ecs(&mut self) -> &mut EcsService {
        let TargetKind::EcsService(ecs) = &mut self.target.kind else { panic!("a service") };
        ecs
    }

    pub(crate) fn queue(&mut self) {
        self.ecs().queue = Some(QueueName::new("jobs"));
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        self.seen.look.service.as_mut().unwrap()
    }

    pub(crate) fn schedule_only(mut self) -> Self {
        self.target.scaling.scale_out.clear();
        self.target.scaling.scale_in.clear();
        self
    }

    pub(crate) fn registered(mut self, min: u32, max: u32) -> Self {
        self.seen.look.scalable = Some(ScalableTarget {
            dimension: "ecs:service:DesiredCount".to_owned(),
            bounds: CapacityBounds { min: Count(min), max: Count(max) },
            suspended: Suspended::default(),
        });
        self.natively(NativeScaling::default())
    }

    /// What Application Auto Scaling does by itself, as it was read a moment ago.
    pub(crate) fn natively(mut self, value: NativeScaling) -> Self {
        self.seen.look.native = Some(Fact { value, read_at: self.now });
        self
    }

    pub(crate) fn scalable(&mut self) -> &mut ScalableTarget {
        self.seen.look.scalable.as_mut().unwrap()
    }

    /// Metrics move along with the clock.
    pub(crate) fn at(mut self, now: &str) -> Self {
        self.go_to(now.parse().unwrap());
        self
    }

    pub(crate) fn go_to(&mut self, now: Timestamp) {
        let moved = now.duration_since(self.now);
        let other_groups = self.seen.other_groups.values_mut().flat_map(BTreeMap::values_mut);
        for reading in self.seen.signals.values_mut().chain(other_groups) {
            if let Reading::Fresh(series) = reading {
                let minutes = moved.as_secs() / 60;
                let points = series
                    .points()
                    .iter()
                    .map(|point| Point { minute: Minute(point.minute.0 + minutes), value: point.value });
                *reading = Reading::new(points.collect(), None, now);
            }
        }
        self.seen.at = now;
        self.now = now;
    }

    /// Plans, and holds every plan to the checker.
    pub(crate) fn plan(&self) -> Plan {
        let seen = Observation::EcsService(self.seen.clone());
        let observed = Observed::new(&self.target, &seen).unwrap();
        let plan = plan(observed, &self.history, self.now);
        let verdict = check(observed, &self.history, &plan, self.now);
        assert!(verdict.is_ok(), "{plan}\n{:?}", verdict.unwrap_err());
        plan
    }

    /// Plans, and lets AWS do it; tasks start at once. A minute later, what was done.
    pub(crate) fn step(&mut self) -> Plan {
        let plan = self.plan();
        let mut outcomes = Vec::new();
        for action in &plan.actions {
            match action {
                Action::EcsService(EcsServiceAction::SetDesiredCount(set)) => {
                    let service = self.service();
                    (service.desired, service.running) = (set.to, set.to);
                }
                Action::EcsService(EcsServiceAction::SetBounds(set)) => {
                    self.scalable().bounds = set.to;
                    let service = self.service();
                    service.desired = service.desired.max(set.to.min).min(set.to.max);
                    service.running = service.desired;
                }
                Action::EcsService(EcsServiceAction::SetStrategy(set)) => {
                    self.service().strategy = set.to.clone()
                }
                Action::EcsService(EcsServiceAction::Warm(_)) => {}
                other => panic!("no action on a service: {other}"),
            }
            outcomes.push((action.clone(), Outcome::Applied { change: None }));
        }
        self.history = settle(plan.history.clone(), &outcomes, self.now);
        self.go_to(self.now + minutes(1));
        plan
    }

    pub(crate) fn says(&self) -> String {
        let plan = self.plan();
        let deeds: Vec<_> = plan.actions.iter().map(Action::to_string).collect();
        let decision = &plan.decision;
        let deed = if deeds.is_empty() { "nothing".to_owned() } else { deeds.join("; ") };
        format!("{} -> {} {}: {deed}", decision.current, decision.desired, decision.explanation.reason)
    }
}

pub(crate) fn deployment(id: &str, primary: bool, rollout: Rollout) -> Deployment {
    Deployment {
        id: id.to_owned(),
        primary,
        rollout,
        tasks: Count(4),
        failed_tasks: Count::ZERO,
        failure: None,
    }
}

pub(crate) fn item(provider: &str, weight: u32, base: u32) -> StrategyItem {
    StrategyItem { provider: provider.to_owned(), weight, base }
}
