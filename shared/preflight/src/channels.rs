//! Whether the secrets of the channels are there: an alert that meets a missing one at night reaches nobody.

use tidegate_aws::access::Caller;
use tidegate_aws::reach::secure_strings;
use tidegate_policy::names::ParameterName;
use tidegate_policy::policy::Policy;

use crate::aws::Aws;
use crate::sheet::{Sheet, counted};
use crate::words;

/// Looks whether each parameter is there that the channels of the policy name. No secret is read.
pub(crate) async fn secrets(aws: &Aws, policy: &Policy, caller: &Caller, sheet: &mut Sheet) {
    const ABOUT: &str = "the channels";
    if policy.notify.is_empty() {
        let said = "the policy has no [[notify]]: alerts reach the stack's topics alone, and whoever subscribes to them";
        sheet.note(ABOUT, said);
        return;
    }
    let mut names: Vec<&ParameterName> =
        policy.notify.iter().filter_map(|notify| notify.secret.as_ref()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let found = match secure_strings(&aws.clients, &names).await {
        Ok(found) => found,
        Err(failure) => {
            let said = words::of_failure(&failure, caller);
            sheet.stop(ABOUT, format!("whether their secrets are there cannot be asked: {said}"));
            return;
        }
    };
    for name in &names {
        let write = format!("aws ssm put-parameter --type SecureString --name {name} --value SECRET");
        match found.get(*name) {
            Some(true) => {}
            Some(false) => {
                let why = "it is no SecureString, so that whoever may read parameters reads the secret";
                sheet.stop(name.as_str(), format!("{why}: delete it, and write it again with `{write}`"));
            }
            None => {
                let why = format!(
                    "there is no such parameter in {}, and a channel of the policy needs it",
                    caller.region
                );
                sheet.stop(name.as_str(), format!("{why}: `{write}`"));
            }
        }
    }
    if names.iter().all(|name| found.get(*name) == Some(&true)) {
        let there = counted(names.len(), "secret");
        sheet.checked(
            ABOUT,
            format!("{there} there; once notify is deployed, invoke it with {{\"test\": true}}"),
        );
    }
}
