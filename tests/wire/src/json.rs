//! AWS JSON by hand: what the harness asks ECS, Application Auto Scaling, CloudWatch Logs and Systems Manager, in the protocols' least words.

use serde_json::Value;

/// The prefix of `X-Amz-Target` and the name in the signature of a service, as the calls' list calls it.
fn service(operation: &str) -> (&'static str, &'static str) {
    match operation.split('.').next() {
        Some("ECS") => ("AmazonEC2ContainerServiceV20141113", "ecs"),
        Some("Logs") => ("Logs_20140328", "logs"),
        Some("SQS") => ("AmazonSQS", "sqs"),
        Some("Events") => ("AWSEvents", "events"),
        Some("SSM") => ("AmazonSSM", "ssm"),
        Some("ApplicationAutoScaling") => ("AnyScaleFrontendService", "application-autoscaling"),
        other => panic!("nothing is asked of {other:?} by hand"),
    }
}

/// Asks `stand_in`, or a shim in front of it, in the account of `key`.
///
/// # Errors
/// What it refuses, in its own words.
pub fn ask(stand_in: &str, key: &str, operation: &str, body: &Value) -> Result<Value, String> {
    let (target, scope) = service(operation);
    let name = operation.rsplit('.').next().unwrap_or_default();
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/{scope}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let answer = agent
        .post(stand_in)
        .header("Authorization", signed)
        .header(MOTO_ACCOUNT, key)
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("X-Amz-Target", format!("{target}.{name}"))
        .send(body.to_string());
    let mut answer = answer.map_err(|error| error.to_string())?;
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(text);
    }
    serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
}

/// The header by which moto tells accounts apart; ministack does by the access key itself.
pub(crate) const MOTO_ACCOUNT: &str = "x-moto-account-id";

/// The access key in a request's signature.
pub(crate) fn access_key(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').next()
}
