//! What ECS says of tasks that do not come up: told with its words, once, and for as long as it lasts.

use tidegate_policy::history::{Failing, Fallback};
use tidegate_policy::number::Number;
use tidegate_policy::observation::{Rollout, ServiceEvent, StoppedContainer, StoppedTask};
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{World, minutes};

const CRASHING: &str = "(service api) is unable to consistently start tasks successfully.";
const NO_ROLE: &str = "(service api) was unable to place a task. Reason: ECS was unable to assume the role 'arn:aws:iam::123456789012:role/api'.";

/// What is told under these reasons, with its key.
fn told(world: &World) -> Vec<String> {
    let alerts = world.plan().alerts.into_iter();
    let ours = alerts
        .filter(|alert| ["tasks_failing", "placement_failed"].contains(&alert.explanation.reason.code()));
    ours.map(|alert| format!("[{}] {}", alert.key.unwrap(), alert.explanation)).collect()
}

fn said(world: &World, said: &str, minutes_ago: i64) -> Option<ServiceEvent> {
    Some(ServiceEvent { at: world.now - minutes(minutes_ago), said: said.to_owned() })
}

/// A service whose newest deployment had so many failed tasks at the last look.
fn failing(before: u32, failed: u32) -> World {
    let mut world = World::steady(4);
    world.service().running = Count(3);
    world.service().deployments[0].rollout = Rollout::InProgress;
    world.service().deployments[0].failed_tasks = Count(failed);
    let deployment = world.service().deployments[0].id.clone();
    let (failed, grew_at, why) = (Count(before), None, None);
    world.history.ecs_service.failing = Some(Failing { deployment, failed, grew_at, why });
    world
}

fn stopped(reason: &str, exit_code: i32) -> StoppedTask {
    let container = StoppedContainer {
        name: "app".to_owned(),
        reason: Some(reason.to_owned()),
        exit_code: Some(exit_code),
    };
    StoppedTask { reason: "Essential container in task exited".to_owned(), containers: vec![container] }
}

#[test]
fn three_failures_in_a_row_are_told_with_what_ecs_says() {
    let failing = |failed: u32, change: &dyn Fn(&mut World)| {
        let mut world = failing(0, failed);
        change(&mut world);
        told(&world)
    };
    assert_eq!(failing(2, &|_| {}), Vec::<String>::new());
    assert_eq!(
        failing(3, &|_| {}),
        [
            "[the tasks that fail as they start] tasks_failing: 3 tasks of the deployment ecs-svc/1 have failed in a row, and none of it has run yet: look at its stopped tasks and their log; deploy again, or go back"
        ]
    );
    let with_words = failing(40, &|world| world.service().trouble = said(world, CRASHING, 14));
    assert_eq!(with_words.len(), 1);
    assert!(with_words[0].contains("tasks_failing: 40 tasks"), "{with_words:?}");
    assert!(with_words[0].contains(&format!("Z: \"{CRASHING}\": look at")), "{with_words:?}");
    // What ECS said an hour ago is about other tasks.
    let old_words = failing(3, &|world| world.service().trouble = said(world, CRASHING, 60));
    assert!(!old_words[0].contains(CRASHING), "{old_words:?}");
    // A deployment that was given up is told as such, and of one that goes nobody needs to know.
    assert_eq!(
        failing(9, &|world| world.service().deployments[0].rollout = Rollout::Failed),
        Vec::<String>::new()
    );
    assert_eq!(failing(9, &|world| world.service().deployments[0].primary = false), Vec::<String>::new());
}

#[test]
fn the_sentence_names_why_most_of_them_stopped_and_its_numbers_are_typed() {
    let mut world = failing(3, 4);
    let killed = || stopped("OutOfMemoryError", 137);
    world.seen.stopped = Some(Ok(vec![stopped("", 1), killed(), killed(), killed()]));
    let [said] = told(&world).try_into().unwrap();
    let why =
        "none of it has run yet: OutOfMemoryError: container app (exit 137), 3 of 4 stopped tasks: look at";
    assert!(said.contains(why), "{said}");
    let alert =
        world.plan().alerts.into_iter().find(|alert| alert.explanation.reason == Reason::TasksFailing);
    let number = Number::count("failed tasks", Count(4)).against(3.0);
    assert_eq!(alert.unwrap().explanation.numbers, [number]);
}

#[test]
fn that_the_reason_could_not_be_read_is_said_beside_the_words_of_ecs() {
    let mut world = failing(3, 4);
    world.service().trouble = said(&world, CRASHING, 2);
    world.seen.stopped = Some(Err("ListTasks: AccessDeniedException: no".to_owned()));
    let [told] = told(&world).try_into().unwrap();
    assert!(
        told.contains("why they stop could not be read (ListTasks: AccessDeniedException: no)"),
        "{told}"
    );
    assert!(told.contains(CRASHING), "{told}");
}

#[test]
fn a_number_that_only_stands_is_no_news_and_one_that_grew_is_for_half_an_hour() {
    assert_eq!(told(&failing(9, 9)), Vec::<String>::new());
    // What the first look of all finds may have stood for days.
    let mut first = failing(0, 9);
    first.history.ecs_service.failing = None;
    assert_eq!(told(&first), Vec::<String>::new());
    assert_eq!(first.plan().history.ecs_service.failing.unwrap().failed, Count(9));
    // ECS waits for longer and longer before it tries again.
    let mut world = failing(3, 4);
    world.seen.stopped = Some(Ok(vec![stopped("OutOfMemoryError", 137)]));
    world.history = world.plan().history;
    world.seen.stopped = None;
    let began = world.now;
    for (minute, stands) in [(1, true), (29, true), (30, false)] {
        world.now = began + minutes(minute);
        let told = told(&world);
        assert_eq!(told.len(), usize::from(stands), "after {minute} minutes: {told:?}");
        assert!(told.iter().all(|told| told.contains("OutOfMemoryError")), "{told:?}");
    }
    // A later deployment counts from nothing.
    world.service().deployments[0].id = "ecs-svc/2".to_owned();
    assert_eq!(told(&world).len(), 1);
}

#[test]
fn a_task_that_finds_no_place_is_told_with_the_reason_that_ecs_gives() {
    let unplaced = |running: u32, ago: i64| {
        let mut world = World::steady(4);
        world.service().running = Count(running);
        world.service().unplaced = said(&world, NO_ROLE, ago);
        told(&world)
    };
    let [now] = unplaced(3, 2).try_into().unwrap();
    let begins = "[the tasks that find no place] placement_failed: 3 of 4 tasks run; ECS said at ";
    assert!(now.starts_with(begins) && now.ends_with(&format!("Z: \"{NO_ROLE}\"")), "{now}");
    assert_eq!(unplaced(3, 14).len(), 1);
    assert_eq!(unplaced(3, 15), Vec::<String>::new(), "ECS says again what lasts");
    assert_eq!(unplaced(4, 2), Vec::<String>::new(), "all of them run by now");
}

/// Where the policy allows on demand in its place, a service leaves Spot by itself, and tells that.
#[test]
fn that_spot_has_no_room_is_told_only_where_nothing_is_done_about_it() {
    let on_spot = |change: &dyn Fn(&mut World)| {
        let mut world = super::spot::spotted();
        world.service().running = Count(2);
        let at = world.now - minutes(2);
        world.service().unplaced_at = Some(at);
        world.service().unplaced = said(
            &world,
            "(service api) was unable to place a task. Reason: Capacity is unavailable at this time.",
            2,
        );
        change(&mut world);
        told(&world).len()
    };
    assert_eq!(on_spot(&|_| {}), 0);
    // Nothing may leave Spot without a forced deployment.
    let kept = |world: &mut World| world.ecs().spot.iter_mut().for_each(|spot| spot.force_deployment = false);
    assert_eq!(on_spot(&kept), 1);
    // On demand has none either; what was said before is why it was left.
    let since = |ago: i64| {
        move |world: &mut World| {
            let (since, retry_at) = (world.now - minutes(ago), world.now + minutes(30));
            world.history.ecs_service.fallback = Some(Fallback { since, retry_at });
        }
    };
    assert_eq!(on_spot(&since(30)), 1);
    assert_eq!(on_spot(&since(1)), 0);
    // No other capacity would help there.
    assert_eq!(on_spot(&|world| world.service().unplaced = said(world, NO_ROLE, 1)), 1);
}
