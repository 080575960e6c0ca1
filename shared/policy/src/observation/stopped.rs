//! Why tasks of a service stopped: what DescribeTasks says of those that ECS still shows.

use crate::units::Count;

/// One stopped task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedTask {
    /// `stoppedReason`; empty where ECS gives none.
    pub reason: String,
    /// Its containers.
    pub containers: Vec<StoppedContainer>,
}

/// One container of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedContainer {
    /// Its name in the task definition.
    pub name: String,
    /// `reason`, where ECS gives one.
    pub reason: Option<String>,
    /// `exitCode`, where it ran.
    pub exit_code: Option<i32>,
}

/// What was read of the stopped tasks of a service, or in words why nothing could be.
pub type Stopped = Result<Vec<StoppedTask>, String>;

/// A reason is foreign text: so many characters of it are kept.
const WORDS: usize = 200;

/// Why most of these tasks stopped, and how many of all, as "OutOfMemoryError: Container killed due to memory usage: container app (exit 137), 3 of 4
/// stopped tasks". `None`: there are none, or none says why.
pub fn why_most_stopped(tasks: &[StoppedTask]) -> Option<String> {
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for why in tasks.iter().filter_map(why) {
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, times)) => *times += 1,
            None => reasons.push((why, 1)),
        }
    }
    // Of equals the one of the newest task.
    let (why, times) = reasons.into_iter().rev().max_by_key(|(_, times)| *times)?;
    Some(format!("{why}, {times} of {} stopped tasks", Count::of_len(tasks.len())))
}

/// The container that says why speaks before the one that only failed, and both before the task.
fn why(task: &StoppedTask) -> Option<String> {
    let fails = |container: &&StoppedContainer| container.exit_code.is_some_and(|code| code != 0);
    let says =
        |container: &&StoppedContainer| container.reason.as_ref().is_some_and(|reason| !reason.is_empty());
    let container = task.containers.iter().find(says).or_else(|| task.containers.iter().find(fails));
    let reason = container.and_then(|container| container.reason.as_deref()).unwrap_or(&task.reason);
    let reason = plain(reason);
    let container = container.map(|container| {
        let exit = container.exit_code.map_or(String::new(), |code| format!(" (exit {code})"));
        format!("container {}{exit}", plain(&container.name))
    });
    match (reason.is_empty(), container) {
        (false, Some(container)) => Some(format!("{reason}: {container}")),
        (false, None) => Some(reason),
        (true, container) => container,
    }
}

/// A foreign text in one line, and its beginning where it is long.
fn plain(text: &str) -> String {
    let in_one_line = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let kept: String = in_one_line.take(WORDS).collect();
    let cut = text.chars().nth(WORDS).map_or("", |_| "…");
    format!("{}{cut}", kept.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(reason: &str, containers: &[(&str, Option<&str>, Option<i32>)]) -> StoppedTask {
        let container = |(name, reason, exit_code): &(&str, Option<&str>, Option<i32>)| StoppedContainer {
            name: (*name).to_owned(),
            reason: reason.map(str::to_owned),
            exit_code: *exit_code,
        };
        StoppedTask { reason: reason.to_owned(), containers: containers.iter().map(container).collect() }
    }

    #[test]
    fn the_reason_of_most_is_named_with_its_container_and_exit_code() {
        const EXITED: &str = "Essential container in task exited";
        let out_of_memory =
            || task(EXITED, &[("log", None, Some(0)), ("app", Some("OutOfMemoryError"), Some(137))]);
        let crashed = || task(EXITED, &[("app", None, Some(1)), ("log", None, Some(0))]);
        let unplaced = || task("CannotPullContainerError: not found", &[("app", None, None)]);
        for (tasks, said) in [
            (vec![], None),
            (vec![task("", &[])], None),
            (
                vec![crashed(), out_of_memory(), out_of_memory(), out_of_memory()],
                Some("OutOfMemoryError: container app (exit 137), 3 of 4 stopped tasks"),
            ),
            (
                vec![crashed()],
                Some("Essential container in task exited: container app (exit 1), 1 of 1 stopped tasks"),
            ),
            (vec![unplaced(), crashed()], Some("CannotPullContainerError: not found, 1 of 2 stopped tasks")),
            (vec![task("", &[("app", None, Some(2))])], Some("container app (exit 2), 1 of 1 stopped tasks")),
        ] {
            assert_eq!(why_most_stopped(&tasks).as_deref(), said, "{tasks:?}");
        }
    }

    #[test]
    fn a_foreign_text_stays_in_one_line_and_is_cut() {
        let said = why_most_stopped(&[task(&format!("line\nnext {}", "x".repeat(10_000)), &[])]).unwrap();
        assert!(said.starts_with("line next xxx") && said.chars().count() < WORDS + 40, "{said}");
        assert!(said.contains('…'), "{said}");
    }
}
