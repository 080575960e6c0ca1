//! Before a deployment: can this policy be deployed to this account and Region? Everything is asked before anything is said, so that all
//! problems come at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tidegate_aws::access::{AccessError, Caller, caller};
use tidegate_aws::fleet::AwsFleet;
use tidegate_aws::reach::{RegionService, reach, zone_name};
use tidegate_policy::history::History;
use tidegate_policy::kind::Kind;
use tidegate_policy::names::{DnsName, Stage, ZoneId};
use tidegate_policy::observation::{Fact, Facts, Replica, ZoneFact};
use tidegate_policy::observed::Observed;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_reconcile::port::{Fleet, ObserveRequest};
use tidegate_stack::stack::Store;

use crate::aws::Aws;
use crate::deployment::Deployment;
use crate::made::{Made, Whose, made, of_source, strayed, take_up};
use crate::policy_file::PolicyFile;
use crate::region::{self, Resolve};
use crate::sheet::{Sheet, counted};
use crate::stack::{self, Verb};
use crate::{channels, judgement, subscribers, taken, words};

/// Looks at everything that a deployment rests on.
pub(crate) async fn deploy(
    aws: &Aws,
    deployment: &Deployment<'_>,
    store: Store,
    resolve: Resolve<'_>,
    now: Timestamp,
) -> Sheet {
    let Deployment { policy, stage, keep, .. } = *deployment;
    let mut sheet = Sheet::new(format!("deploy {stage}"));
    read(policy, store, &mut sheet);
    deployment.judge_settings(Verb::Deploy, &mut sheet);
    if let Some(caller) = enter(aws, Verb::Deploy, stage, resolve, &mut sheet).await {
        let missing = services(aws, policy, &caller, resolve, &mut sheet).await;
        if !missing.contains("CloudFormation") {
            let made = stack::look(aws, Verb::Deploy, stage, &caller, &mut sheet).await;
            if let Some(made) = made.filter(|_| !missing.contains("SNS")) {
                subscribers::look(aws, &made, &policy.policy, &caller, &mut sheet).await;
            }
            taken::targets(aws, &policy.policy, stage, &caller, &mut sheet).await;
        }
        if !missing.contains("Systems Manager") {
            taken::parameter(aws, store, stage, &caller, &mut sheet).await;
            channels::secrets(aws, &policy.policy, &caller, &mut sheet).await;
        }
        targets(aws, policy, &missing, &caller, now, &mut sheet).await;
        if !missing.contains("RDS") {
            orphans(aws, policy, stage, keep, &caller, &mut sheet).await;
        }
    }
    sheet.calls(&aws.clients.calls.take());
    sheet.end(if sheet.stops() {
        "nothing was created: mend what is said above, and deploy again"
    } else {
        "nothing in the account stands against the deployment"
    });
    sheet
}

fn read(policy: &PolicyFile, store: Store, sheet: &mut Sheet) {
    let path = policy.path.display();
    let targets = policy.policy.targets.len();
    if store != Store::Package && !policy.files.is_empty() {
        let files = policy.files.join(", ");
        let mend =
            "deploy with STORE=package, or write the dates into the policy, as dates = [\"2026-12-25\"]";
        sheet.stop(
            "the policy",
            format!("{path} names {files}, and no file stands beside a parameter: {mend}"),
        );
    } else {
        sheet.checked("the policy", format!("{path} is sound, {}", counted(targets, "target")));
    }
}

/// Credentials and Region, without which nothing can be asked; what is wrong with them is said.
pub(crate) async fn enter(
    aws: &Aws,
    verb: Verb,
    stage: &Stage,
    resolve: Resolve<'_>,
    sheet: &mut Sheet,
) -> Option<Caller> {
    // A Region that does not exist would else be taken for a network that does not answer.
    if let Some(region) = aws.config.region().map(ToString::to_string)
        && aws.config.endpoint_url().is_none()
        && let Err(host) = region::is_there(&region, resolve)
    {
        let mend = "check the Region's name in AWS_REGION or the profile, and that this machine reaches the Internet";
        sheet.stop("the Region", format!("{region} has no {host}: {mend}"));
        return None;
    }
    match caller(&aws.config, &aws.clients.calls).await {
        Ok(caller) => {
            let Caller { account, arn, region } = &caller;
            sheet.title(format!("{} {stage} in {region} of account {account}, asked as {arn}", verb.name()));
            Some(caller)
        }
        Err(errors) => {
            for error in errors {
                let about = match error {
                    AccessError::NoRegion
                    | AccessError::RegionNotEnabled { .. }
                    | AccessError::Unreachable { .. } => "the Region",
                    AccessError::NoCredentials { .. } | AccessError::Refused { .. } => "the credentials",
                };
                sheet.stop(about, error.to_string());
            }
            None
        }
    }
}

/// Whether the Region has what the stack is made of; what it has not, by name.
async fn services(
    aws: &Aws,
    policy: &PolicyFile,
    caller: &Caller,
    resolve: Resolve<'_>,
    sheet: &mut Sheet,
) -> BTreeSet<&'static str> {
    let region = &caller.region;
    let mut missing = BTreeSet::new();
    if let Some(endpoint) = aws.config.endpoint_url() {
        let said =
            format!("AWS_ENDPOINT_URL is {endpoint}: whether the Region has each service was not looked up");
        sheet.note(region.as_str(), said);
    } else {
        let (absent, looked) = region::absent(region, &policy.policy, resolve);
        for (name, host) in &absent {
            let said = format!("it has no {name} ({host} is no name): deploy to a Region that has it");
            sheet.stop(region.as_str(), said);
            missing.insert(*name);
        }
        if absent.is_empty() && looked > 0 {
            sheet.checked(region.as_str(), format!("it has all {looked} services that the stack needs"));
        } else if looked == 0 {
            let said = "how its endpoints are called is not known here: whether it has each service was not looked up";
            sheet.note(region.as_str(), said);
        }
    }
    let mut answer = Vec::new();
    for asked in RegionService::ALL.into_iter().filter(|asked| !missing.contains(asked.name())) {
        match reach(&aws.clients, asked).await {
            Ok(()) => answer.push(asked.name()),
            // It is there, which was the question; what deploys the stack may be another role.
            Err(failure) if words::is_denial(&failure) => {
                let action = asked.operation().action;
                sheet.note(asked.name(), format!("it is there, and denies {} {action}", caller.arn));
            }
            Err(failure) => sheet.stop(asked.name(), words::of_failure(&failure, caller)),
        }
    }
    if !answer.is_empty() {
        sheet.checked(region.as_str(), format!("{} answer", answer.join(", ")));
    }
    missing
}

/// Whether every target is there and can be scaled, as the functions themselves will look at it.
async fn targets(
    aws: &Aws,
    policy: &PolicyFile,
    missing: &BTreeSet<&str>,
    caller: &Caller,
    now: Timestamp,
    sheet: &mut Sheet,
) {
    let targets = &policy.policy.targets;
    let zones = zones(aws, targets, caller, sheet).await;
    let fleet = AwsFleet::without_metrics(&aws.clients);
    let history = |target: &Target| -> Option<History> {
        let TargetKind::RdsReplicas(kind) = &target.kind else { return Some(History::default()) };
        let name = zones.get(&kind.reader.zone)?.as_ref()?.clone();
        // What was read a moment ago is not read again.
        let zone = ZoneFact { zone: kind.reader.zone.clone(), name: Fact { value: name, read_at: now } };
        Some(History { facts: Facts { zone: Some(zone), ..Facts::default() }, ..History::default() })
    };
    // A kind is looked at by itself: what keeps one from being looked at says nothing of the others.
    for kind in Kind::ALL.into_iter().filter(|kind| !missing.contains(kind.service())) {
        let (seen, unseen): (Vec<_>, Vec<_>) = targets
            .iter()
            .filter(|target| target.kind.kind() == kind)
            .map(|target| (target, history(target)))
            .partition(|(_, history)| history.is_some());
        if !unseen.is_empty() {
            sources(&fleet, &unseen, caller, sheet).await;
        }
        let requests: Vec<_> = seen
            .iter()
            .filter_map(|(target, history)| Some(ObserveRequest::new(target, history.as_ref()?)))
            .collect();
        if requests.is_empty() {
            continue;
        }
        match fleet.observe(&requests, now).await {
            Ok(observations) => {
                for (request, observation) in requests.iter().zip(observations) {
                    match observation {
                        Ok(observation) => match Observed::new(request.target, &observation) {
                            Ok(observed) => judgement::judge(observed, now, sheet),
                            Err(other) => sheet.stop(request.target.name.as_str(), other.to_string()),
                        },
                        Err(error) => {
                            sheet.stop(request.target.name.as_str(), words::of_fleet(&error, caller));
                        }
                    }
                }
            }
            Err(error) => {
                for request in &requests {
                    sheet.stop(request.target.name.as_str(), words::of_fleet(&error, caller));
                }
            }
        }
    }
}

/// Replicas that Tidegate made for a target that this policy does not have, or has otherwise: no function drains them once it is deployed.
async fn orphans(
    aws: &Aws,
    policy: &PolicyFile,
    stage: &Stage,
    keep: bool,
    caller: &Caller,
    sheet: &mut Sheet,
) {
    let instances = match AwsFleet::without_metrics(&aws.clients).instances().await {
        Ok(instances) => instances,
        Err(failure) => {
            let said = words::of_failure(&failure, caller);
            let said = format!("whether any are left of an earlier policy could not be found out: {said}");
            if keep {
                sheet.note("replicas", said)
            } else {
                sheet.stop("replicas", said)
            }
            return;
        }
    };
    for Made { replica, whose } in made(&policy.policy, stage, &instances) {
        let (id, status, of) = (replica.id.as_str(), &replica.status.0, of_source(replica));
        let left = match whose {
            Whose::Nobodys(target) => format!(
                "a replica{of}, made for {target}, which this policy does not have: \"{status}\"; nobody would scale or drain it: come to zero before \
                 the target goes, or leave it with KEEP_REPLICAS=yes"
            ),
            Whose::Strayed(target, why) => format!(
                "a replica{of}, made for {target}: \"{status}\"; {}; come to zero first, or leave it with KEEP_REPLICAS=yes",
                strayed(&why)
            ),
            Whose::Stageless(target) => {
                let mend = take_up(stage);
                let said =
                    format!("a replica{of}, made for {target}, and of no stage: nobody drains it; {mend}");
                sheet.note(id, said);
                continue;
            }
            Whose::AnotherStages(other) => {
                let mend = take_up(stage);
                let said = format!(
                    "a replica{of} of the stage {other}: it counts against the maximum and is left alone; once {other} does not scale that any more, {mend}"
                );
                sheet.note(id, said);
                continue;
            }
            Whose::Targets(..) | Whose::LeftAlone(..) | Whose::Untagged => continue,
        };
        if keep { sheet.note(id, left) } else { sheet.stop(id, left) }
    }
}

/// The name of each zone that a reader name is to be in; `None` of one that cannot be read, which is said.
async fn zones(
    aws: &Aws,
    targets: &[Target],
    caller: &Caller,
    sheet: &mut Sheet,
) -> BTreeMap<ZoneId, Option<DnsName>> {
    let mut zones: BTreeMap<ZoneId, Vec<&Target>> = BTreeMap::new();
    for target in targets {
        if let TargetKind::RdsReplicas(kind) = &target.kind {
            zones.entry(kind.reader.zone.clone()).or_default().push(target);
        }
    }
    let mut names = BTreeMap::new();
    for (zone, targets) in zones {
        let name = match zone_name(&aws.clients, &zone).await {
            Ok(name) => Some(name),
            Err(failure) => {
                let account = &caller.account;
                let mend = "write the id of a zone of the account that you deploy to into `reader.zone`";
                let said = if failure.is("NoSuchHostedZone") {
                    format!("the hosted zone {zone} is not in account {account}, or does not exist: {mend}")
                } else if words::is_denial(&failure) {
                    // Route 53 denies what is another account's to those who may read all that is their own.
                    let allow = format!("if it is there, allow {} {}", caller.arn, failure.operation.action);
                    format!(
                        "the hosted zone {zone} is not in account {account}, or may not be read: {mend}; {allow}"
                    )
                } else {
                    words::of_failure(&failure, caller)
                };
                for target in targets {
                    sheet.stop(target.name.as_str(), said.as_str());
                }
                None
            }
        };
        names.insert(zone, name);
    }
    names
}

/// Whether the sources are there of targets whose zone cannot be read: they are not observed, and both may be wrong.
async fn sources(
    fleet: &AwsFleet,
    targets: &[(&Target, Option<History>)],
    caller: &Caller,
    sheet: &mut Sheet,
) {
    let instances: Result<Vec<Replica>, _> = fleet.instances().await;
    for (target, _) in targets {
        let TargetKind::RdsReplicas(kind) = &target.kind else { continue };
        match &instances {
            Ok(found) if found.iter().any(|instance| instance.id == kind.source) => {}
            Ok(_) => {
                let mend = "check `source` of the policy, and the Region";
                let said = format!("the source {} was not found in {}: {mend}", kind.source, caller.region);
                sheet.stop(target.name.as_str(), said);
            }
            Err(failure) => sheet.stop(target.name.as_str(), words::of_failure(failure, caller)),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
