//! Changes of records: each is asked for once, and one that Route 53 has forgotten is no error.

use tidegate_policy::history::History;
use tidegate_policy::names::ChangeId;
use tidegate_policy::observation::{ChangeSeen, ChangeStatus};
use tidegate_policy::record::FailureClass;

use super::scene::{Scene, observe, pending, target};
use super::wire::Mishap;

const GET: &str = "GetChange";

/// What is to be observed of a change.
fn seen_as(id: &str, status: ChangeStatus) -> Option<ChangeSeen> {
    Some(ChangeSeen { id: ChangeId::new(id), status })
}

#[tokio::test(start_paused = true)]
async fn a_change_of_two_targets_is_asked_for_once() {
    let scene = Scene::new();
    scene.account.state().changes.insert("C7".to_owned(), "INSYNC".to_owned());
    let (history, billing) = (pending("C7"), target("billing"));
    let seen = observe(&scene.fleet, &[(&scene.target, &history), (&billing, &history)]).await.unwrap();
    for seen in seen {
        assert_eq!(seen.unwrap().change, seen_as("C7", ChangeStatus::InSync));
    }
    let asked: Vec<_> = scene.account.calls(GET).into_iter().map(|call| call.path).collect();
    assert_eq!(asked, ["C7"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_pending_until_route_53_says_insync() {
    for (status, expected) in [("PENDING", ChangeStatus::Pending), ("INSYNC", ChangeStatus::InSync)] {
        let mut scene = Scene::new();
        scene.account.state().changes.insert("C7".to_owned(), status.to_owned());
        scene.history = pending("C7");
        assert_eq!(scene.look().await.change, seen_as("C7", expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_route_53_has_forgotten_is_unknown() {
    let mut scene = Scene::new();
    scene.history = pending("C404");
    assert_eq!(scene.look().await.change, seen_as("C404", ChangeStatus::Unknown));
    assert_eq!(scene.account.calls(GET).len(), 1, "a refusal is not tried again");
}

#[tokio::test(start_paused = true)]
async fn without_a_pending_change_nothing_is_asked() {
    let scene = Scene::new();
    assert_eq!(scene.look().await.change, None);
    assert!(scene.account.calls(GET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_asked_for_fails_only_its_targets() {
    for (mishap, class, tries) in [
        (Mishap::Refused(400, "Throttling", "Rate exceeded"), FailureClass::RetryNextWake, 3),
        (Mishap::Refused(403, "AccessDenied", "not authorized"), FailureClass::PersonNeeded, 1),
    ] {
        let scene = Scene::new();
        scene.account.mishap_at_every_try(GET, &mishap);
        let (waiting, resting, billing) = (pending("C7"), History::default(), target("billing"));
        let seen = observe(&scene.fleet, &[(&scene.target, &waiting), (&billing, &resting)]).await.unwrap();
        let error = seen[0].as_ref().unwrap_err();
        assert_eq!((error.operation, error.class), (GET, class));
        assert!(seen[1].is_ok());
        assert_eq!(scene.account.calls(GET).len(), tries);
    }
}
