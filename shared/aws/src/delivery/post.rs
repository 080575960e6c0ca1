//! Posts to Slack, PagerDuty and endpoints over the SDK's own HTTP stack: HTTPS alone, one time-out, no redirect followed, no proxy, and only to
//! addresses that may be connected to.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
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
        let connector = |private| {
            let tls = Provider::Rustls(CryptoMode::AwsLc);
            let guarded = Connector::builder().tls_provider(tls).build_with_resolver(Guarded { private });
            SharedHttpConnector::new(guarded)
        };
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
            let why = match io.kind() {
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use url::Url;

    use super::*;

    /// Answers one connection with these bytes, and hands back what was asked.
    fn answering(answer: &'static str) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = vec![0; 4096];
            let mut length = 0;
            while !String::from_utf8_lossy(&asked[..length]).ends_with("{\"text\":\"a\"}") {
                length += stream.read(&mut asked[length..]).unwrap();
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (address, asked)
    }

    fn request(url: &Url) -> Request<'_> {
        let headers = vec![("content-type", "application/json".to_owned())];
        Request { url, headers, body: "{\"text\":\"a\"}".to_owned(), private: Private::Refused }
    }

    #[tokio::test]
    async fn a_stand_in_is_told_whom_it_stands_for_and_a_redirect_is_an_answer() {
        let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno";
        let (address, asked) = answering(answer);
        let url = Url::parse("https://hooks.example.com/services/T/B/secret?a=1").unwrap();
        let poster = Poster::new(Some(address));
        let answered = poster.send(request(&url)).await.unwrap();
        assert_eq!((answered.status().as_u16(), answered.headers().get("retry-after")), (302, Some("7")));
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("POST /services/T/B/secret?a=1 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_ascii_lowercase().contains("x-meant-for: hooks.example.com\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn what_leads_into_the_machine_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let poster = Poster::new(None);
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            let url = Url::parse(&format!("https://{host}:{port}/secret")).unwrap();
            let refused = poster.send(request(&url)).await.unwrap_err();
            assert!(matches!(refused, Unanswered::Unfit(UnfitAddress::Ip(_))), "{host}: {refused:?}");
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
        assert!(listener.accept().is_err(), "somebody connected");
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_unreached() {
        let url = Url::parse("https://nobody.invalid/secret").unwrap();
        let unanswered = Poster::new(None).send(request(&url)).await.unwrap_err();
        assert_eq!(unanswered, Unanswered::Unreached(Unreached::UnknownName));
    }
}
