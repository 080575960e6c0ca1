//! The connector that the SDK's clients are given: it reads each request off the wire, keeps it, and lets the account answer.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use ciborium::Value;
use http_body::{Body, Frame};
use serde_json::Value as Json;
use tidegate_aws::clients::Clients;

use super::account::Account;

/// One request, as it was on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The operation, as AWS names it.
    pub(crate) operation: String,
    /// Form fields of RDS, or the query string of Route 53.
    pub(crate) fields: BTreeMap<String, String>,
    /// The last part of the path that names a thing: a zone or a change.
    pub(crate) path: String,
    /// The body as text; empty for CloudWatch.
    pub(crate) body: String,
    /// The body of a call to CloudWatch.
    pub(crate) cbor: Value,
    /// The body of a call to ECS or Application Auto Scaling.
    pub(crate) json: Json,
}

impl Call {
    /// A form field or a part of the query string; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn read(request: &HttpRequest) -> Self {
        let body = request.body().bytes().unwrap_or_default();
        let (_, target) = request.uri().split_once("://").expect("an absolute address");
        let target = target.split_once('/').map_or("", |(_, target)| target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut call = Self {
            operation: String::new(),
            fields: pairs(query),
            path: String::new(),
            body: String::from_utf8_lossy(body).into_owned(),
            cbor: Value::Null,
            json: Json::Null,
        };
        if let Some(target) = request.headers().get("x-amz-target") {
            let (service, operation) = target.split_once('.').expect("a service and an operation");
            assert!(matches!(service, "AmazonEC2ContainerServiceV20141113" | "AnyScaleFrontendService"));
            assert_eq!(request.headers().get("content-type"), Some("application/x-amz-json-1.1"));
            call.operation = operation.to_owned();
            call.json = serde_json::from_slice(body).expect("JSON in the body");
            return call;
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (request.method(), parts.as_slice()) {
            ("POST", ["service", _, "operation", operation]) => {
                assert_eq!(request.headers().get("smithy-protocol"), Some("rpc-v2-cbor"));
                call.operation = (*operation).to_owned();
                call.cbor = ciborium::from_reader(body).expect("CBOR in the body");
                call.body = String::new();
            }
            ("POST", [""]) => {
                call.fields = pairs(&call.body);
                call.operation = call.field("Action").to_owned();
            }
            (method, ["2013-04-01", kind, id, rest @ ..]) => {
                call.path = (*id).to_owned();
                call.operation = match (method, *kind, rest) {
                    ("GET", "hostedzone", []) => "GetHostedZone",
                    ("GET", "hostedzone", ["rrset"]) => "ListResourceRecordSets",
                    ("POST", "hostedzone", ["rrset"]) => "ChangeResourceRecordSets",
                    ("GET", "change", []) => "GetChange",
                    _ => panic!("{method} {path}"),
                }
                .to_owned();
            }
            (method, _) => panic!("{method} {path}"),
        }
        call
    }
}

/// `a=1&b=2`, undone.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(key), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let code: Vec<u8> = rest.by_ref().take(2).collect();
                let code = String::from_utf8(code).unwrap();
                bytes.push(u8::from_str_radix(&code, 16).expect("two hexadecimal digits"));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What the account answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    /// AWS refuses it: status, code and words. It has no effect.
    Refused(u16, &'static str, &'static str),
    /// The connection breaks before anything has happened.
    Reset,
    /// Nobody answers; it has no effect.
    Silence,
    /// It has its effect, and the connection breaks before the answer.
    Lost,
    /// It has its effect, and half of the answer comes.
    Cut,
    /// It has its effect, and half of the answer comes as if it were all.
    Half,
    /// It has no effect, and this is the answer.
    Says(u16, &'static str),
}

/// A body whose connection breaks in the middle, as the length that was announced tells.
struct Torn(Option<Bytes>);

impl Body for Torn {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(self.0.take().map(Frame::data).ok_or_else(|| ErrorKind::UnexpectedEof.into())))
    }
}

/// A hand of the SDK into the account.
#[derive(Clone, Debug)]
struct Connector(Account);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = Call::read(&request);
        let reset = || Err(ConnectorError::io("connection reset by peer".into()));
        let respond = |answer: Answer| {
            let status = answer.status.try_into().unwrap();
            let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
            if call.cbor != Value::Null {
                response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
            }
            Ok(response)
        };
        let answer = match self.0.next_mishap(&call) {
            None => respond(self.0.answer(&call)),
            Some(Mishap::Refused(status, code, message)) => {
                respond(self.0.refusal(&call, status, code, message))
            }
            Some(Mishap::Says(status, body)) => respond(Answer { status, body: body.into() }),
            Some(Mishap::Reset) => reset(),
            Some(Mishap::Lost) => {
                self.0.answer(&call);
                reset()
            }
            Some(Mishap::Cut) => {
                let Answer { status, mut body } = self.0.answer(&call);
                body.truncate(body.len() / 2);
                let body = SdkBody::from_body_1_x(Torn(Some(Bytes::from(body))));
                Ok(HttpResponse::new(status.try_into().unwrap(), body))
            }
            Some(Mishap::Half) => {
                let Answer { status, mut body } = self.0.answer(&call);
                body.truncate(body.len() / 2);
                respond(Answer { status, body })
            }
            Some(Mishap::Silence) => return HttpConnectorFuture::new(std::future::pending()),
        };
        match self.0.delay(&call) {
            None => HttpConnectorFuture::ready(answer),
            Some(delay) => HttpConnectorFuture::new(async move {
                tokio::time::sleep(delay).await;
                answer
            }),
        }
    }
}

/// Clients of `account` with three tries a call, as in production; the clock of these tests does not wait.
pub(crate) fn clients(account: &Account) -> Clients {
    // A Region of its own: the SDK's clients of one service and Region share how many tries they have left (`RetryPartition`), and tests that
    // run side by side would use up each other's.
    static REGIONS: AtomicUsize = AtomicUsize::new(1);
    let region = format!("eu-west-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
    let connector = SharedHttpConnector::new(Connector(account.clone()));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "a test",
        )))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .retry_config(
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(5))
                .operation_timeout(Duration::from_secs(20))
                .build(),
        )
        .build();
    Clients::new(&config)
}
