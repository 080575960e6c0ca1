//! Names are resolved here, so that a channel's host is reached only at addresses that may be connected to: whoever can write a webhook's address could
//! else reach what only the function can.

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use tidegate_notify::endpoint::address::{Private, UnfitIp, refused};

/// Resolves by the system, and hands on nothing if one of the addresses is refused.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) private: Private,
}

/// Why a name was not resolved to anything.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    /// It has no address.
    #[error("the name has no address")]
    Unknown,
    /// It leads where nothing is posted.
    #[error(transparent)]
    Unfit(#[from] UnfitIp),
}

impl ResolveDns for Guarded {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            // The port is the connector's.
            let found = tokio::net::lookup_host((name, 443)).await;
            let found = found.map_err(|_| ResolveDnsError::new(Unresolved::Unknown))?;
            let ips: Vec<_> = found.map(|address| address.ip()).collect();
            if ips.is_empty() {
                return Err(ResolveDnsError::new(Unresolved::Unknown));
            }
            for ip in &ips {
                refused(*ip, self.private).map_err(|unfit| ResolveDnsError::new(Unresolved::Unfit(unfit)))?;
            }
            Ok(ips)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    async fn resolved(name: &str) -> Result<usize, String> {
        let guarded = Guarded { private: Private::Allowed };
        let found = guarded.resolve_dns(name).await;
        found
            .map(|ips| ips.len())
            .map_err(|error| error.source().map(ToString::to_string).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_machine_is_no_address() {
        for name in ["localhost", "127.0.0.1", "169.254.169.254", "::1"] {
            let refused = resolved(name).await.unwrap_err();
            assert!(refused.contains("name a host of the Internet"), "{name}: {refused}");
        }
        assert_eq!(resolved("nobody.invalid").await, Err("the name has no address".to_owned()));
    }
}
