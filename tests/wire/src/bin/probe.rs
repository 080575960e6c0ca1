//! A function that does nothing but what its event says: it proves the harness without the binary under test.

use std::io::Write;
use std::process::exit;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis())
}

fn run() -> Result<(), Failure> {
    let api = format!("http://{}/2018-06-01/runtime", std::env::var("AWS_LAMBDA_RUNTIME_API")?);
    if let Ok(why) = std::env::var("PROBE_CANNOT_START") {
        let body = json!({ "errorType": "Probe.Init", "errorMessage": why }).to_string();
        let post = ureq::post(format!("{api}/init/error"));
        post.header("Lambda-Runtime-Function-Error-Type", "Probe.Init").send(body)?;
        exit(3);
    }
    loop {
        let mut next = ureq::get(format!("{api}/invocation/next")).call()?;
        let header =
            |name: &str| next.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let id = header("Lambda-Runtime-Aws-Request-Id").ok_or("no request id")?;
        let deadline = header("Lambda-Runtime-Deadline-Ms").ok_or("no deadline")?.parse::<u64>()?;
        let event: Value = serde_json::from_str(&next.body_mut().read_to_string()?)?;
        writeln!(std::io::stderr(), "the probe was handed {event}")?;
        match event["do"].as_str() {
            Some("tell the time") => {
                let body = json!({ "now": milliseconds(), "deadline": deadline }).to_string();
                ureq::post(format!("{api}/invocation/{id}/response")).send(body)?;
            }
            Some("fail") => {
                let body = json!({ "errorType": "Probe.Failed", "errorMessage": "as asked" }).to_string();
                ureq::post(format!("{api}/invocation/{id}/error")).send(body)?;
            }
            Some("exit") => exit(7),
            Some("call") => {
                let endpoint = std::env::var("AWS_ENDPOINT_URL")?;
                let key = std::env::var("AWS_ACCESS_KEY_ID")?;
                let signed = format!(
                    "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/rds/aws4_request, SignedHeaders=host, Signature=0"
                );
                let mut last = String::new();
                for form in event["forms"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
                    let call = agent.post(&endpoint).header("Authorization", &signed);
                    let call = call.header("Content-Type", "application/x-www-form-urlencoded");
                    last = match call.send(form) {
                        Ok(mut answer) => {
                            answer.body_mut().read_to_string().unwrap_or_else(|error| error.to_string())
                        }
                        Err(error) => error.to_string(),
                    };
                }
                ureq::post(format!("{api}/invocation/{id}/response"))
                    .send(json!({ "last": last }).to_string())?;
            }
            _ => sleep(Duration::from_secs(3_600)),
        }
    }
}

fn main() -> Result<(), Failure> {
    run()
}
