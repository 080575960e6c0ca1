//! Goal: what is posted goes to the host that was meant, encrypted, and nowhere else. Method: servers on this machine, and certificates that are made for one test.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_runtime_api::client::dns::DnsFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

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

/// Every name is this machine.
#[derive(Clone, Debug)]
struct Here;

impl ResolveDns for Here {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(vec![Ipv4Addr::LOCALHOST.into()]))
    }
}

/// Answers one connection by TLS, as the host of this certificate: its port, and its certificate in PEM.
async fn encrypted_server(host: &str) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Whoever does not trust the certificate ends it here.
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let mut asked = Vec::new();
        while !asked.ends_with(b"{\"text\":\"a\"}") {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0, "all of it was expected");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    (port, made.cert.pem())
}

/// What posts to this machine alone, and trusts nobody but whom it is handed.
fn trusting(pem: &str) -> Poster {
    let store = TrustStore::empty().with_pem_certificate(pem.as_bytes());
    let context = TlsContext::builder().with_trust_store(store).build().unwrap();
    let connector = encrypted(context, Here);
    Poster { stand_in: None, internet: connector.clone(), private: connector }
}

#[tokio::test]
async fn a_channel_is_reached_by_tls_and_one_that_is_another_is_not() {
    let (port, pem) = encrypted_server("hooks.example.com").await;
    let url = Url::parse(&format!("https://hooks.example.com:{port}/secret")).unwrap();
    let answered = trusting(&pem).post(request(&url)).await.unwrap();
    assert_eq!((answered.status, answered.body.as_str()), (200, "ok"));

    // A certificate of another name.
    let (port, pem) = encrypted_server("other.example.com").await;
    let url = Url::parse(&format!("https://hooks.example.com:{port}/secret")).unwrap();
    let refused = trusting(&pem).post(request(&url)).await.unwrap_err();
    assert_eq!(refused, Unanswered::Unreached(Unreached::Certificate));

    // One that nobody vouches for.
    let (port, _) = encrypted_server("hooks.example.com").await;
    let url = Url::parse(&format!("https://hooks.example.com:{port}/secret")).unwrap();
    let refused = trusting(&pem).post(request(&url)).await.unwrap_err();
    assert_eq!(refused, Unanswered::Unreached(Unreached::Certificate));
    assert!(!refused.to_string().contains("secret"), "{refused}");

    // A server that knows nothing of TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Until the other side leaves.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = Url::parse(&format!("https://hooks.example.com:{port}/secret")).unwrap();
    let refused = trusting(&pem).post(request(&url)).await.unwrap_err();
    assert_eq!(refused, Unanswered::Unreached(Unreached::Certificate));
    plain.join().unwrap();
}
