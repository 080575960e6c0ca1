//! A source with every setting that there is: what is read of it, what a creation sends field by field, and what is only reported.

use jiff::SignedDuration;
use tidegate_policy::names::{InstanceClass, InstanceId};
use tidegate_policy::observation::{Insights, NotCopied, Settings, Storage};
use tidegate_policy::plan::{Action, CreateReplica, RdsReplicasAction};
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::Fleet;

use super::scene::{Scene, replica};

/// As RDS writes it.
const EVERYTHING: &str = "<AllocatedStorage>500</AllocatedStorage><MaxAllocatedStorage>1000</MaxAllocatedStorage>\
    <StorageType>gp3</StorageType><Iops>12000</Iops><StorageThroughput>500</StorageThroughput>\
    <AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><MultiAZ>true</MultiAZ><PubliclyAccessible>false</PubliclyAccessible>\
    <CACertificateIdentifier>rds-ca-ecc384-g1</CACertificateIdentifier><CopyTagsToSnapshot>true</CopyTagsToSnapshot>\
    <IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled><DedicatedLogVolume>true</DedicatedLogVolume>\
    <EnabledCloudwatchLogsExports><member>error</member><member>slowquery</member></EnabledCloudwatchLogsExports>\
    <PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>\
    <PerformanceInsightsKMSKeyId>arn:aws:kms:eu-west-1:123456789012:key/k-1</PerformanceInsightsKMSKeyId>\
    <PerformanceInsightsRetentionPeriod>465</PerformanceInsightsRetentionPeriod><DatabaseInsightsMode>advanced</DatabaseInsightsMode>\
    <NetworkType>DUAL</NetworkType><CustomerOwnedIpEnabled>true</CustomerOwnedIpEnabled>\
    <ProcessorFeatures><ProcessorFeature><Name>coreCount</Name><Value>4</Value></ProcessorFeature></ProcessorFeatures>\
    <MonitoringInterval>15</MonitoringInterval><MonitoringRoleArn>arn:aws:iam::123456789012:role/emaccess</MonitoringRoleArn>\
    <DomainMemberships><DomainMembership><Domain>d-1</Domain><FQDN>corp.example.com</FQDN><Status>joined</Status></DomainMembership>\
    </DomainMemberships>";

fn everything() -> Settings {
    Settings {
        iam_authentication: true,
        ca_certificate: Some("rds-ca-ecc384-g1".to_owned()),
        publicly_accessible: Some(false),
        copy_tags_to_snapshot: true,
        max_allocated_storage: Some(1_000),
        storage: Some(Storage { kind: "gp3".to_owned(), iops: Some(12_000), throughput: Some(500) }),
        dedicated_log_volume: true,
        log_exports: vec!["error".to_owned(), "slowquery".to_owned()],
        insights: Some(Insights {
            kms_key: Some("arn:aws:kms:eu-west-1:123456789012:key/k-1".to_owned()),
            retention_days: Some(465),
            advanced: true,
        }),
        dual_stack: true,
        customer_owned_ip: true,
        processor_features: vec![("coreCount".to_owned(), "4".to_owned())],
    }
}

/// What is read of a source that RDS describes with this besides.
async fn read(besides: &str) -> (Settings, Vec<NotCopied>) {
    let scene = Scene::new();
    scene.instance("orders-primary", |source| source.besides = besides.to_owned());
    let source = scene.look().await.source.unwrap();
    (source.settings, source.not_copied)
}

#[tokio::test(start_paused = true)]
async fn every_setting_of_the_source_is_read_and_what_is_not_copied_is_named() {
    let (settings, not_copied) = read(EVERYTHING).await;
    assert_eq!(settings, everything());
    assert_eq!(
        not_copied,
        [
            NotCopied::Monitoring { interval: SignedDuration::from_secs(15) },
            NotCopied::Directory { domain: "corp.example.com".to_owned() },
        ]
    );
    assert_eq!(read("").await, (Settings::default(), Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_creation_sends_every_setting_field_by_field() {
    let scene = Scene::new();
    scene.instance("orders-primary", |source| {
        source.besides = EVERYTHING.to_owned();
        source.tags = vec![("team".to_owned(), "data".to_owned())];
    });
    let source = scene.look().await.source.unwrap();
    assert_eq!(source.tags.get("team").map(String::as_str), Some("data"));
    let create = CreateReplica {
        id: InstanceId::new("tg-orders-3"),
        source: source.id.clone(),
        class: InstanceClass::new("db.r6g.large"),
        zone: None,
        tags: [("tidegate:owner".to_owned(), "tidegate".to_owned())].into(),
        security_groups: Vec::new(),
        settings: Box::new(source.settings.clone()),
    };
    let outcome = scene
        .fleet
        .apply(&scene.target, &Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)))
        .await;
    assert_eq!(outcome, Outcome::Applied { change: None });
    let calls = scene.account.calls("CreateDBInstanceReadReplica");
    let fields: Vec<_> = calls[0].fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("Action", "CreateDBInstanceReadReplica"),
            ("CACertificateIdentifier", "rds-ca-ecc384-g1"),
            ("CopyTagsToSnapshot", "true"),
            ("DBInstanceClass", "db.r6g.large"),
            ("DBInstanceIdentifier", "tg-orders-3"),
            ("DatabaseInsightsMode", "advanced"),
            ("DedicatedLogVolume", "true"),
            ("EnableCloudwatchLogsExports.member.1", "error"),
            ("EnableCloudwatchLogsExports.member.2", "slowquery"),
            ("EnableCustomerOwnedIp", "true"),
            ("EnableIAMDatabaseAuthentication", "true"),
            ("EnablePerformanceInsights", "true"),
            ("Iops", "12000"),
            ("MaxAllocatedStorage", "1000"),
            ("NetworkType", "DUAL"),
            ("PerformanceInsightsKMSKeyId", "arn:aws:kms:eu-west-1:123456789012:key/k-1"),
            ("PerformanceInsightsRetentionPeriod", "465"),
            ("ProcessorFeatures.ProcessorFeature.1.Name", "coreCount"),
            ("ProcessorFeatures.ProcessorFeature.1.Value", "4"),
            ("PubliclyAccessible", "false"),
            ("SourceDBInstanceIdentifier", "orders-primary"),
            ("StorageThroughput", "500"),
            ("StorageType", "gp3"),
            ("Tags.Tag.1.Key", "tidegate:owner"),
            ("Tags.Tag.1.Value", "tidegate"),
            ("Version", "2014-10-31"),
            ("VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-1"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn storage_is_said_only_where_rds_lets_it_be() {
    let described = |kind: &str, allocated: u32, iops: &str| {
        format!("<StorageType>{kind}</StorageType><AllocatedStorage>{allocated}</AllocatedStorage>{iops}")
    };
    let iops = "<Iops>3000</Iops><StorageThroughput>125</StorageThroughput>";
    let storage = |kind: &str, iops, throughput| Some(Storage { kind: kind.to_owned(), iops, throughput });
    for (besides, expected) in [
        (described("gp2", 100, ""), storage("gp2", None, None)),
        // The baseline, which RDS refuses to be told below 400 GiB.
        (described("gp3", 399, iops), None),
        (described("gp3", 400, iops), storage("gp3", Some(3_000), Some(125))),
        (described("io1", 100, "<Iops>3000</Iops>"), storage("io1", Some(3_000), None)),
        (described("io2", 100, "<Iops>3000</Iops>"), storage("io2", Some(3_000), None)),
        (described("io2", 100, ""), None),
        (described("standard", 100, ""), None),
        (described("io9", 100, iops), None),
    ] {
        assert_eq!(read(&besides).await.0.storage, expected, "{besides}");
    }
    let scene = Scene::new();
    scene.instance("orders-primary", |source| {
        source.engine = "oracle-ee".to_owned();
        source.besides = described("gp2", 100, "");
    });
    assert_eq!(scene.look().await.source.unwrap().settings.storage, None);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_storage_that_rds_would_refuse_is_reported() {
    let described = |allocated: u32, limit: u32| {
        format!(
            "<AllocatedStorage>{allocated}</AllocatedStorage><MaxAllocatedStorage>{limit}</MaxAllocatedStorage>"
        )
    };
    let (settings, not_copied) = read(&described(100, 110)).await;
    assert_eq!((settings.max_allocated_storage, not_copied), (Some(110), Vec::new()));
    let (settings, not_copied) = read(&described(100, 109)).await;
    assert_eq!(settings.max_allocated_storage, None);
    assert_eq!(not_copied, [NotCopied::StorageLimit { allocated: 100, limit: 109 }]);
}

#[tokio::test(start_paused = true)]
async fn the_authentication_of_a_replica_is_read() {
    let scene = Scene::new();
    let on = "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>";
    scene.instance("tg-orders-1", |replica| replica.besides = on.to_owned());
    let seen = scene.look().await;
    assert!(replica(&seen, "tg-orders-1").iam_authentication);
    assert!(!replica(&seen, "tg-orders-2").iam_authentication);
}
