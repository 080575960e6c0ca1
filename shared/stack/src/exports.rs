//! One thing is scaled by one stack: each target is exported under a name that follows from what it scales, and CloudFormation gives a name to
//! one stack of an account and Region only ("Get exported outputs from a deployed CloudFormation stack").

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tidegate_policy::policy::{Policy, Target, TargetKind};

use crate::resource::in_order;

/// What every name begins with.
const PREFIX: &str = "tidegate:";
/// How much of what is scaled is legible in a name: an export's name has 255 characters at most.
const LEGIBLE: usize = 120;

/// What the export of a target of replicas is called first: its source counts too.
const OF_REPLICAS: &str = "reader-name";
/// What stands between the target and the source in the value of a target of replicas.
const OF_THE_SOURCE: &str = ", of the source ";

/// What a stack says that it scales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// CloudFormation gives it to one stack.
    pub name: String,
    /// The target's name and, of replicas, the source.
    pub value: String,
}

impl Export {
    /// Whether the two are of one thing that two stacks must not both scale: under one name, or replicas of one source, which all count
    /// against one limit.
    pub fn meets(&self, other: &Export) -> bool {
        let of_one_source = || match (self.source(), other.source()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => false,
        };
        self.name == other.name || of_one_source()
    }

    /// Whether it is of a target of replicas.
    pub fn is_of_replicas(&self) -> bool {
        self.name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(OF_REPLICAS)).is_some()
    }

    /// Of replicas.
    fn source(&self) -> Option<&str> {
        self.value.split_once(OF_THE_SOURCE).map(|(_, source)| source).filter(|_| self.is_of_replicas())
    }
}

/// What a target is exported as.
pub fn export(target: &Target) -> Export {
    Export { name: scaled(target).name(), value: value(target) }
}

/// The outputs of a policy's targets, as they stand under `Outputs`.
pub fn lines(policy: &Policy) -> String {
    policy.targets.iter().map(|target| scaled(target).output(target)).collect()
}

/// What two stacks must not both scale.
struct Scaled {
    what: &'static str,
    which: String,
}

/// Of replicas the reader name. Its source is one stack's too, since all its replicas count against one limit: it stands in the value.
fn scaled(target: &Target) -> Scaled {
    let (what, which) = match &target.kind {
        TargetKind::RdsReplicas(kind) => {
            (OF_REPLICAS, format!("{} in {}", kind.reader.name, kind.reader.zone))
        }
        TargetKind::EcsService(kind) => ("service", format!("{}/{}", kind.cluster, kind.service)),
        TargetKind::RedisNodes(kind) => ("group", kind.group.to_string()),
    };
    Scaled { what, which }
}

impl Scaled {
    /// Its logical id follows from what is scaled, as its name does: a target that is called otherwise moves no name to another output.
    fn output(&self, target: &Target) -> String {
        let Self { what, which } = self;
        let fields = in_order(&json!({
            "Description": format!("{} has the {} {which}, and no target of another stack.", target.name, what.replace('-', " ")),
            "Export": {"Name": self.name()},
            "Value": value(target),
        }));
        let field = |(name, value): (&String, &Value)| format!("    {name}: {value}\n");
        let fields: String = fields.as_object().into_iter().flatten().map(field).collect();
        format!("  Scales{}:\n{fields}", self.hash())
    }

    /// Letters, digits, colons and hyphens are all that CloudFormation takes, so a hash tells apart what would look the same.
    fn name(&self) -> String {
        let legible = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let legible: String = self.which.chars().map(legible).take(LEGIBLE).collect();
        format!("{PREFIX}{}:{legible}:{}", self.what, self.hash())
    }

    fn hash(&self) -> String {
        let hash = Sha256::digest(format!("{} {}", self.what, self.which));
        hash[..5].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The target's name and, of replicas, the source.
fn value(target: &Target) -> String {
    match target.kind.rds_replicas() {
        Some(kind) => format!("{}{OF_THE_SOURCE}{}", target.name, kind.source),
        None => target.name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document::parse;

    use super::*;

    fn service(target: &str, cluster: &str, service: &str) -> String {
        format!(
            "[[target]]\nname = {target:?}\nkind = \"ecs-service\"\ncluster = {cluster:?}\nservice = {service:?}\nmin = 1\nmax = 3\n\
             scale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n"
        )
    }

    fn names(document: &str) -> Vec<String> {
        let policy = parse(document).unwrap();
        policy.targets.iter().map(|target| scaled(target).name()).collect()
    }

    #[test]
    fn a_name_follows_from_what_is_scaled_and_from_nothing_else() {
        assert_eq!(names(&service("api", "prod", "api")), names(&service("called-otherwise", "prod", "api")));
        // They look the same.
        assert_ne!(names(&service("api", "prod_a", "b")), names(&service("api", "prod", "a_b")));
        let longest = names(&service("api", &"c".repeat(255), &"s".repeat(255))).remove(0);
        assert!(longest.len() <= 255, "{longest}");
        let fits = |c: char| c.is_ascii_alphanumeric() || c == ':' || c == '-';
        assert!(longest.chars().all(fits), "{longest}");
    }

    #[test]
    fn two_exports_meet_under_one_name_or_over_one_source() {
        let replicas = |name: &str, target: &str, source: &str| Export {
            name: format!("tidegate:reader-name:{name}"),
            value: format!("{target}, of the source {source}"),
        };
        let service = |name: &str, value: &str| Export {
            name: format!("tidegate:service:{name}"),
            value: value.to_owned(),
        };
        let ours = replicas("ro", "readers", "orders");
        assert!(ours.meets(&replicas("ro", "called-otherwise", "invoices")));
        assert!(ours.meets(&replicas("reports", "reports", "orders")));
        assert!(!ours.meets(&replicas("reports", "reports", "invoices")));
        // Not a source, whatever it is called; and no source is none that is shared.
        assert!(!ours.meets(&service("api", "readers, of the source orders")));
        assert!(!service("web", "web").meets(&service("api", "api")));
        assert!(service("api", "web").meets(&service("api", "api")));
        let bare = |name: &str| Export { value: "readers".to_owned(), ..replicas(name, "", "") };
        assert!(!bare("ro").meets(&bare("reports")));
        let policy = parse(include_str!("../../../infra/policies/production.toml")).unwrap();
        for target in &policy.targets {
            let of_replicas = matches!(target.kind, TargetKind::RdsReplicas(_));
            assert_eq!(export(target).is_of_replicas(), of_replicas, "{}", target.name);
            assert_eq!(export(target).source().is_some(), of_replicas, "{}", target.name);
        }
    }

    #[test]
    fn every_target_of_a_policy_is_exported() {
        let policy = parse(include_str!("../../../infra/policies/production.toml")).unwrap();
        insta::assert_snapshot!(lines(&policy));
    }
}
