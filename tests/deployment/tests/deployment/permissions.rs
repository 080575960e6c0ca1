//! What each role allows and denies: derived from the calls of the adapters, judged by a simulator of IAM, and linted.

mod calls;
mod derived;
mod judge;
mod judged;
mod linted;
mod sent;
mod twins;

use tidegate_stack::function::{FUNCTIONS, Function};

use crate::rendered::Rendered;

/// Production, and what it has none of: a second database, a group with shards, and one whose node type is never changed.
fn everything() -> Rendered {
    let more = r#"
[[target]]
name   = "billing-readers"
kind   = "rds-replicas"
source = "billing-primary"
engine = "postgres"
owner  = "billing-team"
tags   = { "cost-center" = "4711" }
reader = { zone = "Z08ORDERSPROD", name = "billing-ro.db.example.com", ttl = "10s" }
min = 1
max = 2
scale_out = ["primary cpu > 70% for 10m"]

[[target]]
name         = "carts"
kind         = "redis-nodes"
group        = "carts"
cluster_mode = "enabled"
replicas     = { min = 1, max = 2 }
shards       = { min = 2, max = 6 }
min = 4
max = 18
scale_out = ["cpu > 70% for 10m"]

[[target]]
name  = "plain"
kind  = "redis-nodes"
group = "plain"
min = 2
max = 4
scale_out = ["cpu > 70% for 10m"]
"#;
    Rendered::of(&format!("{}{more}", production()))
}

fn production() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/policies/production.toml");
    std::fs::read_to_string(path).expect("the shipped policy is there")
}

fn function(name: &str) -> Function {
    FUNCTIONS.into_iter().find(|function| function.name() == name).expect("one of the three functions")
}
