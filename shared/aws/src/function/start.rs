//! The start of the process: what cannot be mended by another invocation is told to Lambda as a failure to start.

use std::marker::PhantomData;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use lambda_runtime_api_client::Client;
use lambda_runtime_api_client::body::Body;
use serde_json::Value;

use super::handler::Handler;
use crate::bus::Bus;
use crate::clients::Clients;
use crate::environment::{Environment, EnvironmentError};
use crate::fleet::OneKind;
use crate::ledger::DynamoLedger;
use crate::policy_source::PolicySource;

/// Where Lambda says that its API is; its absence means that this is not Lambda.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

pub(super) async fn serve<K: OneKind>() -> Result<(), Error> {
    let (environment, clients) = told(|lookup| Environment::read(lookup)).await?;
    // Made now, while nobody waits for it.
    let _ = K::new(&clients);
    let handler = Handler {
        of: PhantomData::<K>,
        ledger: DynamoLedger::new(clients.dynamodb.clone(), environment.ledger_table),
        policy: PolicySource::new(environment.policy, environment.stage.clone(), clients.ssm.clone()),
        stage: environment.stage,
        metrics: environment.metrics,
        paused: environment.paused,
        bus: environment.bus.map(|arn| Bus::new(clients.events().clone(), arn)),
        clients,
    };
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| handler.invoke(event))).await
}

/// What this function is told, and the clients.
pub(super) async fn told<T>(
    read: impl Fn(&dyn Fn(&str) -> Option<String>) -> Result<T, EnvironmentError>,
) -> Result<(T, Clients), Error> {
    let lookup = |name: &str| std::env::var(name).ok();
    if lookup(RUNTIME_API).is_none() {
        return Err(format!(
            "{RUNTIME_API} is not set: this program is a Lambda function, which Lambda (or `cargo lambda watch`) starts"
        )
        .into());
    }
    let environment = match read(&lookup) {
        Ok(environment) => environment,
        Err(error) => return Err(refuse("Environment", &error.to_string()).await),
    };
    let clients = Clients::from_environment().await;
    if !clients.has_region() {
        let said = "AWS_REGION is not set: Lambda sets it; elsewhere set it to the Region of the targets, as eu-west-1";
        return Err(refuse("Environment", said).await);
    }
    Ok((environment, clients))
}

/// Tells Lambda why the process will not serve, as far as Lambda listens: what is wrong matters more.
async fn refuse(kind: &str, said: &str) -> Error {
    let told = tell(Diagnostic { error_type: kind.to_owned(), error_message: said.to_owned() });
    if let Err(error) = told.await {
        lambda_runtime::tracing::warn!("Lambda could not be told of it: {error}");
    }
    said.into()
}

/// One call (Runtime API, "Initialization error").
async fn tell(diagnostic: Diagnostic) -> Result<(), Error> {
    let request = http::Request::post("/2018-06-01/runtime/init/error")
        .header("Lambda-Runtime-Function-Error-Type", format!("Tidegate.{}", diagnostic.error_type))
        .body(Body::from(serde_json::to_vec(&diagnostic)?))?;
    Client::builder().build()?.call(request).await?;
    Ok(())
}
