//! What RDS has yet to change on an instance: the fields that `PendingModifiedValues` holds, by RDS's names for them.

use aws_sdk_rds::types::PendingModifiedValues;

/// The names of the fields that wait. RDS writes an empty element where nothing does.
///
/// Every field of the SDK's structure is asked for by name: none of it is left out for being of no use to us, for all we read is that something waits.
pub(super) fn pending(values: Option<&PendingModifiedValues>) -> Vec<String> {
    let Some(values) = values else { return Vec::new() };
    let logs = values.pending_cloudwatch_logs_exports().is_some_and(|logs| {
        !logs.log_types_to_enable().is_empty() || !logs.log_types_to_disable().is_empty()
    });
    [
        ("DBInstanceClass", values.db_instance_class().is_some()),
        ("AllocatedStorage", values.allocated_storage().is_some()),
        ("MasterUserPassword", values.master_user_password().is_some()),
        ("Port", values.port().is_some()),
        ("BackupRetentionPeriod", values.backup_retention_period().is_some()),
        ("MultiAZ", values.multi_az().is_some()),
        ("EngineVersion", values.engine_version().is_some()),
        ("LicenseModel", values.license_model().is_some()),
        ("Iops", values.iops().is_some()),
        ("StorageThroughput", values.storage_throughput().is_some()),
        ("DBInstanceIdentifier", values.db_instance_identifier().is_some()),
        ("StorageType", values.storage_type().is_some()),
        ("CACertificateIdentifier", values.ca_certificate_identifier().is_some()),
        ("DBSubnetGroupName", values.db_subnet_group_name().is_some()),
        ("PendingCloudwatchLogsExports", logs),
        ("ProcessorFeatures", !values.processor_features().is_empty()),
        ("AutomationMode", values.automation_mode().is_some()),
        ("ResumeFullAutomationModeTime", values.resume_full_automation_mode_time().is_some()),
        ("MultiTenant", values.multi_tenant().is_some()),
        ("IAMDatabaseAuthenticationEnabled", values.iam_database_authentication_enabled().is_some()),
        ("DedicatedLogVolume", values.dedicated_log_volume().is_some()),
        ("Engine", values.engine().is_some()),
        ("AdditionalStorageVolumes", !values.additional_storage_volumes().is_empty()),
        ("DBCapacityReservationIdentifier", values.db_capacity_reservation_identifier().is_some()),
    ]
    .into_iter()
    .filter(|(_, waits)| *waits)
    .map(|(name, _)| name.to_owned())
    .collect()
}
