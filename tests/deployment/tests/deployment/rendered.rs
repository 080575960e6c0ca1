//! A rendered template as a test reads it: the values of one deployment in it, and the documents of its roles.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use tidegate_deployment::deploy::deployer;
use tidegate_policy::document::parse;
use tidegate_policy::policy::Policy;
use tidegate_stack::permissions;
use tidegate_stack::stack::{Store, template};
use tidegate_wire::stand_ins::built;

/// The account of the deployment.
pub(crate) const ACCOUNT: &str = "123456789012";
/// Its Region.
pub(crate) const REGION: &str = "eu-west-1";
/// Its stack.
pub(crate) const STACK: &str = "tidegate-production";
/// Of this stage.
pub(crate) const STAGE: &str = "production";

/// The template of a policy, with every condition true.
pub(crate) struct Rendered {
    resources: Map<String, Value>,
}

impl Rendered {
    /// The template of the policy that `document` is.
    pub(crate) fn of(document: &str) -> Self {
        let text = template(&fixed(), &policy(document), document, Store::Package);
        Self { resources: resources(&text.expect("the policy can be deployed")) }
    }

    /// The fixed template and the permissions alone, of a policy with more targets than a stack has room for their alarms.
    pub(crate) fn permissions_of(document: &str) -> Self {
        let mut resources = resources(&fixed());
        for one in permissions::resources(&policy(document)).expect("they fit") {
            resources
                .insert(one.logical_id, json!({"Type": one.resource_type, "Properties": one.properties}));
        }
        Self { resources }
    }

    /// A resource's properties as the template writes them.
    pub(crate) fn written(&self, id: &str) -> &Value {
        &self.resources[id]["Properties"]
    }

    /// Every resource of a type, by its id.
    pub(crate) fn all_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let of_kind = self.resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
        of_kind.map(|(id, _)| id.as_str())
    }

    /// All documents that say what a role may do, by a name of their own.
    pub(crate) fn of_role(&self, role: &str) -> BTreeMap<String, Value> {
        let documents = self.documents().into_iter();
        documents.filter(|(name, _)| name.starts_with(&format!("{role}/"))).collect()
    }

    /// Those that follow from the policy.
    pub(crate) fn attached_to(&self, role: &str) -> BTreeMap<String, Value> {
        let all = self.of_role(role).into_iter();
        all.filter(|(name, _)| name.contains("/attached ")).collect()
    }

    /// The documents of every role: `ROLE/inline NAME` and `ROLE/attached NAME`.
    pub(crate) fn documents(&self) -> BTreeMap<String, Value> {
        let mut documents = BTreeMap::new();
        for (id, resource) in &self.resources {
            let properties = &resource["Properties"];
            match resource["Type"].as_str() {
                Some("AWS::IAM::Role") => {
                    for policy in properties["Policies"].as_array().into_iter().flatten() {
                        let name = policy["PolicyName"].as_str().expect("a policy has a name");
                        documents
                            .insert(format!("{id}/inline {name}"), self.resolved(&policy["PolicyDocument"]));
                    }
                }
                Some("AWS::IAM::ManagedPolicy") => {
                    for role in properties["Roles"].as_array().expect("it is attached") {
                        let role = role["Ref"].as_str().expect("to a role of the template");
                        assert_eq!(self.resources[role]["Type"], "AWS::IAM::Role", "{role}");
                        documents.insert(
                            format!("{role}/attached {id}"),
                            self.resolved(&properties["PolicyDocument"]),
                        );
                    }
                }
                _ => {}
            }
        }
        documents
    }

    /// What CloudFormation makes of a value.
    pub(crate) fn resolved(&self, value: &Value) -> Value {
        self.some(value).expect("a document is a value")
    }

    /// `None` for `AWS::NoValue`.
    fn some(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.some(item)).collect()),
            Value::Object(fields) if fields.len() == 1 => {
                let (name, argument) = fields.iter().next().expect("it has one");
                match (name.as_str(), argument) {
                    ("Ref", Value::String(id)) => self.reference(id),
                    ("Fn::Sub", Value::String(text)) => Some(Value::String(self.substituted(text))),
                    ("Fn::GetAtt", Value::Array(path)) => {
                        assert_eq!(path[1], "Arn", "{path:?}");
                        Some(self.arn(path[0].as_str().expect("the id of a resource")))
                    }
                    ("Fn::If", Value::Array(branches)) => self.some(&branches[1]),
                    _ => Some(self.fields(fields)),
                }
            }
            Value::Object(fields) => Some(self.fields(fields)),
            plain => Some(plain.clone()),
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Value {
        let some = |(name, value): (&String, &Value)| Some((name.clone(), self.some(value)?));
        Value::Object(fields.iter().filter_map(some).collect())
    }

    fn reference(&self, id: &str) -> Option<Value> {
        if self.resources.get(id).is_some_and(|resource| resource["Type"] == "AWS::SNS::Topic") {
            return Some(json!(format!("arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-{id}-1ABC")));
        }
        (id != "AWS::NoValue")
            .then(|| Value::from(known(id).unwrap_or_else(|| panic!("!Ref {id} is not known here"))))
    }

    fn substituted(&self, text: &str) -> String {
        let mut parts = text.split("${");
        let mut written = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').expect("a closing brace");
            match name.strip_prefix('!') {
                Some(literal) => written.push_str(&format!("${{{literal}}}")),
                None => {
                    written.push_str(&known(name).unwrap_or_else(|| panic!("${{{name}}} is not known here")))
                }
            }
            written.push_str(rest);
        }
        written
    }

    fn arn(&self, id: &str) -> Value {
        let thing = match self.resources[id]["Type"].as_str() {
            Some("AWS::DynamoDB::Table") => format!("dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-{id}-1ABC"),
            Some("AWS::Events::EventBus") => {
                format!("events:{REGION}:{ACCOUNT}:event-bus/{STACK}-{}", id.to_lowercase())
            }
            Some("AWS::SQS::Queue") => format!("sqs:{REGION}:{ACCOUNT}:{STACK}-{id}-1ABC"),
            Some("AWS::Serverless::Function") => format!("lambda:{REGION}:{ACCOUNT}:function:{STACK}-{id}"),
            other => panic!("the ARN of {id}, which is {other:?}, is not known here"),
        };
        json!(format!("arn:aws:{thing}"))
    }
}

fn fixed() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    std::fs::read_to_string(path).expect("the template is there")
}

fn policy(document: &str) -> Policy {
    parse(document).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn resources(text: &str) -> Map<String, Value> {
    read(text)["Resources"].as_object().expect("a template has resources").clone()
}

fn known(name: &str) -> Option<String> {
    Some(match name {
        "AWS::Partition" => "aws".to_owned(),
        "AWS::Region" => REGION.to_owned(),
        "AWS::AccountId" => ACCOUNT.to_owned(),
        "AWS::StackName" => STACK.to_owned(),
        "Stage" => STAGE.to_owned(),
        "TableKey" => format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        _ => return None,
    })
}

/// YAML with CloudFormation's tags, read by what deploys.
fn read(text: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/read_template.py");
    let mut python = Command::new(deployer("python"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = python.stdin.take().expect("its input is a pipe");
    input.write_all(text.as_bytes()).expect("it reads the template");
    drop(input);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the template is no YAML");
    serde_json::from_slice(&output.stdout).expect("it writes JSON")
}

/// Where cargo built this test: `target`, whatever it is called.
pub(crate) fn target_folder() -> PathBuf {
    built().parent().expect("a profile's folder lies in the target folder").to_path_buf()
}
