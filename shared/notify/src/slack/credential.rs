//! What a person put into the secret of a Slack channel: the address of a webhook, or the token of a bot. Either is checked before it is used.

use std::fmt;

use thiserror::Error;
use url::Url;

use crate::endpoint::url::{UnfitAddress, checked};

/// By what a message reaches its channel. Its `Debug` tells no secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An incoming webhook: one channel, and no threads, since it never says what it calls a message.
    Webhook(Url),
    /// The token of a bot, for `chat.postMessage`.
    Bot(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Webhook(_) => "Webhook([redacted])",
            Credential::Bot(_) => "Bot([redacted])",
        })
    }
}

/// Why a secret is of no use for Slack. It is never quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnfitCredential {
    /// Another sort of token.
    #[error(
        "this is a token of Slack, but not of a bot: use the one that begins with xoxb- and has the scope chat:write"
    )]
    NotOfABot,
    /// An address, but not of a webhook.
    #[error(
        "this is no incoming webhook of Slack: its address begins with https://hooks.slack.com/services/"
    )]
    NotAWebhook,
    /// An address that is not fit for anything.
    #[error(transparent)]
    Address(#[from] UnfitAddress),
}

impl Credential {
    /// Reads a secret; spaces and line breaks around it are left away.
    ///
    /// # Errors
    /// What is neither the address of an incoming webhook nor the token of a bot.
    pub fn read(secret: &str) -> Result<Self, UnfitCredential> {
        let secret = secret.trim();
        if secret.starts_with("xoxb-") && secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self::Bot(secret.to_owned()));
        }
        if secret.starts_with("xox") || secret.starts_with("xapp-") {
            return Err(UnfitCredential::NotOfABot);
        }
        let url = checked(secret)?;
        // GovSlack has a host of its own.
        let of_slack = matches!(url.host_str(), Some("hooks.slack.com" | "hooks.slack-gov.com"));
        if of_slack && url.path().starts_with("/services/") {
            Ok(Self::Webhook(url))
        } else {
            Err(UnfitCredential::NotAWebhook)
        }
    }
}
