//! Why a policy cannot be deployed: what CloudFormation, IAM and Systems Manager do not take.

use crate::permissions::{CHARACTERS_A_POLICY, POLICIES_A_ROLE};

/// The most resources that CloudFormation takes in one stack ("CloudFormation quotas").
pub const RESOURCES_A_STACK: usize = 500;

/// The most outputs (the same page).
pub const OUTPUTS_A_STACK: usize = 200;

/// The longest template that CloudFormation takes from S3, bytes ("CloudFormation quotas").
pub const BYTES_A_TEMPLATE: usize = 1_000_000;

/// Why a policy cannot be deployed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// It does not fit its store.
    #[error("the policy is {bytes} bytes, and {what} holds {limit}: {mend}")]
    TooLong {
        /// The policy's length.
        bytes: usize,
        /// The store, in words.
        what: &'static str,
        /// What it holds.
        limit: usize,
        /// What to do.
        mend: &'static str,
    },
    /// It has what Systems Manager takes for a parameter inside a parameter.
    #[error(
        "line {line} of the policy has two opening braces, and Systems Manager refuses a parameter with text like {{{{this}}}}, in a comment too: \
         write it otherwise, or put the policy into the functions' package with STORE=package"
    )]
    DoubleBraces {
        /// Where, from 1.
        line: usize,
    },
    /// More resources than a stack may have.
    #[error(
        "the stack would have {resources} resources, and CloudFormation takes {RESOURCES_A_STACK}: deploy the targets as two policies, in two stages"
    )]
    TooMany {
        /// How many.
        resources: usize,
    },
    /// More outputs than a stack may have.
    #[error(
        "the stack would have {outputs} outputs, of which each target has one, and CloudFormation takes {OUTPUTS_A_STACK}: deploy the targets as two policies, in two stages"
    )]
    TooManyOutputs {
        /// How many.
        outputs: usize,
    },
    /// A longer template than CloudFormation takes.
    #[error(
        "the template would be {bytes} bytes, and CloudFormation takes {BYTES_A_TEMPLATE}: deploy the targets as two policies, in two stages"
    )]
    TooLarge {
        /// How long.
        bytes: usize,
    },
    /// More permissions than a role takes.
    #[error(
        "what {function} may do to its {targets} targets does not fit the {POLICIES_A_ROLE} managed policies of {CHARACTERS_A_POLICY} characters that a role takes: deploy the targets as two policies, in two stages"
    )]
    TooMuchAllowed {
        /// The function's name.
        function: &'static str,
        /// How many targets it has.
        targets: usize,
    },
}
