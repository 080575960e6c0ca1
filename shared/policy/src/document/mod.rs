//! The policy document: TOML in, a validated `Policy` out, or every problem at once with its place and its fix.
//!
//! A document has `[[target]]`, `[[event]]` and `[[notify]]` tables, and the table `[calendars]`. An unknown key is an error everywhere.
//!
//! - A duration is written `90s`, `10m`, `1h30m` or `2d`, and a percentage `70%`. Both stand in quotes.
//! - A bare number where a unit belongs is an error, never a guess.
//! - A key with a dot stands in a table: `drain.deadline` is `drain = { deadline = "45m" }`.
//!
//! # Every target
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `name` | what everything calls the target; unique | 1 to 40 lower-case letters, digits, hyphens; begins with a letter | required | `"orders-readers"` |
//! | `kind` | what is scaled | `rds-replicas`, `ecs-service`, `redis-nodes` | required | `"rds-replicas"` |
//!
//! A target also has the keys of its kind, and the keys of [Scaling](#scaling).
//!
//! # `rds-replicas`
//!
//! Read replicas of a plain RDS database, behind one weighted reader name.
//!
//! ```toml
//! [[target]]
//! name   = "orders-readers"
//! kind   = "rds-replicas"
//! source = "orders-primary"
//! engine = "mysql"
//! class  = "db.t3.medium"
//! reader = { zone = "Z08ORDERSPROD", name = "orders-ro.db.example.com", ttl = "10s" }
//! min = 1
//! max = 5
//! scale_out = ["primary cpu > 75% for 2m", "connections > 80% for 5m", "lag > 1s for 5m"]
//! scale_in  = ["replica cpu < 65% for 10m", "connections < 65% for 10m"]
//! windows   = [{ days = "mon-fri", from = "07:30", to = "20:00", zone = "Europe/Madrid", min = 2, lead = "25m" }]
//! ```
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `source` | the primary, never deleted, modified or tagged | an RDS identifier in lower case; one target per source | required | `"orders-primary"` |
//! | `engine` | decides the replica limit and the lag rule | `mysql`, `mariadb`, `postgres` (15 replicas), `oracle`, `sqlserver` (5), `db2` (3) | required | `"mysql"` |
//! | `class` | the class of new replicas | `db.…` | the source's | `"db.t3.medium"` |
//! | `fallback_classes` | opt-in: what is asked for, in this order, where RDS has no room for `class` anywhere; after an hour `class` is first again | list of up to 5 `db.…` | none | `["db.r6g.large"]` |
//! | `fallback_zones` | opt-in: where each class is asked for, in this order, after RDS had no room in a zone of its choice | list of up to 5 zones of the source's subnet group | RDS chooses | `["eu-west-1b"]` |
//! | `security_groups` | VPC security groups of new replicas | list of `sg-…` | the source's | `["sg-0a1b2c3d4e5f60718"]` |
//! | `reader.zone` | the hosted zone of the reader name | `Z…` | required | `"Z0123456789ABC"` |
//! | `reader.name` | the weighted record that readers resolve | a DNS name; one target per name | required | `"orders-ro.db.example.com"` |
//! | `reader.ttl` | the TTL of every record of the reader name | 1s to 5m: a drain waits 3 x TTL | required | `"10s"` |
//! | `prefix` | begins the name of every replica of ours; 10 hexadecimal characters follow | up to 53 characters, ends with a hyphen, does not begin the source's name | `tg-{name}-` | `"tg-orders-"` |
//! | `owner` | the value of the owner tag | 1 to 256 letters (a to z), digits, spaces and `_.:/=+-@` | `tidegate` | `"tidegate"` |
//! | `tags` | the tags of new replicas besides Tidegate's own | table of up to 40 keys (1 to 128 characters, not `aws:`, `rds:` or `tidegate:` in front) with values as `owner` | none | `{ team = "orders" }` |
//! | `floor` | whether the primary answers reads while no replica serves | bool; `true` if `min` is 0 | `true` if `min` is 0, else `false` | `true` |
//! | `lag_bound` | a replica serves only with lag at or below this | duration, not zero | `30s` | `"30s"` |
//! | `max_connections` | replaces what the parameter group says | 1 or more | the parameter group's | `600` |
//! | `pool_lifetime` | the longest that a client's pool keeps a connection; 5 minutes or more let a replica take its full share in one step | duration, not zero | `5m` | `"5m"` |
//! | `creations_per_day` | the most creations in any 24 hours | 1 or more | 12 | `12` |
//! | `replace_after` | a replica that has not served for so long is no capacity: it is alerted and replaced within `max` and `creations_per_day`, and never deleted for it | 15m to 7d | `1h` | `"1h"` |
//! | `drain.deadline` | how long a drain may take | longer than `pool_lifetime` + twice (3 x `reader.ttl` + 5m for metrics to show it) + `quiet_points` minutes before the record is gone and 2 after | `45m` | `"45m"` |
//! | `drain.quiet_points` | consecutive one-minute points without clients | 3 to 5 | 4 | `4` |
//! | `drain.idle_connections` | connections that are always there | 0 or more | 0 | `1` |
//! | `drain.on_deadline` | what happens then: `cancel` restores the weight, `force` removes with clients connected | `cancel`, `force` | `cancel` | `"cancel"` |
//!
//! [Scaling](#scaling) of this kind:
//!
//! | key | unit, bounds | default | example |
//! |---|---|---|---|
//! | `min` | 0 to `max`; 0 needs a `scale_out` rule on the primary, or a window with a `min` | required | `1` |
//! | `max` | 1 to the engine's replica limit | required | `5` |
//! | `cooldown.out` | duration; `pool_lifetime` or more, since a new replica stays idle until pools recycle | `5m` | `"5m"` |
//! | `cooldown.in` | duration | `30m` | `"30m"` |
//! | `margin` | counts for CPU and connections; where a signal has no out-threshold, below 80% | `10%` | `"10%"` |
//!
//! | signal | unit | in `track` |
//! |---|---|---|
//! | `primary cpu` | percentage up to 100% | no |
//! | `replica cpu` | percentage up to 100% | yes |
//! | `primary connections`, `connections` | percentage of `max_connections` up to 100% | no |
//! | `replica connections` | percentage of `max_connections` up to 100% | yes |
//! | `lag` | duration | no |
//! | `primary read latency`, `replica read latency` | duration, here also `20ms`: one read of the disk on average | no |
//! | `primary disk queue`, `replica disk queue` | a number: reads and writes that wait for the disk | no |
//!
//! - Disk signals are bought only where a rule compares them: one metric more per instance and look.
//! - A disk slows down at once where it is full, and not in proportion to load. So neither is tracked or projected: a rule of `scale_in` on them holds
//!   removals.
//! - The primary's disk also serves writes, as its CPU does. A replica takes reads only.
//!
//! # `ecs-service`
//!
//! A service of ECS: its desired count, or the bounds of its scalable target where one is registered.
//!
//! ```toml
//! [[target]]
//! name    = "api"
//! kind    = "ecs-service"
//! cluster = "prod"
//! service = "api"
//! load_balancer = { load_balancer = "app/prod/50dc6c495c0c9188", target_group = "targetgroup/api/6d0ecf831eec9f09" }
//! min = 2
//! max = 10
//! scale_out = ["cpu > 70% for 10m", "memory > 80% for 10m", "p95 latency > 1s for 5m", "error rate > 1% for 5m"]
//! scale_in  = ["cpu < 50% for 25m", "memory < 60% for 25m"]
//! track     = ["requests per target at 1000"]
//! windows   = [{ days = "mon-fri", except = "holidays", from = "08:00", to = "22:00", zone = "UTC", min = 4 }]
//!
//! [calendars]
//! holidays = { dates = ["2026-12-25", "2027-01-01"] }
//! ```
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `cluster` | the cluster's short name | 1 to 255 letters, digits, hyphens, underscores | required | `"prod"` |
//! | `service` | the service's short name | as `cluster`; one target per service | required | `"api"` |
//! | `load_balancer.load_balancer` | the Application Load Balancer that its requests come from: for the signals of requests, latency and errors | the end of its ARN, `app/NAME/ID` | none | `"app/prod/50dc6c495c0c9188"` |
//! | `load_balancer.target_group` | the target group of its tasks; all that blue/green deployments alternate between | the end of its ARN, `targetgroup/NAME/ID`, or a list of up to five | none | `"targetgroup/api/6d0ecf831eec9f09"` |
//! | `queue` | the SQS queue that its tasks work on: for the signals of queues | 1 to 80 letters, digits, hyphens, underscores; `.fifo` may follow | none | `"jobs"` |
//! | `spot.share` | how much of the tasks beyond `spot.base` runs on Fargate Spot | 1% to 100% | required in `spot` | `"50%"` |
//! | `spot.base` | so many tasks are on demand in any case | 0 to `max` | 0 | `2` |
//! | `spot.retry_after` | how long it stays on demand after Spot could place no task | 1m to 7d | `30m` | `"30m"` |
//! | `spot.force_deployment` | whether a changed share is deployed to the tasks that run already, which replaces all of them | bool | `false` | `false` |
//! | `start_within` | tasks that do not run after this time are reported to a person | 1m to 1h | `10m` | `"10m"` |
//!
//! [Scaling](#scaling) of this kind:
//!
//! | key | unit, bounds | default | example |
//! |---|---|---|---|
//! | `min` | 0 to `max`; 0 needs a rule of `scale_out` or `track` on the queue, a window with a `min`, or an event | required | `2` |
//! | `max` | 1 to 5000; an event's `max` lifts it | required | `10` |
//! | `cooldown.out` | duration | `60s` | `"60s"` |
//! | `cooldown.in` | duration | `300s` | `"300s"` |
//! | `margin` | counts for what tasks share: CPU, requests, backlog; where CPU has no out-threshold, below 80% | `10%` | `"10%"` |
//!
//! A service with a rule of `scale_out` also has `scale_in` or `track`.
//!
//! | signal | unit | needs | in `track` |
//! |---|---|---|---|
//! | `cpu`, `memory` | percentage of what tasks reserve, up to 100% | | yes |
//! | `requests per target` | a number: requests per minute and task | `load_balancer` | yes |
//! | `p95 latency` | duration, here also `800ms` | `load_balancer` | no |
//! | `error rate` | percentage of requests up to 100% | `load_balancer` | no |
//! | `queue depth` | a number: messages that wait; with `<` in `scale_in` also those in flight | `queue` | no |
//! | `queue age` | duration: how long the oldest has waited | `queue` | no |
//! | `backlog per task` | a number: messages that wait, per task; on the way in also those in flight | `queue` | yes |
//!
//! # `redis-nodes`
//!
//! A replication group of Redis or Valkey. `min` and `max` count its **nodes**. With cluster mode disabled these are the primary and its replicas. With
//! cluster mode enabled they are shards x (1 + replicas).
//!
//! A group with cluster mode disabled, which may have a larger node type for memory:
//!
//! ```toml
//! [[target]]
//! name  = "sessions"
//! kind  = "redis-nodes"
//! group = "sessions"
//! min = 2
//! max = 6
//! scale_out  = ["memory > 75% for 10m", "cpu > 70% for 10m"]
//! scale_in   = ["memory < 40% for 30m", "cpu < 40% for 30m"]
//! node_types = ["cache.t3.medium", "cache.m7g.large"]
//! ```
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
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `group` | the replication group's id | 1 to 40 lower-case letters, digits, single hyphens; begins with a letter; one target per group | required | `"sessions"` |
//! | `cluster_mode` | whether the keys are divided among shards | `disabled`, `enabled`: as the group has it | `disabled` | `"enabled"` |
//! | `failover` | whether every shard keeps a replica to fail over to | bool; with cluster mode enabled only `true` | `true` | `true` |
//! | `replicas.min`, `replicas.max` | replicas of each shard; with cluster mode disabled `min` and `max` say it | 1 to 5 | 1 and 5 | `{ min = 1, max = 3 }` |
//! | `shards.min`, `shards.max` | opt-in, with cluster mode enabled: between these the number of shards is changed | 1 to 500 | it is never changed | `{ min = 2, max = 6 }` |
//! | `node_types` | opt-in: the ladder of node types that the group may climb, its own among them | list of two or more `cache.FAMILY.SIZE`, the smallest first | it is never changed | `["cache.t3.medium", "cache.m7g.large"]` |
//! | `change_within` | a change that takes longer is reported to a person | 10m to 24h | `1h` | `"1h"` |
//!
//! [Scaling](#scaling) of this kind:
//!
//! | key | unit, bounds | default | example |
//! |---|---|---|---|
//! | `min` | 2, and 1 without `failover`, to `max`; no more than `shards.max` and `replicas.max` allow | required | `2` |
//! | `max` | up to 6 with cluster mode disabled and 500 with it enabled; no fewer than `shards.min` and `replicas.min` ask for | required | `6` |
//! | `cooldown.out` | duration | `10m` | `"10m"` |
//! | `cooldown.in` | duration | `15m` | `"15m"` |
//! | `margin` | counts for CPU, for connections that a rule adds for, and of a shard that goes for memory too; where there is no out-threshold, CPU below 80% and memory below 75% | `10%` | `"10%"` |
//!
//! `track` is not a key of this kind: ElastiCache's own scaling tracks.
//!
//! | signal | unit |
//! |---|---|
//! | `cpu` | percentage of the one core that a node's engine uses, up to 100% |
//! | `memory` | percentage of what a shard may hold (`maxmemory`, with data tiering memory and SSD together), up to 100% |
//! | `evictions` | a number: keys that a shard drops per minute because memory is short |
//! | `connections` | a number: clients of a node (`CurrConnections`, of which up to four are ElastiCache's own); a node takes 65,000 |
//!
//! What is short decides which lever is used:
//!
//! | pressure | what helps | what is done |
//! |---|---|---|
//! | `cpu` of what answers reads: replicas, and a primary without any | replicas | `add K` adds K replicas to each shard; where it has all that it may have, shards |
//! | `cpu` of a primary whose replicas are not as busy: writes | shards | with `shards`, `add K` adds K shards; else nothing, and a person is notified |
//! | `memory`, `evictions` | shards, which divide the keys | with `shards`, `add K` adds K shards |
//! | `memory`, `evictions` | a larger node type | without `shards`, or with all that there may be: the next of `node_types`, if ElastiCache offers it |
//! | `memory`, `evictions` | neither is opted into, or left | nothing, and a person is notified |
//! | `connections` of what answers reads, with cluster mode disabled | replicas, which share the reader endpoint's clients | `add K` adds K replicas; where there are all that there may be, nothing, and a person is notified |
//! | `connections` of a primary whose replicas have fewer | nothing: clients that write connect to the primary | nothing, and a person is notified |
//! | `connections` with cluster mode enabled | nothing: each client connects to every node | `scale_out` takes no such rule; `scale_in` and `alert` do |
//!
//! - **Replicas are never added for memory**: each holds the same keys as its primary.
//! - **Shards are never added for connections**: each client connects to all of them.
//! - Evictions use the lever of memory: where keys may be dropped, they are what a lack of memory looks like.
//! - All shards grow together: with four of them one more replica is four nodes. A step that would go beyond `max` is not made.
//! - A removal takes replicas before shards, one from each of the shards that have the most. A shard goes only if the others can hold its keys.
//! - Where rules decide, replicas go only if one of the rules reads `cpu`: no other signal says what replicas are for.
//! - Memory or evictions that do not fall after a shard or a larger type get no more. A person is notified, and may raise `max` or `shards.max`.
//!
//! The number of shards and the node type are **opt-in**, because either costs more than a replica:
//!
//! - Keys move between shards while the group serves more slowly.
//! - Another node type replaces every node and fails over. It is changed at once, and only while the group's own maintenance window is open
//!   (`PreferredMaintenanceWindow`, in UTC). Until then the change waits, with a reason. What has begun may end after the window.
//! - In a Global Datastore neither is changed.
//!
//! What is not done:
//!
//! - **A smaller node type** is never asked for. A group that grew stays so until a person shrinks it.
//! - A primary is never named for removal. With failover or Multi-AZ every shard keeps a replica.
//! - A group on which native auto scaling is registered is left to it, and reported.
//! - Serverless caches and Memcached have no nodes of this kind, and are reported.
//! - Cluster mode, failover and Multi-AZ are never changed.
//!
//! # Scaling
//!
//! The keys of every kind. Bounds and defaults that differ stand with the kind.
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `min` | never fewer, outside windows | see the kind | required | `1` |
//! | `max` | never more, except for an event's | see the kind | required | `5` |
//! | `evaluate_every` | how often signals are bought while nothing is under way, and no signal is within a tenth of a level at which something is added | 1m to 1h, whole minutes | `5m` | `"5m"` |
//! | `scale_out` | threshold rules with `>`: out if any holds | list | none | `["cpu > 70% for 10m"]` |
//! | `scale_in` | threshold rules with `<`: in only if all hold | list | none | `["cpu < 50% for 25m"]` |
//! | `alert` | threshold rules with `>`: reported to a person | list | none | `["lag > 1s for 1m"]` |
//! | `track` | tracking rules: out if any says so, in only if all agree; not of `redis-nodes` | list | none | `["replica cpu at 60%"]` |
//! | `windows` | capacity windows | list of tables | none | see [A window](#a-window) |
//! | `cooldown.out` | least time from one action to the next addition | duration | see the kind | `"10m"` |
//! | `cooldown.in` | least time from one action to the next removal | duration | see the kind | `"30m"` |
//! | `at_maximum_for` | how long more may be wanted than the maximum until it is reported to a person | duration | `15m` | `"1h"` |
//! | `stabilization.out` | how long a recommendation to add must have stood | duration | `0s` | `"0s"` |
//! | `stabilization.in` | how long a recommendation to remove must have stood | duration | `5m` | `"30m"` |
//! | `rate_limit.out`, `rate_limit.in` | how many members may come, or go, in a period | `2 per 15m` | no limit | `"2 per 15m"` |
//! | `margin` | a removal is held unless the load after it stays this share below every out-threshold; the kind says of which signals | 0% to 50% | `10%` | `"10%"` |
//! | `override_for` | how long a direct command or a pause lasts that does not say until when | 1m to 7d | `1h` | `"1h"` |
//! | `forecast` | a forecast of the next hour: see [A forecast](#a-forecast) | table | none | `{ mode = "shadow" }` |
//!
//! A target has at least one of `scale_out`, `scale_in`, `track` and `windows`, or an event.
//!
//! # A forecast
//!
//! One recommendation more, learned from the target's own load. It passes the same bounds, windows, cooldowns and guards as any rule. It needs a rule of
//! `scale_out` on CPU, which acts when the forecast is wrong. With `scale_in` or `track` all must agree to a removal; without them it alone decides.
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `forecast.mode` | `shadow`: it recommends and is compared; `act`: it acts | `shadow`, `act` | `shadow` | `"act"` |
//! | `forecast.price` | what a minute of shortage is worth, in minutes of one unit of capacity | 5 to 500 | `27` | `27` |
//! | `forecast.objective` | the share of capacity above which a minute is one of shortage | 50% to 95% | `85%` | `"85%"` |
//! | `forecast.horizon` | how far ahead is planned | 20m to 60m, whole minutes | `60m` | `"60m"` |
//! | `forecast.start_cost` | what an addition costs beyond its capacity, in minutes of one unit: where actions are dear | 0 to 200 | `8` | `8` |
//!
//! # A threshold rule
//!
//! `SIGNAL > VALUE for DURATION[, M of N points][ add K]`, as `primary cpu > 90% for 5m, 4 of 5 points add 2`.
//!
//! | part | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | SIGNAL | one of the kind's | | required | `primary cpu` |
//! | `>`, `<` | `>` in `scale_out` and `alert`, `<` in `scale_in` | | required | `>` |
//! | VALUE | the threshold | in the signal's unit, above zero | required | `90%` |
//! | DURATION | how many one-minute points are looked at | 1m to 3h, whole minutes | required | `5m` |
//! | M of N points | how many of them must hold | N is DURATION in minutes, M is 1 to N; in `scale_in` at most a tenth of the N may be missing | every present point | `4 of 5 points` |
//! | add K | how many members it adds, in `scale_out` only; of nodes so many replicas per shard, or so many shards where those are what helps | 1 to `max` | 1 | `add 2` |
//!
//! A threshold of `scale_in` lies below every threshold of `scale_out` and target of `track` on the same signal. Here `connections`
//! is the same as either of its parts.
//!
//! # A tracking rule
//!
//! `SIGNAL at VALUE`, as `replica cpu at 60%` or `requests per target at 1000`. SIGNAL is one of the kind's that has "yes" under `track`.
//! VALUE is 10% to 95%, or a number above zero.
//!
//! # A window
//!
//! ```toml
//! windows = [{ days = "mon-fri", except = "holidays", from = "08:00", to = "22:00", zone = "UTC", min = 4 }]
//! ```
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `days` | the days of the week on which it opens | `mon-fri`, `mon,wed,sat`, `daily`, or a list of those | required, or `on` | `"mon-fri"` |
//! | `except` | with `days`: the calendar on whose dates it stays shut | a name of `[calendars]` | none | `"holidays"` |
//! | `on` | instead of `days`: the calendar on whose dates it opens, and on no other | a name of `[calendars]` | none | `"holidays"` |
//! | `from` | when it opens | `00:00` to `23:59` | required | `"08:00"` |
//! | `to` | when it closes | after `from`, up to `24:00`, which is midnight | required | `"20:00"` |
//! | `zone` | the time zone of both | an IANA name, as `Europe/Madrid` | required | `"Europe/Madrid"` |
//! | `min` | never fewer while open | within the target's bounds; of nodes also what the group can have | one of `min` and `max` is required | `2` |
//! | `max` | never more while open | within the target's bounds | one of `min` and `max` is required | `4` |
//! | `lead` | how long before it opens `min` holds already, so that capacity serves when it opens; 25 minutes for replicas | duration, not zero, up to 4h | at once | `"25m"` |
//! | `over` | how long `min` takes to rise once it holds | duration, not zero, shorter than the window | at once | `"30m"` |
//!
//! # Calendars
//!
//! `[calendars]` has a key per calendar, which is its name: 1 to 40 letters, digits, hyphens and underscores. A calendar has one of the two keys at
//! least, and at least one date.
//!
//! ```toml
//! [calendars]
//! holidays = { dates = ["2026-12-25", "2027-01-01"] }
//! ```
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `dates` | dates | list of `2026-12-25`, with or without quotes | none | `["2026-12-25"]` |
//! | `files` | iCalendar files beside the policy | list of file names | none | `["spain.ics"]` |
//!
//! | part of a file | how it is read |
//! |---|---|
//! | VEVENT | counts if it is not cancelled: its days from DTSTART to before DTEND, or for its DURATION |
//! | VEVENT with a time | the date of DTSTART as it is written |
//! | RRULE | FREQ=YEARLY with INTERVAL, COUNT and UNTIL, followed until 2100 |
//! | EXDATE, RDATE | respected |
//! | anything else that moves days | an error, which names the file and the line |
//!
//! # An event
//!
//! `[[event]]`: a time of known load on one or more targets of kind `ecs-service`. From the lead to the end each has
//! `requests_per_minute / requests_per_task` tasks and the buffer on top, rounded up.
//!
//! ```toml
//! [[event]]
//! name = "black friday"
//! target = "api"
//! from = "2027-11-26 18:00"
//! to   = "2027-11-27 00:00"
//! zone = "UTC"
//! requests_per_minute = 5000
//! max  = 12
//! ```
//!
//! These are 12 tasks from 17:00: 5,000 requests at 500 per task, and a fifth on top.
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `name` | what explanations call it; unique per target | 1 to 64 letters, digits, inner spaces and `-` `_` `.` | required | `"black friday"` |
//! | `target`, `targets` | whose load it is | the name of a target, or a list of names | one of the two is required | `"api"`, `["api", "web"]` |
//! | `from` | when the load begins | `2026-11-27 18:00` in the zone, or with an offset, `2026-11-27T18:00:00+01:00` | required | `"2026-11-27 18:00"` |
//! | `to` | when it is over | as `from`, and later | required | `"2026-11-28 02:00"` |
//! | `zone` | the time zone of what has no offset | an IANA name; a time that the clock skips is taken after the gap, one that it repeats the first time | required without offsets | `"Europe/Madrid"` |
//! | `requests_per_minute` | what is expected | 1 or more | required | `5000` |
//! | `requests_per_task` | what one task serves per minute | 1 or more | 500 | `500` |
//! | `buffer` | added to what is expected | 0% to 200% | `20%` | `"20%"` |
//! | `lead` | how long before `from` the tasks are there | 0s to 24h | `1h` | `"1h"` |
//! | `max` | lifts the target's `max` until capacity has come down | the tasks that are needed, and the target's `max`, or more; up to 5000 | the target's, which has to be enough | `12` |
//! | `descent` | how many tasks may go, in how long, once it is over, whatever signals say | a rate, as `2 per 10m` | `2 per 10m` | `"2 per 10m"` |
//! | `warm` | the address that is requested before the load comes | an `https://` or `http://` address with a host and without a password | nothing | `"https://api.example.com/health"` |
//! | `warm_requests` | how often, at most; in the last of three tries at most: one that nothing answers stops at five | 1 to 1000; needs `warm` | 50 | `50` |
//!
//! # A channel
//!
//! `[[notify]]`: a channel that is told of alerts, and of whose: see [how alerts are delivered](notify.md). Ten at most.
//!
//! ```toml
//! [[notify]]
//! channel  = "slack"
//! secret   = "ssm:/tidegate/production/slack"
//! severity = "warning"
//!
//! [[notify]]
//! channel = "pagerduty"
//! secret  = "ssm:/tidegate/production/pagerduty"
//! region  = "eu"
//! targets = ["orders-readers"]
//! ```
//!
//! | key | what it is | unit, bounds | default | example |
//! |---|---|---|---|---|
//! | `channel` | where alerts go | `slack`, `pagerduty`, `amazon-q`, `https` | required | `"slack"` |
//! | `secret` | the SecureString of Systems Manager that has the webhook's address, the bot's token, the routing key or the endpoint's address; not of `amazon-q`, which is told by a topic of the stack | `ssm:` and the name of a parameter of up to 15 levels | required | `"ssm:/tidegate/production/slack"` |
//! | `severity` | the least urgent that it is told of: [reason codes](reasons.md) have one each | `info`, `warning`, `critical` | `warning`, of `pagerduty` `critical` | `"warning"` |
//! | `targets` | whose alerts, and whose alarms of CloudWatch; those of the stack itself are not sent to a channel with this key | list of names of targets | all, and the stack | `["api"]` |
//! | `region` | of `pagerduty`: `eu` for an account whose address has `.eu.` in it | `us`, `eu` | `us` | `"eu"` |
//! | `channel_id` | of `slack`: the channel in which a bot writes, in one thread per alert; the secret is then its token, with the scope `chat:write` | `C` or `G`, capitals and digits | the webhook's | `"C0123456789"` |

mod calendar;
mod defaults;
mod duration;
mod ecs_service;
mod event;
mod facts;
mod forecast;
mod icalendar;
mod identifier;
mod measure;
mod moment;
mod node_count;
mod node_types;
mod notify;
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

use crate::policy::Policy;
use problems::Problems;

pub use problems::Problem;

/// A duration as a policy has them, and a command: `90s`, `6h`, `1d12h`. `None` for anything else.
pub fn duration_of(text: &str) -> Option<jiff::SignedDuration> {
    duration::parse(text).ok()
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
    let mut problems = Problems::of(text);
    let document = syntax::read(&mut problems);
    let policy = document.and_then(|document| target::read_all(&document, files, &mut problems));
    match policy {
        Some(policy) if problems.is_empty() => Ok(policy),
        _ => Err(problems.into_sorted()),
    }
}
