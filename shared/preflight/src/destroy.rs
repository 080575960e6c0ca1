//! Before a stack is removed: replicas that Tidegate made would go on serving and being billed, and nobody would scale or drain them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidegate_aws::access::Caller;
use tidegate_aws::fleet::AwsFleet;
use tidegate_policy::history::History;
use tidegate_policy::names::{InstanceId, Stage, TargetName};
use tidegate_policy::observation::{Observation, Standing, WeightedRecord};
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::policy::{Policy, RdsReplicas, Target, TargetKind};
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use crate::aws::Aws;
use crate::deploy::enter;
use crate::deployment::Deployment;
use crate::made::{Made, Whose, made, of_source, strayed, take_up};
use crate::region::Resolve;
use crate::sheet::{Sheet, counted};
use crate::stack::{self, Verb};
use crate::words;

/// Looks at the stack, and for replicas of ours.
pub(crate) async fn destroy(
    aws: &Aws,
    deployment: &Deployment<'_>,
    resolve: Resolve<'_>,
    now: Timestamp,
) -> Sheet {
    let Deployment { policy, stage, keep, .. } = *deployment;
    let mut sheet = Sheet::new(format!("destroy {stage}"));
    deployment.judge_settings(Verb::Destroy, &mut sheet);
    if let Some(caller) = enter(aws, Verb::Destroy, stage, resolve, &mut sheet).await {
        stack::look(aws, Verb::Destroy, stage, &caller, &mut sheet).await;
        look(aws, &policy.policy, &caller, stage, keep, now, &mut sheet).await;
    } else {
        sheet.end("nothing was removed");
    }
    sheet.calls(&aws.clients.calls.take());
    sheet
}

async fn look(
    aws: &Aws,
    policy: &Policy,
    caller: &Caller,
    stage: &Stage,
    keep: bool,
    now: Timestamp,
    sheet: &mut Sheet,
) {
    let fleet = AwsFleet::without_metrics(&aws.clients);
    let instances = match fleet.instances().await {
        Ok(instances) => instances,
        Err(failure) => {
            let said = words::of_failure(&failure, caller);
            if keep {
                sheet.note("replicas", format!("which of them stay could not be found out: {said}"));
                end(sheet, "the stack may be removed");
            } else {
                sheet.stop("replicas", format!("whether any are left could not be found out: {said}"));
                sheet.end("nothing was removed");
            }
            return;
        }
    };
    let made = made(policy, stage, &instances);
    let records = records(&fleet, policy, caller, now, sheet).await;
    let mut left = 0;
    for Made { replica, whose } in &made {
        let id = replica.id.as_str();
        let said = match whose {
            Whose::Targets(target, kind) => {
                let records = records.get(&target.name).map(Vec::as_slice);
                // Without a record there is nothing left to do that only Tidegate would.
                if replica.status.standing() == Standing::Deleting
                    && records.is_some_and(|records| !has_record(records, &replica.id))
                {
                    let name = &kind.reader.name;
                    sheet.note(
                        id,
                        format!("it is being deleted, without a record in {name}, and goes by itself"),
                    );
                    continue;
                }
                let answers = answers(records, &replica.id, kind);
                format!(
                    "a replica of {}, made for {}: \"{}\", {answers}",
                    kind.source, target.name, replica.status.0
                )
            }
            Whose::Nobodys(target) => {
                let of = of_source(replica);
                format!(
                    "a replica{of}, made for {target}, which this policy does not have: \"{}\"",
                    replica.status.0
                )
            }
            Whose::Strayed(target, why) => {
                format!(
                    "a replica{}, made for {target}: \"{}\"; {}",
                    of_source(replica),
                    replica.status.0,
                    strayed(why)
                )
            }
            Whose::Stageless(target) => {
                let (of, status) = (of_source(replica), &replica.status.0);
                let mend = take_up(stage);
                format!(
                    "a replica{of}, made for {target}, and of no stage: \"{status}\"; {mend} once it is deployed with that target"
                )
            }
            Whose::AnotherStages(_) => continue,
            Whose::Untagged => {
                let said =
                    "it is called like a replica of ours and has no owner tag: it is nobody's, and stays";
                sheet.note(id, said);
                continue;
            }
            Whose::LeftAlone(target, why) => {
                sheet.note(id, format!("it carries the tags of {target}, and stays as it is: {why}"));
                continue;
            }
        };
        left += 1;
        if keep {
            sheet.note(id, format!("it stays, serving, billed and unscaled: {said}"));
        } else {
            sheet.stop(id, said);
        }
    }
    if left == 0 {
        sheet.checked(
            "replicas",
            format!(
                "none of {} in {} would be left to nobody",
                counted(instances.len(), "instance"),
                caller.region
            ),
        );
        end(sheet, "the stack may be removed");
    } else if keep {
        end(
            sheet,
            &format!("the stack may be removed; {} of Tidegate's will be left", counted(left, "replica")),
        );
    } else {
        sheet.end(format!(
            "nothing was removed: {} of Tidegate's would be left to nobody",
            counted(left, "replica")
        ));
        sheet.end(way_to_zero(stage));
    }
}

/// The last line, where replicas keep nothing: something else may.
fn end(sheet: &mut Sheet, said: &str) {
    if sheet.stops() {
        sheet.end("nothing was removed: mend what is said above");
    } else {
        sheet.end(said);
    }
}

/// The windows that a policy has while its replicas go.
const NONE_ALL_DAY: &str =
    "windows = [{ days = \"mon-sun\", from = \"00:00\", to = \"24:00\", zone = \"UTC\", max = 0 }]";

fn way_to_zero(stage: &Stage) -> String {
    format!(
        "To come to zero: give the target back to the policy as it was if it is gone or another, write `min = 0` and, in place of its windows,\n  \
         {NONE_ALL_DAY},\n\
         run `make deploy STAGE={stage}` (with your POLICY=), and wait until the last drain is over. A replica goes only while the others and the\n  \
         primary can carry its load: in a busy hour it waits, and a dry run says for what.\n\
         To leave them: `make destroy STAGE={stage} KEEP_REPLICAS=yes`. They go on serving, are billed, and nobody scales or drains them."
    )
}

/// The records of each target's reader name, where they can be read; what else is left there is said.
async fn records(
    fleet: &AwsFleet,
    policy: &Policy,
    caller: &Caller,
    now: Timestamp,
    sheet: &mut Sheet,
) -> BTreeMap<TargetName, Vec<WeightedRecord>> {
    let history = History::default();
    let requests: Vec<_> = policy
        .targets
        .iter()
        .filter(|target| matches!(target.kind, TargetKind::RdsReplicas(_)))
        .map(|target| ObserveRequest::new(target, &history))
        .collect();
    let mut records = BTreeMap::new();
    if requests.is_empty() {
        return records;
    }
    let unread = |sheet: &mut Sheet, target: &Target, said: String| {
        sheet.note(target.name.as_str(), format!("its reader name could not be looked at: {said}"));
    };
    match fleet.observe(&requests, now).await {
        Ok(observations) => {
            for (ObserveRequest { target, .. }, seen) in requests.iter().zip(observations) {
                match seen {
                    Ok(Observation::RdsReplicas(seen)) => {
                        tell_floor(target, &seen.records.weighted, sheet);
                        records.insert(target.name.clone(), seen.records.weighted);
                    }
                    Ok(_) => {}
                    Err(error) => unread(sheet, target, words::of_fleet(&error, caller)),
                }
            }
        }
        Err(error) => {
            for ObserveRequest { target, .. } in requests {
                unread(sheet, target, words::of_fleet(&error, caller));
            }
        }
    }
    records
}

/// The record that points at the primary is meant to outlive the replicas, and nothing else removes it.
fn tell_floor(target: &Target, records: &[WeightedRecord], sheet: &mut Sheet) {
    let TargetKind::RdsReplicas(kind) = &target.kind else { return };
    if let Some(floor) = records.iter().find(|record| record.set_id.as_str() == FLOOR_SET_ID) {
        let said = format!(
            "the record {FLOOR_SET_ID} of {} stays (weight {}): readers that still resolve the name reach the primary by it",
            kind.reader.name, floor.weight
        );
        sheet.note(target.name.as_str(), said);
    }
}

fn has_record(records: &[WeightedRecord], id: &InstanceId) -> bool {
    records.iter().any(|record| record.set_id.as_str() == id.as_str())
}

/// What readers get of it.
fn answers(records: Option<&[WeightedRecord]>, id: &InstanceId, kind: &RdsReplicas) -> String {
    let name = &kind.reader.name;
    let Some(records) = records else { return format!("its weight in {name} is not known") };
    let all: u32 = records.iter().map(|record| u32::from(record.weight.0)).sum();
    match records.iter().find(|record| record.set_id.as_str() == id.as_str()) {
        Some(record) => format!("weight {} of {all} in {name}", record.weight),
        None => format!("without a record in {name}"),
    }
}

#[cfg(test)]
mod tests;
