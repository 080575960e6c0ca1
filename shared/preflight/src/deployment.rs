//! What is asked about: a policy in a stage, its settings, and whether a person leaves replicas to nobody knowingly.

use std::path::Path;

use tidegate_policy::names::Stage;
use tidegate_stack::fixed::TEMPLATE;

use crate::policy_file::PolicyFile;
use crate::settings;
use crate::sheet::Sheet;
use crate::stack::Verb;

/// One deployment, or its removal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'a> {
    /// The policy as this stage follows it.
    pub(crate) policy: &'a PolicyFile,
    /// One stack each.
    pub(crate) stage: &'a Stage,
    /// The file with the settings of the stages; without one they are not looked at.
    pub(crate) settings: Option<&'a Path>,
    /// Replicas may be left to nobody.
    pub(crate) keep: bool,
}

impl Deployment<'_> {
    /// Says what the settings keep.
    pub(crate) fn judge_settings(&self, verb: Verb, sheet: &mut Sheet) {
        if let Some(path) = self.settings {
            settings::judge(path, verb, self.stage, TEMPLATE, sheet);
        }
    }
}
