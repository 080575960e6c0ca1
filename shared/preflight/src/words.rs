//! A refusal in the words for who deploys: the table of failures speaks of the function's role, and it is not that role that asks here.

use tidegate_aws::access::Caller;
use tidegate_aws::failure::{Failure, known_code};
use tidegate_reconcile::port::FleetError;

/// What the table says to somebody who watches a function.
const OF_A_ROLE: &str = "allow it in the policy of the function's role";

/// Whether AWS denied it.
pub(crate) fn is_denial(failure: &Failure) -> bool {
    failure.code.as_deref().is_some_and(|code| advice_of_a_role(code).is_some())
}

fn advice_of_a_role(code: &str) -> Option<&'static str> {
    known_code(code).map(|known| known.advice).filter(|advice| *advice == OF_A_ROLE)
}

/// What a failed call says.
pub(crate) fn of_failure(failure: &Failure, caller: &Caller) -> String {
    format!("{}: {}", failure.operation.name, for_who_deploys(&failure.message, caller))
}

/// What a target that could not be looked at says. What was found out without a call that failed is a sentence of its own.
pub(crate) fn of_fleet(error: &FleetError, caller: &Caller) -> String {
    let code = error.message.split(':').next().unwrap_or_default();
    let said = for_who_deploys(&error.message, caller);
    if known_code(code).is_some() { format!("{}: {said}", error.operation) } else { said }
}

/// What to do about a failure that is no denial; a denial says already what to allow.
pub(crate) fn mend_unless_denied(failure: &Failure, mend: &str) -> String {
    if is_denial(failure) { String::new() } else { format!(": {mend}") }
}

fn for_who_deploys(message: &str, caller: &Caller) -> String {
    message.replace(OF_A_ROLE, &format!("allow it to {}", caller.arn))
}

#[cfg(test)]
mod tests {
    use tidegate_aws::failure::{Operation, Sorting};
    use tidegate_policy::record::FailureClass;

    use super::*;

    fn ana() -> Caller {
        Caller {
            account: "123456789012".to_owned(),
            arn: "arn:aws:iam::123456789012:user/ana".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn the_table_still_says_what_is_replaced() {
        for code in ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"] {
            assert!(advice_of_a_role(code).is_some(), "{code}");
        }
        assert_eq!(advice_of_a_role("NoSuchHostedZone"), None);
    }

    #[test]
    fn a_denial_names_the_permission_and_who_lacks_it() {
        let failure = Failure {
            operation: Operation { name: "DescribeServices", action: "ecs:DescribeServices", also: &[] },
            code: Some("AccessDeniedException".to_owned()),
            sorting: Sorting::PersonNeeded,
            message: format!("AccessDeniedException: not authorized: {OF_A_ROLE} (ecs:DescribeServices)"),
        };
        let said = "DescribeServices: AccessDeniedException: not authorized: allow it to arn:aws:iam::123456789012:user/ana \
                    (ecs:DescribeServices)";
        assert!(is_denial(&failure));
        assert_eq!(of_failure(&failure, &ana()), said);
        assert_eq!(of_fleet(&failure.into(), &ana()), said);
    }

    #[test]
    fn what_was_found_without_a_failed_call_is_said_as_it_is() {
        let error = FleetError {
            operation: "GetHostedZone",
            class: FailureClass::PersonNeeded,
            message: "the reader name a.b is not in the hosted zone Z (c.d): correct it".to_owned(),
        };
        assert_eq!(of_fleet(&error, &ana()), error.message);
    }
}
