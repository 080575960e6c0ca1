//! The policy document: TOML in, a validated `Policy` out, or every problem at once with its place and its mend.
//!
//! A document holds `[[target]]` tables and nothing else. Unknown keys are errors everywhere. Durations are written `90s`, `10m`,
//! `1h30m` or `2d`, percentages `70%`, both in quotes; a bare number where a unit belongs is an error, never a guess.
//!
//! # A target
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `name` | what everything calls the target; unique | 1 to 40 lower-case letters, digits, hyphens; begins with a letter | required |
//! | `kind` | what is scaled | `rds-replicas` | required |
//!
//! # `rds-replicas`
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `source` | the primary, never deleted, modified or tagged | an RDS identifier in lower case; one target a source | required |
//! | `engine` | decides the replica limit and the lag rule | `mysql`, `mariadb`, `postgres` (15 replicas), `oracle`, `sqlserver` (5), `db2` (3) | required |
//! | `class` | the class of new replicas | `db.…` | the source's |
//! | `security_groups` | VPC security groups of new replicas | list of `sg-…` | the source's |
//! | `reader.zone` | the hosted zone of the reader name | `Z…` | required |
//! | `reader.name` | the weighted record that readers resolve | a DNS name; one target a name | required |
//! | `reader.ttl` | the TTL of every record of the group | 1s to 5m: a drain waits 3 x TTL | required |
//! | `prefix` | begins the name of every replica of ours; 10 hexadecimal characters follow | up to 53 characters, ends with a hyphen, does not begin the source's name | `tg-{name}-` |
//! | `owner` | the value of the owner tag | 1 to 256 characters of a tag | `tidegate` |
//! | `floor` | whether the primary answers reads while no replica serves | bool; `true` if `min` is 0 | `true` if `min` is 0, else `false` |
//! | `lag_bound` | a replica serves only with lag at or below this | duration, not zero | `30s` |
//! | `max_connections` | replaces what the parameter group says | 1 or more | the parameter group's |
//! | `pool_lifetime` | the longest that a client's pool keeps a connection | duration, not zero | `10m` |
//! | `creations_per_day` | the most creations in any 24 hours | 1 or more | 12 |
//! | `drain.deadline` | how long a drain may take | longer than `pool_lifetime` + twice (3 x `reader.ttl` + `quiet_points` minutes + 5m for metrics to show it): before and after the record is gone | `45m` |
//! | `drain.quiet_points` | consecutive one-minute points without clients | 3 to 5 | 4 |
//! | `drain.idle_connections` | connections that are always there | 0 or more | 0 |
//! | `drain.on_deadline` | `cancel` restores the weight, `force` removes with clients connected | | `cancel` |
//!
//! # Scaling
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `min` | never fewer, outside windows | 0 to `max`; 0 needs a `scale_out` rule on the primary, or a window with a `min` | required |
//! | `max` | never more | 1 to the engine's replica limit | required |
//! | `evaluate_every` | how often signals are bought while nothing is under way | 1m to 1h, whole minutes | `5m` |
//! | `scale_out` | threshold rules with `>`: out if any holds | list | none |
//! | `scale_in` | threshold rules with `<`: in only if all hold | list | none |
//! | `alert` | threshold rules with `>`: told to a person | list | none |
//! | `track` | tracking rules: out if any says so, in only if all agree | list | none |
//! | `windows` | capacity windows | list of tables | none |
//! | `cooldown.out` | least time from one action to the next addition | duration, `pool_lifetime` or more: a new replica stays idle until pools recycle | `10m` |
//! | `cooldown.in` | least time from one action to the next removal | duration | `30m` |
//! | `stabilization.out` | how long a recommendation to add must have stood | duration | `0s` |
//! | `stabilization.in` | how long a recommendation to remove must have stood | duration | `5m` |
//! | `rate_limit.out`, `rate_limit.in` | how many members may come, or go, in a period | `2 per 15m` | no limit |
//! | `margin` | a removal is held unless the load after it stays this share below every out-threshold | 0% to 50% | `10%` |
//!
//! One of `scale_out`, `scale_in`, `track` and `windows` has to be there.
//!
//! # A threshold rule
//!
//! `SIGNAL > VALUE for DURATION[, M of N points][ add K]`, as `primary cpu > 90% for 5m, 4 of 5 points add 2`.
//!
//! | part | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | SIGNAL | `primary cpu`, `replica cpu`, `primary connections`, `replica connections`, `connections`, `lag` | | required |
//! | `>`, `<` | `>` in `scale_out` and `alert`, `<` in `scale_in` | | required |
//! | VALUE | the threshold | cpu and connections above 0% and up to 100%; lag a duration, not zero | required |
//! | DURATION | how many one-minute points are looked at | 1m to 3h, whole minutes | required |
//! | M of N points | how many of them must say so | N is DURATION in minutes, M is 1 to N; in `scale_in` at most a tenth of the N may be missing | every present point |
//! | add K | how many members it adds, in `scale_out` only | 1 to `max` | 1 |
//!
//! A threshold of `scale_in` lies below every threshold of `scale_out` and target of `track` on the same signal, where `connections`
//! is the same as either of its parts.
//!
//! # A tracking rule
//!
//! `SIGNAL at VALUE`, as `replica cpu at 60%`: SIGNAL is `replica cpu` or `replica connections`, VALUE is 10% to 95%.
//!
//! # A window
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `days` | the days on which it opens | `mon-fri`, `mon,wed,sat`, `daily`, or a list of those | required |
//! | `from` | when it opens | `00:00` to `23:59` | required |
//! | `to` | when it closes | after `from`, up to `24:00`, which is midnight | required |
//! | `zone` | the time zone of both | an IANA name, as `Europe/Madrid` | required |
//! | `min` | never fewer while open | within the target's bounds | one of the two is required |
//! | `max` | never more while open | within the target's bounds | one of the two is required |

mod calendar;
mod defaults;
mod duration;
mod ecs_service;
mod event;
mod facts;
mod icalendar;
mod identifier;
mod measure;
mod moment;
mod order;
mod percent;
mod place;
mod problems;
mod rate;
mod rds_replicas;
mod rule;
mod scaling;
mod spelling;
mod syntax;
mod table;
mod target;
mod text;
mod window;
mod window_days;
mod zone;

use std::fmt;

use crate::policy::Policy;

/// One thing wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Reads a policy document that names no files: one that does is refused.
///
/// # Errors
/// Every problem found, in the order of the document; never only the first.
pub fn parse(text: &str) -> Result<Policy, Vec<Problem>> {
    let without = |_: &str| {
        Err("no file stands beside this document: write dates = [\"2026-12-25\"] instead".to_owned())
    };
    parse_with(text, &without)
}

/// Reads a policy document; `files` reads a file that it names, which stands beside it, or says why it cannot and what to do, without a full stop.
///
/// # Errors
/// Every problem found, in the order of the document; never only the first. What is wrong in a file is told where the document names it.
pub fn parse_with(
    text: &str,
    files: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Policy, Vec<Problem>> {
    let mut problems = problems::Problems::of(text);
    let document = syntax::read(&mut problems);
    let targets = document.and_then(|document| target::read_all(&document, files, &mut problems));
    match targets {
        Some(targets) if problems.is_empty() => Ok(Policy { targets }),
        _ => Err(problems.into_sorted()),
    }
}
