//! Between the binary and the stand-ins: writes down every call, ends the process at a chosen one, and mends what the stand-ins get wrong.

mod ecs_service;
mod elasticache;
mod operation;
mod query;
mod rds;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use tiny_http::{Header, Request, Response, Server};
use ureq::http;

use crate::clock::Clock;
use crate::function::KillSwitch;
use crate::json::{MOTO_ACCOUNT, access_key};
use crate::stand_ins::moto;

pub use elasticache::{GroupSpells, NODE_TYPES, NodeSeen, Redis};
pub use operation::Operation;
pub use rds::{Spells, address};

/// A binary's parallel calls, and two binaries at once.
const THREADS: usize = 6;

/// When the process dies, seen from a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the call reaches AWS.
    Before,
    /// After AWS did it, before the answer reaches the process.
    After,
}

/// What came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What was asked for.
    pub operation: Operation,
    /// The request's body as text; CBOR shows only in parts.
    pub request: String,
    /// What was answered: 0 when the process was killed before the call.
    pub status: u16,
}

#[derive(Debug)]
struct Death {
    at: usize,
    moment: Moment,
    switch: KillSwitch,
}

#[derive(Debug, Default)]
struct Book {
    calls: Vec<Call>,
    death: Option<Death>,
    struck: bool,
}

/// A recording proxy on a port of its own.
pub struct Shim {
    server: Arc<Server>,
    inside: Arc<Inside>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Inside {
    upstream: String,
    agent: ureq::Agent,
    book: Mutex<Book>,
    rds: rds::Mend,
    redis: Redis,
    services: ecs_service::Mend,
}

impl Shim {
    /// In front of `upstream`, and of moto for Application Auto Scaling: one order of all calls. States change by `clock`.
    pub fn start(upstream: &str, clock: Arc<Clock>) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("127.0.0.1 has a free port"));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let inside = Arc::new(Inside {
            upstream: upstream.to_owned(),
            agent,
            book: Mutex::new(Book::default()),
            rds: rds::Mend::new(clock.clone()),
            redis: Redis::new(clock.clone()),
            services: ecs_service::Mend::new(clock),
        });
        let threads = (0..THREADS).map(|_| {
            let (server, inside) = (server.clone(), inside.clone());
            thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    inside.serve(request);
                }
            })
        });
        let threads = threads.collect();
        Self { server, inside, threads }
    }

    /// `AWS_ENDPOINT_URL`
    pub fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// Every call so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Call> {
        self.inside.book().calls.clone()
    }

    /// The calls of these names, counted.
    pub fn counted(&self) -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for call in self.inside.book().calls.iter() {
            *counted.entry(call.operation.to_string()).or_default() += 1;
        }
        counted
    }

    /// The writes so far, those of the ledger too.
    pub fn writes(&self) -> Vec<Operation> {
        let book = self.inside.book();
        book.calls.iter().map(|call| call.operation.clone()).filter(Operation::is_write).collect()
    }

    /// Forgets the calls so far; an armed death counts from here.
    pub fn forget(&self) {
        self.inside.book().calls.clear();
    }

    /// The process of `switch` dies at the call of this number, from 0, counted from the last `forget`.
    pub fn kill_at(&self, at: usize, moment: Moment, switch: KillSwitch) {
        let mut book = self.inside.book();
        book.death = Some(Death { at, moment, switch });
        book.struck = false;
    }

    /// Whether the armed death came.
    pub fn has_struck(&self) -> bool {
        self.inside.book().struck
    }

    /// How long RDS takes.
    pub fn set_spells(&self, spells: Spells) {
        self.inside.rds.set(spells);
    }

    /// The replication groups.
    pub fn redis(&self) -> &Redis {
        &self.inside.redis
    }

    /// How long a task takes from the request until it runs.
    pub fn set_starting(&self, starting: SignedDuration) {
        self.inside.services.set_starting(starting);
    }

    /// Begins a rollout of the service, or ends it.
    pub fn set_rollout(&self, under_way: bool) {
        self.inside.services.set_rollout(under_way);
    }

    /// From now on this is the service's status.
    pub fn set_status(&self, status: &'static str) {
        self.inside.services.set_status(status);
    }

    /// How many tasks of the service run now, where so many are wanted.
    pub fn running(&self, desired: u32) -> u32 {
        self.inside.services.running(desired)
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What is asked of the scalable targets of ElastiCache, a namespace that moto refuses; `None` of any other call.
fn scalable_groups(operation: &Operation, body: &[u8]) -> Option<Value> {
    let asks = operation.as_str() == "ApplicationAutoScaling.DescribeScalableTargets";
    let asked: Value = serde_json::from_slice(body).ok().filter(|_| asks)?;
    (asked["ServiceNamespace"] == "elasticache").then_some(asked)
}

/// An answer on its way back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Inside {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no thread panicked with the book")
    }

    fn serve(&self, mut request: Request) {
        let mut body = Vec::new();
        if request.as_reader().read_to_end(&mut body).is_err() {
            return;
        }
        let method = request.method().to_string();
        let path = request.url().to_owned();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|header| {
                (header.field.as_str().as_str().to_ascii_lowercase(), header.value.as_str().to_owned())
            })
            .collect();
        let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let operation = Operation::of(&method, &path, header, &body);
        let (number, death) = {
            let mut book = self.book();
            let number = book.calls.len();
            let request = String::from_utf8_lossy(&body).into_owned();
            book.calls.push(Call { operation: operation.clone(), request, status: 0 });
            let death = book.death.take_if(|death| death.at == number);
            book.struck |= death.is_some();
            (number, death)
        };
        if let Some(death) = death.as_ref().filter(|death| death.moment == Moment::Before) {
            death.switch.kill();
            return;
        }
        let is_of = |service: &str| operation.as_str().starts_with(service);
        let authorization = header("authorization").unwrap_or_default();
        let key = access_key(&authorization).unwrap_or_default();
        let forward = || {
            if is_of("ApplicationAutoScaling.") {
                let mut headers = headers.clone();
                headers.retain(|(name, _)| name != MOTO_ACCOUNT);
                headers.push((MOTO_ACCOUNT.to_owned(), key.to_owned()));
                return self.forward(moto(), &method, &path, &headers, &body);
            }
            self.forward(&self.upstream, &method, &path, &headers, &body)
        };
        let answer = if is_of("RDS.") {
            self.rds.answer(&operation, &body, forward)
        } else if is_of("ElastiCache.") {
            self.redis.answer(&operation, key, &body, forward)
        } else if let Some(asked) = scalable_groups(&operation, &body) {
            self.redis.scalable_targets(&asked)
        } else {
            self.services.answer(&operation, key, &body, forward)
        };
        if let Some(call) = self.book().calls.get_mut(number) {
            call.status = answer.status;
        }
        if let Some(death) = death {
            death.switch.kill();
            return;
        }
        let mut response = Response::from_data(answer.body).with_status_code(answer.status);
        for (name, value) in answer.headers {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
        let _ = request.respond(response);
    }

    fn forward(
        &self,
        upstream: &str,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{upstream}{path}"));
        let hop = ["host", "connection", "content-length", "transfer-encoding", "expect", "accept-encoding"];
        for (name, value) in headers.iter().filter(|(name, _)| !hop.contains(&name.as_str())) {
            request = request.header(name, value);
        }
        let sent = request
            .body(body)
            .map_err(ureq::Error::from)
            .and_then(|request| self.agent.run(request))
            .and_then(|mut response| {
                let kept = [
                    "content-type",
                    "x-amzn-requestid",
                    "smithy-protocol",
                    "x-amzn-errortype",
                    "x-amz-crc32",
                ];
                let headers = response.headers().iter().filter(|(name, _)| kept.contains(&name.as_str()));
                let headers = headers
                    .map(|(name, value)| {
                        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                    })
                    .collect();
                let status = response.status().as_u16();
                Ok(Answer { status, headers, body: response.body_mut().read_to_vec()? })
            });
        sent.unwrap_or_else(|error| Answer {
            status: 502,
            headers: Vec::new(),
            body: format!("the shim reached no stand-in: {error}").into_bytes(),
        })
    }
}
