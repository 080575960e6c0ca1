//! The SDK's clients: one behaviour version, bounded retries, explicit time-outs, and one counter of calls.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::calls::CallCounter;
use crate::whole::WholeAnswers;

/// Attempts at one call, the first included. What still fails is tried at the next wake-up, a minute later.
const CALL_ATTEMPTS: u32 = 3;
/// The least a try waits for the next one; the SDK doubles it and adds jitter.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One try. AWS answers these calls in well under a second.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// All tries of one call.
const CALL_TIMEOUT: Duration = Duration::from_secs(12);

/// Reads of one kind are asked for so many at a time: a thousand targets take a hundred calls, and an attempt has a minute for all of it.
/// At some tenths of a second a call that is about the rate that ECS takes (DescribeServices: 100 at once, 20 a second; "Request throttling").
pub(crate) const CALLS_AT_A_TIME: usize = 8;

/// The clients of one process. Those of one kind of target are made when they are first asked for: a function that never asks for them does not
/// carry them.
#[derive(Clone, Debug)]
pub struct Clients {
    config: SdkConfig,
    rds: OnceLock<aws_sdk_rds::Client>,
    route53: OnceLock<aws_sdk_route53::Client>,
    ecs: OnceLock<aws_sdk_ecs::Client>,
    elasticache: OnceLock<aws_sdk_elasticache::Client>,
    scaling: OnceLock<aws_sdk_applicationautoscaling::Client>,
    events: OnceLock<aws_sdk_eventbridge::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    /// Metrics.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// The ledger's table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The policy, where it is a parameter.
    pub ssm: aws_sdk_ssm::Client,
    /// What all of them send.
    pub calls: CallCounter,
}

/// What the SDK's own variables and files say (Region, credentials, `AWS_ENDPOINT_URL`), with our retries and time-outs. No call is made.
pub async fn configuration() -> SdkConfig {
    // Pinned: a new behaviour comes with a commit of ours, not with a build.
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .retry_config(
            RetryConfig::standard().with_max_attempts(CALL_ATTEMPTS).with_initial_backoff(FIRST_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(TRY_TIMEOUT)
                .operation_timeout(CALL_TIMEOUT)
                .build(),
        )
        .load()
        .await
}

impl Clients {
    /// From the SDK's own variables (Region, credentials, `AWS_ENDPOINT_URL`). No call is made.
    pub async fn from_environment() -> Self {
        Self::new(&configuration().await)
    }

    /// From a configuration.
    pub fn new(config: &SdkConfig) -> Self {
        let calls = CallCounter::default();
        Self {
            config: config.clone(),
            rds: OnceLock::new(),
            route53: OnceLock::new(),
            ecs: OnceLock::new(),
            elasticache: OnceLock::new(),
            scaling: OnceLock::new(),
            events: OnceLock::new(),
            sns: OnceLock::new(),
            cloudwatch: aws_sdk_cloudwatch::Client::from_conf(
                aws_sdk_cloudwatch::config::Builder::from(config).interceptor(calls.clone()).build(),
            ),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(
                aws_sdk_dynamodb::config::Builder::from(config).interceptor(calls.clone()).build(),
            ),
            ssm: aws_sdk_ssm::Client::from_conf(
                aws_sdk_ssm::config::Builder::from(config).interceptor(calls.clone()).build(),
            ),
            calls,
        }
    }

    /// Whether a Region is set, without which no call finds its way.
    pub fn has_region(&self) -> bool {
        self.config.region().is_some()
    }

    /// Instances and parameters.
    pub fn rds(&self) -> &aws_sdk_rds::Client {
        self.rds.get_or_init(|| {
            aws_sdk_rds::Client::from_conf(
                aws_sdk_rds::config::Builder::from(&self.config)
                    .interceptor(self.calls.clone())
                    .interceptor(WholeAnswers)
                    .build(),
            )
        })
    }

    /// Zones, records and changes.
    pub fn route53(&self) -> &aws_sdk_route53::Client {
        self.route53.get_or_init(|| {
            aws_sdk_route53::Client::from_conf(
                aws_sdk_route53::config::Builder::from(&self.config)
                    .interceptor(self.calls.clone())
                    .interceptor(WholeAnswers)
                    .build(),
            )
        })
    }

    /// Services.
    pub fn ecs(&self) -> &aws_sdk_ecs::Client {
        self.ecs.get_or_init(|| {
            aws_sdk_ecs::Client::from_conf(
                aws_sdk_ecs::config::Builder::from(&self.config).interceptor(self.calls.clone()).build(),
            )
        })
    }

    /// Replication groups and their nodes.
    pub fn elasticache(&self) -> &aws_sdk_elasticache::Client {
        self.elasticache.get_or_init(|| {
            aws_sdk_elasticache::Client::from_conf(
                aws_sdk_elasticache::config::Builder::from(&self.config)
                    .interceptor(self.calls.clone())
                    .interceptor(WholeAnswers)
                    .build(),
            )
        })
    }

    /// The bus on which is published what was done.
    pub fn events(&self) -> &aws_sdk_eventbridge::Client {
        self.events.get_or_init(|| {
            aws_sdk_eventbridge::Client::from_conf(
                aws_sdk_eventbridge::config::Builder::from(&self.config)
                    .interceptor(self.calls.clone())
                    .build(),
            )
        })
    }

    /// The topics of the stack.
    pub fn sns(&self) -> &aws_sdk_sns::Client {
        self.sns.get_or_init(|| {
            aws_sdk_sns::Client::from_conf(
                aws_sdk_sns::config::Builder::from(&self.config).interceptor(self.calls.clone()).build(),
            )
        })
    }

    /// The bounds of services and of groups, where Application Auto Scaling holds them.
    pub fn scaling(&self) -> &aws_sdk_applicationautoscaling::Client {
        self.scaling.get_or_init(|| {
            aws_sdk_applicationautoscaling::Client::from_conf(
                aws_sdk_applicationautoscaling::config::Builder::from(&self.config)
                    .interceptor(self.calls.clone())
                    .build(),
            )
        })
    }
}
