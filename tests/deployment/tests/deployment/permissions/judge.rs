//! The simulator of IAM, as a process of its own: what it is asked, and what it decides.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::rendered::{ACCOUNT, STACK, target_folder};

/// One permission that a call needs.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) action: &'static str,
    pub(super) resource: String,
    /// The condition keys of the request, and their values: a text, or a list of texts.
    pub(super) context: BTreeMap<String, Value>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    /// Nothing allows it.
    NotAllowed,
    /// Something denies it.
    Denied,
}

/// Decides everything at once: starting the process costs more than a thousand decisions.
pub(super) fn decide(asked: &[(BTreeMap<String, Value>, Ask)]) -> Vec<Decision> {
    let modules = target_folder().join("judge");
    assert!(
        modules.join("ready").exists(),
        "the simulator of IAM is not in {}: run `make judge` (it needs python3, 3.10 or newer, with venv)",
        modules.display()
    );
    let mut documents = BTreeMap::new();
    let mut requests = Vec::with_capacity(asked.len());
    for (own, ask) in asked {
        documents.extend(own.clone());
        requests.push(json!({
            "principal": format!("arn:aws:iam::{ACCOUNT}:role/{STACK}"),
            "account": ACCOUNT,
            "documents": own.keys().collect::<Vec<_>>(),
            "action": ask.action,
            "resource": ask.resource,
            "context": ask.context,
        }));
    }
    let mut node = Command::new(modules.join("bin/node"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/judge.mjs"))
        .arg(&modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("its node does not start ({error}): run `make judge`"));
    let mut input = node.stdin.take().expect("its input is a pipe");
    let text = json!({"documents": documents, "requests": requests}).to_string();
    input.write_all(text.as_bytes()).expect("the simulator reads all requests");
    drop(input);
    let output = node.wait_with_output().expect("the simulator ends");
    assert!(output.status.success(), "the simulator failed: its message is above");
    let decisions: Vec<Value> = serde_json::from_slice(&output.stdout).expect("it writes decisions");
    assert_eq!(decisions.len(), asked.len());
    decisions.iter().zip(asked).map(|(decision, (_, ask))| read(decision, ask)).collect()
}

fn read(decision: &Value, ask: &Ask) -> Decision {
    assert!(decision["error"].is_null(), "{ask:?} cannot be judged: {}", decision["error"]);
    // A key that IAM does not know for the action would make a condition that never or always holds.
    assert_eq!(decision["ignored"], json!([]), "{ask:?} has keys that the action does not know");
    match decision["decision"].as_str() {
        Some("Allowed") => Decision::Allowed,
        Some("ImplicitlyDenied") => Decision::NotAllowed,
        Some("ExplicitlyDenied") => Decision::Denied,
        other => panic!("{ask:?}: {other:?} is no decision"),
    }
}
