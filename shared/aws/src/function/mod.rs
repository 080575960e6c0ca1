//! What every function starts with: the environment, the clients, the Lambda runtime; then one attempt an invocation.

mod deadline;
mod deployment;
mod digest;
mod error;
mod handler;
mod notify;
mod print;
mod scope;
mod stack_ledger;
mod start;

use std::process::ExitCode;

pub use error::FunctionError;
use lambda_runtime::Error;

use crate::fleet::OneKind;

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
