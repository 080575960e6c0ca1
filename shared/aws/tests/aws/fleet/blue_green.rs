//! Blue/green deployments as RDS describes them: read once for all targets, and unknown where they cannot be read.

use tidegate_policy::history::History;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{BlueGreen, BlueGreenMember};

use super::scene::{Scene, document, kind, observe, target_of};
use super::wire::Mishap;

const READ: &str = "DescribeBlueGreenDeployments";

fn arn(id: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:db:{id}")
}

/// A deployment of `source` and one replica of it.
fn deployment(name: &str, source: &str, replica: &str, status: &str) -> String {
    let detail = |id: &str| {
        format!(
            "<member><SourceMember>{}</SourceMember><TargetMember>{}</TargetMember><Status>{status}</Status></member>",
            arn(id),
            arn(&format!("{id}-green-ab12cd"))
        )
    };
    format!(
        "<member><BlueGreenDeploymentIdentifier>bgd-{name}</BlueGreenDeploymentIdentifier>\
         <BlueGreenDeploymentName>{name}</BlueGreenDeploymentName><Source>{}</Source><Target>{}</Target>\
         <SwitchoverDetails>{}{}</SwitchoverDetails><Tasks/><Status>{status}</Status>\
         <CreateTime>2026-03-01T10:00:00.000Z</CreateTime></member>",
        arn(source),
        arn(&format!("{source}-green-ab12cd")),
        detail(source),
        detail(replica),
    )
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_the_source_is_read_with_its_members() {
    let scene = Scene::new();
    scene.account.state().deployments = vec![
        deployment("another", "billing-primary", "billing-1", "AVAILABLE"),
        deployment("upgrade", "orders-primary", "tg-orders-1", "SWITCHOVER_IN_PROGRESS"),
    ];
    let member = |id: &str| BlueGreenMember {
        blue: Some(InstanceId::new(id)),
        green: Some(InstanceId::new(format!("{id}-green-ab12cd"))),
    };
    assert_eq!(
        scene.look().await.blue_green,
        Ok(vec![BlueGreen {
            name: "upgrade".to_owned(),
            status: "SWITCHOVER_IN_PROGRESS".to_owned(),
            members: vec![member("orders-primary"), member("orders-primary"), member("tg-orders-1")],
        }])
    );
}

/// A source that is a replica of what is copied, or a copy itself, is bound as well.
#[tokio::test(start_paused = true)]
async fn a_source_is_bound_by_whatever_part_it_has() {
    for (source, replica) in [("origin", "orders-primary"), ("orders-primary", "another")] {
        let scene = Scene::new();
        scene.account.state().deployments = vec![deployment("upgrade", source, replica, "AVAILABLE")];
        assert_eq!(scene.look().await.blue_green.unwrap().len(), 1, "{source} {replica}");
    }
    let scene = Scene::new();
    scene.account.state().deployments = vec![deployment("upgrade", "billing", "billing-1", "AVAILABLE")];
    assert_eq!(scene.look().await.blue_green, Ok(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read_once_for_all_targets() {
    let scene = Scene::new();
    let others = (0..150).map(|nth| deployment("o", &format!("o-{nth}"), &format!("o-{nth}-r"), "AVAILABLE"));
    let last = deployment("upgrade", "orders-primary", "tg-orders-1", "AVAILABLE");
    scene.account.state().deployments = others.chain([last]).collect();
    let history = History::default();
    let seen = observe(&scene.fleet, &[(&scene.target, &history), (&scene.target, &history)]).await.unwrap();
    for one in seen {
        assert_eq!(one.unwrap().blue_green.unwrap()[0].name, "upgrade");
    }
    assert_eq!(scene.account.calls(READ).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_unknown_and_blinds_nobody() {
    let scene = Scene::new();
    scene.account.mishap(READ, Mishap::Refused(403, "AccessDenied", "not authorized"));
    let why = scene.look().await.blue_green.unwrap_err();
    assert!(why.contains("rds:DescribeBlueGreenDeployments"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn the_last_look_reads_them_afresh() {
    let scene = Scene::new();
    scene.account.state().deployments =
        vec![deployment("upgrade", "orders-primary", "tg-orders-1", "PROVISIONING")];
    let seen = scene.last_look("tg-orders-1").await.unwrap();
    assert_eq!(seen.blue_green.unwrap().len(), 1);
    assert_eq!(scene.account.calls(READ).len(), 1);
}

/// RDS has no such deployments of the others.
#[tokio::test(start_paused = true)]
async fn of_an_engine_without_deployments_nothing_is_asked() {
    let mut scene = Scene::new();
    kind(&mut scene.target).engine = tidegate_policy::policy::Engine::Oracle;
    scene.instance("orders-primary", |source| source.engine = "oracle-ee".to_owned());
    assert_eq!(scene.look().await.blue_green, Ok(Vec::new()));
    assert!(scene.account.calls(READ).is_empty());
}

/// What a parameter group says is in force only once it is applied: the restart that it waits for may be weeks away.
#[tokio::test(start_paused = true)]
async fn max_connections_of_a_group_that_waits_for_a_restart_are_unknown() {
    for (status, known) in [
        ("in-sync", true),
        ("pending-reboot", false),
        ("applying", false),
        ("failed-to-apply", false),
        ("new-word", false),
    ] {
        let mut scene = Scene::new();
        scene.target = target_of(&document("orders", "Z1", "example.com", ""));
        scene.instance("orders-primary", |source| source.applied = status.to_owned());
        let most = scene.look().await.source.unwrap().signals.max_connections;
        assert_eq!(most.is_some(), known, "{status}: {most:?}");
    }
}
