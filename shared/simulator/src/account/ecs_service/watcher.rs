//! The watcher of a service: holds what no scaler may do against the truth of the account.
//!
//! It shares no code with the planner or the checker: a mistake in either shows here.

use std::collections::VecDeque;

use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::{CapacityBounds, DeploymentController, Scheduling};
use tidegate_policy::policy::{CapacityWindow, EcsService, PlannedEvent, Scaling, Signal, Target};

use crate::account::clock::Millis;
use crate::account::watched::Breach;

use super::native::Registered;
use super::queue::Queue;
use super::tasks::Tasks;

/// Somebody else's change younger than this could not be seen: describes are up to ten seconds old.
const UNSEEN: Millis = Millis(10_000);
/// After so long without a point of any signal, everything that a scaler sees is stale.
const DARK_AFTER: Millis = Millis(6 * 60_000);

/// What has been in flight for so long is in the metrics, which come up to three minutes late and may be five minutes old.
const SEEN_AFTER: Millis = Millis(9 * 60_000);

/// What was needed in each of so many minutes, every rule has seen.
const SEEN_MINUTES: usize = 20;

/// Looks at every call that changes something, and at the whole once a minute.
#[derive(Debug)]
pub(super) struct Watcher {
    target: TargetName,
    least: u32,
    most: u32,
    events: Vec<PlannedEvent>,
    /// Those with a maximum.
    windows: Vec<CapacityWindow>,
    /// Whether the policy asks any signal at all.
    has_signals: bool,
    /// Whether a rule asks for the queue.
    has_queue_rules: bool,
    /// Of the last minutes, in tasks at full work; the newest is the last.
    demands: VecDeque<f64>,
    /// Since when nothing was published that the policy asks for.
    dark_since: Option<Millis>,
    registered_at: Millis,
    /// The minimum that a scheduled action set last, unless somebody overruled it since.
    scheduled_min: Option<u32>,
    breaches: Vec<Breach>,
}

impl Watcher {
    pub(super) fn new(target: &Target, kind: &EcsService, now: Millis) -> Self {
        let scaling = &target.scaling;
        // A window may raise either; which one is open is the planner's business.
        let windows = scaling.windows.iter().flat_map(|window| [window.min, window.max]).flatten();
        let most = windows.chain([scaling.max]).max().unwrap_or(scaling.max);
        let rules = scaling.scale_out.len() + scaling.scale_in.len() + scaling.track.len();
        Self {
            target: target.name.clone(),
            least: scaling.min.0,
            most: most.0,
            events: kind.events.clone(),
            windows: scaling.windows.iter().filter(|window| window.max.is_some()).cloned().collect(),
            has_signals: rules > 0,
            demands: VecDeque::new(),
            has_queue_rules: asks_for_the_queue(scaling),
            dark_since: None,
            registered_at: now - UNSEEN,
            scheduled_min: None,
            breaches: Vec::new(),
        }
    }

    pub(super) fn take(&mut self) -> Vec<Breach> {
        std::mem::take(&mut self.breaches)
    }

    /// Somebody registers a scalable target.
    pub(super) fn registered(&mut self, now: Millis) {
        self.registered_at = now;
    }

    /// A scheduled action set this minimum; `None`: what it set is overruled.
    pub(super) fn scheduled(&mut self, min: Option<u32>) {
        self.scheduled_min = min;
    }

    /// Once a minute: whether anything that the policy asks for was published.
    pub(super) fn look(&mut self, sees_something: bool, now: Millis) {
        self.dark_since = if sees_something { None } else { self.dark_since.or(Some(now)) };
    }

    /// Once a minute: how many tasks the minute needed at full work.
    pub(super) fn demands(&mut self, tasks: f64) {
        self.demands.push_back(tasks);
        while self.demands.len() > SEEN_MINUTES {
            self.demands.pop_front();
        }
    }

    /// The planned event whose tasks are to be there.
    pub(super) fn event(&self, now: Millis) -> Option<&str> {
        let moment = now.timestamp();
        let under_way = |event: &&PlannedEvent| event.begins() <= moment && moment < event.to;
        self.events.iter().find(under_way).map(|event| event.name.as_str())
    }

    /// The most tasks that the policy ever allows at this moment: an event allows its own until it has come down.
    fn most(&self, now: Millis) -> u32 {
        let moment = now.timestamp();
        let open = self.events.iter().filter(|event| event.begins() <= moment);
        let of_events = open.map(|event| event.tasks().max(event.max.unwrap_or_default()).0);
        of_events.chain([self.most]).max().unwrap_or(self.most)
    }

    /// The most tasks that a person wants at this moment, by the clock on the wall.
    fn wanted_at_most(&self, now: Millis) -> u32 {
        let open = self.windows.iter().filter(|window| {
            let wall = now.timestamp().to_zoned(window.zone.clone());
            let until = window.to.is_none_or(|to| wall.time() < to);
            window.days.contains(wall.date()) && window.from <= wall.time() && until
        });
        let narrowed = open.filter_map(|window| window.max).max().map_or(u32::MAX, |max| max.0);
        self.most(now).min(narrowed)
    }

    /// Right before a desired count is set.
    pub(super) fn sets_desired(
        &mut self,
        to: u32,
        tasks: &Tasks,
        native: Option<&Registered>,
        queue: Option<&Queue>,
        history: Option<&History>,
        now: Millis,
    ) {
        let from = tasks.desired;
        let at_work = queue.map_or(0, |queue| queue.in_flight_for(SEEN_AFTER, now));
        let at_work = u32::try_from(at_work).unwrap_or(u32::MAX).min(self.wanted_at_most(now));
        if self.has_queue_rules && to < from && to < at_work && !ordered_down(history, now) {
            let detail = format!("{from} to {to} while {at_work} tasks are at work on long jobs");
            self.breach(now, "work", detail);
        }
        if native.is_some() && now - self.registered_at >= UNSEEN {
            self.breach(now, "writers", format!("{to} are desired of a service with a scalable target"));
        }
        let most = self.most(now);
        if to > most && to > from {
            self.breach(now, "bounds", format!("{to} are desired, above the maximum of {most}"));
        }
        if to < self.least && to < from {
            self.breach(now, "bounds", format!("{to} are desired, below the minimum of {}", self.least));
        }
        if to < from {
            self.takes_away(&format!("{from} to {to}"), to, tasks, history, now);
        }
    }

    /// Right before bounds are set.
    pub(super) fn sets_bounds(
        &mut self,
        from: CapacityBounds,
        to: CapacityBounds,
        native: &Registered,
        tasks: &Tasks,
        history: Option<&History>,
        now: Millis,
    ) {
        if ordered_down(history, now) {
            self.scheduled_min = None;
        } else {
            self.undoes(from, to, native, tasks, now);
        }
        let most = self.most(now);
        if to.max.0 > most && to.max > from.max {
            self.breach(now, "bounds", format!("the bounds {to} allow more than the maximum of {most}"));
        }
        if to.min.0 < self.least && to.min < from.min {
            self.breach(now, "bounds", format!("the bounds {to} allow fewer than {}", self.least));
        }
        // A maximum below what runs pulls it down; a minimum only allows others to.
        if to.max.0 < tasks.desired {
            let detail = format!("{} by the bounds {to}", tasks.desired);
            self.takes_away(&detail, to.max.0, tasks, history, now);
        } else if to.min < from.min
            && let Some(event) = self.event(now).filter(|_| !ordered_down(history, now))
        {
            let detail = format!("the minimum goes from {} to {} during \"{event}\"", from.min, to.min);
            self.breach(now, "event", detail);
        }
    }

    /// What a scheduled action raised, or a forecast lifted, is not Tidegate's to take back.
    fn undoes(
        &mut self,
        from: CapacityBounds,
        to: CapacityBounds,
        native: &Registered,
        tasks: &Tasks,
        now: Millis,
    ) {
        if let Some(raised) = self.scheduled_min.filter(|raised| to.min.0 < *raised && to.min < from.min) {
            let detail = format!(
                "the minimum goes from {} to {}, and a scheduled action set {raised}",
                from.min, to.min
            );
            self.breach(now, "scheduled", detail);
        }
        if let Some(wanted) = native.predicted(now).filter(|_| to.max.0 < tasks.desired) {
            let detail = format!("{} go to {} while a forecast wants {wanted}", tasks.desired, to.max);
            self.breach(now, "forecast", detail);
        }
    }

    /// RegisterScalableTarget where there was none.
    pub(super) fn creates_target(&mut self, now: Millis) {
        self.breach(now, "register", "a scalable target was created".to_owned());
    }

    /// A call about a service that is being deleted.
    pub(super) fn touches_the_dead(&mut self, now: Millis) {
        self.breach(now, "hands_off", "a service on its way out was changed".to_owned());
    }

    fn takes_away(&mut self, what: &str, to: u32, tasks: &Tasks, history: Option<&History>, now: Millis) {
        let deploying = tasks.deploying_since().is_some_and(|since| now - since >= UNSEEN);
        if deploying && !tasks.stands_beside_a_failure() {
            self.breach(now, "rollout", format!("{what} during a deployment"));
        }
        // A person who says fewer means it.
        if ordered_down(history, now) {
            return;
        }
        if let Some(event) = self.event(now) {
            let detail = format!("{what} during \"{event}\"");
            self.breach(now, "event", detail);
        }
        // What is above the maximum is so whatever the signals say; back to it no data is needed.
        let is_back = to >= self.wanted_at_most(now);
        let least = self.demands.iter().copied().fold(f64::INFINITY, f64::min);
        let long_enough = self.demands.len() == SEEN_MINUTES;
        if self.has_signals && !is_back && long_enough && f64::from(to) < least {
            let detail =
                format!("{what}, and {least:.1} at full work were needed in each of {SEEN_MINUTES} minutes");
            self.breach(now, "load", detail);
        }
        if self.has_signals && !is_back && self.dark_since.is_some_and(|since| now - since >= DARK_AFTER) {
            self.breach(now, "dark", format!("{what} without any signal"));
        }
    }

    /// Before any change.
    pub(super) fn hands_off(&mut self, tasks: &Tasks, now: Millis) {
        let why = match (tasks.controller(), tasks.scheduling()) {
            (DeploymentController::External, _) => "an EXTERNAL controller",
            (_, Scheduling::Daemon) => "a DAEMON schedule",
            _ => return,
        };
        self.breach(now, "hands_off", format!("a service with {why} was changed"));
    }

    fn breach(&mut self, now: Millis, invariant: &'static str, detail: String) {
        self.breaches.push(Breach { at: now.timestamp(), target: self.target.clone(), invariant, detail });
    }
}

fn asks_for_the_queue(scaling: &Scaling) -> bool {
    let rules = scaling.scale_out.iter().chain(&scaling.scale_in).map(|rule| rule.signal);
    let mut signals = rules.chain(scaling.track.iter().map(|rule| rule.signal));
    signals.any(|signal| matches!(signal, Signal::QueueDepth | Signal::QueueAge | Signal::BacklogPerTask))
}

/// Whether a direct command sets a maximum at this moment.
fn ordered_down(history: Option<&History>, now: Millis) -> bool {
    let order = history.and_then(|history| history.orders.bounds.as_ref());
    order.is_some_and(|order| order.max.is_some() && now.timestamp() < order.until)
}
