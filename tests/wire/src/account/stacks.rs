//! Stacks: what a deployment leaves in the account.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Account;
use crate::form::{self, CLOUDFORMATION};
use crate::stand_ins::ministack;

/// One resource, as few as a stack may have.
const TEMPLATE: &str = "{\"Resources\":{\"Topic\":{\"Type\":\"AWS::SNS::Topic\"}}}";
/// How long a stack of one resource may take to be made.
const PATIENCE: Duration = Duration::from_secs(20);

impl Account {
    /// A stack with the tag of this stage, once it is complete.
    ///
    /// # Panics
    /// When it is not made in time.
    pub fn make_stack(&self, stage: &str) {
        let name = format!("tidegate-{stage}");
        let ask = |action: &str, fields: &[(&str, &str)]| {
            let fields = [&[("StackName", name.as_str())], fields].concat();
            form::ask(CLOUDFORMATION, ministack(), self.key(), action, &fields)
        };
        let tag = [("Tags.member.1.Key", "tidegate:stage"), ("Tags.member.1.Value", stage)];
        ask("CreateStack", &[&tag[..], &[("TemplateBody", TEMPLATE)]].concat()).expect("a stack can be made");
        let begun = Instant::now();
        let status = || {
            let answer = ask("DescribeStacks", &[]).ok()?;
            let stack = answer.get_child("DescribeStacksResult")?.get_child("Stacks")?.get_child("member")?;
            Some(stack.get_child("StackStatus")?.get_text()?.into_owned())
        };
        while status().as_deref() != Some("CREATE_COMPLETE") {
            assert!(begun.elapsed() < PATIENCE, "the stack {name} is {:?}", status());
            sleep(Duration::from_millis(50));
        }
    }
}
