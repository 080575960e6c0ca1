//! What a function is told by its environment, read once and checked.

use std::fmt;
use std::path::PathBuf;

/// Names the place of the policy: `file:PATH` or `ssm:NAME`.
pub const POLICY: &str = "TIDEGATE_POLICY";

/// Names the ledger's table, or is its ARN.
pub const LEDGER_TABLE: &str = "TIDEGATE_LEDGER_TABLE";

/// All that a function is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Where the policy is.
    pub policy: PolicyPlace,
    /// The DynamoDB table of the ledger: its name, or its ARN, which DynamoDB takes wherever it takes a name.
    pub ledger_table: String,
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
    /// Reads the variables through `lookup`, as `|name| std::env::var(name).ok()`. An empty variable is a missing one.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Environment, EnvironmentError> {
        let policy = read(
            &lookup,
            POLICY,
            "file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter",
            place,
        );
        let ledger_table = read(&lookup, LEDGER_TABLE, "the table's name, such as tidegate-ledger", table);
        match (policy, ledger_table) {
            (Ok(policy), Ok(ledger_table)) => Ok(Environment { policy, ledger_table }),
            (policy, ledger_table) => {
                let problems = [policy.err(), ledger_table.err()].into_iter().flatten().collect();
                Err(EnvironmentError { problems })
            }
        }
    }
}

fn read<T>(
    lookup: impl Fn(&str) -> Option<String>,
    name: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<T, String> {
    match lookup(name).filter(|value| !value.trim().is_empty()) {
        None => Err(format!("{name} is not set: set it to {example}")),
        Some(value) => {
            parse(&value).map_err(|wrong| format!("{name} is {value:?}, {wrong}: set it to {example}"))
        }
    }
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
