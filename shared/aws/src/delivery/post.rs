//! Posts to Slack, PagerDuty and endpoints over the SDK's own HTTP stack: HTTPS alone, one time-out, no redirect followed, no proxy, and only to
//! addresses that may be connected to.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::dns::ResolveDns;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use tidegate_notify::endpoint::address::{Private, refused};
use tidegate_notify::endpoint::url::UnfitAddress;
use tidegate_notify::port::{Answered, BODY, Post, Request, Unanswered};
use tidegate_notify::verdict::Unreached;
use tokio::time::timeout;
use url::Host;

use super::resolver::{Guarded, Unresolved};

/// From the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What posts.
#[derive(Debug)]
pub(super) struct Poster {
    /// An address of HTTP to which everything is posted instead, for stand-ins alone: the host that was meant is in a header.
    stand_in: Option<String>,
    internet: SharedHttpConnector,
    private: SharedHttpConnector,
}

/// Says to a stand-in which host was meant.
const MEANT_FOR: &str = "x-meant-for";

impl Poster {
    pub(super) fn new(stand_in: Option<String>) -> Self {
        let connector = |private| encrypted(TlsContext::default(), Guarded { private });
        Self { stand_in, internet: connector(Private::Refused), private: connector(Private::Allowed) }
    }

    async fn send(&self, request: Request<'_>) -> Result<HttpResponse, Unanswered> {
        // A host that is a number is never resolved.
        let ip = match request.url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        if let Some(ip) = ip {
            refused(ip, request.private).map_err(UnfitAddress::Ip)?;
        }
        let connector = match (&self.stand_in, request.private) {
            // By name or number, wherever it is: whoever runs the function said so.
            (Some(_), _) => &unguarded(),
            (None, Private::Refused) => &self.internet,
            (None, Private::Allowed) => &self.private,
        };
        connector.call(self.made(request)?).await.map_err(|error| unanswered(&error))
    }

    /// The request, as it goes over the wire.
    fn made(&self, request: Request<'_>) -> Result<HttpRequest, Unanswered> {
        // Nothing of these errors is told: they quote the address.
        let unfit = |_| Unanswered::Unfit(UnfitAddress::Unreadable);
        let mut made = HttpRequest::new(SdkBody::from(request.body));
        made.set_method("POST").map_err(unfit)?;
        let Request { url, headers, .. } = request;
        match &self.stand_in {
            Some(address) => {
                let path = url.path();
                let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
                made.set_uri(format!("{}{path}{query}", address.trim_end_matches('/'))).map_err(unfit)?;
                let host = url.host_str().unwrap_or_default().to_owned();
                made.headers_mut().try_insert(MEANT_FOR, host).map_err(unfit)?;
            }
            None => made.set_uri(url.as_str()).map_err(unfit)?,
        }
        for (name, value) in headers {
            made.headers_mut().try_insert(name, value).map_err(unfit)?;
        }
        made.headers_mut().try_insert("user-agent", "tidegate").map_err(unfit)?;
        Ok(made)
    }
}

/// HTTPS to the addresses that a resolver gives.
fn encrypted(trusting: TlsContext, resolver: impl ResolveDns + Clone + 'static) -> SharedHttpConnector {
    let tls = Provider::Rustls(CryptoMode::AwsLc);
    let connector = Connector::builder().tls_provider(tls).tls_context(trusting);
    SharedHttpConnector::new(connector.build_with_resolver(resolver))
}

/// The stack as it is for the SDK's own calls.
fn unguarded() -> SharedHttpConnector {
    SharedHttpConnector::new(Connector::builder().build_http())
}

impl Post for Poster {
    async fn post(&self, request: Request<'_>) -> Result<Answered, Unanswered> {
        let whole = async {
            let answer = self.send(request).await?;
            let status = answer.status().as_u16();
            let retry_after = answer.headers().get("retry-after").map(str::to_owned);
            let body = Limited::new(answer.into_body(), BODY).collect().await;
            // What is longer is of no use, and what broke off was answered all the same.
            let body = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
            Ok(Answered { status, retry_after, body: body.unwrap_or_default() })
        };
        timeout(TIMEOUT, whole).await.unwrap_or(Err(Unanswered::Unreached(Unreached::TimedOut)))
    }
}

/// What an error of the connector means. Its own words quote the address, and are not told.
fn unanswered(error: &ConnectorError) -> Unanswered {
    let mut next = error.source();
    while let Some(cause) = next {
        next = cause.source();
        match cause.downcast_ref::<Unresolved>() {
            Some(Unresolved::Unfit(unfit)) => return Unanswered::Unfit(UnfitAddress::Ip(*unfit)),
            Some(Unresolved::Unknown) => return Unanswered::Unreached(Unreached::UnknownName),
            None => {}
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            let why = match innermost(io).kind() {
                std::io::ErrorKind::ConnectionRefused
                | std::io::ErrorKind::HostUnreachable
                | std::io::ErrorKind::NetworkUnreachable => Unreached::NotConnected,
                // rustls hands its errors on as these.
                std::io::ErrorKind::InvalidData => Unreached::Certificate,
                std::io::ErrorKind::TimedOut => Unreached::TimedOut,
                _ => continue,
            };
            return Unanswered::Unreached(why);
        }
    }
    Unanswered::Unreached(if error.is_timeout() { Unreached::TimedOut } else { Unreached::Broken })
}

/// An error within an error within an error: `source` passes over what each holds.
fn innermost(mut io: &std::io::Error) -> &std::io::Error {
    while let Some(held) = io.get_ref().and_then(|held| held.downcast_ref::<std::io::Error>()) {
        io = held;
    }
    io
}

#[cfg(test)]
mod tests;
