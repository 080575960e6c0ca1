//! What stands in for Slack, PagerDuty and endpoints: it keeps what it is sent, and answers as a scenario says.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tiny_http::{Header, Response, Server};

/// What is answered to one message.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This status and body.
    Now(u16, &'static str),
    /// Too many: again after so many seconds.
    Later(u32),
    /// Look elsewhere.
    Elsewhere(&'static str),
    /// Nothing, for as long as the scenario lasts.
    Never,
}

/// What is answered to the next message, or to the next one for this host.
struct Planned {
    host: Option<&'static str>,
    answer: Answer,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The host that was meant.
    pub host: String,
    /// The path on it.
    pub path: String,
    /// The body.
    pub body: Value,
}

/// The stand-in.
pub struct Channels {
    server: Arc<Server>,
    posted: Arc<Mutex<Vec<Posted>>>,
    answers: Arc<Mutex<Vec<Planned>>>,
    thread: Option<JoinHandle<()>>,
}

impl Channels {
    /// On a free port of 127.0.0.1. What is not told otherwise is taken, by each channel's own word for it.
    pub fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("127.0.0.1 has a free port"));
        let posted = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Mutex<Vec<Planned>>> = Arc::default();
        let shared = (server.clone(), posted.clone(), answers.clone());
        let thread = thread::spawn(move || {
            let (server, posted, answers) = shared;
            // Unanswered ones are kept open.
            let mut held = Vec::new();
            for mut request in server.incoming_requests() {
                let header = |name: &str| {
                    let found = request
                        .headers()
                        .iter()
                        .find(|header| header.field.to_string().eq_ignore_ascii_case(name));
                    found.map(|header| header.value.to_string()).unwrap_or_default()
                };
                let (host, path) = (header("x-meant-for"), request.url().to_owned());
                let mut body = String::new();
                let _ = request.as_reader().read_to_string(&mut body);
                let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
                let by_default = if host.contains("pagerduty") {
                    Answer::Now(202, r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#)
                } else {
                    Answer::Now(200, "ok")
                };
                let answer = {
                    let mut answers = answers.lock().expect("no thread panicked with it");
                    let next = answers.iter().position(|planned| planned.host.is_none_or(|it| it == host));
                    next.map(|next| answers.remove(next).answer)
                };
                posted.lock().expect("no thread panicked with it").push(Posted { host, path, body });
                let header =
                    |name: &str, value: &str| Header::from_bytes(name, value).expect("a header of ASCII");
                match answer.unwrap_or(by_default) {
                    Answer::Now(status, body) => {
                        let _ = request.respond(Response::from_string(body).with_status_code(status));
                    }
                    Answer::Later(seconds) => {
                        let later = header("Retry-After", &seconds.to_string());
                        let _ = request.respond(
                            Response::from_string("rate_limited").with_status_code(429).with_header(later),
                        );
                    }
                    Answer::Elsewhere(place) => {
                        let place = header("Location", place);
                        let _ = request
                            .respond(Response::from_string("").with_status_code(302).with_header(place));
                    }
                    Answer::Never => held.push(request),
                }
            }
        });
        Self { server, posted, answers, thread: Some(thread) }
    }

    /// Where it listens, instead of all channels.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// What is answered to the next messages, whomever they are meant for.
    pub fn will_answer(&self, answers: &[Answer]) {
        self.will(None, answers);
    }

    /// What is answered to the next messages that are meant for this host.
    pub fn will_answer_host(&self, host: &'static str, answers: &[Answer]) {
        self.will(Some(host), answers);
    }

    fn will(&self, host: Option<&'static str>, answers: &[Answer]) {
        let planned = answers.iter().map(|answer| Planned { host, answer: answer.clone() });
        self.answers.lock().expect("no thread panicked with it").extend(planned);
    }

    /// What came since the last time that this was asked.
    pub fn take(&self) -> Vec<Posted> {
        std::mem::take(&mut *self.posted.lock().expect("no thread panicked with it"))
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
