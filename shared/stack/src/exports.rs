//! One thing is scaled by one stack: each target is exported under a name that follows from what it scales, and CloudFormation gives a name to
//! one stack of an account and Region only ("Get exported outputs from a deployed CloudFormation stack").

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tidegate_policy::policy::{Policy, Target, TargetKind};

use crate::resource::{distinct, in_order, logical_id};

/// What every name begins with: `make deploy` looks for it before CloudFormation does.
pub const PREFIX: &str = "tidegate:";
/// How much of what is scaled is legible in a name: an export's name has 255 characters at most.
const LEGIBLE: usize = 120;

/// The outputs of a policy's targets, as they stand under `Outputs`.
pub fn lines(policy: &Policy) -> String {
    let mut taken = std::collections::BTreeSet::new();
    policy.targets.iter().map(|target| output(target, &mut taken)).collect()
}

fn output(target: &Target, taken: &mut std::collections::BTreeSet<String>) -> String {
    let id = distinct(format!("Scales{}", logical_id(target.name.as_str())), taken);
    let scaled = scaled(target);
    let fields = in_order(&json!({
        "Description": format!("{} scales {scaled}, and no other stack does.", target.name),
        "Export": {"Name": name(target.kind.name(), &scaled)},
        "Value": target.name.as_str(),
    }));
    let field = |(name, value): (&String, &Value)| format!("    {name}: {value}\n");
    format!("  {id}:\n{}", fields.as_object().into_iter().flatten().map(field).collect::<String>())
}

/// What two stacks must not both scale. Of replicas it is the reader name: one source may have several, each with replicas of its own.
fn scaled(target: &Target) -> String {
    match &target.kind {
        TargetKind::RdsReplicas(kind) => format!("{} in {}", kind.reader.name, kind.reader.zone),
        TargetKind::EcsService(kind) => format!("{}/{}", kind.cluster, kind.service),
        TargetKind::RedisNodes(kind) => kind.group.to_string(),
    }
}

/// Letters, digits, colons and hyphens are all that CloudFormation takes, so a hash tells apart what would look the same.
fn name(kind: &str, scaled: &str) -> String {
    let legible = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let legible: String = scaled.chars().map(legible).take(LEGIBLE).collect();
    let hash = Sha256::digest(scaled);
    let hash: String = hash[..5].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{PREFIX}{kind}:{legible}:{hash}")
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
        let names = policy.targets.iter().map(|target| name(target.kind.name(), &scaled(target)));
        names.collect()
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
    fn every_target_of_a_policy_is_exported() {
        let policy = parse(include_str!("../../../infra/policies/production.toml")).unwrap();
        insta::assert_snapshot!(lines(&policy));
    }
}
