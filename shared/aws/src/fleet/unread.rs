//! An answer that cannot be used: a person must look at what AWS has there.

use tidegate_policy::record::FailureClass;
use tidegate_reconcile::port::FleetError;

use crate::failure::Operation;

pub(super) fn unread(operation: Operation, why: impl Into<String>) -> FleetError {
    FleetError { operation: operation.name, class: FailureClass::PersonNeeded, message: why.into() }
}
