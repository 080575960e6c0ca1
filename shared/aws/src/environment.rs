//! What a function is told by its environment, read once and checked.

use std::fmt;
use std::path::PathBuf;

use tidegate_policy::names::Stage;
use tidegate_policy::pause::Paused;
use tidegate_policy::policy::DEFAULT_STAGE;

/// Names the place of the policy: `file:PATH` or `ssm:NAME`.
pub const POLICY: &str = "TIDEGATE_POLICY";

/// Names the ledger's table, or is its ARN.
pub const LEDGER_TABLE: &str = "TIDEGATE_LEDGER_TABLE";

/// Names the deployment, as `production`: the tag and the dimension that tell its replicas and its metrics from another's.
pub const STAGE: &str = "TIDEGATE_STAGE";

/// Says which metrics are published: `sparse` or `all`.
pub const METRICS: &str = "TIDEGATE_METRICS";

/// Says what of every target is paused: `all`, `in`, `out` or `none`. The switch of a stack.
pub const PAUSED: &str = "TIDEGATE_PAUSED";

/// The ARN of the bus on which what happened is published.
pub const BUS: &str = "TIDEGATE_BUS";

/// All that a function is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Where the policy is.
    pub policy: PolicyPlace,
    /// The DynamoDB table of the ledger: its name, or its ARN, which DynamoDB takes wherever it takes a name.
    pub ledger_table: String,
    /// The deployment's name.
    pub stage: Stage,
    /// Which metrics are published.
    pub metrics: PublishedMetrics,
    /// What of every target is paused.
    pub paused: Option<Paused>,
    /// The bus on which what happened is published; without one it is in the log alone.
    pub bus: Option<String>,
}

/// The ARNs of the topics of people, and of Amazon Q Developer.
pub const CRITICAL_TOPIC: &str = "TIDEGATE_CRITICAL_TOPIC";
/// See [`CRITICAL_TOPIC`].
pub const WARNING_TOPIC: &str = "TIDEGATE_WARNING_TOPIC";
/// See [`CRITICAL_TOPIC`].
pub const AMAZON_Q_TOPIC: &str = "TIDEGATE_AMAZON_Q_TOPIC";

/// The address that stands in for every channel, in tests and in `make local`.
pub const CHANNELS: &str = "TIDEGATE_CHANNELS";

/// All that the function `notify` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyEnvironment {
    /// Where the policy is, whose channels are told.
    pub policy: PolicyPlace,
    /// The DynamoDB table of the ledger, where the mailboxes lie too.
    pub ledger_table: String,
    /// The deployment's name.
    pub stage: Stage,
    /// The topic of critical alarms, by ARN.
    pub critical_topic: String,
    /// The topic of warnings, by ARN.
    pub warning_topic: String,
    /// The topic that Amazon Q Developer listens to, by ARN.
    pub amazon_q_topic: String,
    /// Where everything is posted instead: for stand-ins alone.
    pub channels: Option<String>,
}

impl NotifyEnvironment {
    /// Reads the variables through `lookup`, as [`Environment::read`] does.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let arn = |name: &str| read(&lookup, name, "the ARN of a topic of the stack", topic);
        let policy = policy_place(&lookup);
        let ledger_table = ledger_table(&lookup);
        let stage = stage_name(&lookup);
        let topics = (arn(CRITICAL_TOPIC), arn(WARNING_TOPIC), arn(AMAZON_Q_TOPIC));
        let channels =
            read_or(&lookup, CHANNELS, None, "the http:// address of a stand-in, or to nothing", |address| {
                stand_in(address).map(Some)
            });
        match (policy, ledger_table, stage, topics, channels) {
            (
                Ok(policy),
                Ok(ledger_table),
                Ok(stage),
                (Ok(critical_topic), Ok(warning_topic), Ok(amazon_q_topic)),
                Ok(channels),
            ) => Ok(Self {
                policy,
                ledger_table,
                stage,
                critical_topic,
                warning_topic,
                amazon_q_topic,
                channels,
            }),
            (policy, ledger_table, stage, (critical, warning, amazon_q), channels) => {
                let problems = [
                    policy.err(),
                    ledger_table.err(),
                    stage.err(),
                    critical.err(),
                    warning.err(),
                    amazon_q.err(),
                    channels.err(),
                ];
                Err(EnvironmentError { problems: problems.into_iter().flatten().collect() })
            }
        }
    }
}

/// Which of the metrics in the log are published: CloudWatch bills each one for every hour in which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublishedMetrics {
    /// What is out of the ordinary, while it is.
    #[default]
    Sparse,
    /// Every one, whatever its value.
    All,
}

/// Where a policy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyPlace {
    /// A file, relative to the working directory, which in Lambda is the package.
    File(PathBuf),
    /// A parameter of SSM's Parameter Store: a name, a name with a version or label (`/tidegate/policy:3`), or an ARN.
    Parameter(String),
}

impl fmt::Display for PolicyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyPlace::File(path) => write!(f, "file:{}", path.display()),
            PolicyPlace::Parameter(name) => write!(f, "ssm:{name}"),
        }
    }
}

/// The environment does not say what it must: every problem at once, a line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct EnvironmentError {
    /// Each names the variable, what it held, and an example of a right value.
    pub problems: Vec<String>,
}

impl Environment {
    /// Reads the variables through `lookup`, as `|name| std::env::var(name).ok()`. An empty variable is a missing one; without the stage it is
    /// `default`, without a choice of metrics they are sparse.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Environment, EnvironmentError> {
        let policy = policy_place(&lookup);
        let ledger_table = ledger_table(&lookup);
        let stage = stage_name(&lookup);
        let metrics = read_or(
            &lookup,
            METRICS,
            PublishedMetrics::default(),
            "sparse for what is out of the ordinary, or all for every metric",
            published,
        );
        let paused = read_or(&lookup, PAUSED, None, "all, in or out for a pause, or none", paused);
        let bus = read_or(&lookup, BUS, None, "the ARN of the stack's bus", |arn| bus(arn).map(Some));
        match (policy, ledger_table, stage, metrics, paused, bus) {
            (Ok(policy), Ok(ledger_table), Ok(stage), Ok(metrics), Ok(paused), Ok(bus)) => {
                Ok(Environment { policy, ledger_table, stage, metrics, paused, bus })
            }
            (policy, ledger_table, stage, metrics, paused, bus) => {
                let problems =
                    [policy.err(), ledger_table.err(), stage.err(), metrics.err(), paused.err(), bus.err()];
                Err(EnvironmentError { problems: problems.into_iter().flatten().collect() })
            }
        }
    }
}

fn policy_place(lookup: impl Fn(&str) -> Option<String>) -> Result<PolicyPlace, String> {
    let example = "file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter";
    read(lookup, POLICY, example, place)
}

fn ledger_table(lookup: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    read(lookup, LEDGER_TABLE, "the table's name, such as tidegate-ledger", table)
}

fn stage_name(lookup: impl Fn(&str) -> Option<String>) -> Result<Stage, String> {
    let example = "the deployment's name, such as production";
    read_or(lookup, STAGE, Stage::new(DEFAULT_STAGE), example, stage)
}

/// A variable that must be set.
fn read<T>(
    lookup: impl Fn(&str) -> Option<String>,
    name: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<T, String> {
    let given = given(lookup, name, example, parse)?;
    given.ok_or_else(|| format!("{name} is not set: set it to {example}"))
}

/// A variable that need not be set.
fn read_or<T>(
    lookup: impl Fn(&str) -> Option<String>,
    name: &str,
    default: T,
    example: &str,
    parse: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<T, String> {
    Ok(given(lookup, name, example, parse)?.unwrap_or(default))
}

fn given<T>(
    lookup: impl Fn(&str) -> Option<String>,
    name: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Option<T>, String> {
    let Some(value) = lookup(name).filter(|value| !value.trim().is_empty()) else { return Ok(None) };
    let parsed =
        parse(&value).map_err(|wrong| format!("{name} is {value:?}, {wrong}: set it to {example}"))?;
    Ok(Some(parsed))
}

fn place(value: &str) -> Result<PolicyPlace, &'static str> {
    if let Some(path) = value.strip_prefix("file:") {
        return if path.is_empty() {
            Err("which names no file")
        } else {
            Ok(PolicyPlace::File(PathBuf::from(path)))
        };
    }
    let name = value.strip_prefix("ssm:").ok_or("which begins with neither `file:` nor `ssm:`")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-/:".contains(c);
    if name.is_empty() {
        Err("which names no parameter")
    } else if !name.chars().all(fits) {
        Err("but a parameter's name has only letters, digits, slashes, dots, hyphens and underscores")
    } else if name.contains('/') && !name.starts_with('/') && !name.starts_with("arn:") {
        Err("but a parameter's name that has slashes begins with one")
    } else {
        Ok(PolicyPlace::Parameter(name.to_owned()))
    }
}

fn table(value: &str) -> Result<String, &'static str> {
    let name = if value.starts_with("arn:") {
        let parts: Vec<_> = value.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, "dynamodb", region, account, resource]
                if !partition.is_empty() && !region.is_empty() && !account.is_empty() =>
            {
                resource.strip_prefix("table/").ok_or("which is not the ARN of a table")?
            }
            _ => return Err("which is not the ARN of a DynamoDB table"),
        }
    } else {
        value
    };
    // DynamoDB's naming rule. A longer ARN, of an index or a stream, has a slash and falls here.
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !name.chars().all(fits) {
        Err("but a table's name has only letters, digits, dots, hyphens and underscores")
    } else if !(3..=255).contains(&name.len()) {
        Err("but a table's name has 3 to 255 characters")
    } else {
        Ok(value.to_owned())
    }
}

fn stage(value: &str) -> Result<Stage, &'static str> {
    // What both a tag's value (AWS tagging rules) and that of a CloudWatch dimension (CloudWatch API reference, "Dimension") may be.
    let fits = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
    if !value.chars().all(fits) || [":", "aws:", "rds:"].iter().any(|bad| value.starts_with(bad)) {
        Err(
            "but it is the value of a tag and of a dimension, which has only letters (a to z), digits, spaces and _ . : / = + - @, \
             and begins with no colon, aws: or rds:",
        )
    } else if value.len() > 255 {
        Err("but the value of a dimension has 255 characters at most")
    } else {
        Ok(Stage::new(value))
    }
}

fn published(value: &str) -> Result<PublishedMetrics, &'static str> {
    match value {
        "sparse" => Ok(PublishedMetrics::Sparse),
        "all" => Ok(PublishedMetrics::All),
        _ => Err("which is neither `sparse` nor `all`"),
    }
}

/// A word that is no pause stops the function: whoever turned the switch must not believe that it is on.
fn paused(value: &str) -> Result<Option<Paused>, &'static str> {
    match value {
        "none" => Ok(None),
        word => word.parse().map(Some).map_err(|_| "which is no pause"),
    }
}

/// EventBridge takes an event for a bus that is not there, and tells nobody: so a name is not enough.
fn bus(value: &str) -> Result<String, &'static str> {
    let parts: Vec<_> = value.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "events", region, account, resource]
            if !region.is_empty() && !account.is_empty() && resource.starts_with("event-bus/") =>
        {
            Ok(value.to_owned())
        }
        _ => Err("which is not the ARN of an event bus"),
    }
}

fn topic(value: &str) -> Result<String, &'static str> {
    let parts: Vec<_> = value.split(':').collect();
    match parts[..] {
        ["arn", _, "sns", region, account, name] if ![region, account, name].contains(&"") => {
            Ok(value.to_owned())
        }
        _ => Err("which is not the ARN of a topic"),
    }
}

fn stand_in(value: &str) -> Result<String, &'static str> {
    let host = value.strip_prefix("http://").filter(|host| !host.is_empty());
    host.map(|_| value.to_owned()).ok_or("which is no http:// address")
}
