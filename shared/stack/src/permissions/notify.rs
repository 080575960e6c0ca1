//! What tells people: it reads the policy, the secrets of its channels and no others, and the ledger for the digest; it publishes on the stack's topics, and
//! writes its mailboxes.

use serde_json::json;
use tidegate_policy::policy::Policy;

use super::start::read_policy;
use super::statement::{Statement, arn};
use crate::resource::substituted;

/// All that `notify` may do by the policy.
pub(super) fn statements(policy: &Policy) -> Vec<Statement> {
    let ledger = json!({"Fn::GetAtt": ["Ledger", "Arn"]});
    let topics = ["CriticalTopic", "WarningTopic", "AmazonQTopic"].map(|topic| json!({"Ref": topic}));
    let mut statements = vec![
        read_policy(),
        Statement::allow("Publish", &["sns:Publish"]).on(topics),
        // What each channel was sent, in items of its own.
        Statement::allow("KeepMailboxes", &["dynamodb:GetItem", "dynamodb:PutItem"])
            .on([ledger.clone()])
            .when("ForAllValues:StringLike", "dynamodb:LeadingKeys", json!(["notify#*"]))
            .when_present("dynamodb:LeadingKeys"),
    ];
    let mut names: Vec<&str> =
        policy.notify.iter().filter_map(|notify| notify.secret.as_ref()).map(|name| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        let parameters: Vec<_> = names.iter().map(|name| arn("ssm", &format!("parameter{name}"))).collect();
        statements.push(Statement::allow("ReadSecrets", &["ssm:GetParameter"]).on(parameters.clone()));
        // A key of one's own asks IAM; SSM's own key does not. The context names the parameter (Systems Manager user guide, "How AWS Systems Manager
        // Parameter Store uses AWS KMS").
        statements.push(
            Statement::allow("DecryptSecrets", &["kms:Decrypt"])
                .on([arn("kms", "key/*")])
                .when("StringEquals", "kms:EncryptionContext:PARAMETER_ARN", parameters)
                .when("StringEquals", "kms:ViaService", substituted("ssm.${AWS::Region}.amazonaws.com")),
        );
    }
    if !policy.targets.is_empty() {
        statements.push(Statement::allow("ReadLedger", &["dynamodb:BatchGetItem"]).on([ledger]));
    }
    statements
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document::parse;

    use super::*;

    const TARGET: &str = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 3\nscale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n";

    #[test]
    fn it_reads_the_secrets_of_the_policy_and_no_others() {
        let channels = "[[notify]]\nchannel = \"slack\"\nsecret = \"ssm:/tidegate/production/slack\"\n[[notify]]\nchannel = \"amazon-q\"\n";
        let policy = parse(&format!("{TARGET}{channels}")).unwrap();
        let documents: Vec<_> = statements(&policy).iter().map(Statement::value).collect();
        let text = serde_json::to_string(&documents).unwrap();
        let secret =
            "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/tidegate/production/slack";
        assert_eq!(text.matches(secret).count(), 2, "{text}");
        let sids: Vec<_> =
            documents.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect();
        assert_eq!(
            sids,
            ["ReadPolicy", "Publish", "KeepMailboxes", "ReadSecrets", "DecryptSecrets", "ReadLedger"]
        );
    }

    #[test]
    fn without_channels_it_reads_no_secret_and_decrypts_nothing() {
        let documents: Vec<_> = statements(&parse(TARGET).unwrap()).iter().map(Statement::value).collect();
        let text = serde_json::to_string(&documents).unwrap();
        assert!(!text.contains("kms:") && text.matches("ssm:GetParameter").count() == 1, "{text}");
    }
}
