//! What DynamoDB's errors mean to a person: the table, the target, and the mend.

use std::error::Error;
use std::fmt::Write as _;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::CancellationReason;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::LedgerError;

/// The actions that the ledger's role needs; a transaction is allowed by those of its parts.
const ACTIONS: &str = "dynamodb:BatchGetItem, dynamodb:UpdateItem and dynamodb:PutItem";

/// A call, as its errors name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    pub(super) table: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) target: Option<&'a TargetName>,
}

impl<'a> Call<'a> {
    /// The same with another operation.
    pub(super) fn by(self, operation: &'static str) -> Call<'a> {
        Call { operation, ..self }
    }

    /// The call brought nothing that can be used.
    pub(super) fn unusable(&self, what: &str) -> LedgerError {
        let mut message = format!("{} on table `{}`", self.operation, self.table);
        if let Some(target) = self.target {
            // Writing to a String cannot fail.
            let _ = write!(message, " for target `{target}`");
        }
        let _ = write!(message, ": {what}");
        LedgerError::Unreachable { message }
    }

    /// The request could not even be made.
    pub(super) fn unbuilt(&self, reason: &BuildError) -> LedgerError {
        self.unusable(&format!("the request could not be built: {reason}"))
    }

    /// The call failed, by DynamoDB's word or on the way.
    pub(super) fn failed<E>(&self, error: &SdkError<E>) -> LedgerError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error.as_service_error().and_then(|said| Some((said.code()?, said.message()))) {
            Some((code, said)) => self.refused(code, said.unwrap_or_default()),
            None => self.unusable(&chain(error)),
        }
    }

    /// A transaction was cancelled for something else than its condition. Nothing of it was written.
    pub(super) fn cancelled(&self, reasons: &[CancellationReason]) -> LedgerError {
        let real = |reason: &&CancellationReason| reason.code().is_some_and(|code| code != "None");
        match reasons.iter().find(real) {
            Some(reason) => {
                self.refused(reason.code().unwrap_or_default(), reason.message().unwrap_or_default())
            }
            None => self.unusable("the transaction was cancelled without a reason; nothing was written"),
        }
    }

    fn refused(&self, code: &str, said: &str) -> LedgerError {
        let mend = self.mend(code, said);
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        self.unusable(&match mend {
            Some(mend) => format!("{mend} ({code}{said})"),
            None => format!("{code}{said}"),
        })
    }

    /// What to do about it, where we know.
    fn mend(&self, code: &str, said: &str) -> Option<String> {
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        Some(match code {
            "ResourceNotFoundException" | "TableNotFoundException" => {
                let place = self.region.map_or_else(String::new, |region| format!(" in Region {region}"));
                format!(
                    "the table `{}` does not exist{place}, or is not active yet: create it (partition key `target`, sort key \
                     `entry`, both strings) or set TIDEGATE_LEDGER_TABLE to one that does",
                    self.table
                )
            }
            "AccessDeniedException" => {
                format!("access is denied: allow {ACTIONS} on the table in the function's role")
            }
            // The words of UpdateItem, BatchGetItem and Put differ.
            "ValidationException" | "ValidationError"
                if has(&[
                    "key element",
                    "Missing the key",
                    "Type mismatch for key",
                    "number of conditions on the keys",
                ]) =>
            {
                "the table has another key schema: it needs the partition key `target` and the sort key `entry`, both strings \
                 (S); create such a table, since a key schema cannot be changed"
                    .to_owned()
            }
            "ValidationException" | "ValidationError" if has(&["Item size", "item size"]) => {
                "the memory is too large for one item (400 KB): shorten the stabilization windows and the periods of the rate \
                 limits, since it looks back as far as they do"
                    .to_owned()
            }
            "TransactionConflict" | "TransactionConflictException" | "TransactionInProgressException" => {
                "another write to the item was under way; the next wake-up reads again what stands".to_owned()
            }
            "ThrottlingError"
            | "ThrottlingException"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded" => {
                "the table is throttled, and the call was not carried out: give it on-demand capacity or more units".to_owned()
            }
            "IdempotentParameterMismatchException" => {
                "this attempt has already written something else over this version, which is a defect: please report it".to_owned()
            }
            _ => return None,
        })
    }
}

/// An error with its causes: "dispatch failure" alone helps nobody.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(reason) = cause {
        let reason_text = reason.to_string();
        // Some layers only repeat the one below.
        if !text.ends_with(&reason_text) {
            let _ = write!(text, ": {reason_text}");
        }
        cause = reason.source();
    }
    text
}
