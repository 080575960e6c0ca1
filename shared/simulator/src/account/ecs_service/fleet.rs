//! What the scaler sees of a service and does to it: every AWS call counted and open to faults.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tidegate_policy::evaluate::{lookback_minutes, metrics_needed, target_groups};
use tidegate_policy::history::fails_more;
use tidegate_policy::names::ClusterName;
use tidegate_policy::observation::{
    DeploymentController, EcsObservation, Fact, NativeScaling, Observation, Reading, Scheduling, Service,
    ServiceLook, Stopped,
};
use tidegate_policy::plan::{EcsServiceAction, SetBounds, SetDesiredCount, SetStrategy, WarmUp};
use tidegate_policy::policy::{EcsService, ServiceMetric, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::FleetError;

use crate::account::call::{answered, buy, failed};
use crate::account::change::Change;
use crate::account::faults::Operation;
use crate::account::request::PartRequest;
use crate::account::shared::Common;

use super::native::{Native, Registered};
use super::plant::series;
use super::{State, WarmedUp};

/// DescribeServices takes so many services of one cluster.
const SERVICES_A_CALL: usize = 10;
/// DescribeScalableTargets takes so many resources.
const RESOURCES_A_CALL: usize = 50;

/// Sees all these services in as few calls as AWS allows, in their order.
pub(in crate::account) fn observe_all(
    asked: &mut [PartRequest<'_, State, EcsService>],
    common: &RefCell<Common>,
    now: Timestamp,
) -> Vec<Result<Observation, FleetError>> {
    let looks = look_at_all(asked, common);
    let needed: Vec<_> = asked.iter().map(|asked| metrics_needed(asked.target)).collect();
    let stopped: Vec<_> = asked
        .iter()
        .zip(&looks)
        .map(|(asked, look)| {
            let service = look.as_ref().ok()?.service.as_ref()?;
            asked.state.stopped(service, &mut |operation| common.borrow_mut().call(operation))
        })
        .collect();
    let seen = asked.iter().zip(needed.iter().zip(&looks));
    let series = seen.map(|(asked, (needed, look))| bought_of(asked.kind, needed, look)).sum();
    // Metrics that cannot be read are missing; the services are seen all the same.
    let bought = buy(common, series).is_ok();
    asked
        .iter()
        .zip(needed.into_iter().zip(looks.into_iter().zip(stopped)))
        .map(|(asked, (needed, (look, stopped)))| {
            Ok(asked.state.observation(asked.target, asked.kind, (look?, stopped), needed, bought, now))
        })
        .collect()
}

/// How many series are bought of a service: those of a target group for each that it is read from.
fn bought_of(
    kind: &EcsService,
    needed: &BTreeSet<ServiceMetric>,
    look: &Result<ServiceLook, FleetError>,
) -> usize {
    let Ok(look) = look else { return 0 };
    let groups = look.service.as_ref().map_or(1, |service| target_groups(kind, service).len().max(1));
    needed.iter().map(|metric| if metric.is_of_a_group() { groups } else { 1 }).sum()
}

/// DescribeServices ten of a cluster, then DescribeScalableTargets fifty of what was answered.
fn look_at_all(
    asked: &mut [PartRequest<'_, State, EcsService>],
    common: &RefCell<Common>,
) -> Vec<Result<ServiceLook, FleetError>> {
    let mut looks: Vec<_> =
        asked.iter().map(|_| Ok(ServiceLook { service: None, scalable: None, native: None })).collect();
    let mut clusters: BTreeMap<ClusterName, Vec<usize>> = BTreeMap::new();
    for (place, asked) in asked.iter().enumerate() {
        clusters.entry(asked.kind.cluster.clone()).or_default().push(place);
    }
    for batch in clusters.values().flat_map(|places| places.chunks(SERVICES_A_CALL)) {
        let mut called = None;
        for &place in batch {
            let state = &mut asked[place].state;
            let answer = called.get_or_insert_with(|| common.borrow_mut().call(Operation::DescribeServices));
            looks[place] = answer.clone().map(|()| ServiceLook {
                service: state.tasks.describe(state.shared.now),
                scalable: None,
                native: None,
            });
        }
    }
    let there: Vec<usize> = (0..looks.len()).filter(|&place| looks[place].is_ok()).collect();
    for batch in there.chunks(RESOURCES_A_CALL) {
        let mut called = None;
        for &place in batch {
            let state = &asked[place].state;
            let answer =
                called.get_or_insert_with(|| common.borrow_mut().call(Operation::DescribeScalableTargets));
            match (answer, &mut looks[place]) {
                (Ok(()), Ok(look)) => look.scalable = state.native.as_ref().map(Registered::described),
                (Err(error), look) => *look = Err(error.clone()),
                (Ok(()), Err(_)) => {}
            }
        }
    }
    for (asked, look) in asked.iter().zip(&mut looks) {
        if let Ok(look) = look {
            look.native = asked.state.native_at(look, &mut |operation| common.borrow_mut().call(operation));
        }
    }
    looks
}

impl State {
    /// DescribeScheduledActions and DescribeScalingPolicies where they are due, else what the ledger remembers; that too where they fail.
    fn native_at(
        &self,
        look: &ServiceLook,
        call: &mut dyn FnMut(Operation) -> Result<(), FleetError>,
    ) -> Option<Fact<NativeScaling>> {
        let (scalable, service) = (look.scalable.as_ref()?, look.service.as_ref()?);
        let now = self.shared.now.timestamp();
        let (remembered, due) = {
            let history = self.shared.history();
            let history = history.as_deref();
            let due = history.is_none_or(|history| history.native_is_due(scalable, service.desired, now));
            (history.and_then(|history| history.facts.native.clone()), due)
        };
        if !due {
            return remembered;
        }
        match self.read_native(call) {
            Ok(fact) => fact,
            Err(_) => remembered,
        }
    }

    /// ListTasks and DescribeTasks, where more tasks have failed than the ledger remembers.
    fn stopped(
        &self,
        service: &Service,
        call: &mut dyn FnMut(Operation) -> Result<(), FleetError>,
    ) -> Option<Stopped> {
        // The history is the table's, which the calls count in: it is let go before they are made.
        let known = self.shared.history().and_then(|history| history.ecs_service.failing.clone());
        let newest = fails_more(known.as_ref(), service)?;
        let answered = call(Operation::ListTasks).and_then(|()| call(Operation::DescribeTasks));
        Some(answered.map(|()| self.tasks.stopped(newest.failed_tasks)).map_err(|error| error.to_string()))
    }

    fn read_native(
        &self,
        call: &mut dyn FnMut(Operation) -> Result<(), FleetError>,
    ) -> Result<Option<Fact<NativeScaling>>, FleetError> {
        call(Operation::DescribeScheduledActions)?;
        call(Operation::DescribeScalingPolicies)?;
        let read_at = self.shared.now.timestamp();
        Ok(self.native.as_ref().map(|native| Fact { value: native.scales_natively(), read_at }))
    }

    fn observation(
        &self,
        target: &Target,
        kind: &EcsService,
        (look, stopped): (ServiceLook, Option<Stopped>),
        needed: BTreeSet<ServiceMetric>,
        bought: bool,
        now: Timestamp,
    ) -> Observation {
        let minutes = lookback_minutes(target);
        let signals_read = needed.is_empty() || bought;
        let read = |metric: ServiceMetric, of_other: bool| {
            if !signals_read {
                return Reading::Missing;
            }
            let points =
                self.shared.metrics.read(self.ring, series(metric, of_other), minutes, self.shared.now);
            Reading::new(points, None, now)
        };
        let groups = look.service.as_ref().map_or(Vec::new(), |service| target_groups(kind, service));
        let of_other = || {
            let of_a_group = needed.iter().filter(|metric| metric.is_of_a_group());
            of_a_group.map(|metric| (*metric, read(*metric, true))).collect()
        };
        let other_groups = groups.into_iter().skip(1).map(|group| (group, of_other())).collect();
        let signals = needed.iter().map(|metric| (*metric, read(*metric, false))).collect();
        Observation::EcsService(EcsObservation {
            at: now,
            look,
            stopped,
            signals,
            other_groups,
            signals_read,
        })
    }

    /// DescribeServices and DescribeScalableTargets.
    pub(in crate::account) fn look(&mut self) -> Result<ServiceLook, FleetError> {
        self.shared.call(Operation::DescribeServices)?;
        let service = self.tasks.describe(self.shared.now);
        self.shared.call(Operation::DescribeScalableTargets)?;
        let scalable = self.native.as_ref().map(Registered::described);
        let native = match &scalable {
            Some(_) => self.read_native(&mut |operation| self.shared.call(operation))?,
            None => None,
        };
        Ok(ServiceLook { service, scalable, native })
    }

    pub(in crate::account) fn apply(&mut self, action: &EcsServiceAction) -> Outcome {
        let outcome = match action {
            EcsServiceAction::SetDesiredCount(set) => self.set_desired(set),
            EcsServiceAction::SetBounds(set) => self.set_bounds(set),
            EcsServiceAction::SetStrategy(set) => self.set_strategy(set),
            EcsServiceAction::Warm(warm) => self.warm(warm),
        };
        outcome.unwrap_or_else(|outcome| outcome)
    }

    fn set_desired(&mut self, set: &SetDesiredCount) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::UpdateService)?;
        self.takes_changes()?;
        self.watcher.hands_off(&self.tasks, self.shared.now);
        if self.tasks.controller() == DeploymentController::External {
            return Err(refused("InvalidParameterException: the service has an EXTERNAL controller"));
        }
        if self.tasks.scheduling() == Scheduling::Daemon {
            return Err(refused("InvalidParameterException: a DAEMON service has no desired count"));
        }
        let desired = self.tasks.desired;
        if desired == set.to.0 {
            return Ok(Outcome::AlreadySatisfied);
        }
        if desired != set.from.0 {
            let why = format!("{} are desired, not {}", desired, set.from);
            return Err(Outcome::Stale { why });
        }
        let now = self.shared.now;
        let history = self.shared.history();
        let (native, queue) = (self.native.as_ref(), self.plant.queue.as_ref());
        self.watcher.sets_desired(set.to.0, &self.tasks, native, queue, history.as_deref(), now);
        self.changes.push(if set.to.0 > desired { Change::Out } else { Change::In });
        self.tasks.set_desired(set.to.0, now);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn set_bounds(&mut self, set: &SetBounds) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::RegisterScalableTarget)?;
        if set.to.min > set.to.max {
            return Err(refused("ValidationException: MinCapacity is above MaxCapacity"));
        }
        let now = self.shared.now;
        if !self.tasks.is_active() {
            self.watcher.touches_the_dead(now);
        }
        self.watcher.hands_off(&self.tasks, now);
        let Some(native) = &mut self.native else {
            // The call would create one, as AWS does.
            self.watcher.creates_target(now);
            self.native = Some(Registered::new(Native { min: set.to.min.0, max: set.to.max.0, cpu: None }));
            return Ok(Outcome::Applied { change: None });
        };
        if native.bounds != set.from {
            let why = format!("the bounds are {}, not {}", native.bounds, set.from);
            return Err(Outcome::Stale { why });
        }
        let history = self.shared.history();
        self.watcher.sets_bounds(set.from, set.to, native, &self.tasks, history.as_deref(), now);
        drop(history);
        native.bounds = set.to;
        if set.from != set.to {
            let out = set.to.min > set.from.min || set.to.max > set.from.max;
            self.changes.push(if out { Change::Out } else { Change::In });
        }
        self.pull(now);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn set_strategy(&mut self, set: &SetStrategy) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::UpdateService)?;
        self.takes_changes()?;
        if self.tasks.strategy() == set.to {
            return Ok(Outcome::AlreadySatisfied);
        }
        if self.tasks.strategy() != set.from {
            return Err(Outcome::Stale { why: "the strategy is another by now".to_owned() });
        }
        if set.to.iter().filter(|item| item.base > 0).count() > 1 {
            return Err(refused("InvalidParameterException: only one capacity provider may have a base"));
        }
        let now = self.shared.now;
        self.watcher.hands_off(&self.tasks, now);
        self.tasks.set_strategy(set.to.clone(), now);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn warm(&mut self, warm: &WarmUp) -> Result<Outcome, Outcome> {
        let at = self.shared.now.timestamp();
        self.warmed.push(WarmedUp { at, event: warm.event.clone(), requests: warm.requests });
        Ok(Outcome::Applied { change: None })
    }

    /// UpdateService is refused of a service that is on its way out.
    fn takes_changes(&mut self) -> Result<(), Outcome> {
        if self.tasks.is_active() {
            return Ok(());
        }
        self.watcher.touches_the_dead(self.shared.now);
        Err(refused("ServiceNotActiveException: the service is not ACTIVE"))
    }
}

fn refused(message: &str) -> Outcome {
    failed(FailureClass::PersonNeeded, message)
}
