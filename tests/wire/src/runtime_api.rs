//! The Lambda Runtime API, as far as a custom runtime sees it: it asks for the next event, and answers with a response or an error.
//!
//! Documented by AWS as "Using the Lambda runtime API". The deadline is on the test's clock, as the binary's own clock is.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use serde_json::Value;
use tiny_http::{Header, Method, Request, Response, Server};

const VERSION: &str = "/2018-06-01/runtime/";

/// What the runtime told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It asks for an event: its initialisation is over, or its last invocation.
    Ready,
    /// It answered the event.
    Response(Value),
    /// The event failed.
    Error {
        /// `errorType`
        kind: String,
        /// `errorMessage`
        message: String,
    },
    /// It could not start.
    InitError {
        /// `errorType`, which the header must repeat.
        kind: String,
        /// `errorMessage`
        message: String,
    },
    /// It asked for something that the Runtime API does not have, or in a form that it refuses.
    Refused(String),
}

/// An event for the runtime.
#[derive(Debug)]
struct Work {
    id: String,
    event: String,
    deadline: Timestamp,
}

#[derive(Debug, Default)]
struct Desk {
    /// The function's.
    arn: String,
    waiting: Option<Request>,
    work: Option<Work>,
    /// The invocation under way.
    current: Option<String>,
    invocations: u64,
}

/// One Runtime API, for one execution environment.
pub struct RuntimeApi {
    server: Arc<Server>,
    desk: Arc<Mutex<Desk>>,
    told: Receiver<Told>,
    thread: Option<JoinHandle<()>>,
}

impl RuntimeApi {
    /// Of the function of this name, on a free port of 127.0.0.1.
    pub fn start(function: &str) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("127.0.0.1 has a free port"));
        let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}");
        let desk = Arc::new(Mutex::new(Desk { arn, ..Desk::default() }));
        let (tell, told) = channel();
        let serving = (server.clone(), desk.clone());
        let thread = thread::spawn(move || {
            let (server, desk) = serving;
            for request in server.incoming_requests() {
                serve(request, &desk, &tell);
            }
        });
        Self { server, desk, told, thread: Some(thread) }
    }

    /// `AWS_LAMBDA_RUNTIME_API`
    pub fn address(&self) -> String {
        self.server.server_addr().to_string()
    }

    /// What the runtime tells, in order.
    pub fn told(&self) -> &Receiver<Told> {
        &self.told
    }

    /// Hands out an event, at once if the runtime waits for one.
    pub fn hand_out(&self, event: &str, deadline: Timestamp) {
        let mut desk = self.desk.lock().expect("the desk is whole");
        desk.invocations += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", desk.invocations);
        desk.work = Some(Work { id, event: event.to_owned(), deadline });
        if let Some(request) = desk.waiting.take() {
            give(&mut desk, request);
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and values of ours are plain text")
}

fn give(desk: &mut Desk, request: Request) {
    let Some(work) = desk.work.take() else {
        desk.waiting = Some(request);
        return;
    };
    let response = Response::from_string(work.event)
        .with_header(header("Content-Type", "application/json"))
        .with_header(header("Lambda-Runtime-Aws-Request-Id", &work.id))
        .with_header(header("Lambda-Runtime-Deadline-Ms", &work.deadline.as_millisecond().to_string()))
        .with_header(header("Lambda-Runtime-Invoked-Function-Arn", &desk.arn))
        .with_header(header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"));
    desk.current = Some(work.id);
    let _ = request.respond(response);
}

fn serve(mut request: Request, desk: &Mutex<Desk>, tell: &Sender<Told>) {
    let mut desk = desk.lock().expect("the desk is whole");
    let path = request.url().strip_prefix(VERSION).unwrap_or_default().to_owned();
    let mut body = String::new();
    let read = request.as_reader().read_to_string(&mut body);
    let parts: Vec<&str> = path.split('/').collect();
    let told = match (request.method(), parts.as_slice()) {
        (Method::Get, ["invocation", "next"]) => {
            let _ = tell.send(Told::Ready);
            give(&mut desk, request);
            return;
        }
        (Method::Post, ["invocation", id, _]) if desk.current.as_deref() != Some(*id) => {
            Told::Refused(format!("{path}: no such invocation is under way"))
        }
        (Method::Post, ["invocation", _, "response"]) => match serde_json::from_str(&body) {
            Ok(value) => Told::Response(value),
            Err(error) => Told::Refused(format!("a response that is no JSON ({error}): {body}")),
        },
        (Method::Post, ["invocation", _, "error"]) => {
            let (kind, message) = error(&body);
            Told::Error { kind, message }
        }
        (Method::Post, ["init", "error"]) => {
            let (kind, message) = error(&body);
            let named = request
                .headers()
                .iter()
                .find(|header| header.field.equiv("Lambda-Runtime-Function-Error-Type"));
            match named {
                Some(_) => Told::InitError { kind, message },
                None => Told::Refused(format!("an init error without the header that names it: {body}")),
            }
        }
        (method, _) => Told::Refused(format!("{method} {}, {read:?}", request.url())),
    };
    let status = if matches!(told, Told::Refused(_)) { 400 } else { 202 };
    if status == 202 {
        desk.current = None;
    }
    // The answer first: who hears of it may end the process at once.
    let _ = request.respond(Response::from_string("{\"status\":\"OK\"}").with_status_code(status));
    let _ = tell.send(told);
}

fn error(body: &str) -> (String, String) {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    (field("errorType"), field("errorMessage"))
}
