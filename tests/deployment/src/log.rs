//! What the deployed functions log: the lines of CloudWatch Logs, in the order in which they came.

use serde_json::{Value, json};
use tidegate_stack::function::binaries;
use tidegate_wire::json;
use tidegate_wire::stand_ins::ministack;

use crate::account::Stage;
use crate::deploy::STACK;

/// Reads the logs of all functions on from where it stopped.
#[derive(Debug, Default)]
pub struct Logs {
    /// Lines so far of each log stream.
    read: std::collections::BTreeMap<(String, String), usize>,
}

/// A line of JSON, and the function that wrote it.
#[derive(Clone, Debug)]
pub struct Line {
    /// As `rds-replicas`.
    pub function: &'static str,
    /// The line.
    pub value: Value,
}

impl Line {
    /// A field's text; empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_default()
    }
}

impl Logs {
    /// The lines that came since the last call.
    pub fn new_lines(&mut self, stage: &Stage) -> Vec<Line> {
        let mut lines = Vec::new();
        for function in binaries() {
            let group = format!("/aws/lambda/{STACK}-{function}");
            let asked = json!({"logGroupName": group});
            let Ok(streams) = json::ask(ministack(), stage.account.key(), "Logs.DescribeLogStreams", &asked)
            else {
                continue;
            };
            for stream in streams["logStreams"].as_array().into_iter().flatten() {
                let name = stream["logStreamName"].as_str().unwrap_or_default().to_owned();
                let asked = json!({"logGroupName": group, "logStreamName": name, "startFromHead": true, "limit": 10_000});
                let Ok(events) = json::ask(ministack(), stage.account.key(), "Logs.GetLogEvents", &asked)
                else {
                    continue;
                };
                let events = events["events"].as_array().cloned().unwrap_or_default();
                let read = self.read.entry((group.clone(), name)).or_default();
                for event in events.iter().skip(*read) {
                    let message = event["message"].as_str().unwrap_or_default();
                    for text in message.lines() {
                        if let Ok(value @ Value::Object(_)) = serde_json::from_str(text) {
                            lines.push(Line { function, value });
                        }
                    }
                }
                *read = events.len();
            }
        }
        lines
    }
}
