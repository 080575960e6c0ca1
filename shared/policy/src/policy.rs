//! What a person asked for, after validation: every value here has its unit, its bounds hold, and its rules parse.
//!
//! There is no `Default`: a value that a person may leave out is filled in by `document`, in one place, where it is documented.

use jiff::SignedDuration;

use crate::names::{DnsName, InstanceClass, InstanceId, TargetName, ZoneId};
use crate::units::{Count, Percent, TtlSeconds};

/// One policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// In the order of the document; names are unique.
    pub targets: Vec<Target>,
}

impl Policy {
    /// The target of this name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name.as_str() == name)
    }
}

/// Something whose capacity is scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Unique in the policy.
    pub name: TargetName,
    /// What is scaled, and where it lives.
    pub kind: TargetKind,
    /// When, how far and how fast.
    pub scaling: Scaling,
}

/// The kinds of target. A closed enum: a new kind makes the compiler show every place that must know it.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetKind {
    /// Read replicas of a plain (not Aurora) RDS instance behind a weighted reader name.
    RdsReplicas(RdsReplicas),
}

impl TargetKind {
    /// As written in the document's `kind`.
    pub fn name(&self) -> &'static str {
        match self {
            TargetKind::RdsReplicas(_) => "rds-replicas",
        }
    }
}

/// Read replicas of one source behind one reader name.
#[derive(Clone, Debug, PartialEq)]
pub struct RdsReplicas {
    /// The primary, which is never deleted, modified or tagged.
    pub source: InstanceId,
    /// Decides the replica limit and the lag rule.
    pub engine: Engine,
    /// The class of new replicas; `None` takes the source's.
    pub class: Option<InstanceClass>,
    /// VPC security groups of new replicas; empty takes the source's.
    pub security_groups: Vec<String>,
    /// Where readers connect.
    pub reader: ReaderName,
    /// What every replica of ours is called first, as `tg-orders-`.
    pub prefix: String,
    /// The value of the owner tag.
    pub owner: String,
    /// Whether a `primary-floor` record takes reads while no replica serves.
    pub floor: bool,
    /// A replica joins, climbs and stays only with lag at or below this.
    pub lag_bound: SignedDuration,
    /// Replaces what the parameter group says.
    pub max_connections: Option<u32>,
    /// The longest that a client's pool keeps a connection.
    pub pool_lifetime: SignedDuration,
    /// The most creations in any 24 hours.
    pub creations_per_day: Count,
    /// How a leaving replica is drained.
    pub drain: Drain,
}

/// The weighted name that readers resolve.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderName {
    /// The hosted zone.
    pub zone: ZoneId,
    /// The record name.
    pub name: DnsName,
    /// The same on every record of the group.
    pub ttl: TtlSeconds,
}

/// How a leaving replica is drained.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// How long a drain may take before `on_deadline` decides.
    pub deadline: SignedDuration,
    /// How many consecutive present points must show no clients.
    pub quiet_points: u32,
    /// Connections that are always there, such as a monitoring agent's; at or below is "no clients".
    pub idle_connections: u32,
    /// What happens when the deadline passes.
    pub on_deadline: OnDeadline,
}

/// What happens when a drain's deadline passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDeadline {
    /// The weight is restored, and a person is told.
    Cancel,
    /// The replica is removed with clients still connected. Opt-in.
    Force,
}

/// The database engines that have read replicas outside Aurora.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// PostgreSQL.
    Postgres,
    /// Oracle.
    Oracle,
    /// SQL Server.
    SqlServer,
    /// Db2.
    Db2,
}

impl Engine {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Engine; 6] =
        [Engine::MySql, Engine::MariaDb, Engine::Postgres, Engine::Oracle, Engine::SqlServer, Engine::Db2];

    /// As written in the document's `engine`.
    pub fn name(self) -> &'static str {
        match self {
            Engine::MySql => "mysql",
            Engine::MariaDb => "mariadb",
            Engine::Postgres => "postgres",
            Engine::Oracle => "oracle",
            Engine::SqlServer => "sqlserver",
            Engine::Db2 => "db2",
        }
    }

    /// How many replicas RDS lets one source have (RDS user guide, "Working with DB instance read replicas").
    pub fn replica_limit(self) -> Count {
        match self {
            Engine::MySql | Engine::MariaDb | Engine::Postgres => Count(15),
            Engine::Oracle | Engine::SqlServer => Count(5),
            Engine::Db2 => Count(3),
        }
    }
}

/// When, how far and how fast a target is scaled. Shared by every kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Never fewer than this, outside windows.
    pub min: Count,
    /// Never more than this.
    pub max: Count,
    /// How often signals are bought while nothing is under way.
    pub evaluate_every: SignedDuration,
    /// Out if any of these says so.
    pub scale_out: Vec<ThresholdRule>,
    /// In only if all of these agree.
    pub scale_in: Vec<ThresholdRule>,
    /// Target tracking: out if any says so, in only if all agree.
    pub track: Vec<TrackingRule>,
    /// Told to a person; they change nothing.
    pub alert: Vec<ThresholdRule>,
    /// Bounds by the clock.
    pub windows: Vec<CapacityWindow>,
    /// The least time between two actions.
    pub cooldown: PerDirection<SignedDuration>,
    /// For how long a recommendation must have stood.
    pub stabilization: PerDirection<SignedDuration>,
    /// How many members may come or go in a period.
    pub rate_limit: PerDirection<Option<RateLimit>>,
    /// A removal is held unless the projected load stays this share below every out-threshold.
    pub margin: Percent,
}

/// A value for each direction of scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerDirection<T> {
    /// Towards more members.
    pub out: T,
    /// Towards fewer members.
    pub in_: T,
}

/// What can be measured. Percentages are 0-100; lag is in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// CPU of the source.
    PrimaryCpu,
    /// CPU of the replicas behind the reader name.
    ReplicaCpu,
    /// Connections of the source as a share of its max_connections.
    PrimaryConnections,
    /// Connections of the replicas behind the reader name as a share of their max_connections.
    ReplicaConnections,
    /// Connections of the source and of the replicas, as a share of max_connections.
    Connections,
    /// How far the replicas behind the reader name are behind the source.
    Lag,
}

impl Signal {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Signal; 6] = [
        Signal::PrimaryCpu,
        Signal::ReplicaCpu,
        Signal::PrimaryConnections,
        Signal::ReplicaConnections,
        Signal::Connections,
        Signal::Lag,
    ];

    /// As written in a rule.
    pub fn name(self) -> &'static str {
        match self {
            Signal::PrimaryCpu => "primary cpu",
            Signal::ReplicaCpu => "replica cpu",
            Signal::PrimaryConnections => "primary connections",
            Signal::ReplicaConnections => "replica connections",
            Signal::Connections => "connections",
            Signal::Lag => "lag",
        }
    }

    /// What is read from CloudWatch for it.
    pub fn metric(self) -> Metric {
        match self {
            Signal::PrimaryCpu | Signal::ReplicaCpu => Metric::Cpu,
            Signal::PrimaryConnections | Signal::ReplicaConnections | Signal::Connections => {
                Metric::Connections
            }
            Signal::Lag => Metric::Lag,
        }
    }
}

/// What is read from CloudWatch of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// `CPUUtilization`, percent.
    Cpu,
    /// `DatabaseConnections`, a count.
    Connections,
    /// `ReplicaLag`, seconds; -1 when replication does not run.
    Lag,
}

/// Which side of the threshold is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Any member above it.
    Above,
    /// All members below it.
    Below,
}

/// `primary cpu > 70% for 10m, 8 of 10 points add 2`, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdRule {
    /// What is compared.
    pub signal: Signal,
    /// Which side counts.
    pub comparison: Comparison,
    /// In the signal's unit: percent, or seconds for lag.
    pub threshold: f64,
    /// The minutes looked at, of which the newest is the newest complete one.
    pub points: PointsRequired,
    /// How many members it adds; meaningless for `scale_in` and `alert`.
    pub step: Count,
    /// As the person wrote it: what explanations quote.
    pub text: String,
}

/// M of N one-minute points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsRequired {
    /// Every present point of the last `of`, of which at most a tenth (rounded up) may be missing.
    All {
        /// N.
        of: u32,
    },
    /// At least `at_least` of the last `of`; the others may say anything or be missing.
    AtLeast {
        /// M.
        at_least: u32,
        /// N.
        of: u32,
    },
}

impl PointsRequired {
    /// N: how many minutes are looked at.
    pub fn of(self) -> u32 {
        match self {
            PointsRequired::All { of } | PointsRequired::AtLeast { of, .. } => of,
        }
    }
}

/// `replica cpu at 60%`: capacity follows the mean so that it stays at the target.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingRule {
    /// What is tracked: a signal of replicas.
    pub signal: Signal,
    /// The value to keep.
    pub target: Percent,
    /// As the person wrote it.
    pub text: String,
}

/// Bounds that hold while a clock in a zone says so.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityWindow {
    /// The days on which it opens, in its own zone.
    pub days: Vec<jiff::civil::Weekday>,
    /// When it opens.
    pub from: jiff::civil::Time,
    /// When it closes; `None` is midnight at the end of the day.
    pub to: Option<jiff::civil::Time>,
    /// The zone of both.
    pub zone: jiff::tz::TimeZone,
    /// Never fewer while open.
    pub min: Option<Count>,
    /// Never more while open.
    pub max: Option<Count>,
    /// As `mon-fri 08:00-20:00 Europe/Madrid`: what explanations quote.
    pub text: String,
}

/// `2 per 15m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many members.
    pub members: Count,
    /// In how long, counted back from now.
    pub period: SignedDuration,
}
