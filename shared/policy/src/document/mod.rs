//! The policy document: TOML in, a validated `Policy` out, or every problem at once with its place and its mend.
//!
//! A document holds `[[target]]` and `[[event]]` tables and the table `[calendars]`. Unknown keys are errors everywhere. Durations are
//! written `90s`, `10m`, `1h30m` or `2d`, percentages `70%`, both in quotes; a bare number where a unit belongs is an error, never a guess.
//!
//! # A target
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `name` | what everything calls the target; unique | 1 to 40 lower-case letters, digits, hyphens; begins with a letter | required |
//! | `kind` | what is scaled | `rds-replicas`, `ecs-service`, `redis-nodes` | required |
//!
//! # `rds-replicas`
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `source` | the primary, never deleted, modified or tagged | an RDS identifier in lower case; one target a source | required |
//! | `engine` | decides the replica limit and the lag rule | `mysql`, `mariadb`, `postgres` (15 replicas), `oracle`, `sqlserver` (5), `db2` (3) | required |
//! | `class` | the class of new replicas | `db.…` | the source's |
//! | `fallback_classes` | opt-in: what is asked for, in this order, where RDS has no room for `class` anywhere; after an hour `class` is first again | list of up to 5 `db.…` | none |
//! | `fallback_zones` | opt-in: where each class is asked for, in this order, after RDS had no room in a zone of its choice | list of up to 5 zones of the source's subnet group | RDS chooses |
//! | `security_groups` | VPC security groups of new replicas | list of `sg-…` | the source's |
//! | `reader.zone` | the hosted zone of the reader name | `Z…` | required |
//! | `reader.name` | the weighted record that readers resolve | a DNS name; one target a name | required |
//! | `reader.ttl` | the TTL of every record of the group | 1s to 5m: a drain waits 3 x TTL | required |
//! | `prefix` | begins the name of every replica of ours; 10 hexadecimal characters follow | up to 53 characters, ends with a hyphen, does not begin the source's name | `tg-{name}-` |
//! | `owner` | the value of the owner tag | 1 to 256 letters (a to z), digits, spaces and `_.:/=+-@` | `tidegate` |
//! | `tags` | what new replicas are tagged with besides Tidegate's own | table of up to 40 keys (1 to 128 characters, not `aws:`, `rds:` or `tidegate:` in front) with values as `owner` | none |
//! | `floor` | whether the primary answers reads while no replica serves | bool; `true` if `min` is 0 | `true` if `min` is 0, else `false` |
//! | `lag_bound` | a replica serves only with lag at or below this | duration, not zero | `30s` |
//! | `max_connections` | replaces what the parameter group says | 1 or more | the parameter group's |
//! | `pool_lifetime` | the longest that a client's pool keeps a connection | duration, not zero | `10m` |
//! | `creations_per_day` | the most creations in any 24 hours | 1 or more | 12 |
//! | `replace_after` | a replica that has not served for so long is no capacity: it is alerted and replaced within `max` and `creations_per_day`, and never deleted for it | 15m to 7d | `1h` |
//! | `drain.deadline` | how long a drain may take | longer than `pool_lifetime` + twice (3 x `reader.ttl` + `quiet_points` minutes + 5m for metrics to show it): before and after the record is gone | `45m` |
//! | `drain.quiet_points` | consecutive one-minute points without clients | 3 to 5 | 4 |
//! | `drain.idle_connections` | connections that are always there | 0 or more | 0 |
//! | `drain.on_deadline` | `cancel` restores the weight, `force` removes with clients connected | | `cancel` |
//!
//! # `ecs-service`
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `cluster` | the cluster's short name | 1 to 255 letters, digits, hyphens, underscores | required |
//! | `service` | the service's short name | as `cluster`; one target a service | required |
//! | `load_balancer.load_balancer` | the Application Load Balancer that its requests come from: for the signals of requests, latency and errors | the end of its ARN, `app/NAME/ID` | none |
//! | `load_balancer.target_group` | the target group of its tasks; all that blue/green deployments alternate between | the end of its ARN, `targetgroup/NAME/ID`, or a list of up to five | none |
//! | `queue` | the SQS queue that it works off: for the signals of queues | 1 to 80 letters, digits, hyphens, underscores; `.fifo` may follow | none |
//! | `spot.share` | how much of the tasks beyond `spot.base` runs on Fargate Spot | 1% to 100% | required in `spot` |
//! | `spot.base` | so many tasks are on demand in any case | 0 to `max` | 0 |
//! | `spot.retry_after` | how long it stays on demand after Spot could place no task | 1m to 7d | `30m` |
//! | `spot.force_deployment` | whether a changed share is deployed to the tasks that run already, which replaces all of them | bool | `false` |
//! | `override_for` | how long a direct command lasts that does not say until when | 1m to 7d | `1h` |
//! | `start_within` | tasks that do not run after this time are told to a person | 1m to 1h | `10m` |
//!
//! # `redis-nodes`
//!
//! A replication group of Redis or Valkey. `min` and `max` count its **nodes**: with cluster mode disabled the primary and its replicas, with
//! cluster mode enabled shards x (1 + replicas).
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `group` | the replication group's id | 1 to 40 lower-case letters, digits, single hyphens; begins with a letter; one target a group | required |
//! | `cluster_mode` | whether the keys are divided among shards | `disabled`, `enabled`: as the group has it | `disabled` |
//! | `failover` | whether every shard keeps a replica to fail over to | bool; with cluster mode enabled only `true` | `true` |
//! | `replicas.min`, `replicas.max` | replicas of each shard; with cluster mode disabled `min` and `max` say it | 1 to 5 | 1 and 5 |
//! | `shards.min`, `shards.max` | opt-in, with cluster mode enabled: between these the number of shards is changed | 1 to 500 | it is never changed |
//! | `node_types` | opt-in: the ladder of node types that the group may climb, its own among them | list of two or more `cache.FAMILY.SIZE`, the smallest first | it is never changed |
//! | `change_within` | a change that takes longer is told to a person | 10m to 24h | `1h` |
//!
//! What is short decides which lever is pulled:
//!
//! | pressure | what helps | what is done |
//! |---|---|---|
//! | `cpu` of what answers reads: replicas, and a primary without any | replicas | `add K` adds K replicas to each shard; where it has all that it may have, shards |
//! | `cpu` of a primary whose replicas are not as busy: writes | shards | with `shards`, `add K` adds K shards; else nothing, and a person is told |
//! | `memory`, `evictions` | shards, which divide the keys | with `shards`, `add K` adds K shards |
//! | `memory`, `evictions` | a larger node type | without `shards`, or with all that there may be: the next of `node_types`, if ElastiCache offers it |
//! | `memory`, `evictions` | neither is opted into, or left | nothing, and a person is told |
//!
//! **Replicas are never added for memory**: each holds the same keys as its primary. Evictions are what a want of memory looks like where keys may be
//! dropped, so they pull what memory pulls. All shards grow together: with four of them a replica more is four nodes, and a step that would go
//! beyond `max` is not made. A removal takes replicas before shards, one from each of the shards that have the most; a shard goes only if the
//! others can hold its keys. Where rules decide, replicas go only if one of them reads `cpu`: nothing else says what replicas are for. Memory or
//! evictions that do not fall after a shard or a larger type was added for them get no more: a person is notified, and raises `max` or `shards.max`
//! if more it is to be.
//!
//! The number of shards and the node type are **opt-in**, because either costs more than a replica: keys move between shards while the
//! group serves more slowly, and another node type replaces every node and fails over. A node type is changed at once, and only while the
//! group's own maintenance window is open (`PreferredMaintenanceWindow`, in UTC); until then it waits, and says so. What has begun may
//! end after the window. In a Global Datastore neither is changed.
//!
//! What is not done: **a smaller node type** is never asked for, so a group that grew stays so until a person shrinks it. A primary is never
//! named for removal, and with failover or Multi-AZ every shard keeps a replica. A group on which native auto scaling is registered is left to
//! it, and serverless caches and Memcached have no nodes of this kind: each is told. Cluster mode, failover and Multi-AZ are never changed.
//!
//! A group with cluster mode enabled, which grows from 2 shards with a replica each to 6 with up to three:
//!
//! ```toml
//! [[target]]
//! name         = "feeds"
//! kind         = "redis-nodes"
//! group        = "feeds"
//! cluster_mode = "enabled"
//! shards       = { min = 2, max = 6 }
//! replicas     = { min = 1, max = 3 }
//! min          = 4
//! max          = 24
//! scale_out    = ["memory > 75% for 10m", "evictions > 100 for 10m", "cpu > 70% for 10m"]
//! scale_in     = ["memory < 40% for 30m", "evictions < 1 for 30m", "cpu < 40% for 30m"]
//! ```
//!
//! # Scaling
//!
//! Where the kinds differ, the second value is that of `ecs-service`, and the third that of `redis-nodes`.
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `min` | never fewer, outside windows | 0 to `max`; 0 needs a `scale_out` rule on the primary; or a rule of `scale_out` or `track` on the queue; or, of both, a window with a `min`; or an event; of nodes 2, and 1 without `failover`, to `max`, and no more than `shards.max` and `replicas.max` allow | required |
//! | `max` | never more, but for an event's | 1 to the engine's replica limit; to 5000; to 6 nodes with cluster mode disabled and 500 with it enabled, and no fewer than `shards.min` and `replicas.min` ask for | required |
//! | `evaluate_every` | how often signals are bought while nothing is under way | 1m to 1h, whole minutes | `5m` |
//! | `scale_out` | threshold rules with `>`: out if any holds | list; a service with one has `scale_in` or `track` too | none |
//! | `scale_in` | threshold rules with `<`: in only if all hold | list | none |
//! | `alert` | threshold rules with `>`: told to a person | list | none |
//! | `track` | tracking rules: out if any says so, in only if all agree; not of `redis-nodes`, which ElastiCache's own scaling tracks | list | none |
//! | `windows` | capacity windows | list of tables | none |
//! | `cooldown.out` | least time from one action to the next addition | duration; of replicas `pool_lifetime` or more: a new replica stays idle until pools recycle | `10m`; `60s`; `10m` |
//! | `cooldown.in` | least time from one action to the next removal | duration | `30m`; `300s`; `15m` |
//! | `stabilization.out` | how long a recommendation to add must have stood | duration | `0s` |
//! | `stabilization.in` | how long a recommendation to remove must have stood | duration | `5m` |
//! | `rate_limit.out`, `rate_limit.in` | how many members may come, or go, in a period | `2 per 15m` | no limit |
//! | `margin` | a removal is held unless the load after it stays this share below every out-threshold; of CPU, and of connections, where there is none: below 80%; of services only what tasks share counts: CPU, requests, backlog; of nodes CPU, and of a shard that goes memory too: where there is none, below 75% | 0% to 50% | `10%` |
//!
//! One of `scale_out`, `scale_in`, `track` and `windows`, or an event, has to be there.
//!
//! # A threshold rule
//!
//! `SIGNAL > VALUE for DURATION[, M of N points][ add K]`, as `primary cpu > 90% for 5m, 4 of 5 points add 2`.
//!
//! | part | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | SIGNAL | one of the kind's, below | | required |
//! | `>`, `<` | `>` in `scale_out` and `alert`, `<` in `scale_in` | | required |
//! | VALUE | the threshold | in the signal's unit, above zero | required |
//! | DURATION | how many one-minute points are looked at | 1m to 3h, whole minutes | required |
//! | M of N points | how many of them must say so | N is DURATION in minutes, M is 1 to N; in `scale_in` at most a tenth of the N may be missing | every present point |
//! | add K | how many members it adds, in `scale_out` only; of nodes so many replicas a shard, or so many shards where those are what helps | 1 to `max` | 1 |
//!
//! A threshold of `scale_in` lies below every threshold of `scale_out` and target of `track` on the same signal, where `connections`
//! is the same as either of its parts.
//!
//! | signal | of | unit | needs |
//! |---|---|---|---|
//! | `primary cpu`, `replica cpu` | `rds-replicas` | percentage up to 100% | |
//! | `primary connections`, `replica connections`, `connections` | `rds-replicas` | percentage of `max_connections` up to 100% | |
//! | `lag` | `rds-replicas` | duration | |
//! | `cpu`, `memory` | `ecs-service` | percentage of what tasks reserve, up to 100% | |
//! | `cpu` | `redis-nodes` | percentage of the one core that a node's engine uses, up to 100% | |
//! | `memory` | `redis-nodes` | percentage of what a shard may hold (`maxmemory`, with data tiering memory and SSD together), up to 100% | |
//! | `evictions` | `redis-nodes` | a number: keys that a shard drops in a minute for want of memory | |
//! | `requests per target` | `ecs-service` | a number: requests a minute for each task | `load_balancer` |
//! | `p95 latency` | `ecs-service` | duration, here also `800ms` | `load_balancer` |
//! | `error rate` | `ecs-service` | percentage of requests up to 100% | `load_balancer` |
//! | `queue depth` | `ecs-service` | a number: messages that wait; with `<` in `scale_in` also those in flight | `queue` |
//! | `queue age` | `ecs-service` | duration: how long the oldest has waited | `queue` |
//! | `backlog per task` | `ecs-service` | a number: messages that wait for each task; on the way in also those in flight | `queue` |
//!
//! # A tracking rule
//!
//! `SIGNAL at VALUE`, as `replica cpu at 60%` or `requests per target at 1000`: SIGNAL is `replica cpu` or `replica connections` of replicas,
//! and of a service `cpu`, `memory`, `requests per target` or `backlog per task`. VALUE is 10% to 95%, or a number above zero.
//!
//! # A window
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `days` | the days of the week on which it opens | `mon-fri`, `mon,wed,sat`, `daily`, or a list of those | required, or `on` |
//! | `except` | with `days`: the calendar on whose dates it stays shut | a name of `[calendars]` | none |
//! | `on` | instead of `days`: the calendar on whose dates it opens, and on no other | a name of `[calendars]` | none |
//! | `from` | when it opens | `00:00` to `23:59` | required |
//! | `to` | when it closes | after `from`, up to `24:00`, which is midnight | required |
//! | `zone` | the time zone of both | an IANA name, as `Europe/Madrid` | required |
//! | `min` | never fewer while open | within the target's bounds; of nodes also what the group can have | one of the two is required |
//! | `max` | never more while open | within the target's bounds | one of the two is required |
//! | `over` | how long `min` takes to rise once it is open | duration, not zero, shorter than the window | at once |
//!
//! # Calendars
//!
//! `[calendars]` has a key for each calendar, its name: 1 to 40 letters, digits, hyphens and underscores. One of the two has to be there, and a date
//! in it.
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `dates` | dates | list of `2026-12-25`, with or without quotes | none |
//! | `files` | iCalendar files beside the policy | list of file names | none |
//!
//! Of a file every VEVENT counts that is not cancelled: its days from DTSTART to before DTEND, or for its DURATION; of one with a time, the date of DTSTART
//! as it is written. RRULE may be FREQ=YEARLY with INTERVAL, COUNT and UNTIL, and is followed until 2100; EXDATE and RDATE are respected.
//! Anything else that moves days is an error, which names the file and the line.
//!
//! # An event
//!
//! `[[event]]`: a time of known load on one or more targets of kind `ecs-service`, which then have `requests_per_minute / requests_per_task` tasks
//! and the buffer on top, rounded up, from the lead to the end.
//!
//! | key | what it is | unit, bounds | default |
//! |---|---|---|---|
//! | `name` | what explanations call it; unique in a target | 1 to 64 letters, digits, inner spaces and `-` `_` `.` | required |
//! | `target`, `targets` | whose load it is | the name of a target, or a list of names | one of the two is required |
//! | `from` | when the load begins | `2026-11-27 18:00` in the zone, or with an offset, `2026-11-27T18:00:00+01:00` | required |
//! | `to` | when it is over | as `from`, and later | required |
//! | `zone` | the time zone of what has no offset | an IANA name; a time that the clock skips is taken after the gap, one that it repeats the first time | required without offsets |
//! | `requests_per_minute` | what is expected | 1 or more | required |
//! | `requests_per_task` | what one task serves in a minute | 1 or more | 500 |
//! | `buffer` | added to what is expected | 0% to 200% | `20%` |
//! | `lead` | how long before `from` the tasks are there | 0s to 24h | `1h` |
//! | `max` | lifts the target's `max` until capacity has come down | the tasks that are needed, and the target's `max`, or more; up to 5000 | the target's, which has to be enough |
//! | `descent` | how many tasks may go, in how long, once it is over, whatever signals say | a rate, as `2 per 10m` | `2 per 10m` |
//! | `warm` | what is asked for before the load comes | an `https://` or `http://` address with a host and without a password | nothing |
//! | `warm_requests` | how often, at most; in the last of three tries at most: one that nothing answers stops at five | 1 to 1000; needs `warm` | 50 |

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
mod node_count;
mod node_types;
mod order;
mod percent;
mod place;
mod problems;
mod rate;
mod rds_replicas;
mod redis_nodes;
mod rule;
mod scaling;
mod spelling;
mod syntax;
mod table;
mod tags;
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
