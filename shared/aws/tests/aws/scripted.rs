//! A service that answers by script and remembers what it was asked. Unlike a replay it can lose an answer, and it is read as the wire is.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What comes back.
#[derive(Debug)]
pub(crate) enum Answer {
    /// 200 and this.
    Says(Value),
    /// 400, this code, and what else the error holds.
    Refuses(&'static str, Value),
    /// The connection breaks; whether the call was carried out is for the next answer to say.
    Lost,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) operation: String,
    pub(crate) body: Value,
}

/// The script and what was asked so far.
#[derive(Clone, Debug)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, asked: Arc::default() }
    }

    /// Everything that was asked; the script must have been used up.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        assert!(self.answers.lock().unwrap().is_empty(), "not every answer was asked for");
        self.asked.lock().unwrap().clone()
    }

    fn http(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.clients().dynamodb
    }

    pub(crate) fn events(&self) -> aws_sdk_eventbridge::Client {
        self.clients().events().clone()
    }

    pub(crate) fn ssm(&self) -> aws_sdk_ssm::Client {
        self.clients().ssm
    }

    /// All clients, as a function has them.
    pub(crate) fn clients(&self) -> tidegate_aws::clients::Clients {
        use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
        let key = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let config = tidegate_aws::clients::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(key))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .http_client(self.http())
            .build();
        tidegate_aws::clients::Clients::new(&config)
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap();
        let operation = operation.rsplit('.').next().unwrap().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let unscripted = format!("{operation} was not expected: {body}");
        self.asked.lock().unwrap().push(Asked { operation, body });
        let answer = self.answers.lock().unwrap().pop_front().expect(&unscripted);
        let (status, body) = match answer {
            Answer::Says(body) => (200, body),
            Answer::Refuses(code, mut body) => {
                body["__type"] = json!(format!("com.amazonaws#{code}"));
                (400, body)
            }
            Answer::Lost => {
                let reason = "the connection was closed before the answer".into();
                return HttpConnectorFuture::ready(Err(ConnectorError::io(reason)));
            }
        };
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body.to_string()))))
    }
}
