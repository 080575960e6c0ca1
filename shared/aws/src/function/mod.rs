//! What every function starts with: the environment, the clients, the Lambda runtime; then one attempt an invocation.

mod deadline;
mod digest;
mod error;
mod handler;
mod notify;
mod scope;
mod stack_ledger;
mod start;

use std::process::ExitCode;

pub use error::FunctionError;
use lambda_runtime::Error;

use tidegate_notify::deployment::Deployment;
use tidegate_policy::names::Stage;

use crate::fleet::OneKind;

/// Which deployment this is. Lambda tells a function its ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
fn deployment(stage: &Stage, function_arn: &str, policy: &str) -> Deployment {
    let mut parts = function_arn.split(':').skip(3).map(str::to_owned);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Deployment { stage: stage.clone(), account, region, policy: policy.to_owned() }
}

/// Serves invocations until Lambda ends the process. A failure to start is told to Lambda and to the log.
///
/// `K` is all that only one function knows: the kind of target that it looks after. Targets of other kinds are other functions', and their SDK
/// clients are not linked.
pub fn run<K: OneKind>() -> ExitCode {
    until_the_end(start::serve::<K>())
}

/// Serves invocations of `notify`, the function that delivers alerts, until Lambda ends the process.
pub fn run_notify() -> ExitCode {
    until_the_end(notify::serve())
}

fn until_the_end(serving: impl Future<Output = Result<(), Error>>) -> ExitCode {
    lambda_runtime::tracing::init_default_subscriber();
    // One thread: an invocation waits for answers and computes for microseconds.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(serving),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lambda_runtime::tracing::error!("the function could not start: {error}");
            ExitCode::FAILURE
        }
    }
}
