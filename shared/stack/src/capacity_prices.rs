//! What an hour of a target's capacity costs by the list, as far as its policy says of what class that is: for the dashboard's cost.

use tidegate_policy::list_price;
use tidegate_policy::policy::{RdsReplicas, RedisNodes};

/// Dollars for an hour of one replica; `None` where the policy leaves the class to the source, or its price is not known.
pub fn replica(kind: &RdsReplicas) -> Option<f64> {
    list_price::database(kind.engine, kind.class.as_ref()?.as_str())
}

/// Dollars for an hour of one Redis node of the smallest type that the policy names; `None` where it names none, or its price is not known.
pub fn node(kind: &RedisNodes) -> Option<f64> {
    list_price::node(kind.node_types.first()?.as_str())
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
    fn a_target_has_the_price_of_the_class_that_its_policy_names() {
        let shown = |price: Option<f64>| price.map(|price| format!("{price:.3}"));
        for (engine, class, price) in [
            ("mysql", "db.t3.medium", Some("0.068")),
            ("postgres", "db.t3.2xlarge", Some("0.580")),
            ("oracle", "db.t3.medium", None),
            ("mysql", "db.x2g.large", None),
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
