//! The key of an integration: its form is checked before it is used, since a wrong one is found out only in the night that needs it.

use std::fmt;

use thiserror::Error;

/// How long a key is.
const LENGTH: usize = 32;

/// The integration key of an "Events API v2" integration. Its `Debug` does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct RoutingKey(String);

impl fmt::Debug for RoutingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoutingKey([redacted])")
    }
}

/// Why a secret is no routing key. It is never quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnfitRoutingKey {
    /// The key of a ruleset.
    #[error(
        "this is the key of a ruleset or an orchestration (R...): use the integration key of a service, of type \"Events API v2\""
    )]
    OfARuleset,
    /// A key of the REST API, which has 20 characters.
    #[error(
        "this is a key of PagerDuty's REST API: use the integration key of a service, of type \"Events API v2\", with 32 characters"
    )]
    OfTheRestApi,
    /// Anything else.
    #[error(
        "this has {found} characters or others than letters and digits: an integration key of type \"Events API v2\" has 32 letters and digits"
    )]
    NoKey {
        /// How many characters it has.
        found: usize,
    },
}

impl RoutingKey {
    /// Reads a secret; spaces and line breaks around it are left away.
    ///
    /// # Errors
    /// What has not the form of an integration key, and the key of a ruleset, which change events and alerts of a service refuse.
    pub fn read(secret: &str) -> Result<Self, UnfitRoutingKey> {
        let secret = secret.trim();
        let found = secret.chars().count();
        if secret.starts_with('R') && found == LENGTH {
            return Err(UnfitRoutingKey::OfARuleset);
        }
        if found == LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(secret.to_owned()));
        }
        let of_rest = found == 20 && secret.bytes().all(|byte| byte.is_ascii_graphic());
        Err(if of_rest { UnfitRoutingKey::OfTheRestApi } else { UnfitRoutingKey::NoKey { found } })
    }

    /// The key itself: for the request's body, and for nothing else.
    pub fn secret(&self) -> &str {
        &self.0
    }
}
