//! Requests that warm what is behind a load balancer, over the SDK's own HTTP stack: few at once, each and all within bounds, no redirect
//! followed, no body read.

use std::time::Duration;

use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tidegate_policy::plan::WarmUp;
use tidegate_policy::record::{FailureClass, Outcome};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// So many are under way at once.
const AT_ONCE: usize = 5;
/// One request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// All of them: the attempt has other targets.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the requests. It is done when one was answered below 500; the others have then been sent as far as there was time.
///
/// Where the first ones all fail, the rest is not sent: nobody is at home yet, and the next wake-up tries again.
pub(in crate::fleet) async fn warm(warm: &WarmUp) -> Outcome {
    let connector = match connector(&warm.url) {
        Ok(connector) => connector,
        Err(why) => return failed(FailureClass::PersonNeeded, &warm.url, &why),
    };
    let deadline = Instant::now() + TIMEOUT;
    let mut under_way = JoinSet::new();
    let (mut sent, mut answered, mut unanswered) = (0, 0_u32, 0_usize);
    let mut last = "no answer in time".to_owned();
    loop {
        let is_dead = answered == 0 && unanswered >= AT_ONCE;
        while !is_dead && sent < warm.requests.max(1) && under_way.len() < AT_ONCE {
            under_way.spawn(get(connector.clone(), warm.url.clone()));
            sent += 1;
        }
        match timeout_at(deadline, under_way.join_next()).await {
            Ok(Some(Ok(Ok(())))) => answered += 1,
            Ok(Some(Ok(Err(why)))) => {
                unanswered += 1;
                last = why;
            }
            // A request that did not come to its end says nothing.
            Ok(Some(Err(_))) => unanswered += 1,
            Ok(None) | Err(_) => break,
        }
    }
    if answered > 0 {
        return Outcome::Applied { change: None };
    }
    failed(FailureClass::RetryNextWake, &warm.url, &format!("{sent} requests, and the last said: {last}"))
}

fn failed(class: FailureClass, url: &str, why: &str) -> Outcome {
    Outcome::Failed { class, message: format!("{url} was not warmed: {why}") }
}

/// The stack that the SDK's clients use. Time-outs are ours.
fn connector(url: &str) -> Result<SharedHttpConnector, String> {
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err("`url` of the event's `warm` has to begin with https:// or http://".to_owned());
    }
    HttpRequest::get(url).map_err(|error| format!("`url` of the event's `warm` is no address ({error})"))?;
    let settings = HttpConnectorSettings::builder().build();
    default_connector(&settings, None).ok_or_else(|| "this build has no HTTP client".to_owned())
}

/// One request: whether it was answered below 500, or else what came of it.
async fn get(connector: SharedHttpConnector, url: String) -> Result<(), String> {
    let mut request = HttpRequest::get(url).map_err(|error| error.to_string())?;
    request.headers_mut().insert("user-agent", "tidegate-warm-up");
    match timeout(REQUEST_TIMEOUT, connector.call(request)).await {
        Ok(Ok(answer)) if answer.status().as_u16() < 500 => Ok(()),
        Ok(Ok(answer)) => Err(format!("status {}", answer.status().as_u16())),
        Ok(Err(error)) => Err(root_cause(&error)),
        Err(_) => Err(format!("no answer within {} s", REQUEST_TIMEOUT.as_secs())),
    }
}

/// The innermost cause, as `Connection refused`.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
