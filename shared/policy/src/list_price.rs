//! What an hour of scaled capacity costs by the list: for the dashboard's cost and the week's digest, and for nothing that decides.
//!
//! United States (N. Virginia), on demand, Single-AZ, without storage and data transfer; US dollars. Noted in 2025 from the price pages
//! "Amazon RDS pricing" and "Amazon ElastiCache pricing". They are approximate: other Regions cost up to half as much again, reserved
//! instances less, and Valkey a fifth less than Redis OSS.
//!
//! Within a family the price follows the size, so one price a family is enough.

use crate::policy::Engine;

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

/// Dollars for an hour of a database instance of `class`, as `db.t3.medium`; `None` where its price is not known here.
pub fn database(engine: Engine, class: &str) -> Option<f64> {
    let (family, size) = class.rsplit_once('.')?;
    let (_, mysql, postgres) = DATABASES.into_iter().find(|(known, ..)| *known == family)?;
    let large = match engine {
        Engine::MySql | Engine::MariaDb => mysql,
        Engine::Postgres => postgres,
        // Licences decide.
        Engine::Oracle | Engine::SqlServer | Engine::Db2 => return None,
    };
    Some(large * larges(size)?)
}

/// Dollars for an hour of a Redis node of `node_type`, as `cache.t3.medium`; `None` where its price is not known here.
pub fn node(node_type: &str) -> Option<f64> {
    let (family, size) = node_type.rsplit_once('.')?;
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
    use super::*;

    #[test]
    fn the_list_prices_of_the_classes_that_are_asked_for_most() {
        let shown = |price: Option<f64>| price.map(|price| format!("{price:.3}"));
        for (engine, class, price) in [
            (Engine::MySql, "db.t3.medium", Some("0.068")),
            (Engine::MariaDb, "db.t3.micro", Some("0.017")),
            (Engine::Postgres, "db.t3.2xlarge", Some("0.580")),
            (Engine::Postgres, "db.r6g.large", Some("0.225")),
            (Engine::Oracle, "db.t3.medium", None),
            (Engine::MySql, "db.x2g.large", None),
            (Engine::MySql, "db.t3.huge", None),
            (Engine::MySql, "", None),
        ] {
            assert_eq!(shown(database(engine, class)).as_deref(), price, "{engine:?} {class}");
        }
        for (node_type, price) in [
            ("cache.t3.medium", Some("0.068")),
            ("cache.r7g.4xlarge", Some("1.752")),
            ("cache.z9.large", None),
            ("", None),
        ] {
            assert_eq!(shown(node(node_type)).as_deref(), price, "{node_type}");
        }
    }
}
