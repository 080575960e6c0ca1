//! What every question is asked with: the configuration, the clients made of it, and the counter that they share.

use tidegate_aws::clients::{Clients, SdkConfig, configuration};

/// One account in one Region, as the environment says.
pub(crate) struct Aws {
    pub(crate) config: SdkConfig,
    pub(crate) clients: Clients,
    /// Stacks and what they export.
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
}

impl Aws {
    /// From the SDK's own variables and files. No call is made.
    pub(crate) async fn from_environment() -> Self {
        Self::of(configuration().await)
    }

    /// From a configuration.
    pub(crate) fn of(config: SdkConfig) -> Self {
        let clients = Clients::new(&config);
        let cloudformation = aws_sdk_cloudformation::Client::from_conf(
            aws_sdk_cloudformation::config::Builder::from(&config).interceptor(clients.calls.clone()).build(),
        );
        Self { config, clients, cloudformation }
    }
}
