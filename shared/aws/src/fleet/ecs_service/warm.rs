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
const AT_ONCE: u32 = 5;
/// One request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// All of them: the attempt has other targets.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the requests. It is done when one was answered below 500; the others have then been sent as far as there was time.
///
/// Where the first ones all fail, the rest is not sent: nobody is at home yet, and the next wake-up tries again.
pub(in crate::fleet) async fn warm(warm: &WarmUp) -> Outcome {
    match connector(&warm.url) {
        Ok(connector) => send(connector, warm).await,
        Err(why) => failed(FailureClass::PersonNeeded, &warm.url, &why),
    }
}

async fn send(connector: SharedHttpConnector, warm: &WarmUp) -> Outcome {
    let deadline = Instant::now() + TIMEOUT;
    let mut under_way = JoinSet::new();
    let (mut sent, mut answered) = (0, 0_u32);
    let mut last = "no answer in time".to_owned();
    loop {
        let allowed = if answered > 0 { warm.requests } else { warm.requests.clamp(1, AT_ONCE) };
        while sent < allowed && under_way.len() < AT_ONCE as usize {
            under_way.spawn(get(connector.clone(), warm.url.clone()));
            sent += 1;
        }
        match timeout_at(deadline, under_way.join_next()).await {
            Ok(Some(Ok(Ok(())))) => answered += 1,
            Ok(Some(Ok(Err(why)))) => last = why,
            // A request that did not come to its end says nothing.
            Ok(Some(Err(_))) => {}
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    /// Answers each request 200 after so many milliseconds.
    #[derive(Clone, Debug)]
    struct Slow {
        millis: u64,
        asked: Arc<AtomicU32>,
    }

    impl HttpConnector for Slow {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let millis = self.millis;
            HttpConnectorFuture::new(async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::empty()))
            })
        }
    }

    /// What came of 1,000 requests, how many were sent, and how long it took.
    async fn thousand(millis: u64) -> (Outcome, u32, Duration) {
        let asked = Arc::<AtomicU32>::default();
        let connector = SharedHttpConnector::new(Slow { millis, asked: Arc::clone(&asked) });
        let url = "https://example.com/".to_owned();
        let began = Instant::now();
        let outcome = send(connector, &WarmUp { event: "launch".to_owned(), url, requests: 1_000 }).await;
        (outcome, asked.load(Ordering::SeqCst), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_is_bounded_and_what_was_answered_counts() {
        let (outcome, asked, took) = thousand(1_900).await;
        assert_eq!(outcome, Outcome::Applied { change: None });
        // Five at once, five times, and five that were cut.
        assert_eq!((asked, took), (30, TIMEOUT));
        let (outcome, asked, took) = thousand(10).await;
        assert_eq!((outcome, asked), (Outcome::Applied { change: None }, 1_000));
        assert!(took < Duration::from_secs(3), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn each_request_is_bounded_and_five_without_an_answer_are_enough() {
        let (outcome, asked, took) = thousand(2_100).await;
        assert!(matches!(outcome, Outcome::Failed { class: FailureClass::RetryNextWake, .. }), "{outcome}");
        assert_eq!((asked, took), (5, REQUEST_TIMEOUT));
    }
}
