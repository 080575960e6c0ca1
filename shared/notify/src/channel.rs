//! The channels of a deployment: those that the policy names, and the topics of the stack. What each is told of, and under which name its mailbox is kept.

use std::fmt;

use serde::{Deserialize, Serialize};
use tidegate_policy::names::{ParameterName, SlackChannel, TargetName};
use tidegate_policy::policy::{self, Notify, PagerDutyRegion, Policy};
use tidegate_policy::severity::Severity;

use crate::event::{Event, EventKind};

/// What a channel is known by, in its mailbox and in reports: its kind and where it leads, as `slack:/tidegate/production/slack`. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(String);

impl ChannelId {
    /// As text: at most some 1,000 characters of ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub id: ChannelId,
    /// How it is reached.
    pub way: Way,
    /// What it is told of: whatever one of them wants.
    wants: Vec<Wants>,
}

/// How a channel is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Slack: a webhook, or with the id of a channel a bot.
    Slack {
        /// Where the address or the token is.
        secret: ParameterName,
        /// Where the bot writes.
        id: Option<SlackChannel>,
    },
    /// PagerDuty's Events API v2.
    PagerDuty {
        /// Where the routing key is.
        secret: ParameterName,
        /// Where the account is.
        region: PagerDutyRegion,
    },
    /// Any HTTPS endpoint.
    Https {
        /// Where the address is.
        secret: ParameterName,
    },
    /// The topic of Amazon Q Developer.
    AmazonQ,
    /// The topic `critical`, as CloudWatch writes.
    Critical,
    /// The topic `warning`, as CloudWatch writes.
    Warning,
}

/// Where an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The bus: every channel may be told.
    Bus,
    /// An alarm on one of the topics: whoever reads those has it already.
    Topic,
}

/// What one table of the policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wants {
    least: Severity,
    most: Severity,
    targets: Option<Vec<TargetName>>,
}

impl Channel {
    /// All channels of a policy, and the topics `critical` and `warning`. Tables that lead to the same place are one channel, with one mailbox: it has
    /// one limit of messages a second. The topic of Amazon Q is told what the tables of that name want.
    pub fn all(policy: &Policy) -> Vec<Channel> {
        let mut channels = vec![
            Self::topic(Way::Critical, Severity::Critical),
            Self::topic(Way::Warning, Severity::Warning),
        ];
        for notify in &policy.notify {
            let Some(way) = Way::of(notify) else { continue };
            let wants =
                Wants { least: notify.severity, most: Severity::Critical, targets: notify.targets.clone() };
            let id = way.id();
            match channels.iter_mut().find(|channel| channel.id == id) {
                Some(channel) => channel.wants.push(wants),
                None => channels.push(Self { id, way, wants: vec![wants] }),
            }
        }
        channels
    }

    fn topic(way: Way, severity: Severity) -> Self {
        let wants = Wants { least: severity, most: severity, targets: None };
        Self { id: way.id(), way, wants: vec![wants] }
    }

    /// Whether it is told of this event by its severity, target and kind.
    pub fn wants(&self, event: &Event, origin: Origin) -> bool {
        let severe = |wants: &Wants| (wants.least..=wants.most).contains(&event.severity);
        self.may_show(event, origin) && self.wants.iter().any(|wants| severe(wants) && wants.names(event))
    }

    /// Whether an alert of this key may stand there: then its recovery is sent, however urgent that calls itself. The mailbox knows whether one does. The
    /// policy does not: its table may have named the target when the alert was sent.
    pub fn may_clear(&self, event: &Event, origin: Origin) -> bool {
        event.kind == EventKind::Recovery && self.may_show(event, origin)
    }

    fn may_show(&self, event: &Event, origin: Origin) -> bool {
        (event.kind.has_edges() || self.way.takes_notices())
            && (origin == Origin::Bus || !matches!(self.way, Way::Critical | Way::Warning))
    }
}

impl Wants {
    fn names(&self, event: &Event) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.contains(&event.target))
    }
}

impl Way {
    /// The way of a table; a table without a secret that its channel needs leads nowhere, and the policy's reader lets none through.
    fn of(notify: &Notify) -> Option<Self> {
        let secret = notify.secret.clone();
        Some(match &notify.channel {
            policy::Channel::Slack { id } => Way::Slack { secret: secret?, id: id.clone() },
            policy::Channel::PagerDuty { region } => Way::PagerDuty { secret: secret?, region: *region },
            policy::Channel::Https => Way::Https { secret: secret? },
            policy::Channel::AmazonQ => Way::AmazonQ,
        })
    }

    fn id(&self) -> ChannelId {
        ChannelId(match self {
            Way::Slack { secret, id: None } => format!("slack:{secret}"),
            Way::Slack { secret, id: Some(id) } => format!("slack:{secret}#{id}"),
            Way::PagerDuty { secret, region: PagerDutyRegion::Us } => format!("pagerduty:{secret}"),
            Way::PagerDuty { secret, region: PagerDutyRegion::Eu } => format!("pagerduty-eu:{secret}"),
            Way::Https { secret } => format!("https:{secret}"),
            Way::AmazonQ => "amazon-q".to_owned(),
            Way::Critical => "sns:critical".to_owned(),
            Way::Warning => "sns:warning".to_owned(),
        })
    }

    /// Whether people read it, line by line: many alerts then become one summary. A machine needs each edge.
    pub fn is_read_by_people(&self) -> bool {
        matches!(self, Way::Slack { .. } | Way::AmazonQ)
    }

    /// Whether it can show what is no alert: summaries, how much was left out, the digest. PagerDuty and CloudWatch's shape know alarms alone.
    pub fn takes_notices(&self) -> bool {
        self.is_read_by_people() || matches!(self, Way::Https { .. })
    }

    /// The parameter of its secret, if it has one.
    pub fn secret(&self) -> Option<&ParameterName> {
        match self {
            Way::Slack { secret, .. } | Way::PagerDuty { secret, .. } | Way::Https { secret } => Some(secret),
            Way::AmazonQ | Way::Critical | Way::Warning => None,
        }
    }
}
