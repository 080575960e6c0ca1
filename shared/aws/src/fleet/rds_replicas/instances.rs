//! Instances as RDS describes them, turned into the core's nouns.

use std::collections::BTreeMap;

use aws_sdk_rds::types::DbInstance;
use jiff::Timestamp;
use tidegate_policy::names::{AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId};
use tidegate_policy::observation::{
    InstanceStatus, MemberSignals, NotCopied, Replica, Replication, Settings, Source,
};
use tidegate_policy::policy::Engine;

use super::pending::pending;
use super::settings;
use crate::failure::{Failure, Operation, Sorting};

/// A hundred instances a page: a Region with more than these is not read to its end.
const PAGES_AT_MOST: usize = 100;
/// The type of the status info that tells of replication.
const READ_REPLICATION: &str = "read replication";

/// One instance, of whoever's.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) id: InstanceId,
    pub(super) status: InstanceStatus,
    pub(super) engine: String,
    pub(super) class: InstanceClass,
    /// Empty when RDS leaves it out, which is as good as another identity: nothing of it is deleted.
    pub(super) resource_id: ResourceId,
    pub(super) source: Option<InstanceId>,
    /// The Multi-AZ DB cluster that it is a member of.
    pub(super) cluster: Option<String>,
    /// Whether RDS manages the master password in Secrets Manager, whatever the state of the secret.
    pub(super) managed_password: bool,
    pub(super) children: Vec<InstanceId>,
    /// Replicas of it in this Region, as it names them itself: those of other Regions are told as ARNs.
    pub(super) replicas: Vec<InstanceId>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) zone: Option<AvailabilityZone>,
    pub(super) endpoint: Option<DnsName>,
    pub(super) replication: Replication,
    pub(super) pending: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) settings: Settings,
    pub(super) not_copied: Vec<NotCopied>,
    pub(super) deletion_protection: bool,
    pub(super) backup_retention_days: u32,
    pub(super) security_groups: Vec<String>,
    /// The parameter group whose values are in force; none while it is not known which are.
    pub(super) parameter_group: Option<String>,
}

/// Every instance of the Region, all pages.
pub(super) async fn describe_all(client: &aws_sdk_rds::Client) -> Result<Vec<Described>, Failure> {
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_AT_MOST {
        let page = client.describe_db_instances().max_records(100).set_marker(marker).send().await;
        let page = page.map_err(|error| Failure::of(Operation::DESCRIBE_INSTANCES, &error))?;
        found.extend(page.db_instances().iter().filter_map(described));
        marker = page.marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
    Err(Failure {
        operation: Operation::DESCRIBE_INSTANCES,
        code: None,
        sorting: Sorting::PersonNeeded,
        message: format!("the Region has more than {PAGES_AT_MOST} pages of instances"),
    })
}

/// The instance of this name; `None` when RDS says that there is none. An answer that holds nothing of that name says nothing.
pub(super) async fn describe(
    client: &aws_sdk_rds::Client,
    id: &InstanceId,
) -> Result<Option<Described>, Failure> {
    let answer = client.describe_db_instances().db_instance_identifier(id.as_str()).send().await;
    match answer.map_err(|error| Failure::of(Operation::DESCRIBE_INSTANCES, &error)) {
        Ok(answer) => {
            let mut instances = answer.db_instances().iter().filter_map(described);
            let found = instances.find(|instance| instance.id == *id);
            found.map(Some).ok_or_else(|| Failure {
                operation: Operation::DESCRIBE_INSTANCES,
                code: None,
                sorting: Sorting::RetryNextWake,
                message: format!("the answer about {id} holds no such instance"),
            })
        }
        Err(failure) if failure.is("DBInstanceNotFound") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn described(instance: &DbInstance) -> Option<Described> {
    let some = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    // RDS keeps identifiers in lower case; what says otherwise still means the same instance.
    let named = |id: &str| InstanceId::new(id.to_ascii_lowercase());
    let id = some(instance.db_instance_identifier())?;
    let clusters = instance.read_replica_db_cluster_identifiers().iter();
    let groups = instance.vpc_security_groups().iter();
    let infos = instance.status_infos().iter();
    Some(Described {
        id: named(&id),
        status: InstanceStatus(some(instance.db_instance_status()).unwrap_or_default()),
        engine: some(instance.engine()).unwrap_or_default(),
        class: InstanceClass::new(some(instance.db_instance_class()).unwrap_or_default()),
        resource_id: ResourceId::new(some(instance.dbi_resource_id()).unwrap_or_default()),
        source: some(instance.read_replica_source_db_instance_identifier()).map(|id| named(&id)),
        cluster: some(instance.db_cluster_identifier()),
        managed_password: instance
            .master_user_secret()
            .and_then(|secret| some(secret.secret_arn()))
            .is_some(),
        children: instance
            .read_replica_db_instance_identifiers()
            .iter()
            // An Aurora cluster that replicates from the instance is a child like any other: deleting would promote it.
            .chain(clusters)
            .map(|id| named(id))
            .collect(),
        replicas: instance
            .read_replica_db_instance_identifiers()
            .iter()
            .filter(|id| !id.is_empty() && !id.contains(':'))
            .map(|id| named(id))
            .collect(),
        created_at: instance
            .instance_create_time()
            .and_then(|at| Timestamp::from_nanosecond(at.as_nanos()).ok()),
        zone: some(instance.availability_zone()).map(AvailabilityZone::new),
        endpoint: instance.endpoint().and_then(|endpoint| some(endpoint.address())).map(DnsName::new),
        replication: infos
            .filter(|info| info.status_type() == Some(READ_REPLICATION))
            .map(|info| match info.normal() {
                Some(true) => Replication::Normal,
                _ => Replication::Broken(info.status().unwrap_or("not normal").to_owned()),
            })
            .next()
            .unwrap_or(Replication::Unknown),
        pending: pending(instance.pending_modified_values()),
        tags: instance
            .tag_list()
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect(),
        settings: settings::settings(instance),
        not_copied: settings::not_copied(instance),
        deletion_protection: instance.deletion_protection().unwrap_or(false),
        backup_retention_days: instance
            .backup_retention_period()
            .and_then(|days| u32::try_from(days).ok())
            .unwrap_or(0),
        security_groups: groups
            .filter(|group| group.status() != Some("removing"))
            .filter_map(|group| some(group.vpc_security_group_id()))
            .collect(),
        // What is in a group is not in force before the restart that it waits for.
        parameter_group: instance
            .db_parameter_groups()
            .first()
            .filter(|group| group.parameter_apply_status().is_none_or(|status| status == "in-sync"))
            .and_then(|group| some(group.db_parameter_group_name())),
    })
}

impl Described {
    pub(super) fn as_replica(&self, signals: MemberSignals) -> Replica {
        Replica {
            id: self.id.clone(),
            resource_id: self.resource_id.clone(),
            created_at: self.created_at,
            status: self.status.clone(),
            source: self.source.clone(),
            class: self.class.clone(),
            zone: self.zone.clone(),
            endpoint: self.endpoint.clone(),
            replication: self.replication.clone(),
            pending: self.pending.clone(),
            tags: self.tags.clone(),
            iam_authentication: self.settings.iam_authentication,
            deletion_protection: self.deletion_protection,
            children: self.children.clone(),
            signals,
        }
    }

    /// As a source.
    ///
    /// # Errors
    /// A sentence, when it runs what has no plain read replicas.
    pub(super) fn as_source(&self, signals: MemberSignals) -> Result<Source, String> {
        let engine = engine(&self.engine).ok_or_else(|| {
            if self.engine.starts_with("aurora") {
                format!(
                    "the source {} is an Aurora instance ({}): Application Auto Scaling scales its readers, Tidegate does not",
                    self.id, self.engine
                )
            } else {
                let known: Vec<_> = Engine::ALL.into_iter().map(Engine::name).collect();
                format!(
                    "the source {} runs \"{}\", of which RDS makes no read replicas (it does of {})",
                    self.id,
                    self.engine,
                    known.join(", ")
                )
            }
        })?;
        Ok(Source {
            id: self.id.clone(),
            status: self.status.clone(),
            engine,
            class: self.class.clone(),
            zone: self.zone.clone(),
            endpoint: self.endpoint.clone(),
            backup_retention_days: self.backup_retention_days,
            cluster: self.cluster.clone(),
            managed_password: self.managed_password,
            source: self.source.clone(),
            replication: self.replication.clone(),
            settings: self.settings.clone(),
            not_copied: self.not_copied.clone(),
            tags: self.tags.clone(),
            signals,
        })
    }
}

/// RDS adds the edition: `oracle-ee`, `sqlserver-se`, `db2-ae`.
fn engine(word: &str) -> Option<Engine> {
    let family = word.split('-').next().unwrap_or(word);
    Engine::ALL.into_iter().find(|engine| engine.name() == family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_known_by_their_family() {
        for (word, engine) in [
            ("mysql", Some(Engine::MySql)),
            ("postgres", Some(Engine::Postgres)),
            ("oracle-ee-cdb", Some(Engine::Oracle)),
            ("sqlserver-se", Some(Engine::SqlServer)),
            ("db2-ae", Some(Engine::Db2)),
            ("aurora-mysql", None),
            ("custom-oracle-ee", None),
            ("", None),
        ] {
            assert_eq!(super::engine(word), engine, "{word}");
        }
    }
}
