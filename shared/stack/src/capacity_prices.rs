//! What an hour of scaled capacity costs by the list: for the dashboard's cost, and for nothing that decides.
//!
//! United States (N. Virginia), on demand, Single-AZ, without storage and data transfer; US dollars. Noted in 2025 from the price pages
//! "Amazon RDS pricing" and "Amazon ElastiCache pricing". They are approximate: other Regions cost up to half as much again, reserved
//! instances less, and Valkey a fifth less than Redis OSS.
//!
//! Within a family the price follows the size, so one price a family is enough.

use tidegate_policy::policy::{Engine, RdsReplicas, RedisNodes};

/// `large` of each family, dollars an hour: of MySQL and MariaDB, and of PostgreSQL.
const DATABASES: [(&str, f64, f64); 8] = [
    ("db.t3", 0.136, 0.145),
    ("db.t4g", 0.129, 0.129),
    ("db.m5", 0.171, 0.178),
    ("db.m6g", 0.152, 0.159),
    ("db.m6i", 0.171, 0.178),
    ("db.r5", 0.240, 0.250),
    ("db.r6g", 0.215, 0.225),
    ("db.r6i", 0.240, 0.250),
];

/// `large` of each family, dollars an hour, of Redis OSS.
const NODES: [(&str, f64); 8] = [
    ("cache.t3", 0.136),
    ("cache.t4g", 0.129),
    ("cache.m5", 0.156),
    ("cache.m6g", 0.149),
    ("cache.m7g", 0.158),
    ("cache.r5", 0.216),
    ("cache.r6g", 0.206),
    ("cache.r7g", 0.219),
];

/// Dollars for an hour of one replica; `None` where the policy leaves the class to the source, or its price is not known here.
pub fn replica(kind: &RdsReplicas) -> Option<f64> {
    let (family, size) = kind.class.as_ref()?.as_str().rsplit_once('.')?;
    let (_, mysql, postgres) = DATABASES.into_iter().find(|(known, ..)| *known == family)?;
    let large = match kind.engine {
        Engine::MySql | Engine::MariaDb => mysql,
        Engine::Postgres => postgres,
        // Licences decide.
        Engine::Oracle | Engine::SqlServer | Engine::Db2 => return None,
    };
    Some(large * larges(size)?)
}

/// Dollars for an hour of one Redis node of the smallest type that the policy names; `None` where it names none, or its price is not known
/// here.
pub fn node(kind: &RedisNodes) -> Option<f64> {
    let (family, size) = kind.node_types.first()?.as_str().rsplit_once('.')?;
    let (_, large) = NODES.into_iter().find(|(known, _)| *known == family)?;
    Some(large * larges(size)?)
}

/// How many times a `large` this size is.
fn larges(size: &str) -> Option<f64> {
    Some(match size {
        "micro" => 0.125,
        "small" => 0.25,
        "medium" => 0.5,
        "large" => 1.0,
        "xlarge" => 2.0,
        _ => 2.0 * f64::from(size.strip_suffix("xlarge")?.parse::<u16>().ok()?),
    })
}

#[cfg(test)]
mod tests {

    use tidegate_policy::policy::{Policy, TargetKind};

    use super::*;

    fn priced(document: &str) -> Option<f64> {
        let policy: Policy =
            tidegate_policy::document::parse(document).unwrap_or_else(|problems| panic!("{problems:?}"));
        match &policy.targets[0].kind {
            TargetKind::RdsReplicas(kind) => replica(kind),
            TargetKind::RedisNodes(kind) => node(kind),
            TargetKind::EcsService(_) => panic!("a service has no class"),
        }
    }

    fn replicas(engine: &str, class: &str) -> Option<f64> {
        let class = if class.is_empty() { String::new() } else { format!("class = \"{class}\"") };
        priced(&format!(
            "[[target]]\nname = \"a\"\nkind = \"rds-replicas\"\nsource = \"a\"\nengine = \"{engine}\"\n{class}\nreader = {{ zone = \"Z1\", name = \"a.b\", ttl = \"10s\" }}\nmin = 1\nmax = 2\nscale_out = [\"primary cpu > 70% for 10m\"]\n"
        ))
    }

    #[test]
    fn the_list_prices_of_the_classes_that_are_asked_for_most() {
        let shown = |price: Option<f64>| price.map(|price| format!("{price:.3}"));
        for (engine, class, price) in [
            ("mysql", "db.t3.medium", Some("0.068")),
            ("mariadb", "db.t3.micro", Some("0.017")),
            ("postgres", "db.t3.2xlarge", Some("0.580")),
            ("postgres", "db.r6g.large", Some("0.225")),
            ("oracle", "db.t3.medium", None),
            ("mysql", "db.x2g.large", None),
            ("mysql", "db.t3.huge", None),
            ("mysql", "", None),
        ] {
            assert_eq!(shown(replicas(engine, class)).as_deref(), price, "{engine} {class}");
        }
        let nodes = |types: &str| {
            priced(&format!(
                "[[target]]\nname = \"a\"\nkind = \"redis-nodes\"\ngroup = \"a\"\n{types}\nmin = 2\nmax = 3\nscale_out = [\"cpu > 70% for 10m\"]\n"
            ))
        };
        let ladder = "node_types = [\"cache.t3.medium\", \"cache.m7g.large\"]";
        assert_eq!(shown(nodes(ladder)).as_deref(), Some("0.068"));
        assert_eq!(nodes(""), None);
    }
}
