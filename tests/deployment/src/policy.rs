//! The policy that is deployed on the stand-in: one target of each kind, as fast as a policy may be.

use tidegate_wire::account::{CLUSTER, GROUP, READER, SERVICE, SOURCE};

/// The targets' names.
pub const TARGETS: [&str; 3] = ["orders-readers", "api", "sessions"];

/// The secrets of its channels, by the names of their parameters. They open nothing.
pub const SECRETS: [(&str, &str); 2] = [
    ("/tidegate/local/slack", "https://hooks.slack.com/services/T0000/B0000/stand-in"),
    ("/tidegate/local/pagerduty", "0123456789abcdef0123456789abcdef"),
];

/// In this hosted zone, evaluated this often.
pub fn document(zone: &str, evaluate_every: &str) -> String {
    format!(
        r#"# What `make local` deploys: one target of each kind, in a hurry.
[[target]]
name = "orders-readers"
kind = "rds-replicas"
source = "{SOURCE}"
engine = "mysql"
class = "db.t3.medium"
reader = {{ zone = "{zone}", name = "{READER}", ttl = "5s" }}
min = 0
max = 2
evaluate_every = "{evaluate_every}"
scale_out = ["primary cpu > 70% for 3m"]
scale_in = ["primary cpu < 40% for 3m"]
cooldown = {{ out = "1m", in = "1m" }}
stabilization = {{ in = "0s" }}
pool_lifetime = "1m"
max_connections = 300
drain = {{ deadline = "20m", quiet_points = 3, idle_connections = 1 }}

[[target]]
name = "api"
kind = "ecs-service"
cluster = "{CLUSTER}"
service = "{SERVICE}"
min = 2
max = 6
evaluate_every = "{evaluate_every}"
scale_out = ["cpu > 70% for 3m"]
scale_in = ["cpu < 30% for 3m"]
alert = ["cpu > 75% for 2m"]
cooldown = {{ out = "2m", in = "4m" }}
stabilization = {{ in = "0s" }}

[[target]]
name = "sessions"
kind = "redis-nodes"
group = "{GROUP}"
min = 2
max = 4
evaluate_every = "{evaluate_every}"
scale_out = ["cpu > 70% for 3m", "memory > 75% for 3m"]
scale_in = ["cpu < 40% for 3m", "memory < 40% for 3m"]
cooldown = {{ out = "2m", in = "4m" }}
stabilization = {{ in = "0s" }}

[[notify]]
channel = "slack"
secret = "ssm:/tidegate/local/slack"

[[notify]]
channel = "pagerduty"
secret = "ssm:/tidegate/local/pagerduty"
severity = "warning"
"#
    )
}
