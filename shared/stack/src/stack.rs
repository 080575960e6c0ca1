//! The template that is deployed: the fixed one, and below its last line what follows from the policy.

use serde_json::json;
use tidegate_policy::policy::Policy;

use crate::error::{BYTES_A_TEMPLATE, OUTPUTS_A_STACK, RESOURCES_A_STACK, StackError};
use crate::function::binaries;
use crate::resource::{Resource, substituted};
use crate::{alarms, dashboards, exports, permissions, wakes};

/// Where the deployed policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A standard parameter: 4,096 bytes, free.
    Standard,
    /// An advanced parameter: 8,192 bytes, $0.05 a month.
    Advanced,
    /// A file of each function's package, which SAM carries through S3: any length.
    Package,
}

impl Store {
    /// How many bytes it takes ("Managing parameter tiers", Systems Manager user guide); `None` for any.
    pub fn bytes(self) -> Option<usize> {
        match self {
            Store::Standard => Some(4_096),
            Store::Advanced => Some(8_192),
            Store::Package => None,
        }
    }
}

/// The template of `policy`, whose text is `document`: `fixed`, and what follows from the policy.
///
/// # Errors
/// When the policy does not fit its store, or its targets do not fit one stack.
pub fn template(fixed: &str, policy: &Policy, document: &str, store: Store) -> Result<String, StackError> {
    if let Some(limit) = store.bytes()
        && document.len() > limit
    {
        return Err(too_long(document.len(), limit, store));
    }
    // PutParameter, `Value` (Systems Manager API reference).
    if store != Store::Package
        && let Some(before) = document.lines().position(|line| line.contains("{{"))
    {
        return Err(StackError::DoubleBraces { line: before + 1 });
    }
    let mut resources = permissions::resources(policy)?;
    // What a policy newly names is allowed before a function reads of it.
    let allowed = resources.iter().map(|resource| resource.logical_id.clone()).collect();
    resources.extend(parameter(document, store).map(|parameter| parameter.after(allowed)));
    resources.extend(wakes::resources(policy));
    resources.extend(alarms::resources(policy));
    resources.extend(dashboards::resources(policy));
    // SAM makes what a failed event leads to a resource of its own, one a function.
    let own = fixed.lines().filter(|line| line.starts_with("    Type: AWS::")).count() + binaries().len();
    if own + resources.len() > RESOURCES_A_STACK {
        return Err(StackError::TooMany { resources: own + resources.len() });
    }
    let fixed = with_outputs(fixed, &exports::lines(policy));
    if outputs(&fixed) > OUTPUTS_A_STACK {
        return Err(StackError::TooManyOutputs { outputs: outputs(&fixed) });
    }
    let mut text = format!("{}\n\n  # What follows from the policy.\n", fixed.trim_end());
    for resource in &resources {
        text.push_str(&resource.lines());
    }
    if text.len() > BYTES_A_TEMPLATE {
        return Err(StackError::TooLarge { bytes: text.len() });
    }
    Ok(text)
}

/// How many outputs a template has: no resource has a line like theirs.
fn outputs(text: &str) -> usize {
    let section = text.split_once("\nOutputs:\n").and_then(|(_, rest)| rest.split_once("\nResources:\n"));
    section.map_or(0, |(section, _)| section.lines().filter(|line| line.starts_with("    Value: ")).count())
}

/// The fixed template with more outputs.
fn with_outputs(fixed: &str, outputs: &str) -> String {
    fixed.replacen(
        "\nResources:\n",
        &format!("  # What follows from the policy.\n{outputs}\nResources:\n"),
        1,
    )
}

fn too_long(bytes: usize, limit: usize, store: Store) -> StackError {
    let package = "put it into the functions' package, which SAM carries through S3, with STORE=package";
    let (what, mend) = match store {
        Store::Standard if Store::Advanced.bytes().is_some_and(|advanced| bytes <= advanced) => {
            ("a standard parameter", "make it an advanced one ($0.05 a month) with STORE=advanced")
        }
        Store::Standard => ("a standard parameter", package),
        Store::Advanced | Store::Package => ("an advanced parameter", package),
    };
    StackError::TooLong { bytes, what, limit, mend }
}

/// The policy as a parameter of the stack: a change set shows its change beside what it changes, and a rollback takes it back too.
fn parameter(document: &str, store: Store) -> Option<Resource> {
    let tier = match store {
        Store::Standard => "Standard",
        Store::Advanced => "Advanced",
        Store::Package => return None,
    };
    let properties = json!({
        "Name": substituted("/${AWS::StackName}/policy"),
        "Description": "What Tidegate scales, and how.",
        "Type": "String",
        "Tier": tier,
        "Value": document,
        // A map, where all others have a list.
        "Tags": {"tidegate:stage": {"Ref": "Stage"}},
    });
    Some(Resource::new("PolicyParameter".to_owned(), "AWS::SSM::Parameter", &properties))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::fixed::{Architecture, settled};

    const POLICY: &str = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 3\nscale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n";

    fn rendered(document: &str, store: Store) -> Result<String, StackError> {
        let policy = tidegate_policy::document::parse(document).unwrap();
        template(&settled(Architecture::Arm64, store, Path::new("/code")), &policy, document, store)
    }

    /// The policy with a comment that makes it this long.
    fn of_length(bytes: usize) -> String {
        let comment = "#".repeat(bytes - POLICY.len() - 1);
        format!("{POLICY}{comment}\n")
    }

    #[test]
    fn a_policy_goes_into_what_holds_it_and_what_does_not_says_what_does() {
        for (bytes, store, mend) in [
            (4_096, Store::Standard, None),
            (4_097, Store::Standard, Some("STORE=advanced")),
            (8_192, Store::Standard, Some("STORE=advanced")),
            (8_193, Store::Standard, Some("STORE=package")),
            (8_192, Store::Advanced, None),
            (8_193, Store::Advanced, Some("STORE=package")),
            (80_000, Store::Package, None),
        ] {
            let result = rendered(&of_length(bytes), store);
            match mend {
                None => assert!(result.is_ok(), "{bytes} {store:?}: {result:?}"),
                Some(mend) => {
                    let said = result.unwrap_err().to_string();
                    assert!(said.contains(mend) && said.contains(&bytes.to_string()), "{said}");
                }
            }
        }
    }

    #[test]
    fn a_parameter_has_no_double_braces_and_a_package_may() {
        let document = format!("{POLICY}# Made from {{{{ a template }}}}.\n");
        let said = rendered(&document, Store::Standard).unwrap_err().to_string();
        assert!(said.starts_with("line 10 of the policy ") && said.contains("{{this}}"), "{said}");
        assert!(rendered(&document, Store::Advanced).is_err() && rendered(&document, Store::Package).is_ok());
        // Braces that close are no reference.
        assert!(rendered(&format!("{POLICY}# {{ a = {{ b = 1 }}}}\n"), Store::Standard).is_ok());
    }

    #[test]
    fn a_stack_has_as_many_resources_as_cloudformation_takes_and_no_more() {
        let of = |targets: usize| {
            let target = |nth: usize| POLICY.replace("\"api\"", &format!("\"api-{nth}\""));
            let document: String = (0..targets).map(target).collect();
            rendered(&document, Store::Package)
        };
        let most = (1..RESOURCES_A_STACK).take_while(|targets| of(*targets).is_ok()).last().unwrap();
        let resources = |text: &str| text.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
        let fullest = resources(&of(most).unwrap()) + binaries().len();
        let one_target = resources(&of(2).unwrap()) - resources(&of(1).unwrap());
        assert!(
            fullest <= RESOURCES_A_STACK && fullest + one_target > RESOURCES_A_STACK,
            "{most}: {fullest}"
        );
        assert!(
            matches!(of(most + 1), Err(StackError::TooMany { resources }) if resources > RESOURCES_A_STACK)
        );
    }

    /// A target has one output and several resources, so that the resources run out first.
    #[test]
    fn a_hundred_targets_of_replicas_fit_with_their_outputs() {
        let replicas = |nth: usize| {
            format!(
                "[[target]]\nname = \"db-{nth}\"\nkind = \"rds-replicas\"\nsource = \"db-{nth}\"\nengine = \"mysql\"\n\
                 reader = {{ zone = \"Z1\", name = \"db-{nth}.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 2\n\
                 scale_out = [\"primary cpu > 70% for 10m\"]\n"
            )
        };
        let text = rendered(&(0..100).map(replicas).collect::<String>(), Store::Package).unwrap();
        assert_eq!(outputs(&text), 14 + 100);
    }

    #[test]
    fn the_parameter_holds_the_policy_to_the_letter_and_a_package_has_none() {
        let text = rendered(POLICY, Store::Standard).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix("      Value: \"[[target]]"));
        let value: String = serde_json::from_str(&format!("\"[[target]]{}", value.unwrap())).unwrap();
        assert_eq!(value, POLICY);
        // Before a function reads of a new target, its role may touch it.
        assert!(text.contains("    DependsOn: [\"RdsReplicasPermissions1\",\"EcsCapacityPermissions1\","));
        assert!(text.contains("Tier: \"Standard\""));
        assert!(rendered(POLICY, Store::Advanced).unwrap().contains("Tier: \"Advanced\""));
        assert!(!rendered(POLICY, Store::Package).unwrap().contains("PolicyParameter"));
    }
}
