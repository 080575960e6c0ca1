//! What a creation says of the new replica, field by field: read from the source's description, and written into the request.
//!
//! `CreateDBInstanceReadReplica` gives a replica what its source has "except as specified" (RDS API reference); what is specified otherwise has
//! defaults that are not the source's. A test holds this table to the fields of the SDK's request.
//!
//! | field | what becomes of it | why |
//! |---|---|---|
//! | `additional_storage_volumes` | reported | volumes of Oracle and SQL Server; whether a replica gets them is not documented |
//! | `allocated_storage` | inherited | a replica is as large as its source |
//! | `auto_minor_version_upgrade` | inherited | "Inherits the value from the source DB instance" |
//! | `availability_zone` | left out | RDS chooses one |
//! | `backup_target` | left out | replicas are made without backups |
//! | `ca_certificate_identifier` | copied | the account's default otherwise |
//! | `copy_tags_to_snapshot` | copied | "By default, tags aren't copied" |
//! | `custom_iam_instance_profile` | left out | RDS Custom, which has no plain replicas |
//! | `database_insights_mode` | copied | with Performance Insights |
//! | `db_capacity_reservation_identifier` | left out | a reservation is a person's to use |
//! | `db_instance_class` | from the plan | the policy's, or the source's |
//! | `db_instance_identifier` | from the plan | the name that the decision determines |
//! | `db_parameter_group_name` | inherited | in one Region the source's |
//! | `db_subnet_group_name` | inherited | in one Region the source's |
//! | `dedicated_log_volume` | copied | the source's description says so, the request's default is none |
//! | `deletion_protection` | left out | it means that a person holds on to a replica |
//! | `domain` | reported | needs `iam:PassRole` |
//! | `domain_auth_secret_arn` | reported | needs a secret |
//! | `domain_dns_ips` | reported | goes with the domain |
//! | `domain_fqdn` | reported | goes with the domain |
//! | `domain_iam_role_name` | reported | needs `iam:PassRole` |
//! | `domain_ou` | reported | goes with the domain |
//! | `enable_cloudwatch_logs_exports` | copied | none otherwise |
//! | `enable_customer_owned_ip` | copied | none otherwise |
//! | `enable_iam_database_authentication` | copied | "By default, mapping isn't enabled" |
//! | `enable_performance_insights` | copied | off otherwise; the plan leaves it out where the class has none |
//! | `iops` | copied | MySQL, MariaDB and PostgreSQL, where the storage lets it be said |
//! | `kms_key_id` | inherited | in one Region the source's key |
//! | `max_allocated_storage` | copied | none otherwise; reported where RDS would refuse it |
//! | `monitoring_interval` | reported | needs `iam:PassRole` for a role that only AWS knows |
//! | `monitoring_role_arn` | reported | the same |
//! | `multi_az` | left out | behind a weighted name another replica takes over |
//! | `network_type` | copied | where it is `DUAL` |
//! | `option_group_name` | inherited | "RDS uses the option group associated with the source" |
//! | `performance_insights_kms_key_id` | copied | the account's default key otherwise |
//! | `performance_insights_retention_period` | copied | 7 days otherwise |
//! | `port` | inherited | "Inherits the value from the source DB instance" |
//! | `pre_signed_url` | left out | of other Regions |
//! | `processor_features` | copied | the plan leaves them out for another class |
//! | `publicly_accessible` | copied | depends on the subnets otherwise |
//! | `replica_mode` | left out | replicas of Oracle and Db2 are open for reads by default, which is what readers need |
//! | `source_db_cluster_identifier` | left out | of Multi-AZ DB clusters, of which Tidegate makes no replicas |
//! | `source_db_instance_identifier` | from the plan | the policy's |
//! | `storage_throughput` | copied | with `iops` |
//! | `storage_type` | copied | with `iops`, and `gp2` |
//! | `tag_specifications` | left out | of automated backups, which replicas have not |
//! | `tags` | from the plan | Tidegate's and the policy's own |
//! | `upgrade_storage_config` | left out | a person's decision |
//! | `use_default_processor_features` | left out | see `processor_features` |
//! | `vpc_security_group_ids` | from the plan | the policy's, or the source's, which is always said |

use aws_sdk_rds::operation::create_db_instance_read_replica::builders::CreateDBInstanceReadReplicaFluentBuilder;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance, ProcessorFeature};
use jiff::SignedDuration;
use tidegate_policy::observation::{Insights, NotCopied, Settings, Storage};

/// `NetworkType` of an instance that is reached by IPv6 too.
const DUAL: &str = "DUAL";
/// GiB from which the performance of `gp3` can be chosen for these engines (RDS user guide, "gp3 storage"); below, RDS refuses to be told it.
const CHOSEN_GP3_FROM: u32 = 400;

/// What the table calls copied, of an instance's description.
pub(super) fn settings(instance: &DbInstance) -> Settings {
    let some = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let insights = instance.performance_insights_enabled().unwrap_or(false).then(|| Insights {
        kms_key: some(instance.performance_insights_kms_key_id()),
        retention_days: number(instance.performance_insights_retention_period()),
        advanced: instance.database_insights_mode() == Some(&DatabaseInsightsMode::Advanced),
    });
    Settings {
        iam_authentication: instance.iam_database_authentication_enabled().unwrap_or(false),
        ca_certificate: some(instance.ca_certificate_identifier()),
        publicly_accessible: instance.publicly_accessible(),
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot().unwrap_or(false),
        max_allocated_storage: limit(instance).and_then(Result::ok),
        storage: storage(instance),
        dedicated_log_volume: instance.dedicated_log_volume().unwrap_or(false),
        log_exports: instance.enabled_cloudwatch_logs_exports().to_vec(),
        insights,
        dual_stack: instance.network_type() == Some(DUAL),
        customer_owned_ip: instance.customer_owned_ip_enabled().unwrap_or(false),
        processor_features: instance
            .processor_features()
            .iter()
            .filter_map(|feature| Some((some(feature.name())?, some(feature.value())?)))
            .collect(),
    }
}

/// What the table calls reported.
pub(super) fn not_copied(instance: &DbInstance) -> Vec<NotCopied> {
    let monitoring = instance.monitoring_interval().filter(|seconds| *seconds > 0);
    let monitoring = monitoring
        .map(|seconds| NotCopied::Monitoring { interval: SignedDuration::from_secs(i64::from(seconds)) });
    let domain = instance.domain_memberships().iter().find_map(|membership| {
        let named = [membership.fqdn(), membership.domain()].into_iter().flatten();
        named.filter(|name| !name.is_empty()).map(str::to_owned).next()
    });
    let volumes = instance.additional_storage_volumes().len();
    [
        monitoring,
        domain.map(|domain| NotCopied::Directory { domain }),
        limit(instance).and_then(Result::err),
        (volumes > 0).then_some(NotCopied::Volumes { count: volumes }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The limit of growing storage, if there is one. RDS takes one only if it is 10% above what is allocated (RDS user guide, "Managing capacity
/// automatically with Amazon RDS storage autoscaling").
fn limit(instance: &DbInstance) -> Option<Result<u32, NotCopied>> {
    let limit = number(instance.max_allocated_storage())?;
    let allocated = number(instance.allocated_storage()).unwrap_or(0);
    let enough = u64::from(limit) * 10 >= u64::from(allocated) * 11;
    Some(if enough { Ok(limit) } else { Err(NotCopied::StorageLimit { allocated, limit }) })
}

fn storage(instance: &DbInstance) -> Option<Storage> {
    if !matches!(instance.engine(), Some("mysql" | "mariadb" | "postgres")) {
        return None;
    }
    let kind = instance.storage_type()?;
    let iops = number(instance.iops());
    let allocated = number(instance.allocated_storage()).unwrap_or(0);
    let (iops, throughput) = match kind {
        "gp2" => (None, None),
        "io1" | "io2" => (Some(iops?), None),
        "gp3" if allocated >= CHOSEN_GP3_FROM => (Some(iops?), number(instance.storage_throughput())),
        // Below, there is nothing to choose, and `gp3` is the default; another word is not asked for.
        _ => return None,
    };
    Some(Storage { kind: kind.to_owned(), iops, throughput })
}

/// A number that is said, and not 0.
fn number(value: Option<i32>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value > 0)
}

/// Writes what the plan copies into the request. What is as RDS has it by itself is not said.
pub(super) fn write(
    request: CreateDBInstanceReadReplicaFluentBuilder,
    settings: &Settings,
) -> CreateDBInstanceReadReplicaFluentBuilder {
    let yes = |is: bool| is.then_some(true);
    let whole = |value: Option<u32>| value.and_then(|value| i32::try_from(value).ok());
    let insights = settings.insights.as_ref();
    let storage = settings.storage.as_ref();
    let features = settings.processor_features.iter();
    let features: Vec<_> =
        features.map(|(name, value)| ProcessorFeature::builder().name(name).value(value).build()).collect();
    request
        .set_enable_iam_database_authentication(yes(settings.iam_authentication))
        .set_ca_certificate_identifier(settings.ca_certificate.clone())
        .set_publicly_accessible(settings.publicly_accessible)
        .set_copy_tags_to_snapshot(yes(settings.copy_tags_to_snapshot))
        .set_max_allocated_storage(whole(settings.max_allocated_storage))
        .set_storage_type(storage.map(|storage| storage.kind.clone()))
        .set_iops(whole(storage.and_then(|storage| storage.iops)))
        .set_storage_throughput(whole(storage.and_then(|storage| storage.throughput)))
        .set_dedicated_log_volume(yes(settings.dedicated_log_volume))
        .set_enable_cloudwatch_logs_exports(
            Some(settings.log_exports.clone()).filter(|logs| !logs.is_empty()),
        )
        .set_enable_performance_insights(insights.map(|_| true))
        .set_performance_insights_kms_key_id(insights.and_then(|insights| insights.kms_key.clone()))
        .set_performance_insights_retention_period(whole(insights.and_then(|one| one.retention_days)))
        .set_database_insights_mode(
            insights.filter(|insights| insights.advanced).map(|_| DatabaseInsightsMode::Advanced),
        )
        .set_network_type(settings.dual_stack.then(|| DUAL.to_owned()))
        .set_enable_customer_owned_ip(yes(settings.customer_owned_ip))
        .set_processor_features(Some(features).filter(|features| !features.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_rds::operation::create_db_instance_read_replica::CreateDbInstanceReadReplicaInput;

    /// A field that a later SDK has needs a line in the table, and a decision.
    #[test]
    fn the_table_has_every_field_of_the_request() {
        let request = CreateDbInstanceReadReplicaInput::builder().build().map(|input| format!("{input:#?}"));
        let request = request.unwrap_or_default();
        let fields: BTreeSet<&str> = request
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
            .map(|(field, _)| field)
            .filter(|field| !field.starts_with([' ', ')', ']']))
            .collect();
        assert!(fields.len() > 40, "{request}");
        let table: BTreeSet<&str> = include_str!("settings.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `")?.split_once('`'))
            .map(|(field, _)| field)
            .collect();
        assert_eq!(table, fields);
    }
}
