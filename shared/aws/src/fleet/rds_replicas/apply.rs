//! The three mutations of replicas. None has a choice left, and none waits for a state.

use aws_sdk_rds::types::Tag;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use tidegate_policy::names::{ChangeId, DnsName};
use tidegate_policy::observation::{Standing, WeightedRecord};
use tidegate_policy::ownership::{OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::{ChangeRecords, CreateReplica, DeleteReplica, RecordChange};
use tidegate_policy::policy::{RdsReplicas, Target};
use tidegate_policy::record::{FailureClass, Outcome};

use super::{Replicas, instances, records, settings};
use crate::failure::{Failure, Operation};

impl Replicas {
    /// CreateDBInstanceReadReplica: the name is the only idempotency key, so a name that is taken is looked at.
    pub(super) async fn create(
        &self,
        target: &Target,
        kind: &RdsReplicas,
        create: &CreateReplica,
    ) -> Outcome {
        let security_groups = match self.security_groups(create).await {
            Ok(groups) => groups,
            Err(failure) => return failure.outcome(),
        };
        let tags = create.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let request = self
            .rds
            .create_db_instance_read_replica()
            .db_instance_identifier(create.id.as_str())
            .source_db_instance_identifier(create.source.as_str())
            .db_instance_class(create.class.as_str())
            .set_availability_zone(create.zone.as_ref().map(|zone| zone.as_str().to_owned()))
            .set_vpc_security_group_ids(Some(security_groups).filter(|groups| !groups.is_empty()))
            .set_tags(Some(tags.collect()));
        let answer = settings::write(request, &create.settings).send().await;
        match answer {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => {
                let failure = Failure::of(Operation::CREATE_REPLICA, &error);
                if failure.is("DBInstanceAlreadyExists") {
                    self.whose_is_it(target, kind, create).await
                } else if failure.is("InvalidDBInstanceState") {
                    // The source is busy with something else, as with its storage: later, and nobody's fault.
                    Outcome::Stale { why: failure.message }
                } else if failure.is("InvalidParameterCombination")
                    && failure.message.contains("DBInstanceClass")
                {
                    // RDS has no class of that name for this engine in this Region: another may do.
                    Outcome::Failed { class: FailureClass::NotOffered, message: failure.message }
                } else {
                    failure.outcome()
                }
            }
        }
    }

    /// Texts conflict on the default, so the source's groups are always said.
    async fn security_groups(&self, create: &CreateReplica) -> Result<Vec<String>, Failure> {
        if !create.security_groups.is_empty() {
            return Ok(create.security_groups.clone());
        }
        if let Some(groups) = self.remembered_groups(&create.source) {
            return Ok(groups);
        }
        let source = instances::describe(&self.rds, &create.source).await?;
        Ok(source.map(|source| source.security_groups).unwrap_or_default())
    }

    /// The name is taken: by this very creation, whose answer was lost, or by something else?
    async fn whose_is_it(&self, target: &Target, kind: &RdsReplicas, create: &CreateReplica) -> Outcome {
        let found = match instances::describe(&self.rds, &create.id).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                return Outcome::Stale { why: format!("{} exists, but is not described", create.id) };
            }
            Err(failure) => return failure.outcome(),
        };
        let tag = |key: &str| found.tags.get(key).map(String::as_str);
        let ours = tag(OWNER_TAG) == Some(kind.owner.as_str())
            && tag(STAGE_TAG) == Some(kind.stage.as_str())
            && tag(TARGET_TAG) == Some(target.name.as_str())
            && found.source.as_ref() == Some(&create.source);
        if !ours {
            Outcome::Stale { why: format!("an instance that is not ours has the name {}", create.id) }
        } else if found.status.standing() == Standing::Deleting {
            Outcome::Stale { why: format!("{} is being deleted", create.id) }
        } else {
            Outcome::AlreadySatisfied
        }
    }

    /// ChangeResourceRecordSets, one atomic batch. Where it does not match, the records are read: they may be as asked already.
    pub(super) async fn change(&self, target: &Target, batch: &ChangeRecords) -> Outcome {
        let request = match change_batch(target, batch) {
            Ok(request) => request,
            // The builders miss a field only by a defect of ours.
            Err(error) => {
                return Outcome::Stale { why: format!("the batch could not be written: {error}") };
            }
        };
        let answer = self
            .route53
            .change_resource_record_sets()
            .hosted_zone_id(batch.zone.as_str())
            .change_batch(request)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let id = answer.change_info().map(|info| info.id().trim_start_matches("/change/"));
                Outcome::Applied { change: id.filter(|id| !id.is_empty()).map(ChangeId::new) }
            }
            Err(error) => {
                let failure = Failure::of(Operation::CHANGE_RECORDS, &error);
                if failure.is("InvalidChangeBatch") {
                    self.is_it_so(batch, failure).await
                } else {
                    failure.outcome()
                }
            }
        }
    }

    async fn is_it_so(&self, batch: &ChangeRecords, failure: Failure) -> Outcome {
        let names = [batch.name.clone()].into();
        let seen = records::read(&self.route53, &batch.zone, &names, records::Extent::Names).await;
        let seen = match seen {
            Ok(seen) => seen.group(&batch.name, |_| false).weighted,
            Err(failure) => return failure.outcome(),
        };
        if already_so(batch, &seen) {
            Outcome::AlreadySatisfied
        } else {
            Outcome::Stale { why: failure.message }
        }
    }

    /// DeleteDBInstance without a final snapshot, which RDS refuses for a replica, and without its automated backups, which would go with it by
    /// default: whoever finds that it was needed still has them. The last look was a moment ago.
    pub(super) async fn delete(&self, delete: &DeleteReplica) -> Outcome {
        let answer = self
            .rds
            .delete_db_instance()
            .db_instance_identifier(delete.id.as_str())
            .skip_final_snapshot(true)
            .delete_automated_backups(false)
            .send()
            .await;
        let failure = match answer {
            Ok(_) => return Outcome::Applied { change: None },
            Err(error) => Failure::of(Operation::DELETE_INSTANCE, &error),
        };
        if failure.is("DBInstanceNotFound") {
            return Outcome::AlreadySatisfied;
        }
        if failure.is("InvalidDBInstanceState") {
            match instances::describe(&self.rds, &delete.id).await {
                Ok(None) => return Outcome::AlreadySatisfied,
                Ok(Some(found)) if found.status.standing() == Standing::Deleting => {
                    return Outcome::AlreadySatisfied;
                }
                Ok(Some(_)) | Err(_) => {}
            }
        }
        failure.outcome()
    }
}

/// Whether every line's effect is there: created records as given, deleted ones not (unless created anew).
fn already_so(batch: &ChangeRecords, seen: &[WeightedRecord]) -> bool {
    let created = |set_id| {
        batch
            .changes
            .iter()
            .any(|line| matches!(line, RecordChange::Create(record) if record.set_id == set_id))
    };
    batch.changes.iter().all(|line| match line {
        RecordChange::Create(record) => seen.contains(record),
        RecordChange::Delete(record) => {
            created(record.set_id.clone()) || seen.iter().all(|other| other.set_id != record.set_id)
        }
    })
}

fn change_batch(
    target: &Target,
    batch: &ChangeRecords,
) -> Result<ChangeBatch, aws_smithy_types::error::operation::BuildError> {
    let mut request = ChangeBatch::builder().comment(format!("tidegate {}", target.name));
    for line in &batch.changes {
        let (action, record) = match line {
            RecordChange::Delete(record) => (ChangeAction::Delete, record),
            RecordChange::Create(record) => (ChangeAction::Create, record),
        };
        let set = record_set(&batch.name, record)?;
        request = request.changes(Change::builder().action(action).resource_record_set(set).build()?);
    }
    request.build()
}

fn record_set(
    name: &DnsName,
    record: &WeightedRecord,
) -> Result<ResourceRecordSet, aws_smithy_types::error::operation::BuildError> {
    ResourceRecordSet::builder()
        .name(name.as_str())
        .r#type(RrType::Cname)
        .set_identifier(record.set_id.as_str())
        .weight(i64::from(record.weight.0))
        .ttl(i64::from(record.ttl.0))
        .resource_records(ResourceRecord::builder().value(record.value.as_str()).build()?)
        .build()
}
