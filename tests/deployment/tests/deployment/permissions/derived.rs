//! A role allows what its function calls, neither more nor less: the calls are read from the sources of the adapters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tidegate_aws::failure::Operation;
use tidegate_policy::kind::Kind;
use tidegate_stack::function::{FUNCTIONS, Function};

use super::everything;

/// What the SDK's clients are called in the sources, without white space.
const CLIENTS: [&str; 8] = [
    "self.rds",
    "self.route53",
    "self.ecs",
    "self.scaling",
    "self.elasticache",
    "self.client",
    "client",
    "ssm",
];

/// Methods of a client that are no operation.
const NO_OPERATION: [&str; 2] = ["config", "clone"];

/// What only the preflight asks, with the credentials of whoever deploys: no function calls it, and no role allows it.
const OF_THE_PREFLIGHT: [&str; 2] = ["access.rs", "reach.rs"];

/// What delivers to people, and what else the function that does calls.
const DELIVERY: &str = "delivery";
const OF_NOTIFY: [&str; 2] = ["policy_source.rs", "ledger/load.rs"];

/// The folder of each function's own adapter; the other files serve all.
fn folder(function: Function) -> &'static str {
    match function.kind {
        Kind::RdsReplicas => "fleet/rds_replicas",
        Kind::EcsService => "fleet/ecs_service",
        Kind::RedisNodes => "fleet/redis_nodes",
    }
}

/// The sources of the adapters, by their path in `shared/aws/src`, without comments, tests and white space.
fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/aws/src");
    let mut open = vec![root.clone()];
    let mut sources = BTreeMap::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("a source");
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code: String =
                    code.flat_map(str::chars).filter(|letter| !letter.is_whitespace()).collect();
                sources.insert(path.strip_prefix(&root).unwrap().to_path_buf(), code);
            }
        }
    }
    sources.retain(|path, _| !path.ends_with("tests.rs"));
    for file in OF_THE_PREFLIGHT {
        assert!(sources.remove(Path::new(file)).is_some(), "{file} is gone: take it from the list");
    }
    sources
}

/// The operations that a source calls, as the SDK's methods are called.
fn methods(code: &str) -> Vec<&str> {
    let mut found = BTreeMap::new();
    for client in CLIENTS {
        for (at, _) in code.match_indices(&format!("{client}.")) {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
            if code[..at].ends_with(is_word) {
                continue;
            }
            let after = at + client.len() + 1;
            let rest = &code[after..];
            let end =
                rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
            if rest[end..].starts_with("()") && !NO_OPERATION.contains(&&rest[..end]) {
                found.insert(after, &rest[..end]);
            }
        }
    }
    found.into_values().collect()
}

/// `describe_db_instances` is `DescribeDBInstances`.
fn operation(method: &str) -> Operation {
    let is = |operation: &&Operation| operation.name.to_ascii_lowercase() == method.replace('_', "");
    let found = Operation::ALL.iter().find(is);
    *found.unwrap_or_else(|| panic!("{method}() is not in `operations!` of shared/aws/src/failure.rs: add it there, with its permission, and allow it in shared/stack/src/permissions"))
}

/// The operations in the files that `wanted` names.
fn operations(sources: &BTreeMap<PathBuf, String>, wanted: impl Fn(&Path) -> bool) -> BTreeSet<&'static str> {
    let files = sources.iter().filter(|(path, _)| wanted(path));
    files.flat_map(|(_, code)| methods(code)).map(|method| operation(method).name).collect()
}

/// What a function calls.
fn called_by(function: Function, sources: &BTreeMap<PathBuf, String>) -> BTreeSet<&'static str> {
    let own = |path: &Path| path.starts_with(folder(function));
    let has_scalable = sources.iter().any(|(path, code)| own(path) && code.contains("scalable::describe"));
    operations(sources, |path| {
        let others = FUNCTIONS.into_iter().any(|other| path.starts_with(folder(other)));
        let others = others || path.starts_with(DELIVERY);
        own(path) || !others && (has_scalable || !path.ends_with("fleet/scalable.rs"))
    })
}

/// The actions that a role's managed policies allow.
fn allowed(role: &str) -> BTreeSet<String> {
    let documents = everything().attached_to(role);
    let statements =
        documents.values().flat_map(|document| document["Statement"].as_array().expect("a list"));
    let allowing = statements.filter(|statement| statement["Effect"] == "Allow");
    let text = |action: &Value| action.as_str().expect("an action is a text").to_owned();
    allowing.flat_map(|statement| statement["Action"].as_array().expect("a list").iter().map(text)).collect()
}

#[test]
fn every_call_of_the_adapters_is_in_the_list_of_operations() {
    let sources = sources();
    for (path, code) in &sources {
        let (methods, sent) = (methods(code), code.matches(".send()").count());
        assert_eq!(
            methods.len(),
            sent,
            "{} sends {sent} requests, and these calls were found: {methods:?}. Is a client called otherwise than {CLIENTS:?}?",
            path.display()
        );
    }
    let called = operations(&sources, |_| true);
    let listed: BTreeSet<_> = Operation::ALL.iter().map(|operation| operation.name).collect();
    assert_eq!(called, listed, "called, and listed in shared/aws/src/failure.rs");
}

/// The actions that these operations need.
fn needed(called: &BTreeSet<&'static str>) -> BTreeSet<String> {
    let needed = Operation::ALL.iter().filter(|operation| called.contains(operation.name));
    needed
        .flat_map(|operation| operation.also.iter().chain([&operation.action]))
        .map(|action| (*action).to_owned())
        .collect()
}

#[test]
fn what_tells_people_may_do_what_it_calls_and_nothing_else() {
    let sources = sources();
    let own = |path: &Path| path.starts_with(DELIVERY) || OF_NOTIFY.iter().any(|file| path.ends_with(file));
    let called = operations(&sources, own);
    assert_eq!(called, BTreeSet::from(["BatchGetItem", "GetItem", "GetParameter", "Publish", "PutItem"]));
    // The secrets may lie under a key of one's own.
    let mut needed = needed(&called);
    needed.insert("kms:Decrypt".to_owned());
    assert_eq!(allowed("NotifyRole"), needed);
}

#[test]
fn a_role_allows_what_its_function_calls_and_nothing_else() {
    let sources = sources();
    for function in FUNCTIONS {
        let called = called_by(function, &sources);
        assert!(called.contains("TransactWriteItems") && called.len() > 5, "{}: {called:?}", function.name());
        assert_eq!(allowed(&function.role()), needed(&called), "{}: allowed, and needed", function.name());
    }
}

#[test]
fn no_allowed_action_has_a_wildcard() {
    let roles = FUNCTIONS.map(Function::role);
    for role in roles.iter().map(String::as_str).chain(["NotifyRole"]) {
        for action in allowed(role) {
            assert!(!action.contains(['*', '?']), "{role}: {action}");
        }
    }
}

#[test]
fn calls_are_found_however_they_are_written() {
    let code = "letcall=self.ecs.update_service().cluster(x);client.describe_services().send();self.client.config().region();other_client.get_item();";
    assert_eq!(methods(code), ["update_service", "describe_services"]);
}
