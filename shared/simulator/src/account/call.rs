//! A call to AWS: it is counted, it may go wrong, and its answer may be lost.

use std::cell::RefCell;

use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::FleetError;

use super::faults::{Fault, Operation};
use super::shared::Common;

/// GetMetricData takes so many series.
const SERIES_A_CALL: usize = 500;

/// GetMetricData of so many series, for all targets together.
pub(super) fn buy(common: &RefCell<Common>, series: usize) -> Result<(), FleetError> {
    (0..series.div_ceil(SERIES_A_CALL)).try_for_each(|_| common.borrow_mut().call(Operation::GetMetricData))
}

impl Common {
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

    pub(super) fn changing_call(&mut self, operation: Operation) -> Result<bool, Outcome> {
        if self.pace.as_mut().is_some_and(|pace| !pace.takes(operation)) {
            return Err(failed(FailureClass::RetryNextWake, sentence(Fault::Throttled)));
        }
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
pub(super) fn another_kind(target: &Target, action: &Action) -> FleetError {
    let message = format!("{action}: not for a target of kind {}", target.kind.name());
    FleetError { operation: "look again", class: FailureClass::PersonNeeded, message }
}

fn sentence(fault: Fault) -> &'static str {
    match fault {
        Fault::Throttled => "ThrottlingException: Rate exceeded",
        Fault::AnswerLost => "InternalFailure: the connection was closed before the answer",
        Fault::PriorRequestNotComplete => "PriorRequestNotComplete: the zone's last change is not complete",
        Fault::Unreachable => "no connection could be made",
    }
}
