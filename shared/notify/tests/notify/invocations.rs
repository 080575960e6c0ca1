//! Invocations of the delivery on the fakes: one, or some at once whose calls come in any order.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use jiff::SignedDuration;
use tidegate_notify::channel::{Channel, Origin};
use tidegate_notify::deliver::{Delivery, Replied, Report, Told};
use tidegate_notify::deployment::Deployment;
use tidegate_notify::endpoint::address::Private;
use tidegate_notify::event::Event;
use tidegate_notify::port::Clock as _;
use tidegate_notify::week::Week;
use tidegate_policy::names::{ParameterName, SlackChannel, Stage, TargetName};
use tidegate_policy::policy::{self, Notify, PagerDutyRegion, Policy};
use tidegate_policy::severity::Severity;

use crate::fixture::json;
use crate::world::World;

/// How long an invocation has.
const TIME: SignedDuration = SignedDuration::from_secs(55);

pub(crate) fn deployment() -> Deployment {
    Deployment {
        stage: Stage::new("production"),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        policy: "4f1c2a9be07d".to_owned(),
    }
}

pub(crate) fn table(channel: policy::Channel, secret: Option<&str>, severity: Severity) -> Notify {
    Notify { channel, secret: secret.map(ParameterName::new), severity, targets: None }
}

pub(crate) fn slack() -> Notify {
    table(policy::Channel::Slack { id: None }, Some("/slack"), Severity::Warning)
}

pub(crate) fn slack_bot() -> Notify {
    table(
        policy::Channel::Slack { id: Some(SlackChannel::new("C0123456789")) },
        Some("/bot"),
        Severity::Warning,
    )
}

pub(crate) fn pagerduty() -> Notify {
    table(policy::Channel::PagerDuty { region: PagerDutyRegion::Us }, Some("/pagerduty"), Severity::Warning)
}

pub(crate) fn https() -> Notify {
    table(policy::Channel::Https, Some("/https"), Severity::Warning)
}

pub(crate) fn amazon_q() -> Notify {
    table(policy::Channel::AmazonQ, None, Severity::Warning)
}

pub(crate) fn of_targets(notify: Notify, targets: &[&str]) -> Notify {
    Notify { targets: Some(targets.iter().map(|name| TargetName::new(*name)).collect()), ..notify }
}

pub(crate) fn channels(notify: Vec<Notify>) -> Vec<Channel> {
    Channel::all(&Policy { targets: Vec::new(), notify })
}

/// These channels alone, without the topics.
pub(crate) fn only(notify: Notify) -> Vec<Channel> {
    channels(vec![notify]).split_off(2)
}

/// What an invocation is to do.
#[derive(Clone, Copy)]
pub(crate) enum Job<'a> {
    Arrive(&'a Event),
    /// By a topic of the stack.
    Alarm(&'a Event),
    Wake,
    Digest(&'a Week),
}

async fn one(world: &World, channels: &[Channel], job: Job<'_>) -> Report {
    let deployment = deployment();
    let delivery = Delivery {
        world,
        channels,
        deployment: &deployment,
        private: Private::Refused,
        deadline: world.now() + TIME,
    };
    match job {
        Job::Arrive(event) => delivery.arrive(event, Origin::Bus).await,
        Job::Alarm(event) => delivery.arrive(event, Origin::Topic).await,
        Job::Wake => delivery.wake().await,
        Job::Digest(week) => delivery.digest(week).await,
    }
}

/// Runs some invocations at once. Which goes on next is drawn from `order`; whoever is killed answers nothing.
pub(crate) fn run_all(
    world: &World,
    channels: &[Channel],
    jobs: &[Job<'_>],
    order: u64,
) -> Vec<Option<Report>> {
    let mut open: Vec<Pin<Box<dyn Future<Output = Report> + '_>>> = Vec::new();
    for job in jobs {
        open.push(Box::pin(one(world, channels, *job)));
    }
    let mut reports: Vec<Option<Report>> = vec![None; jobs.len()];
    let mut draw = order;
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let before = world.progress();
        let waiting: Vec<usize> = (0..open.len()).filter(|at| reports[*at].is_none()).collect();
        if waiting.is_empty() || world.0.borrow().dead {
            return reports;
        }
        // Knuth's generator: the high bits say who is first.
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = usize::try_from(draw >> 33).unwrap() % waiting.len();
        let chosen = if order == 0 { waiting.clone() } else { vec![waiting[first]] };
        for at in chosen {
            if let Poll::Ready(report) = open[at].as_mut().poll(&mut context) {
                reports[at] = Some(report);
            }
        }
        let ended = waiting.iter().any(|at| reports[*at].is_some());
        if !ended && world.progress() == before && (order == 0 || stuck(world, &mut open, &mut reports)) {
            assert!(world.0.borrow().dead || world.jump(), "an invocation hangs for ever");
        }
    }
}

/// Whether nobody goes on, whoever is asked.
fn stuck(
    world: &World,
    open: &mut [Pin<Box<dyn Future<Output = Report> + '_>>],
    reports: &mut [Option<Report>],
) -> bool {
    let before = world.progress();
    let mut context = Context::from_waker(Waker::noop());
    for (future, report) in open.iter_mut().zip(reports.iter_mut()) {
        if report.is_none()
            && let Poll::Ready(ended) = future.as_mut().poll(&mut context)
        {
            *report = Some(ended);
            return false;
        }
    }
    world.progress() == before
}

/// One invocation that nobody kills.
pub(crate) fn run(world: &World, channels: &[Channel], job: Job<'_>) -> Report {
    run_all(world, channels, &[job], 0).remove(0).unwrap()
}

pub(crate) fn arrive(world: &World, channels: &[Channel], event: &Event) -> Report {
    run(world, channels, Job::Arrive(event))
}

/// Wakes the delivery after some time has passed.
pub(crate) fn wake_after(world: &World, channels: &[Channel], time: SignedDuration) -> Report {
    world.pass(time);
    run(world, channels, Job::Wake)
}

pub(crate) fn test_all(world: &World, channels: &[Channel]) -> Vec<Replied> {
    let deployment = deployment();
    let delivery = Delivery {
        world,
        channels,
        deployment: &deployment,
        private: Private::Refused,
        deadline: world.now() + TIME,
    };
    let mut test = std::pin::pin!(delivery.test());
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let before = world.progress();
        if let Poll::Ready(replies) = test.as_mut().poll(&mut context) {
            return replies;
        }
        assert!(world.progress() != before || world.jump(), "a test hangs for ever");
    }
}

/// What was told of the channel whose name begins so.
pub(crate) fn of<'r>(report: &'r Report, channel: &str) -> &'r Told {
    report.channels.iter().find(|told| told.channel.as_str().starts_with(channel)).unwrap()
}

/// All sorts of channels.
pub(crate) fn all() -> Vec<Channel> {
    channels(vec![slack(), pagerduty(), https(), amazon_q()])
}

/// What the topics were sent, as `Critical ALARM`.
pub(crate) fn published(world: &World) -> Vec<String> {
    let state = world.0.borrow();
    let told = state.published.iter().map(|(topic, subject, message)| {
        let state = json(message)["NewStateValue"].as_str().unwrap_or("custom").to_owned();
        assert!(subject.is_none() || subject.as_ref().unwrap().starts_with(&state));
        format!("{topic:?} {state}")
    });
    told.collect()
}
