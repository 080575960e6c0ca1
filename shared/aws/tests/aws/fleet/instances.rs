//! Instances: pages, what RDS leaves out, and what no plain replica is.

use tidegate_policy::observation::{Reading, Replication};
use tidegate_policy::policy::Engine;
use tidegate_policy::record::FailureClass;

use super::account::Instance;
use super::scene::{Scene, ids, replica};
use super::wire::Mishap;

const DESCRIBE: &str = "DescribeDBInstances";

#[tokio::test(start_paused = true)]
async fn two_hundred_and_fifty_instances_are_three_pages_and_the_last_one_is_seen() {
    let scene = Scene::new();
    {
        let mut state = scene.account.state();
        let others = (0..246).map(|nth| Instance::named(&format!("other-{nth:03}")));
        state.instances.extend(others);
        state.instances.push(Instance::replica("tg-orders-9", "orders"));
        assert_eq!(state.instances.len(), 250);
    }
    let seen = scene.look().await;
    assert_eq!(ids(&seen), ["tg-orders-1", "tg-orders-2", "tg-orders-9"]);
    let calls = scene.account.calls(DESCRIBE);
    let markers: Vec<_> = calls.iter().map(|call| call.field("Marker")).collect();
    assert_eq!(markers, ["", "from 100", "from 200"]);
    assert!(calls.iter().all(|call| call.field("MaxRecords") == "100"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_tried_again_with_its_own_marker() {
    let scene = Scene::new();
    scene.account.state().instances.extend((0..147).map(|nth| Instance::named(&format!("other-{nth:03}"))));
    scene.account.mishap(DESCRIBE, Mishap::Refused(400, "Throttling", "Rate exceeded"));
    scene.account.mishap(DESCRIBE, Mishap::Reset);
    assert_eq!(ids(&scene.look().await), ["tg-orders-1", "tg-orders-2"]);
    let markers: Vec<_> =
        scene.account.calls(DESCRIBE).iter().map(|call| call.field("Marker").to_owned()).collect();
    assert_eq!(markers, ["", "", "", "from 100"]);
}

#[tokio::test(start_paused = true)]
async fn the_source_is_seen_with_everything_that_rds_tells() {
    let scene = Scene::new();
    let seen = scene.look().await;
    let source = seen.source.unwrap();
    assert_eq!(source.id.as_str(), "orders-primary");
    assert_eq!(source.engine, Engine::MySql);
    assert_eq!(source.class.as_str(), "db.t3.medium");
    assert_eq!(source.status.0, "available");
    assert_eq!(source.backup_retention_days, 7);
    assert_eq!(source.zone.unwrap().as_str(), "eu-west-1a");
    assert_eq!(source.endpoint.unwrap().as_str(), "orders-primary.abc.eu-west-1.rds.amazonaws.com");
    assert_eq!(source.signals.lag, Reading::Missing);
    assert!(source.signals.cpu.fresh().is_some() && source.signals.connections.fresh().is_some());
    assert_eq!(source.signals.max_connections, Some(100));
    assert_eq!(
        ids(&scene.look().await),
        ["tg-orders-1", "tg-orders-2"],
        "the source is none of its replicas"
    );
}

#[tokio::test(start_paused = true)]
async fn a_replica_is_seen_with_everything_that_rds_tells() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| {
        one.protected = true;
        one.children = vec!["grandchild".to_owned()];
        one.tags.push(("note".to_owned(), "<5 & \"more\"".to_owned()));
        one.tags.push(("tidegate:pin".to_owned(), String::new()));
    });
    let seen = scene.look().await;
    let one = replica(&seen, "tg-orders-1");
    assert_eq!(one.resource_id.as_str(), "db-TG-ORDERS-1");
    assert_eq!(one.created_at, Some("2026-01-02T03:04:05.678Z".parse().unwrap()));
    assert_eq!(one.source.as_ref().unwrap().as_str(), "orders-primary");
    assert_eq!(one.replication, Replication::Normal);
    assert!(one.deletion_protection);
    assert_eq!(one.children.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["grandchild"]);
    let tags: Vec<_> = one.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("note", "<5 & \"more\""),
            ("tidegate:owner", "tidegate"),
            ("tidegate:pin", ""),
            ("tidegate:stage", "default"),
            ("tidegate:target", "orders")
        ]
    );
    assert!(!replica(&seen, "tg-orders-2").deletion_protection);
    assert!(replica(&seen, "tg-orders-2").children.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_rds_has_yet_to_change_is_seen_by_name_and_an_empty_element_is_nothing() {
    let scene = Scene::new();
    scene.instance("tg-orders-2", |two| two.pending = None);
    let seen = scene.look().await;
    assert_eq!(replica(&seen, "tg-orders-1").pending, Vec::<String>::new());
    assert_eq!(replica(&seen, "tg-orders-2").pending, Vec::<String>::new());
    for (inside, names) in [
        ("<BackupRetentionPeriod>7</BackupRetentionPeriod>", &["BackupRetentionPeriod"][..]),
        ("<MultiAZ>false</MultiAZ>", &["MultiAZ"]),
        (
            "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>",
            &["IAMDatabaseAuthenticationEnabled"],
        ),
        (
            "<DBInstanceClass>db.r6g.large</DBInstanceClass><DBInstanceIdentifier>orders-new</DBInstanceIdentifier>",
            &["DBInstanceClass", "DBInstanceIdentifier"],
        ),
        (
            "<PendingCloudwatchLogsExports><LogTypesToEnable><member>error</member></LogTypesToEnable></PendingCloudwatchLogsExports>",
            &["PendingCloudwatchLogsExports"],
        ),
        ("<PendingCloudwatchLogsExports/><ProcessorFeatures/>", &[]),
        (
            "<ProcessorFeatures><ProcessorFeature><Name>coreCount</Name><Value>2</Value></ProcessorFeature></ProcessorFeatures>",
            &["ProcessorFeatures"],
        ),
    ] {
        scene.instance("tg-orders-1", |one| one.pending = Some(inside.to_owned()));
        assert_eq!(replica(&scene.look().await, "tg-orders-1").pending, names, "{inside}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_source_element_is_no_source() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.source = Some(String::new()));
    assert_eq!(replica(&scene.look().await, "tg-orders-1").source, None);
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_has_neither_endpoint_nor_creation_time_nor_status_infos() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| {
        one.status = "creating".to_owned();
        one.endpoint = None;
        one.created = None;
        one.infos.clear();
    });
    let seen = scene.look().await;
    let one = replica(&seen, "tg-orders-1");
    assert_eq!((one.endpoint.as_ref(), one.created_at), (None, None));
    assert_eq!(one.replication, Replication::Unknown);
    assert_eq!(one.status.0, "creating");
}

#[tokio::test(start_paused = true)]
async fn only_the_status_info_of_replication_tells_of_replication() {
    for (infos, expected) in [
        (vec![("read replication", Some(true), "replicating")], Replication::Normal),
        (vec![("read replication", Some(false), "error")], Replication::Broken("error".to_owned())),
        (vec![("read replication", None, "terminated")], Replication::Broken("terminated".to_owned())),
        (vec![("something else", Some(true), "fine")], Replication::Unknown),
        (
            vec![("something else", Some(true), "fine"), ("read replication", Some(false), "stopped")],
            Replication::Broken("stopped".to_owned()),
        ),
        (vec![], Replication::Unknown),
    ] {
        let scene = Scene::new();
        let given: Vec<_> = infos
            .iter()
            .map(|(kind, normal, status)| ((*kind).to_owned(), *normal, (*status).to_owned()))
            .collect();
        scene.instance("tg-orders-1", |one| one.infos = given);
        assert_eq!(replica(&scene.look().await, "tg-orders-1").replication, expected, "{infos:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn identifiers_are_compared_in_lower_case() {
    let scene = Scene::new();
    scene.instance("orders-primary", |one| one.id = "Orders-Primary".to_owned());
    scene.instance("tg-orders-1", |one| {
        one.id = "TG-Orders-1".to_owned();
        one.source = Some("Orders-PRIMARY".to_owned());
        one.children = vec!["Reports-1".to_owned()];
    });
    let seen = scene.look().await;
    assert_eq!(seen.source.as_ref().unwrap().id.as_str(), "orders-primary");
    let one = replica(&seen, "tg-orders-1");
    assert_eq!(one.source.as_ref().unwrap().as_str(), "orders-primary");
    assert_eq!(one.children[0].as_str(), "reports-1");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_replicates_from_an_instance_is_its_child() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.clusters = vec!["aurora-copy".to_owned()]);
    let seen = scene.look().await;
    let children: Vec<_> =
        replica(&seen, "tg-orders-1").children.iter().map(|id| id.as_str().to_owned()).collect();
    assert_eq!(children, ["aurora-copy"]);
}

#[tokio::test(start_paused = true)]
async fn foreign_instances_with_our_prefix_and_foreign_replicas_of_the_source_are_seen() {
    let scene = Scene::new();
    {
        let mut state = scene.account.state();
        state.instances.push(Instance::named("tg-orders-by-hand"));
        let mut report = Instance::replica("report", "orders");
        report.tags.clear();
        state.instances.push(report);
        state.instances.push(Instance::replica("tg-billing-1", "billing"));
        state.instances.push(Instance::named("tg-order"));
    }
    let seen = scene.look().await;
    assert_eq!(ids(&seen), ["tg-orders-1", "tg-orders-2", "tg-orders-by-hand", "report"]);
    assert_eq!(replica(&seen, "tg-orders-by-hand").source, None);
    assert!(replica(&seen, "report").tags.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_not_there_is_none_and_no_error() {
    let scene = Scene::new();
    scene.account.state().instances.remove(0);
    let seen = scene.look().await;
    assert_eq!(seen.source, None);
    assert_eq!(ids(&seen), ["tg-orders-1", "tg-orders-2"]);
}

/// What rules replicas out is in the description that is bought anyway.
#[tokio::test(start_paused = true)]
async fn what_keeps_a_source_from_being_copied_is_read() {
    let scene = Scene::new();
    let plain = scene.look().await.source.unwrap();
    assert_eq!((plain.cluster, plain.managed_password, plain.source), (None, false, None));
    scene.instance("orders-primary", |source| {
        source.besides = "<DBClusterIdentifier>orders</DBClusterIdentifier><MasterUserSecret><SecretArn>\
            arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1</SecretArn><SecretStatus>active</SecretStatus>\
            <KmsKeyId>arn:aws:kms:eu-west-1:123456789012:key/k-1</KmsKeyId></MasterUserSecret>"
            .to_owned();
        source.source = Some("origin".to_owned());
        source.infos = vec![("read replication".to_owned(), Some(false), "error".to_owned())];
    });
    let seen = scene.look().await;
    assert!(!seen.source_is_cluster);
    let source = seen.source.unwrap();
    assert_eq!(source.cluster.as_deref(), Some("orders"));
    assert!(source.managed_password);
    assert_eq!(source.source.unwrap().as_str(), "origin");
    assert_eq!(source.replication, Replication::Broken("error".to_owned()));
    assert!(source.signals.lag.fresh().is_some(), "the lag of a source that is a replica is bought");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_of_the_name_of_the_source_is_known_by_its_members() {
    let scene = Scene::new();
    scene.instance("orders-primary", |member| {
        member.id = "orders-instance-1".to_owned();
        member.besides = "<DBClusterIdentifier>orders-primary</DBClusterIdentifier>".to_owned();
    });
    let seen = scene.look().await;
    assert!(seen.source_is_cluster && seen.source.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_source_of_another_kind_is_an_error_that_says_so() {
    for (engine, says) in [
        ("aurora-mysql", ["Aurora", "aurora-mysql", "Application Auto Scaling"]),
        ("aurora-postgresql", ["Aurora", "aurora-postgresql", "Application Auto Scaling"]),
        ("docdb", ["orders-primary", "\"docdb\"", "mysql, mariadb, postgres, oracle, sqlserver, db2"]),
    ] {
        let scene = Scene::new();
        scene.instance("orders-primary", |source| source.engine = engine.to_owned());
        let error = scene.fail().await;
        assert_eq!(error.class, FailureClass::PersonNeeded);
        for words in says {
            assert!(error.message.contains(words), "{words:?} is not in {:?}", error.message);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_describe_names_the_permission_and_nothing_else_is_asked() {
    let scene = Scene::new();
    let words =
        "User: arn:aws:sts::1:assumed-role/tidegate/f is not authorized to perform: rds:DescribeDBInstances";
    scene.account.mishap(DESCRIBE, Mishap::Refused(403, "AccessDenied", words));
    let error = scene.observe().await.expect_err("the whole look");
    assert_eq!((error.operation, error.class), (DESCRIBE, FailureClass::PersonNeeded));
    assert!(error.message.ends_with("(rds:DescribeDBInstances)"), "{}", error.message);
    assert_eq!(scene.account.state().calls.len(), 1, "a refusal is not tried again");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_instances_is_a_region_without_instances() {
    let scene = Scene::new();
    scene.account.state().instances.clear();
    let seen = scene.look().await;
    assert_eq!((seen.source, seen.replicas.len()), (None, 0));
    assert!(scene.account.series_asked().is_empty(), "there is nothing to buy");
}

#[tokio::test(start_paused = true)]
async fn half_a_page_is_no_page() {
    let scene = Scene::new();
    scene.account.mishap(DESCRIBE, Mishap::Cut);
    assert_eq!(ids(&scene.look().await), ["tg-orders-1", "tg-orders-2"], "the second try brings it");
    scene.account.mishap_at_every_try(DESCRIBE, &Mishap::Cut);
    let error = scene.observe().await.expect_err("the whole look");
    assert_eq!(error.class, FailureClass::RetryNextWake);
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_end() {
    let scene = Scene::new();
    scene.account.state().instances.extend((0..10_200).map(|nth| Instance::named(&format!("other-{nth}"))));
    let error = scene.observe().await.expect_err("the whole look");
    assert_eq!(error.class, FailureClass::PersonNeeded);
    assert_eq!(scene.account.calls(DESCRIBE).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn half_a_page_is_no_page_even_where_it_ends_as_if_it_were_whole() {
    let scene = Scene::new();
    scene.account.mishap_at_every_try(DESCRIBE, &Mishap::Half);
    let refused = scene.observe().await.unwrap_err();
    assert_eq!(refused.class, FailureClass::RetryNextWake);
    insta::assert_snapshot!(refused.message, @"the answer could not be read (the answer ends in the middle)");
}
