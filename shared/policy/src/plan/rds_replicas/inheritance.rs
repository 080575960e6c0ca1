//! What a new replica takes of its source's settings, and what a person should know of the rest before it is needed.

use super::ladder;
use super::scene::{Draft, Scene};
use crate::evaluate::rds_replicas::roster::Member;
use crate::names::InstanceClass;
use crate::observation::{Settings, Source};
use crate::policy::Engine;
use crate::reason::{Explanation, Reason};

/// The source's settings, without those that RDS refuses for `class`.
pub(super) fn settings(source: &Source, class: &InstanceClass) -> Settings {
    let mut settings = source.settings.clone();
    if !has_insights(source.engine, class) {
        settings.insights = None;
    }
    if *class != source.class {
        settings.processor_features.clear();
    }
    settings
}

/// Whether RDS offers Performance Insights (RDS user guide, "DB engine, Region, and instance class support"): MySQL and MariaDB have none
/// on their smallest classes, and a creation that asks for it is refused.
fn has_insights(engine: Engine, class: &InstanceClass) -> bool {
    let small = [".micro", ".small"].iter().any(|size| class.as_str().ends_with(size));
    !(small && matches!(engine, Engine::MySql | Engine::MariaDb))
}

/// Says what new replicas will not have as the source has it, and which replicas clients cannot log in to as they do at the source.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    let Some(source) = &scene.observation.source else { return };
    let id = &source.id;
    for setting in &source.not_copied {
        draft.note(Reason::SettingNotCopied, format!("new replicas of {id}: {setting}"));
    }
    let without = |class: &&&InstanceClass| !has_insights(source.engine, class);
    if source.settings.insights.is_some()
        && let Some(class) = ladder::classes(scene.rds, source).iter().find(without)
    {
        let detail = format!(
            "new replicas of {id}: Performance Insights is not asked for, since RDS has none on {class} of {}",
            source.engine.name()
        );
        draft.note(Reason::SettingNotCopied, detail);
    }
    let missing = missing_tags(scene, source);
    if !missing.is_empty() {
        let detail = format!(
            "new replicas of {id} do not have its tags {}: write those that they need into `tags` of the policy",
            missing.join(", ")
        );
        draft.note(Reason::SettingNotCopied, detail);
    }
    let ours = scene.roster.members.iter().filter(|member| member.stays());
    for member in ours.filter(|member| logs_in_otherwise(member.replica.iam_authentication, source)) {
        let detail = format!(
            "{}: {}",
            member.id(),
            otherwise(member.replica.iam_authentication, member.weight().is_positive())
        );
        draft.alert(
            format!("the IAM authentication of {}", member.id()),
            Reason::AuthenticationDiffers,
            detail,
        );
    }
}

/// Nobody is sent to a replica where the login of the source is refused. One that answers keeps its way up: whoever changed the source's
/// setting may not have come to the replicas yet, and a smaller share of the answers would help nobody.
pub(super) fn same_login(member: &Member<'_>, scene: &Scene<'_>) -> Result<(), Explanation> {
    let Some(source) = &scene.observation.source else { return Ok(()) };
    let replica = member.replica.iam_authentication;
    if !logs_in_otherwise(replica, source) {
        return Ok(());
    }
    let word = |on| if on { "on" } else { "off" };
    let detail = format!(
        "IAM authentication of {} is {}, of its source {}: it does not join until they agree",
        member.id(),
        word(replica),
        word(source.settings.iam_authentication)
    );
    Err(Explanation::new(Reason::AwaitAuthentication, detail))
}

/// Whether IAM tokens are good for one of the two and not for the other.
fn logs_in_otherwise(replica: bool, source: &Source) -> bool {
    replica != source.settings.iam_authentication
}

fn otherwise(replica: bool, answers: bool) -> String {
    let (has, lacks) = if replica { ("on", "off") } else { ("off", "on") };
    let reads = if answers {
        "it goes on taking reads, and clients may be refused there"
    } else {
        "it takes no reads until they agree"
    };
    format!(
        "IAM authentication is {has}, and {lacks} at its source: {reads}; modify the one that is wrong, with --apply-immediately"
    )
}

/// The keys of the source's tags that the policy does not have, in order; those of AWS are nobody's to set.
fn missing_tags<'a>(scene: &Scene<'_>, source: &'a Source) -> Vec<&'a str> {
    let keys = source.tags.keys().map(String::as_str);
    let own = |key: &str| ["aws:", "rds:", "tidegate:"].iter().any(|own| key.starts_with(own));
    keys.filter(|key| !own(key) && !scene.rds.tags.contains_key(*key)).collect()
}
