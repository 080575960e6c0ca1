//! One resource of a template, and the intrinsic functions that its properties use.

use serde_json::{Value, json};

/// A resource, as it stands under `Resources`.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Letters and digits, unique in the template.
    pub logical_id: String,
    /// As `AWS::CloudWatch::Alarm`.
    pub resource_type: &'static str,
    /// The condition of the template under which it is made; without one always.
    pub condition: Option<&'static str>,
    /// The resources that must be there first, beside those that it refers to.
    pub after: Vec<String>,
    /// Its properties.
    pub properties: Value,
}

impl Resource {
    /// A resource whose properties stand in the order of their names, whatever serde_json was built with: the same policy gives the same
    /// template, and so an empty change set.
    pub fn new(logical_id: String, resource_type: &'static str, properties: &Value) -> Self {
        Self {
            logical_id,
            resource_type,
            condition: None,
            after: Vec::new(),
            properties: in_order(properties),
        }
    }

    /// The same, made only under this condition of the template.
    #[must_use]
    pub fn under(self, condition: Option<&'static str>) -> Self {
        Self { condition, ..self }
    }

    /// The same, made only once these are there.
    #[must_use]
    pub fn after(self, after: Vec<String>) -> Self {
        Self { after, ..self }
    }

    /// Its lines, indented as the template's own resources are: one a property, whose value is JSON, which is YAML.
    ///
    /// Not one a value: a hundred targets would be up to twice as long, and CloudFormation takes a megabyte.
    pub fn lines(&self) -> String {
        let condition = self.condition.map(|name| format!("    Condition: {name}\n")).unwrap_or_default();
        let mut lines =
            format!("  {}:\n    Type: {}\n{condition}    Properties:\n", self.logical_id, self.resource_type);
        if !self.after.is_empty() {
            lines = lines.replace(
                "    Properties:\n",
                &format!("    DependsOn: {}\n    Properties:\n", json!(self.after)),
            );
        }
        for (name, value) in self.properties.as_object().into_iter().flatten() {
            lines.push_str(&format!("      {name}: {value}\n"));
        }
        lines
    }
}

/// The same with the keys of every object in their order.
pub fn in_order(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: std::collections::BTreeMap<_, _> = fields.iter().collect();
            sorted.into_iter().map(|(key, value)| (key.clone(), in_order(value))).collect()
        }
        Value::Array(values) => values.iter().map(in_order).collect(),
        other => other.clone(),
    }
}

/// The tags of everything that can carry them.
pub fn tags() -> Value {
    json!([{"Key": "tidegate:stage", "Value": reference("Stage")}])
}

/// `!Ref`.
pub fn reference(logical_id: &str) -> Value {
    json!({"Ref": logical_id})
}

/// `!Sub`, with `${AWS::Region}` and the like.
pub fn substituted(text: &str) -> Value {
    json!({"Fn::Sub": text})
}

/// Text that `!Sub` leaves as it is.
pub fn literal(text: &str) -> String {
    text.replace("${", "${!")
}

/// A logical id from words: letters and digits only, each word with a capital. `orders-readers` is `OrdersReaders`.
///
/// Two names may become one; add [`distinct`] where that matters.
pub fn logical_id(words: &str) -> String {
    let words = words.split(|letter: char| !letter.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    words.map(capital).collect()
}

/// `name`, with a number behind it if it is taken; then it is taken too.
pub fn distinct(name: String, taken: &mut std::collections::BTreeSet<String>) -> String {
    let mut candidate = name.clone();
    let mut nth = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}{nth}");
        nth += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_written_as_the_template_is() {
        let properties = json!({"Threshold": 90, "Tags": [{"Value": "b", "Key": "a"}]});
        let resource = Resource::new("OrdersCpu".to_owned(), "AWS::CloudWatch::Alarm", &properties);
        let resource = resource.under(Some("HasAlarms"));
        let lines = "  OrdersCpu:\n    Type: AWS::CloudWatch::Alarm\n    Condition: HasAlarms\n    Properties:\n      Tags: [{\"Key\":\"a\",\"Value\":\"b\"}]\n      Threshold: 90\n";
        assert_eq!(resource.lines(), lines);
    }

    #[test]
    fn names_become_logical_ids() {
        assert_eq!(logical_id("orders-readers"), "OrdersReaders");
        assert_eq!(logical_id("a.b_c 9"), "ABC9");
        let mut taken = std::collections::BTreeSet::new();
        assert_eq!(distinct("A".to_owned(), &mut taken), "A");
        assert_eq!(distinct("A".to_owned(), &mut taken), "A2");
        assert_eq!(distinct("A".to_owned(), &mut taken), "A3");
    }
}
