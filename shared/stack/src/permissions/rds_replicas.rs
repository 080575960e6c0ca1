//! Read replicas: made and deleted under a target's prefix and tags, and the CNAME records of its reader name.
//!
//! What tags cannot tell apart: a foreign instance whose name is a prefix of ours and exactly ten characters more, and that has no owner
//! tag, may be tagged as ours by this role, and then deleted. RDS asks for `rds:AddTagsToResource` at creation and has no condition key that
//! tells a new instance from an existing one. The function itself never tags what exists, and deletes only what replicates the source.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_policy::names::{DnsName, InstanceId, ZoneId};
use tidegate_policy::ownership::{DECISION_TAG, HOLD_TAG, OWNER_TAG, PIN_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::HASH_DIGITS;
use tidegate_policy::policy::{Policy, RdsReplicas, Target};

use super::pairing::Pairing;
use super::start::read_all;
use super::statement::{Statement, arn, as_few_as_fit, route53_arn};
use crate::function::Function;
use crate::resource::substituted;

const CREATE: &str = "rds:CreateDBInstanceReadReplica";
const DESCRIBE: &str = "rds:DescribeDBInstances";
const ADD_TAGS: &str = "rds:AddTagsToResource";
const DELETE: &str = "rds:DeleteDBInstance";

const VIA: &str = "kms:ViaService";
const CHANGED_NAMES: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
const CHANGED_TYPES: &str = "route53:ChangeResourceRecordSetsRecordTypes";
const CHANGED_HOW: &str = "route53:ChangeResourceRecordSetsActions";

/// A target of this kind.
#[derive(Clone, Copy)]
struct Owned<'a> {
    target: &'a Target,
    kind: &'a RdsReplicas,
}

pub(super) fn statements(function: Function, policy: &Policy, pairing: Pairing) -> Vec<Statement> {
    let targets: Vec<_> = function.targets(policy).filter_map(of_kind).collect();
    if targets.is_empty() {
        return Vec::new();
    }
    let sources: Vec<_> =
        targets.iter().map(|owned| &owned.kind.source).collect::<BTreeSet<_>>().into_iter().collect();
    let mut statements = vec![
        read_all("ReadInstances", DESCRIBE, "rds", "db:*"),
        read_all("ReadDeployments", "rds:DescribeBlueGreenDeployments", "rds", "deployment:*"),
        read_all("ReadParameters", "rds:DescribeDBParameters", "rds", "pg:*"),
    ];
    statements.extend(copied(&sources));
    statements.extend(keys());
    statements.extend(about(&targets, pairing, created));
    statements.extend(about(&targets, pairing, deleted));
    statements.extend(tagged(&targets));
    // A person's word against every deletion.
    statements.push(Statement::deny("KeepPinned", &[DELETE]).anywhere().when_present(&resource_tag(PIN_TAG)));
    statements.push(Statement::deny("KeepHeld", &[DELETE]).anywhere().when_present(&resource_tag(HOLD_TAG)));
    // The databases themselves: nothing but to be copied and looked at, whatever their tags say, and whatever else is attached to the role.
    statements.extend(as_few_as_fit(&sources, |sources| {
        Statement::deny_all_but("ProtectSources", &[CREATE, DESCRIBE]).on(instances(sources))
    }));
    statements.extend(records(&targets));
    statements
}

fn of_kind(target: &Target) -> Option<Owned<'_>> {
    Some(Owned { target, kind: target.kind.rds_replicas()? })
}

/// One kind of statement about all targets.
fn about(
    targets: &[Owned<'_>],
    pairing: Pairing,
    build: impl Fn(&[Owned<'_>]) -> Statement,
) -> Vec<Statement> {
    match pairing {
        Pairing::Exact => targets.chunks(1).map(build).collect(),
        Pairing::Shared => {
            let mut of_owner: BTreeMap<&str, Vec<Owned<'_>>> = BTreeMap::new();
            for owned in targets {
                of_owner.entry(&owned.kind.owner).or_default().push(*owned);
            }
            of_owner.values().flat_map(|owned| as_few_as_fit(owned, &build)).collect()
        }
    }
}

/// What a creation needs besides the new instance: the source, and what the new one takes from it, whose names the policy does not know.
/// Without a name and tags that [`created`] allows no creation succeeds, since RDS asks about each of them.
fn copied(sources: &[&InstanceId]) -> Vec<Statement> {
    let groups = ["og:*", "pg:*", "subgrp:*"].map(|groups| arn("rds", groups));
    let mut statements = vec![Statement::allow("UseGroups", &[CREATE]).on(groups)];
    statements.extend(as_few_as_fit(sources, |sources| {
        Statement::allow("CopySources", &[CREATE]).on(instances(sources))
    }));
    statements
}

/// A replica of an encrypted source is encrypted with the same key, whose ARN the policy does not know. RDS uses the key for the function, and
/// asks it for both ("AWS KMS key management", RDS user guide: "Authorizing use of a customer managed key"). Only RDS of this Region is let
/// do so, and only with a grant for a thing of its own.
fn keys() -> Vec<Statement> {
    let key = || arn("kms", "key/*");
    let rds = || substituted("rds.${AWS::Region}.amazonaws.com");
    vec![
        Statement::allow("SeeKeys", &["kms:DescribeKey"]).on([key()]).when("StringEquals", VIA, rds()),
        Statement::allow("GrantKeys", &["kms:CreateGrant"])
            .on([key()])
            .when("StringEquals", VIA, rds())
            .when("Bool", "kms:GrantIsForAWSResource", "true"),
    ]
}

/// New instances: their names, and the tags that they are born with.
fn created(targets: &[Owned<'_>]) -> Statement {
    Statement::allow("CreateReplicas", &[CREATE, ADD_TAGS])
        .on(replicas(targets))
        .when("StringEquals", &request_tag(OWNER_TAG), owner(targets))
        .when("StringEquals", &request_tag(STAGE_TAG), stage())
        .when("StringEquals", &request_tag(TARGET_TAG), names(targets))
}

/// What has the name and the tags.
fn deleted(targets: &[Owned<'_>]) -> Statement {
    Statement::allow("DeleteReplicas", &[DELETE])
        .on(replicas(targets))
        .when("StringEquals", &resource_tag(OWNER_TAG), owner(targets))
        .when("StringEquals", &resource_tag(STAGE_TAG), stage())
        .when("StringEquals", &resource_tag(TARGET_TAG), names(targets))
}

/// `rds:AddTagsToResource` is there for creations, and good for any instance of the right name: what is tagged as another's stays another's,
/// and no other tag is set.
fn tagged(targets: &[Owned<'_>]) -> Vec<Statement> {
    let owners: BTreeSet<_> = targets.iter().map(|owned| owned.kind.owner.as_str()).collect();
    let deny = |sid| Statement::deny(sid, &[ADD_TAGS]).anywhere();
    // Tidegate's, and the policies' own: one list, since a statement is about any of the role's targets.
    let policies: BTreeSet<_> = targets.iter().flat_map(|owned| owned.kind.tags.keys()).collect();
    let keys = [OWNER_TAG, STAGE_TAG, TARGET_TAG, DECISION_TAG].into_iter();
    let keys: Vec<_> = keys.chain(policies.into_iter().map(String::as_str)).collect();
    vec![
        deny("SetOwnTagsOnly").when("ForAnyValue:StringNotEquals", "aws:TagKeys", keys),
        deny("KeepOwners").when_present(&resource_tag(OWNER_TAG)).when(
            "StringNotEquals",
            &resource_tag(OWNER_TAG),
            owners.into_iter().collect::<Vec<_>>(),
        ),
        deny("KeepStages").when_present(&resource_tag(STAGE_TAG)).when(
            "StringNotEquals",
            &resource_tag(STAGE_TAG),
            stage(),
        ),
        // In one list, since what is not on one part of it may be on another.
        deny("KeepTargets").when_present(&resource_tag(TARGET_TAG)).when(
            "StringNotEquals",
            &resource_tag(TARGET_TAG),
            names(targets),
        ),
    ]
}

/// The records of the reader names, and what is needed to see them.
fn records(targets: &[Owned<'_>]) -> Vec<Statement> {
    let mut names: BTreeMap<&ZoneId, BTreeSet<&DnsName>> = BTreeMap::new();
    for owned in targets {
        names.entry(&owned.kind.reader.zone).or_default().insert(&owned.kind.reader.name);
    }
    let zone = |zone: &ZoneId| route53_arn(&format!("hostedzone/{zone}"));
    let zones: Vec<_> = names.keys().copied().collect();
    let mut statements = as_few_as_fit(&zones, |zones| {
        let reads = ["route53:GetHostedZone", "route53:ListResourceRecordSets"];
        Statement::allow("ReadZones", &reads).on(zones.iter().map(|id| zone(id)))
    });
    statements.push(Statement::allow("ReadChanges", &["route53:GetChange"]).on([route53_arn("change/*")]));
    for (id, names) in names {
        let names: Vec<_> = names.into_iter().collect();
        // A batch is about one name, so the names of a zone may be in several statements.
        statements.extend(as_few_as_fit(&names, |names| {
            Statement::allow("ChangeRecords", &["route53:ChangeResourceRecordSets"])
                .on([zone(id)])
                .when(
                    "ForAllValues:StringEquals",
                    CHANGED_NAMES,
                    names.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
                )
                .when("ForAllValues:StringEquals", CHANGED_TYPES, vec!["CNAME"])
                .when("ForAllValues:StringEquals", CHANGED_HOW, vec!["CREATE", "DELETE"])
                .when_present(CHANGED_NAMES)
                .when_present(CHANGED_TYPES)
                .when_present(CHANGED_HOW)
        }));
    }
    statements
}

fn instances<'a>(ids: &'a [&InstanceId]) -> impl Iterator<Item = Value> + 'a {
    ids.iter().map(|id| arn("rds", &format!("db:{id}")))
}

/// The names of the targets' replicas: each `?` is one character, so that `tg-a-` has no name of `tg-a-b-`, nor a name that a person gave.
fn replicas<'a>(targets: &'a [Owned<'_>]) -> impl Iterator<Item = Value> + 'a {
    let digits = "?".repeat(HASH_DIGITS);
    targets.iter().map(move |owned| arn("rds", &format!("db:{}{digits}", owned.kind.prefix)))
}

/// Targets that share a statement have one owner.
fn owner(targets: &[Owned<'_>]) -> Value {
    targets.first().map_or(Value::Null, |owned| owned.kind.owner.as_str().into())
}

/// What the deployment's replicas carry: the parameter of the template, which a policy does not know.
fn stage() -> Value {
    substituted("${Stage}")
}

fn names(targets: &[Owned<'_>]) -> Vec<String> {
    targets.iter().map(|owned| owned.target.name.to_string()).collect()
}

fn request_tag(key: &str) -> String {
    format!("aws:RequestTag/{key}")
}

fn resource_tag(key: &str) -> String {
    format!("aws:ResourceTag/{key}")
}
