//! The fleet port: every target is seen and changed through the part of the account that is of its kind.

use jiff::Timestamp;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{Inspection, Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{Fleet, FleetError, ObserveRequest};

use super::faults::{Fault, Operation};
use super::shared::Shared;
use super::{Account, State};

impl Fleet for Account {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.observe_all(requests, now),
            State::Service(state) => state.observe_all(requests, now),
            State::Nodes(state) => state.observe_all(requests, now),
        }
    }

    async fn inspect(
        &self,
        target: &Target,
        replica: &InstanceId,
        now: Timestamp,
    ) -> Result<Inspection, FleetError> {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.inspect(target, replica, now),
            State::Service(_) | State::Nodes(_) => Err(another_kind(Operation::DescribeDbInstances, target)),
        }
    }

    async fn look_again(&self, target: &Target, _now: Timestamp) -> Result<Look, FleetError> {
        match &mut *self.state.borrow_mut() {
            State::Replicas(_) => Err(another_kind(Operation::DescribeServices, target)),
            State::Service(state) => state.look().map(Look::Service),
            State::Nodes(state) => state.look().map(Look::Group),
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.apply(target, action),
            State::Service(state) => state.apply(target, action),
            State::Nodes(state) => state.apply(target, action),
        }
    }
}

impl Shared {
    /// Counts one reading call; an error if it goes wrong.
    pub(super) fn call(&mut self, operation: Operation) -> Result<(), FleetError> {
        match self.faults.call(operation, self.now) {
            None => Ok(()),
            Some(fault) => Err(FleetError {
                operation: operation.name(),
                class: FailureClass::RetryNextWake,
                message: sentence(fault).to_owned(),
            }),
        }
    }

    /// Counts one changing call; whether its answer will be lost, or how it fails before any effect.
    pub(super) fn changing_call(&mut self, operation: Operation) -> Result<bool, Outcome> {
        match self.faults.call(operation, self.now) {
            None => Ok(false),
            Some(Fault::AnswerLost) => Ok(true),
            Some(fault) => Err(failed(FailureClass::RetryNextWake, sentence(fault))),
        }
    }
}

/// What is told of a change that was made.
pub(super) fn answered(lost: bool, outcome: Outcome) -> Outcome {
    if lost { failed(FailureClass::RetryNextWake, sentence(Fault::AnswerLost)) } else { outcome }
}

pub(super) fn failed(class: FailureClass, message: &str) -> Outcome {
    Outcome::Failed { class, message: message.to_owned() }
}

/// An action of another kind of target: a defect of ours.
pub(super) fn not_of_this_kind(target: &Target, action: &Action) -> Outcome {
    let message = format!("{action}: not for a target of kind {}", target.kind.name());
    failed(FailureClass::PersonNeeded, &message)
}

/// A look at a target of another kind: a defect of ours.
pub(super) fn another_kind(operation: Operation, target: &Target) -> FleetError {
    let message = format!("the target is of kind {}", target.kind.name());
    FleetError { operation: operation.name(), class: FailureClass::PersonNeeded, message }
}

fn sentence(fault: Fault) -> &'static str {
    match fault {
        Fault::Throttled => "ThrottlingException: Rate exceeded",
        Fault::AnswerLost => "InternalFailure: the connection was closed before the answer",
        Fault::PriorRequestNotComplete => "PriorRequestNotComplete: the zone's last change is not complete",
        Fault::Unreachable => "no connection could be made",
    }
}
