//! The course of one target through a run: its timeline, its scores, its frames.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::decide::Decision;
use tidegate_policy::forecast::need::Expected;
use tidegate_policy::history::Transition;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::Minute;
use tidegate_policy::order::Order;
use tidegate_policy::policy::{Signal, Target, TargetKind, ThresholdRule};
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::Activity;
use tidegate_reconcile::ReconcileError;
use tidegate_reconcile::report::{RunReport, TargetResult};

use crate::account::{Breach, Calls, Change, OneTarget, Served};
use crate::document::{Document, Frame, Recording, Simulation, Threshold, TimelineEntry};
use crate::split::{Cause, Split, cause};
use crate::world::WorldEvent;

use super::minute::{Said, TargetMinute, standing};
use super::setup::{Setup, Story};

/// An action this soon after one in the other direction is a reversal.
const REVERSAL_WITHIN: SignedDuration = SignedDuration::from_mins(60);
/// How often a direct command is sent again whose attempt failed.
const RETRIES: u32 = 2;
/// What was on its way for longer says nothing of now, and must change nothing.
const LATE: SignedDuration = SignedDuration::from_mins(5);
/// A fault that has no end of its own is in force for so long: after half an hour RDS shows that a creation failed.
const FAULT_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// A direct command on its way.
struct OnItsWay {
    order: Order,
    /// When it arrives.
    due: Timestamp,
    /// How often it was tried.
    tries: u32,
}

/// What is written down of one target.
pub(super) struct Course {
    name: TargetName,
    kind: &'static str,
    timeline: Vec<TimelineEntry>,
    recording: Recording,
    /// What the attempts fail with at present: told once.
    failing: Option<Reason>,
    /// Direct commands on their way: each is an invocation of its own.
    orders: Vec<OnItsWay>,
    /// When the newest of those that were taken was sent, of commands on bounds and of those on pauses: neither is late for the other.
    newest_taken: [Option<Timestamp>; 2],
    desired: u32,
    /// What the forecast expects, by minute; as it last said so while an order could be in time.
    expected: BTreeMap<i64, Expected>,
    /// Whether what a forecast learns from is all of the load.
    sees_all: bool,
    decisions: u64,
    actions: Vec<(Timestamp, Way)>,
    reversals: u64,
    violation_minutes: u64,
    severe_minutes: u64,
    violation_causes: Split,
    /// Until when a fault of the scenario is in force.
    faulty_until: Option<Timestamp>,
    /// The members that the policy allows, outside of windows and events.
    most: u32,
    /// The last minute, as it was served, and why it violated the objective if it did.
    last: Option<(Served, Option<Cause>)>,
    /// What the last look said.
    said: Option<Said>,
    /// How many of the actions were told minute by minute.
    told_actions: usize,
    invariant_violations: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

impl Course {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            name: target.name.clone(),
            kind: target.kind.name(),
            timeline: Vec::new(),
            recording: Recording { frames: Vec::new(), thresholds: thresholds(target) },
            failing: None,
            orders: Vec::new(),
            newest_taken: [None; 2],
            desired: target.scaling.min.0,
            expected: BTreeMap::new(),
            sees_all: sees_all(target),
            decisions: 0,
            actions: Vec::new(),
            reversals: 0,
            violation_minutes: 0,
            severe_minutes: 0,
            violation_causes: Split::default(),
            faulty_until: None,
            most: target.scaling.max.0,
            last: None,
            said: None,
            told_actions: 0,
            invariant_violations: 0,
        }
    }

    pub(super) fn name(&self) -> &TargetName {
        &self.name
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) fn is_of(&self, target: &TargetName) -> bool {
        self.name == *target
    }

    /// How long the timeline is.
    pub(super) fn told(&self) -> usize {
        self.timeline.len()
    }

    /// What was added to the timeline since it was so long.
    pub(super) fn since(&self, told: usize) -> &[TimelineEntry] {
        self.timeline.get(told..).unwrap_or_default()
    }

    /// A person sends a direct command: it reaches the next attempt from `due` on.
    pub(super) fn order(&mut self, order: Order, due: Timestamp) {
        self.orders.push(OnItsWay { order, due, tries: 0 });
    }

    /// The direct command that has arrived.
    pub(super) fn order_at(&self, now: Timestamp) -> Option<(TargetName, Order)> {
        let arrived = self.orders.iter().find(|sent| sent.due <= now)?;
        Some((self.name.clone(), arrived.order.clone()))
    }

    /// What the scenario did.
    pub(super) fn befallen(&mut self, at: Timestamp, event: &WorldEvent, detail: String) {
        // What a person asks for is no fault.
        if !matches!(event, WorldEvent::Order(_) | WorldEvent::LateOrder { .. }) {
            let until = at.checked_add(event.lasting().unwrap_or(FAULT_LASTS)).unwrap_or(at);
            self.faulty_until = self.faulty_until.max(Some(until));
        }
        self.tell(at, "world", event.code(), detail);
    }

    pub(super) fn log(&mut self, activity: Activity) {
        self.timeline.push(TimelineEntry {
            at: activity.at,
            target: activity.target.to_string(),
            kind: activity.kind.name().to_owned(),
            reason: activity.reason.code().to_owned(),
            detail: activity.detail,
        });
    }

    pub(super) fn breach(&mut self, breach: Breach) {
        self.invariant_violations += 1;
        self.tell(breach.at, "invariant", breach.invariant, breach.detail);
    }

    fn tell(&mut self, at: Timestamp, kind: &str, reason: &str, detail: String) {
        self.timeline.push(TimelineEntry {
            at,
            target: self.name.to_string(),
            kind: kind.to_owned(),
            reason: reason.to_owned(),
            detail,
        });
    }

    /// What the attempt wanted for the target; why it failed, if it did.
    pub(super) fn read(&mut self, report: &Result<RunReport, ReconcileError>, now: Timestamp) {
        let failure = match report {
            Ok(report) => self.read_report(report),
            Err(error) => Some(Explanation::new(Reason::LedgerFailed, chain(error))),
        };
        let reason = failure.as_ref().map(|failure| failure.reason);
        self.end_order(reason, now);
        // A plan that the judge refuses is a defect of ours, as a broken invariant is, although nothing came of it.
        self.invariant_violations += u64::from(reason == Some(Reason::PlanRefused));
        if let Some(failure) = failure.filter(|failure| {
            self.failing != reason
                && !self.timeline.iter().rev().take(3).any(|entry| is_told(entry, now, failure))
        }) {
            self.tell(now, "hold", failure.reason.code(), failure.detail);
        }
        self.failing = reason;
    }

    fn read_report(&mut self, report: &RunReport) -> Option<Explanation> {
        let (mut failure, mut decision) = (None, None);
        for target in report.targets.iter().filter(|target| target.target == self.name) {
            match &target.result {
                TargetResult::Planned { plan, .. } => decision = Some(&plan.decision),
                TargetResult::Unrecorded { plan, why, .. } => {
                    decision = Some(&plan.decision);
                    failure = Some(why.clone());
                }
                TargetResult::Failed(why) => failure = Some(why.clone()),
                TargetResult::Skipped(_) => {}
            }
        }
        if let Some(decision) = decision {
            self.decided(decision, report.at);
        }
        failure
    }

    fn decided(&mut self, decision: &Decision, at: Timestamp) {
        self.desired = decision.desired.0;
        self.said = Some(Said::of(decision, at));
        let Some(expected) = decision.expected.filter(|_| self.sees_all) else { return };
        let (from, until) = (expected.from.0, expected.from.0 + 5);
        self.expected.extend((from..until).map(|minute| (minute, expected)));
        // It holds until more is said: between looks that are some minutes apart too.
        for minute in until..until + 5 {
            self.expected.entry(minute).or_insert(expected);
        }
    }

    /// Whoever waits for an answer sends again what failed, twice at most; one that was refused would only be refused again. And whether one
    /// was taken that was late, or older than another: judged by when it was sent, whatever the ledger says.
    fn end_order(&mut self, failed: Option<Reason>, now: Timestamp) {
        let Some(place) = self.orders.iter().position(|sent| sent.due <= now) else { return };
        let mut sent = self.orders.remove(place);
        match failed {
            Some(Reason::OrderRefused) => {}
            Some(_) => {
                sent.tries += 1;
                if sent.tries <= RETRIES {
                    self.orders.insert(place, sent);
                }
            }
            None => {
                let sent_at = sent.order.sent_at().unwrap_or(now);
                let late = now.duration_since(sent_at);
                let on_pauses = matches!(sent.order, Order::Pause { .. } | Order::Resume { .. });
                let taken = &mut self.newest_taken[usize::from(on_pauses)];
                let newest = taken.filter(|newest| *newest > sent_at);
                *taken = (*taken).max(Some(sent_at));
                if late > LATE || newest.is_some() {
                    self.invariant_violations += 1;
                    let detail =
                        format!("a direct command of {sent_at} was taken at {now}, after one of {newest:?}");
                    self.tell(now, "invariant", "late_order", detail);
                }
            }
        }
    }

    /// A new intent is an action, and so is a change that was made to a service or a replication group.
    pub(super) fn count_actions(&mut self, target: OneTarget<'_>, now: Timestamp) {
        let changes = target.take_changes().into_iter().map(|change| match change {
            Change::Out => Way::Out,
            Change::In => Way::In,
        });
        for way in changes.chain(self.begun(target)).collect::<Vec<_>>() {
            let recent =
                self.actions.iter().rev().take_while(|(at, _)| now.duration_since(*at) <= REVERSAL_WITHIN);
            if recent.into_iter().any(|(_, other)| *other != way) {
                self.reversals += 1;
            }
            self.actions.push((now, way));
        }
    }

    /// The way of an intent that is new.
    fn begun(&mut self, target: OneTarget<'_>) -> Option<Way> {
        let seen = self.decisions;
        let fresh = target.with_history(|history| {
            let intent = history.rds_replicas.intents.last().filter(|_| history.decisions != seen)?;
            let way = match intent.transition {
                Transition::Add(_) => Way::Out,
                Transition::Remove(_) => Way::In,
            };
            Some((history.decisions, way))
        });
        let (decisions, way) = fresh.flatten()?;
        self.decisions = decisions;
        Some(way)
    }

    /// The minute that began at `at` is over: how it was served; perhaps a frame of it.
    pub(super) fn end_minute(&mut self, target: OneTarget<'_>, units: f64, at: Timestamp, in_frame: bool) {
        let served = target.end_minute(units);
        self.violation_minutes += u64::from(served.violation);
        self.severe_minutes += u64::from(served.severe);
        let cause = served.violation.then(|| {
            let faulty = self.faulty_until.is_some_and(|until| at < until);
            cause(served.demand, &standing(&target.frame(), self.most, faulty))
        });
        if let Some(cause) = cause {
            self.violation_causes.count(cause);
        }
        self.last = Some((served, cause));
        let minute = Minute::containing(at).0;
        let later = self.expected.split_off(&(minute + 1));
        let expected = std::mem::replace(&mut self.expected, later).remove(&minute);
        if in_frame {
            let frame = Frame { expected, ..self.frame(target, at, &served) };
            self.recording.frames.push(frame);
        }
    }

    /// The minute that ended last, and what was decided since the one that was told before.
    pub(super) fn minute(&mut self, target: OneTarget<'_>) -> TargetMinute {
        let fresh = self.actions.get(self.told_actions..).unwrap_or_default();
        let count = |way| fresh.iter().filter(|(_, made)| *made == way).count();
        let (outs, ins) = (count(Way::Out), count(Way::In));
        self.told_actions = self.actions.len();
        let (served, cause) = self.last.map_or((Served::of(0.0, 0.0), None), |last| last);
        TargetMinute {
            served,
            cause,
            unit_hours: target.unit_hours(),
            outs,
            ins,
            body: target.frame(),
            said: self.said.clone(),
        }
    }

    fn frame(&self, target: OneTarget<'_>, at: Timestamp, served: &Served) -> Frame {
        Frame {
            at,
            demand: served.demand,
            capacity: served.capacity,
            desired: self.desired,
            expected: None,
            body: target.frame(),
        }
    }

    /// The whole, at its end.
    pub(super) fn simulation(
        self,
        target: OneTarget<'_>,
        story: &Story<'_>,
        setup: &Setup,
        calls: Calls,
    ) -> Simulation {
        let document = Document {
            scenario: story.demand.scenario.clone(),
            policy: setup.policy_name.clone(),
            target: self.name.to_string(),
            seed: setup.seed,
            days: rounded(story.demand.units.len() as f64 / 1_440.0, 1e6),
            unit_hours: rounded(target.unit_hours(), 1e2),
            violation_minutes: self.violation_minutes,
            severe_minutes: self.severe_minutes,
            violation_causes: self.violation_causes,
            actions: self.actions.len() as u64,
            reversals: self.reversals,
            invariant_violations: self.invariant_violations,
            announcements: target.announcements().len() as u64,
            api_calls: calls.by_operation(),
            timeline: self.timeline,
        };
        Simulation { document, recording: self.recording, outlook: target.outlook() }
    }
}

/// A primary takes its share of the reads, whether or not its CPU is looked at.
fn sees_all(target: &Target) -> bool {
    let looks_at_it = |rule: &ThresholdRule| rule.signal == Signal::PrimaryCpu;
    !matches!(target.kind, TargetKind::RdsReplicas(_)) || target.scaling.scale_out.iter().any(looks_at_it)
}

fn is_told(entry: &TimelineEntry, now: Timestamp, failure: &Explanation) -> bool {
    entry.at == now && entry.reason == failure.reason.code()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn thresholds(target: &Target) -> Vec<Threshold> {
    let scaling = &target.scaling;
    let rules = scaling
        .scale_out
        .iter()
        .chain(&scaling.scale_in)
        .chain(&scaling.alert)
        .map(|rule| Threshold { rule: rule.text.clone(), signal: rule.signal, value: rule.threshold });
    let tracked = scaling.track.iter().map(|rule| Threshold {
        rule: rule.text.clone(),
        signal: rule.signal,
        value: rule.target,
    });
    rules.chain(tracked).collect()
}

/// Digits beyond these are the machine's, not the run's.
fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{nodes, start};
    use tidegate_reconcile::report::TargetReport;

    #[test]
    fn a_plan_that_was_refused_is_counted_as_a_defect() {
        let target = nodes(2, 6);
        let mut course = Course::new(&target);
        let failed = |reason| {
            let result = TargetResult::Failed(Explanation::new(reason, "why"));
            let targets = vec![TargetReport {
                target: target.name.clone(),
                result,
                activities: Vec::new(),
                figures: None,
                standing: Vec::new(),
                unpublished: None,
            }];
            Ok(RunReport { at: start(), dry_run: false, targets })
        };
        course.read(&failed(Reason::ObserveFailed), start());
        assert_eq!(course.invariant_violations, 0);
        course.read(&failed(Reason::PlanRefused), start());
        assert_eq!(course.invariant_violations, 1);
    }
}
