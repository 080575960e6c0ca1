//! Warm-up requests against a server of the test's own: one that answers, refuses, hangs or sends elsewhere.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tidegate_policy::plan::{Action, EcsServiceAction, WarmUp};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::Fleet;

use super::service_scene::ServiceScene;

/// What a server does with a request: its number from 0, and what to answer; `None` says nothing for ever.
type Habit = fn(usize) -> Option<&'static str>;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const MISSING: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    foreign: AtomicUsize,
}

/// A server on a free port of this machine.
struct Server {
    url: String,
    counts: Arc<Counts>,
}

impl Server {
    fn with(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/warm?deep=1", listener.local_addr().unwrap());
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counts = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &counts, habit));
            }
        });
        Self { url, counts }
    }

    fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, counts: &Counts, habit: Habit) {
    let mut asked = Vec::new();
    let mut part = [0; 1024];
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(read) => asked.extend_from_slice(&part[..read]),
        }
    }
    if !asked.starts_with(b"GET /warm?deep=1 HTTP/1.1\r\n") {
        counts.foreign.fetch_add(1, Ordering::SeqCst);
    }
    let nth = counts.requests.fetch_add(1, Ordering::SeqCst);
    let now = counts.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    counts.most_under_way.fetch_max(now, Ordering::SeqCst);
    // Long enough for the others to come, were they not held back.
    std::thread::sleep(Duration::from_millis(20));
    match habit(nth) {
        Some(answer) => {
            counts.under_way.fetch_sub(1, Ordering::SeqCst);
            let _ = stream.write_all(answer.as_bytes());
        }
        None => std::thread::sleep(Duration::from_secs(30)),
    }
}

async fn warm(url: &str, requests: u32) -> Outcome {
    let scene = ServiceScene::new();
    let action = Action::EcsService(EcsServiceAction::Warm(WarmUp {
        event: "launch".to_owned(),
        url: url.to_owned(),
        requests,
    }));
    let outcome = scene.fleet.apply(&scene.target, &action).await;
    assert!(scene.account.state().calls.is_empty(), "no call to AWS");
    outcome
}

fn failed(outcome: Outcome) -> (FailureClass, String) {
    match outcome {
        Outcome::Failed { class, message } => (class, message),
        other => panic!("it did not fail: {other}"),
    }
}

#[tokio::test]
async fn every_request_is_sent_and_few_at_once() {
    let server = Server::with(|_| Some(OK));
    assert_eq!(warm(&server.url, 23).await, Outcome::Applied { change: None });
    assert_eq!((server.requests(), server.counts.foreign.load(Ordering::SeqCst)), (23, 0));
    assert!(server.counts.most_under_way.load(Ordering::SeqCst) <= 5);
}

#[tokio::test]
async fn one_answer_below_500_is_enough() {
    let server = Server::with(|nth| Some(if nth == 3 { MISSING } else { BUSY }));
    assert_eq!(warm(&server.url, 5).await, Outcome::Applied { change: None });
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = Server::with(|_| {
        Some("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    });
    assert_eq!(warm(&server.url, 3).await, Outcome::Applied { change: None });
    assert_eq!((server.requests(), server.counts.foreign.load(Ordering::SeqCst)), (3, 0));
}

#[tokio::test]
async fn where_all_fail_the_rest_is_not_sent_and_the_address_is_named() {
    let server = Server::with(|_| Some(BUSY));
    let (class, message) = failed(warm(&server.url, 1_000).await);
    assert_eq!(class, FailureClass::RetryNextWake);
    assert!(message.contains(&server.url) && message.contains("status 503"), "{message}");
    assert!(server.requests() < 10, "{} requests", server.requests());
}

#[tokio::test]
async fn a_refused_connection_is_told() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}/warm");
    let (class, message) = failed(warm(&url, 50).await);
    assert_eq!(class, FailureClass::RetryNextWake);
    assert!(message.contains(&url) && message.to_lowercase().contains("refused"), "{message}");
}

#[tokio::test]
async fn a_server_that_hangs_costs_seconds_and_no_more() {
    let server = Server::with(|_| None);
    let began = Instant::now();
    let (class, message) = failed(warm(&server.url, 1_000).await);
    assert_eq!(class, FailureClass::RetryNextWake);
    assert!(message.contains("no answer within 2 s"), "{message}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn only_http_is_spoken() {
    for url in ["ftp://example.com/", "file:///etc/passwd", "example.com/warm", "", "http://"] {
        let (class, message) = failed(warm(url, 1).await);
        assert!(class == FailureClass::PersonNeeded || url == "http://", "{url}: {message}");
    }
}
