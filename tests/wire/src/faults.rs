//! What goes wrong between the binary and AWS, in the wire format of each service: microburst's rules, and the proof that each one fired.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::{Body, http};

use crate::stand_ins::{StandIn, microburst};

/// One kind of fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    rule: Value,
}

/// Microburst's name of the service that the calls' list calls so.
fn service(operation: &'static str) -> (&'static str, &'static str) {
    let (service, operation) = operation.split_once('.').unwrap_or(("", operation));
    let service = match service {
        "DynamoDB" => "dynamodb",
        "RDS" => "rds",
        "Route53" => "route53",
        "CloudWatch" => "cloudwatch",
        "SSM" => "ssm",
        "ECS" => "ecs",
        "ElastiCache" => "elasticache",
        "ApplicationAutoScaling" => "application-autoscaling",
        other => panic!("microburst knows no service {other:?}"),
    };
    (service, operation)
}

impl Fault {
    fn new(operation: &'static str, effect: &[(&str, Value)]) -> Self {
        let (service, operation) = service(operation);
        let mut rule = match operation {
            // The Rust SDK leaves out the slash at the end of this one's path, and microburst does not know it without. It is the only
            // call to Route 53 with a body.
            "ChangeResourceRecordSets" => {
                json!({ "service": service, "headers": { "content-type": "application/xml" } })
            }
            _ => json!({ "service": service, "operation": operation }),
        };
        for (key, value) in effect {
            rule[*key] = value.clone();
        }
        Self { rule }
    }

    /// AWS refuses with this code.
    pub fn refuses(operation: &'static str, code: &str, status: u16) -> Self {
        let message = format!("{code}, by a scenario");
        Self::new(operation, &[("error", json!({ "code": code, "status": status, "message": message }))])
    }

    /// The caller has no permission.
    pub fn denies(operation: &'static str) -> Self {
        let (code, status) = match operation.split('.').next() {
            Some("DynamoDB" | "SSM" | "ECS" | "ApplicationAutoScaling") => ("AccessDeniedException", 400),
            _ => ("AccessDenied", 403),
        };
        Self::refuses(operation, code, status)
    }

    /// The connection is reset before AWS hears of the call.
    pub fn resets(operation: &'static str) -> Self {
        Self::new(operation, &[("reset", json!(true))])
    }

    /// AWS does it, and the answer breaks off.
    pub fn truncates(operation: &'static str) -> Self {
        Self::new(operation, &[("response", json!({ "truncate_bytes": 20 }))])
    }

    /// AWS answers this late.
    pub fn delays(operation: &'static str, by: Duration) -> Self {
        Self::new(operation, &[("latency", json!(by.as_secs_f64() * 1e3))])
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.rule["times"] = json!(times);
        self
    }
}

/// A microburst in front of a shim.
#[derive(Debug)]
pub struct Faults {
    proxy: StandIn,
    /// The faults that are set, with microburst's numbers of their rules.
    set: Mutex<Vec<(Fault, Value)>>,
}

impl Faults {
    /// Lets everything through to `upstream` until it is told otherwise.
    pub fn start(upstream: &str) -> Self {
        Self { proxy: microburst(upstream), set: Mutex::default() }
    }

    /// `AWS_ENDPOINT_URL`
    pub fn url(&self) -> &str {
        &self.proxy.url
    }

    /// From now on these happen, and no others.
    pub fn set(&self, faults: &[Fault]) {
        let rules: Vec<&Value> = faults.iter().map(|fault| &fault.rule).collect();
        let body = serde_json::to_string(&rules).expect("rules are JSON");
        let answer = ureq::post(format!("{}/_microburst/rules", self.proxy.url)).send(body);
        let rules = told(answer);
        let ids = rules.as_array().into_iter().flatten().map(|rule| rule["id"].clone());
        *self.held() = faults.iter().cloned().zip(ids).collect();
        ureq::delete(format!("{}/_microburst/fired", self.proxy.url)).call().expect("microburst forgets");
    }

    /// How often this fault fired since it was set. A rule with a wrong name is taken silently: a scenario asserts that this is not 0.
    pub fn fired(&self, fault: &Fault) -> usize {
        let fired = told(ureq::get(format!("{}/_microburst/fired?limit=2000", self.proxy.url)).call());
        let held = self.held();
        let id = held.iter().find(|(known, _)| known == fault).map(|(_, id)| id);
        fired.as_array().into_iter().flatten().filter(|one| Some(&one["rule_id"]) == id).count()
    }

    fn held(&self) -> MutexGuard<'_, Vec<(Fault, Value)>> {
        self.set.lock().expect("no thread panicked with the faults")
    }
}

fn told(answer: Result<http::Response<Body>, ureq::Error>) -> Value {
    let body = answer.and_then(|mut answer| answer.body_mut().read_to_string()).expect("microburst answers");
    serde_json::from_str(&body).expect("what it tells is JSON")
}
