//! One statement of a policy document, and ARNs of the deployment's own account and Region.

use serde_json::{Map, Value, json};

use super::size;
use crate::resource::{literal, substituted};

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    /// What it is for: letters and digits.
    pub(super) sid: String,
    effect: &'static str,
    /// `Action`, or `NotAction` for all others than these.
    key: &'static str,
    actions: Vec<&'static str>,
    resources: Vec<Value>,
    condition: Map<String, Value>,
}

impl Statement {
    /// Allows these actions on the resources that are added.
    pub(super) fn allow(sid: &str, actions: &[&'static str]) -> Self {
        Self::new(sid, "Allow", "Action", actions)
    }

    /// Denies these actions, whatever else allows them.
    pub(super) fn deny(sid: &str, actions: &[&'static str]) -> Self {
        Self::new(sid, "Deny", "Action", actions)
    }

    /// Denies every action but these, whatever else allows it.
    pub(super) fn deny_all_but(sid: &str, actions: &[&'static str]) -> Self {
        Self::new(sid, "Deny", "NotAction", actions)
    }

    fn new(sid: &str, effect: &'static str, key: &'static str, actions: &[&'static str]) -> Self {
        let (sid, actions) = (sid.to_owned(), actions.to_vec());
        Self { sid, effect, key, actions, resources: Vec::new(), condition: Map::new() }
    }

    /// On these resources too.
    pub(super) fn on(mut self, resources: impl IntoIterator<Item = Value>) -> Self {
        self.resources.extend(resources);
        self
    }

    /// On anything: for actions that know no resource.
    pub(super) fn anywhere(self) -> Self {
        self.on([json!("*")])
    }

    /// Only when `operator` holds of `key` and `value`. All conditions have to hold.
    pub(super) fn when(mut self, operator: &str, key: &str, value: impl Into<Value>) -> Self {
        let keys = self.condition.entry(operator).or_insert_with(|| json!({}));
        if let Value::Object(keys) = keys {
            keys.insert(key.to_owned(), value.into());
        }
        self
    }

    /// Only when the request has this key: `ForAllValues` holds of none.
    pub(super) fn when_present(self, key: &str) -> Self {
        self.when("Null", key, "false")
    }

    /// Only when the request does not have this key.
    pub(super) fn when_absent(self, key: &str) -> Self {
        self.when("Null", key, "true")
    }

    /// As it stands in a document.
    pub(super) fn value(&self) -> Value {
        let mut value = json!({
            "Sid": self.sid,
            "Effect": self.effect,
            self.key: self.actions,
            "Resource": self.resources,
        });
        if !self.condition.is_empty() {
            value["Condition"] = Value::Object(self.condition.clone());
        }
        value
    }
}

/// As few statements about all of `things` as fit managed policies, in order; `build` makes one about some of them.
pub(super) fn as_few_as_fit<T>(things: &[T], build: impl Fn(&[T]) -> Statement) -> Vec<Statement> {
    let mut parts: Vec<&[T]> = Vec::new();
    let mut rest = things;
    while !rest.is_empty() {
        let fits = |taken: usize| size::fits_alone(&build(&rest[..taken]).value());
        // One that is too long by itself is found where statements are put into documents.
        let most = (1..=rest.len()).take_while(|taken| *taken == 1 || fits(*taken)).last().unwrap_or(1);
        let (part, left) = rest.split_at(most);
        parts.push(part);
        rest = left;
    }
    parts.into_iter().map(build).collect()
}

/// The ARN of a thing of this account in this Region: `arn:aws:rds:eu-west-1:123456789012:db:orders` of `rds` and `db:orders`.
pub(super) fn arn(service: &str, thing: &str) -> Value {
    let thing = literal(thing);
    substituted(&format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{thing}"))
}

/// The ARN of a thing of Route 53, which knows no Region, and names no account.
pub(super) fn route53_arn(thing: &str) -> Value {
    let thing = literal(thing);
    substituted(&format!("arn:${{AWS::Partition}}:route53:::{thing}"))
}
