//! The alarms against the mission's numbers: what is watched, when it goes off, and that it stays quiet when it should.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_policy::document;

use super::alarm::{LONGEST_DESCRIPTION, METRICS_AN_ALARM, Watched};
use super::*;

fn parsed(text: &str) -> Policy {
    document::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn production() -> Policy {
    parsed(include_str!("../../../../infra/policies/production.toml"))
}

fn to_zero() -> Policy {
    parsed(include_str!("../../../../infra/policies/staging-to-zero.toml"))
}

fn nodes(more: &str) -> Policy {
    parsed(&format!(
        "[[target]]\nname = \"feeds\"\nkind = \"redis-nodes\"\ngroup = \"feeds\"\nscale_out = [\"cpu > 70% for 10m\"]\n{more}\n"
    ))
}

fn replicas(every: &str) -> Policy {
    parsed(&format!(
        "[[target]]\nname = \"orders\"\nkind = \"rds-replicas\"\nsource = \"primary\"\nengine = \"mysql\"\nreader = {{ zone = \"Z1\", name = \"r.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 5\nevaluate_every = \"{every}\"\nscale_out = [\"primary cpu > 70% for 10m\"]\n"
    ))
}

/// Two lines an alarm: what it compares, and what that is read from.
fn outline(policy: &Policy) -> String {
    let mut said = String::new();
    for (alarm, resource) in all(policy).iter().zip(resources(policy)) {
        let of = &resource.properties;
        let text = |name: &str| of[name].as_str().unwrap_or_default().to_owned();
        let topics: Vec<_> =
            of["AlarmActions"].as_array().unwrap().iter().map(|to| to["Ref"].as_str().unwrap()).collect();
        let side = match text("ComparisonOperator").as_str() {
            "GreaterThanThreshold" => ">",
            "LessThanThreshold" => "<",
            other => panic!("{other}"),
        };
        let period =
            of["Period"].as_u64().or_else(|| of["Metrics"][0]["MetricStat"]["Period"].as_u64()).unwrap();
        said.push_str(&format!(
            "{} {side} {} at {} of {} x {period}s, missing {} -> {}\n",
            alarm.name(),
            of["Threshold"],
            of["DatapointsToAlarm"],
            of["EvaluationPeriods"],
            text("TreatMissingData"),
            topics.join(" "),
        ));
        let series = |metric: &Value, statistic: &str| {
            let dimensions = metric["Dimensions"].as_array().unwrap().iter();
            let dimensions: Vec<_> = dimensions
                .map(|one| format!("{}={}", one["Name"].as_str().unwrap(), one["Value"]).replace('"', ""))
                .collect();
            let (namespace, name) =
                (metric["Namespace"].as_str().unwrap(), metric["MetricName"].as_str().unwrap());
            format!("{namespace} {name} {statistic} {}", dimensions.join(" "))
        };
        if of.get("Metrics").is_none() {
            said.push_str(&format!("    {}\n", series(of, &text("Statistic"))));
        }
        for one in of["Metrics"].as_array().into_iter().flatten() {
            let stat = &one["MetricStat"];
            let read = one["Expression"]
                .as_str()
                .map_or_else(|| series(&stat["Metric"], stat["Stat"].as_str().unwrap()), str::to_owned);
            said.push_str(&format!("    {} = {read}\n", one["Id"].as_str().unwrap()));
        }
    }
    said
}

#[test]
fn the_alarms_of_production() {
    insta::assert_snapshot!(outline(&production()), @"
    orders-readers-primary-cpu > 90.0 at 2 of 2 x 300s, missing notBreaching -> CriticalTopic RdsReplicasWake
        AWS/RDS CPUUtilization Average DBInstanceIdentifier=orders-primary
    orders-readers-replica-lag > 5.0 at 2 of 3 x 300s, missing notBreaching -> CriticalTopic RdsReplicasWake
        Tidegate ReplicaLag Maximum Stage={Ref:Stage} Target=orders-readers
    orders-readers-connections > 80.0 at 2 of 3 x 300s, missing notBreaching -> WarningTopic RdsReplicasWake
        Tidegate ConnectionsUsed Maximum Stage={Ref:Stage} Target=orders-readers
    orders-readers-primary-cpu-rule > 75.0 at 1 of 1 x 60s, missing notBreaching -> RdsReplicasWake
        AWS/RDS CPUUtilization Average DBInstanceIdentifier=orders-primary
    api-cpu-critical > 90.0 at 2 of 2 x 300s, missing notBreaching -> CriticalTopic EcsCapacityWake
        AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=api
    api-cpu-warning > 80.0 at 3 of 3 x 300s, missing notBreaching -> WarningTopic EcsCapacityWake
        AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=api
    api-unhealthy < 1.0 at 3 of 3 x 60s, missing breaching -> CriticalTopic EcsCapacityWake
        AWS/ApplicationELB HealthyHostCount Maximum TargetGroup=targetgroup/api/6d0ecf831eec9f09 LoadBalancer=app/prod/50dc6c495c0c9188
    api-errors > 1.0 at 2 of 2 x 300s, missing notBreaching -> WarningTopic EcsCapacityWake
        failed = AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum TargetGroup=targetgroup/api/6d0ecf831eec9f09 LoadBalancer=app/prod/50dc6c495c0c9188
        refused = AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum LoadBalancer=app/prod/50dc6c495c0c9188
        requests = AWS/ApplicationELB RequestCount Sum TargetGroup=targetgroup/api/6d0ecf831eec9f09 LoadBalancer=app/prod/50dc6c495c0c9188
        errors = failed + refused
        answers = requests + refused
        rate = IF(errors >= 10 AND answers >= 100, 100 * errors / answers, 0)
    api-service-cpu-rule > 75.0 at 1 of 1 x 60s, missing notBreaching -> EcsCapacityWake
        AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=api
    api-requests-rule > 1000.0 at 1 of 1 x 60s, missing notBreaching -> EcsCapacityWake
        AWS/ApplicationELB RequestCountPerTarget Sum TargetGroup=targetgroup/api/6d0ecf831eec9f09 LoadBalancer=app/prod/50dc6c495c0c9188
    workers-cpu-critical > 90.0 at 2 of 2 x 300s, missing notBreaching -> CriticalTopic EcsCapacityWake
        AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=workers
    workers-cpu-warning > 80.0 at 3 of 3 x 300s, missing notBreaching -> WarningTopic EcsCapacityWake
        AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=workers
    workers-no-tasks < 1.0 at 5 of 5 x 60s, missing breaching -> CriticalTopic EcsCapacityWake
        AWS/ECS CPUUtilization SampleCount ClusterName=prod ServiceName=workers
    workers-queue-age-rule > 600.0 at 1 of 1 x 60s, missing notBreaching -> EcsCapacityWake
        AWS/SQS ApproximateAgeOfOldestMessage Maximum QueueName=jobs
    sessions-hit-rate < 70.0 at 3 of 4 x 300s, missing notBreaching -> WarningTopic
        h0 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-001 CacheNodeId=0001
        h1 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-002 CacheNodeId=0001
        h2 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-003 CacheNodeId=0001
        h3 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-004 CacheNodeId=0001
        h4 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-005 CacheNodeId=0001
        m0 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-001 CacheNodeId=0001
        m1 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-002 CacheNodeId=0001
        m2 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-003 CacheNodeId=0001
        m3 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-004 CacheNodeId=0001
        m4 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-005 CacheNodeId=0001
        hits = FILL(h0, 0) + FILL(h1, 0) + FILL(h2, 0) + FILL(h3, 0) + FILL(h4, 0)
        misses = FILL(m0, 0) + FILL(m1, 0) + FILL(m2, 0) + FILL(m3, 0) + FILL(m4, 0)
        rate = IF(hits + misses >= 1000, 100 * hits / (hits + misses), 100)
    sessions-hit-rate-more < 70.0 at 3 of 4 x 300s, missing notBreaching -> WarningTopic
        h0 = AWS/ElastiCache CacheHits Sum CacheClusterId=sessions-006 CacheNodeId=0001
        m0 = AWS/ElastiCache CacheMisses Sum CacheClusterId=sessions-006 CacheNodeId=0001
        hits = FILL(h0, 0)
        misses = FILL(m0, 0)
        rate = IF(hits + misses >= 1000, 100 * hits / (hits + misses), 100)
    ");
}

#[test]
fn what_the_person_on_call_reads() {
    let said: Vec<_> = all(&production()).into_iter().map(|alarm| alarm.description).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    CPU of the primary orders-primary has been above 90% for ten minutes. Look at what it runs (its top statements), then at what target orders-readers has decided; Tidegate adds replicas where the target's rules ask for them, up to 5, which takes reads off the primary and never writes.
    A replica of orders-primary that answers orders-ro.db.example.com, or did until it fell behind, was more than 5 s behind at two of three looks, or its replication does not run, or nobody has been able to tell. Look for a long transaction or a burst of writes at the primary, and at its replication state in RDS; Tidegate takes a replica that is more than 30s behind out of the answers.
    More than 80% of max_connections were in use at orders-primary or at a replica of it, at two of three looks. Look for a client without a pool, or with one that is too large; Tidegate adds replicas where the rules of target orders-readers ask for them, up to 5, which helps readers only.
    A rule of target orders-readers adds capacity when primary cpu is above 75%, and this wakes its function at once. Nobody needs to do anything.
    CPU of the service prod/api has been above 90% for 10 minutes. Look at what target api has decided and whether its new tasks start, then at the newest deployment; Tidegate adds tasks where the target's rules ask for them, up to 10.
    CPU of the service prod/api has been above 80% for 15 minutes. Look at what target api has decided and whether its new tasks start, then at the newest deployment; Tidegate adds tasks where the target's rules ask for them, up to 10.
    No task of the service prod/api has been healthy behind its load balancer for three minutes. Look at the service's events and the log of the newest deployment; Tidegate keeps as many tasks as target api asks for, and does not mend what fails in them.
    More than 1% of the answers of prod/api and of its load balancer in its stead have been 5XX for ten minutes (10 errors and 100 requests in five minutes at least). Look at the log of its tasks and the newest deployment, and at the targets' health; Tidegate adds tasks only where load explains the errors and target api has a rule for it.
    A rule of target api adds capacity when cpu is above 75%, and this wakes its function at once. Nobody needs to do anything.
    A rule of target api adds capacity when requests per target is above 1000, and this wakes its function at once. Nobody needs to do anything.
    CPU of the service prod/workers has been above 90% for 10 minutes. Look at what target workers has decided and whether its new tasks start, then at the newest deployment; Tidegate adds tasks where the target's rules ask for them, up to 10.
    CPU of the service prod/workers has been above 80% for 15 minutes. Look at what target workers has decided and whether its new tasks start, then at the newest deployment; Tidegate adds tasks where the target's rules ask for them, up to 10.
    No task of the service prod/workers has run for five minutes. Look at the service's events and why its tasks stop; Tidegate asks for at least 1, and does not mend what fails in them.
    A rule of target workers adds capacity when queue age is above 600.0s, and this wakes its function at once. Nobody needs to do anything.
    Fewer than 70% of the lookups in the replication group sessions have found their key for fifteen minutes, by its nodes sessions-001 to sessions-005, and there were 1000 in five minutes or more. Look at its evictions, at what expires, and for a client that reads what nobody writes; Tidegate scales the group by the rules of target sessions, and does nothing about the hit rate itself.
    Fewer than 70% of the lookups in the replication group sessions have found their key for fifteen minutes, by its node sessions-006, and there were 1000 in five minutes or more. Look at its evictions, at what expires, and for a client that reads what nobody writes; Tidegate scales the group by the rules of target sessions, and does nothing about the hit rate itself.
    ");
}

#[test]
fn where_none_is_what_the_policy_allows_none_is_no_alarm() {
    let policy = to_zero();
    let names: Vec<_> = all(&policy).iter().map(Alarm::name).collect();
    assert!(names.contains(&"api-unhealthy".to_owned()) && !names.contains(&"api-no-tasks".to_owned()));
    let policy = without_balancer();
    assert!(!all(&policy).iter().any(|alarm| alarm.what == "unhealthy" || alarm.what == "no-tasks"));
}

fn without_balancer() -> Policy {
    let text = include_str!("../../../../infra/policies/staging-to-zero.toml");
    let kept = text.lines().filter(|line| !line.starts_with("load_balancer") && !line.starts_with("track"));
    parsed(&kept.collect::<Vec<_>>().join("\n"))
}

#[test]
fn names_and_ids_are_distinct_and_short_enough() {
    let fixed = include_str!("../../../../infra/template.yaml");
    for policy in [production(), to_zero(), replicas("5m")] {
        let resources = resources(&policy);
        let distinct =
            |of: &dyn Fn(&Resource) -> String| resources.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(&|resource| resource.logical_id.clone()), resources.len());
        assert_eq!(distinct(&|resource| resource.properties["AlarmName"].to_string()), resources.len());
        for (alarm, resource) in all(&policy).iter().zip(&resources) {
            // A stack's name has 128 characters at most, a target's 40.
            assert!(128 + 1 + 40 + 1 + alarm.what.len() <= 255);
            assert!(alarm.description.len() <= LONGEST_DESCRIPTION, "{}", alarm.description);
            assert!(!fixed.contains(&format!("\n  {}:\n", resource.logical_id)));
        }
    }
    assert!(!fixed.contains("\n  Alarm"));
    // `a` with `b-c` must not be called as `a-b` with `c`, nor as an alarm of the template.
    let policy = production();
    let whats: BTreeSet<_> = all(&policy).iter().map(|alarm| alarm.what).chain(["no-tasks"]).collect();
    for what in &whats {
        assert!(!whats.iter().any(|other| other.ends_with(&format!("-{what}"))), "{what}");
        assert!(!fixed.contains(&format!("-{what}\"\n")), "{what}");
    }
}

#[test]
fn what_is_billed_is_what_the_resources_read() {
    for policy in [production(), to_zero(), nodes("min = 2\nmax = 6")] {
        let read = |resource: &Resource| match resource.properties["Metrics"].as_array() {
            Some(metrics) => metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count(),
            None => 1,
        };
        assert_eq!(billed(&policy), resources(&policy).iter().map(read).sum::<usize>());
    }
}

#[test]
fn metric_math_returns_one_figure_from_ten_metrics_at_most() {
    for policy in [production(), to_zero(), nodes("min = 2\nmax = 6")] {
        for resource in resources(&policy) {
            let Some(metrics) = resource.properties["Metrics"].as_array() else { continue };
            let returned: Vec<_> = metrics.iter().filter(|metric| metric["ReturnData"] == true).collect();
            assert_eq!(returned.len(), 1);
            assert!(returned[0].get("Expression").is_some());
            let read = metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count();
            assert!((1..=METRICS_AN_ALARM).contains(&read));
            let ids: BTreeSet<_> = metrics.iter().map(|metric| metric["Id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), metrics.len());
            assert!(ids.iter().all(|id| id.starts_with(|first: char| first.is_ascii_lowercase())));
        }
    }
}

/// The alarms that wake a function and nobody else, with their levels.
fn wakes(policy: &Policy) -> Vec<(&'static str, f64)> {
    let alone = all(policy).into_iter().filter(|alarm| alarm.severity.is_none());
    alone.map(|alarm| (alarm.what, alarm.breach.threshold)).collect()
}

#[test]
fn only_a_rule_that_may_hold_before_the_next_look_wakes_its_function() {
    let looked_at = |every: &str, minutes: &str| {
        let text = include_str!("../../../../infra/policies/production.toml");
        let text = text.replace("cooldown      =", &format!("evaluate_every = \"{every}\"\ncooldown      ="));
        parsed(&text.replace("primary cpu > 75% for 2m", &format!("primary cpu > 75% for {minutes}")))
    };
    let replicas = |policy: &Policy| {
        let found = wakes(policy).into_iter().find(|(what, _)| *what == "primary-cpu-rule");
        found.map(|(_, level)| level)
    };
    // The lower of its two levels, and the other one where the lower asks for longer than it takes to look again.
    assert_eq!(replicas(&looked_at("5m", "2m")), Some(75.0));
    assert_eq!(replicas(&looked_at("5m", "5m")), Some(88.0));
    assert_eq!(replicas(&looked_at("2m", "2m")), None);
    assert_eq!(replicas(&looked_at("1m", "2m")), None);
    // Two points of nine may be the first two.
    assert_eq!(replicas(&looked_at("5m", "9m, 2 of 9 points")), Some(75.0));
}

#[test]
fn a_rule_on_the_disk_of_the_primary_wakes_its_function_and_one_on_replicas_does_not() {
    let policy = parsed(
        "[[target]]\nname = \"orders\"\nkind = \"rds-replicas\"\nsource = \"primary\"\nengine = \"mysql\"\nreader = { zone = \"Z1\", name = \"r.example.com\", ttl = \"10s\" }\nmin = 1\nmax = 5\nscale_out = [\"primary read latency > 20ms for 2m\", \"primary disk queue > 10 for 2m\", \"replica read latency > 20ms for 2m\", \"replica disk queue > 10 for 2m\"]\n",
    );
    assert_eq!(wakes(&policy), [("primary-read-latency-rule", 0.02), ("primary-disk-queue-rule", 10.0)]);
    let said: Vec<String> = all(&policy).into_iter().map(|alarm| alarm.description).collect();
    assert!(said.iter().any(|said| said.contains("when primary read latency is above 20.0ms")), "{said:?}");
}

#[test]
fn points_are_as_far_apart_as_looks() {
    for (every, period) in [("1m", 300), ("5m", 300), ("7m", 420), ("1h", 3_600)] {
        let policy = replicas(every);
        let lag = all(&policy).into_iter().find(|alarm| alarm.what == "replica-lag").unwrap();
        assert_eq!(lag.breach.period, period, "{every}");
        // CloudWatch evaluates a day at most.
        assert!(lag.breach.period * u64::from(lag.breach.of) <= 86_400);
    }
}

#[test]
fn the_nodes_of_a_group_are_those_that_elasticache_names() {
    for (more, covered) in [
        ("min = 1\nmax = 1\nfailover = false", "feeds-001"),
        ("min = 2\nmax = 3", "feeds-001 feeds-002 feeds-003"),
        ("min = 2\nmax = 6", "feeds-001 feeds-002 feeds-003 feeds-004 feeds-005 | feeds-006"),
        (
            "cluster_mode = \"enabled\"\nshards = { min = 2, max = 3 }\nreplicas = { min = 1, max = 2 }\nmin = 4\nmax = 9",
            "feeds-0001-001 feeds-0002-001 feeds-0003-001 feeds-0001-002 feeds-0002-002 | feeds-0003-002 feeds-0001-003 feeds-0002-003 feeds-0003-003",
        ),
        (
            "cluster_mode = \"enabled\"\nshards = { min = 2, max = 20 }\nreplicas = { min = 1, max = 1 }\nmin = 4\nmax = 40",
            "feeds-0001-001 feeds-0002-001 feeds-0003-001 feeds-0004-001 feeds-0005-001 | feeds-0006-001 feeds-0007-001 feeds-0008-001 feeds-0009-001 feeds-0010-001",
        ),
        (
            "cluster_mode = \"enabled\"\nreplicas = { min = 1, max = 1 }\nmin = 4\nmax = 4",
            "feeds-0001-001 feeds-0002-001 feeds-0001-002 feeds-0002-002",
        ),
    ] {
        let policy = nodes(more);
        let of_one = |alarm: &Alarm<'_>| {
            let Watched::Math { metrics, .. } = &alarm.watched else { panic!("it is metric math") };
            let ids = metrics.iter().filter(|(_, series)| series.metric == "CacheHits");
            let ids: Vec<_> = ids.map(|(_, series)| series.dimensions[0].1.as_str().unwrap()).collect();
            ids.join(" ")
        };
        let ids: Vec<_> = all(&policy).iter().map(of_one).collect();
        assert_eq!(ids.join(" | "), covered, "{more}");
    }
}

/// What the alarm `what` says of these points: whether they are on the wrong side. Nothing to judge is not, as all of them treat it.
fn breaches(policy: &Policy, what: &str, points: &[(&str, f64)]) -> bool {
    let alarms = all(policy);
    let alarm = alarms.iter().find(|alarm| alarm.what == what).unwrap();
    assert!(matches!(alarm.breach.missing, alarm::Missing::NotBreaching));
    let Watched::Math { metrics, expressions } = &alarm.watched else { panic!("{what} is no metric math") };
    assert!(points.iter().all(|(id, _)| metrics.iter().any(|(known, _)| known == id)));
    let mut known: BTreeMap<&str, Option<f64>> = metrics.iter().map(|(id, _)| (id.as_str(), None)).collect();
    known.extend(points.iter().map(|(id, value)| (*id, Some(*value))));
    let mut last = None;
    for (id, expression) in expressions {
        let mut math = Math { rest: expression, known: &known };
        last = math.choice().point();
        assert_eq!(math.rest.trim(), "", "{expression}");
        known.insert(id, last);
    }
    last.is_some_and(|value| match alarm.breach.side {
        alarm::Side::Above => value > alarm.breach.threshold,
        alarm::Side::Below => value < alarm.breach.threshold,
    })
}

/// A number of an expression, or what a series has at one time.
#[derive(Clone, Copy)]
enum Operand {
    Number(f64),
    Point(Option<f64>),
}

impl Operand {
    fn point(self) -> Option<f64> {
        match self {
            Operand::Number(value) => Some(value),
            Operand::Point(value) => value,
        }
    }

    /// Beside a series that has a point, one that has none counts as 0; where no series has one, there is none. Nor is there one where 0
    /// divides.
    fn with(self, other: Self, operation: impl Fn(f64, f64) -> f64) -> Self {
        let points: Vec<_> = [self, other]
            .into_iter()
            .filter_map(|one| match one {
                Operand::Number(_) => None,
                Operand::Point(value) => Some(value),
            })
            .collect();
        let value = operation(self.point().unwrap_or(0.0), other.point().unwrap_or(0.0));
        match points.is_empty() {
            true => Operand::Number(value),
            false => Operand::Point(
                points.iter().any(Option::is_some).then_some(value).filter(|value| value.is_finite()),
            ),
        }
    }
}

/// As much of "Using metric math" (CloudWatch user guide) as the alarms use, at one time.
struct Math<'a> {
    rest: &'a str,
    known: &'a BTreeMap<&'a str, Option<f64>>,
}

impl Math<'_> {
    fn takes(&mut self, text: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn needs(&mut self, text: &str) {
        assert!(self.takes(text), "{text} is not at the start of {}", self.rest);
    }

    fn choice(&mut self) -> Operand {
        let mut left = self.comparison();
        while self.takes("AND ") {
            left = left.with(self.comparison(), |left, right| f64::from(left != 0.0 && right != 0.0));
        }
        left
    }

    fn comparison(&mut self) -> Operand {
        let left = self.sum();
        if self.takes(">=") {
            left.with(self.sum(), |left, right| f64::from(left >= right))
        } else if self.takes("<") {
            left.with(self.sum(), |left, right| f64::from(left < right))
        } else {
            left
        }
    }

    fn sum(&mut self) -> Operand {
        let mut left = self.product();
        while self.takes("+") {
            left = left.with(self.product(), |left, right| left + right);
        }
        left
    }

    fn product(&mut self) -> Operand {
        let mut left = self.value();
        loop {
            if self.takes("*") {
                left = left.with(self.value(), |left, right| left * right);
            } else if self.takes("/") {
                left = left.with(self.value(), |left, right| left / right);
            } else {
                return left;
            }
        }
    }

    fn value(&mut self) -> Operand {
        if self.takes("IF(") {
            let [condition, yes, no] = [self.choice(), self.argument(), self.argument()];
            self.needs(")");
            return Operand::Point(match condition.point() {
                None => None,
                Some(0.0) => no.point(),
                Some(_) => Some(yes.point().unwrap_or(0.0)),
            });
        }
        if self.takes("FILL(") {
            let [value, otherwise] = [self.choice(), self.argument()];
            self.needs(")");
            return Operand::Point(value.point().or(otherwise.point()));
        }
        if self.takes("(") {
            let value = self.choice();
            self.needs(")");
            return value;
        }
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        word.parse().map_or_else(
            |_| Operand::Point(*self.known.get(word).unwrap_or_else(|| panic!("{word} is not known"))),
            Operand::Number,
        )
    }

    fn argument(&mut self) -> Operand {
        self.needs(",");
        self.choice()
    }
}

#[test]
fn a_quiet_cache_has_no_bad_rate() {
    let policy = nodes("min = 2\nmax = 3");
    for (points, breached) in [
        // Nobody asks, and no node says anything.
        (&[][..], false),
        (&[("h0", 0.0), ("m0", 0.0)], false),
        // Misses only, but few of them.
        (&[("h0", 0.0), ("m0", 900.0)], false),
        // Of all nodes together, with one of them not there.
        (&[("h0", 600.0), ("m0", 100.0), ("h1", 0.0), ("m1", 300.0)], true),
        (&[("h0", 700.0), ("m0", 300.0)], false),
        (&[("h0", 699.0), ("m0", 301.0)], true),
        (&[("m2", 5_000.0)], true),
    ] {
        assert_eq!(breaches(&policy, "hit-rate", points), breached, "{points:?}");
    }
}

#[test]
fn a_few_errors_are_no_rate() {
    let policy = production();
    for (points, breached) in [
        (&[][..], false),
        (&[("requests", 1_000.0)], false),
        (&[("failed", 50.0)], false),
        // Two of ten, and ten of ten.
        (&[("failed", 2.0), ("requests", 10.0)], false),
        (&[("failed", 10.0), ("requests", 10.0)], false),
        // One percent is not above one percent.
        (&[("failed", 10.0), ("requests", 1_000.0)], false),
        (&[("failed", 11.0), ("requests", 1_000.0)], true),
        (&[("failed", 10.0), ("requests", 100.0)], true),
    ] {
        assert_eq!(breaches(&policy, "errors", points), breached, "{points:?}");
    }
}

#[test]
fn what_the_load_balancer_answers_in_a_services_stead_is_an_error_too() {
    let policy = production();
    for (points, breached) in [
        // No task is registered: every answer is the balancer's 503, and no request reaches a target group.
        (&[("refused", 200.0)][..], true),
        (&[("refused", 99.0)], false),
        // Tasks hang: what was routed to them is answered with 504.
        (&[("refused", 20.0), ("requests", 1_000.0)], true),
        (&[("refused", 9.0), ("requests", 500.0)], false),
        // Both together are more than either.
        (&[("refused", 6.0), ("failed", 6.0), ("requests", 900.0)], true),
    ] {
        assert_eq!(breaches(&policy, "errors", points), breached, "{points:?}");
    }
    // Of the load balancer and no target group: CloudWatch has these by no other dimension.
    let alarms = all(&policy);
    let alarm = alarms.iter().find(|alarm| alarm.what == "errors").unwrap();
    let Watched::Math { metrics, .. } = &alarm.watched else { panic!("it is metric math") };
    let (_, refused) = metrics.iter().find(|(id, _)| id == "refused").unwrap();
    assert_eq!(refused.dimensions, [("LoadBalancer", "app/prod/50dc6c495c0c9188".into())]);
}

#[test]
fn five_target_groups_leave_no_room_for_the_load_balancers_own_errors() {
    let of = |groups: usize| {
        let groups: Vec<_> =
            (0..groups).map(|nth| format!("'targetgroup/g{nth}/6d0ecf831eec9f09'")).collect();
        let policy = parsed(&format!(
            "[[target]]\nname = 'api'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = 'api'\nmin = 1\nmax = 9\n\
             load_balancer = {{ load_balancer = 'app/prod/50dc6c495c0c9188', target_group = [{}] }}\n\
             scale_out = ['cpu > 70% for 5m']\nscale_in = ['cpu < 50% for 25m']\n",
            groups.join(", ")
        ));
        let alarm = all(&policy).iter().find(|alarm| alarm.what == "errors").cloned().unwrap();
        let Watched::Math { metrics, .. } = &alarm.watched else { panic!("it is metric math") };
        let refused = metrics.iter().any(|(id, _)| id == "refused");
        assert_eq!(alarm.description.contains("load balancer"), refused);
        (metrics.len(), refused)
    };
    assert_eq!([1, 4, 5].map(of), [(3, true), (9, true), (10, false)]);
}

#[test]
fn a_service_that_rests_is_not_unhealthy() {
    let policy = to_zero();
    for (points, breached) in [
        // Resting, with or without points to say so.
        (&[][..], false),
        (&[("healthy", 0.0), ("unhealthy", 0.0)], false),
        (&[("healthy", 1.0), ("unhealthy", 1.0)], false),
        (&[("healthy", 0.0), ("unhealthy", 1.0)], true),
    ] {
        assert_eq!(breaches(&policy, "unhealthy", points), breached, "{points:?}");
    }
}

#[test]
fn the_alarms_of_a_service_with_two_target_groups_watch_both() {
    let text = |min: u32| {
        format!(
            "[[target]]\nname = 'api'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = 'api'\nmin = {min}\nmax = 9\n\
             load_balancer = {{ load_balancer = 'app/prod/50dc6c495c0c9188', target_group = ['targetgroup/blue/6d0ecf831eec9f09', 'targetgroup/green/7e1fd0942ffda01a'] }}\n\
             windows = [{{ days = 'daily', from = '08:00', to = '20:00', zone = 'UTC', min = 2 }}]\n"
        )
    };
    let lines = |min| {
        let policy = tidegate_policy::document::parse(&text(min)).unwrap();
        let outline = outline(&policy);
        let kept = outline.lines().filter(|line| line.contains("= ") && !line.contains("AWS/ECS"));
        kept.map(|line| line.trim().split(" LoadBalancer").next().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(lines(2), @"
    healthy0 = AWS/ApplicationELB HealthyHostCount Maximum TargetGroup=targetgroup/blue/6d0ecf831eec9f09
    healthy1 = AWS/ApplicationELB HealthyHostCount Maximum TargetGroup=targetgroup/green/7e1fd0942ffda01a
    healthy = FILL(healthy0, 0) + FILL(healthy1, 0)
    failed0 = AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum TargetGroup=targetgroup/blue/6d0ecf831eec9f09
    failed1 = AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum TargetGroup=targetgroup/green/7e1fd0942ffda01a
    refused = AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum
    requests0 = AWS/ApplicationELB RequestCount Sum TargetGroup=targetgroup/blue/6d0ecf831eec9f09
    requests1 = AWS/ApplicationELB RequestCount Sum TargetGroup=targetgroup/green/7e1fd0942ffda01a
    failed = FILL(failed0, 0) + FILL(failed1, 0)
    errors = failed + refused
    requests = FILL(requests0, 0) + FILL(requests1, 0)
    answers = requests + refused
    rate = IF(errors >= 10 AND answers >= 100, 100 * errors / answers, 0)
    ");
    assert!(lines(0).contains("unhealthy = FILL(unhealthy0, 0) + FILL(unhealthy1, 0)"), "{}", lines(0));
    assert!(lines(0).contains("all_unhealthy = IF(healthy < 1 AND unhealthy >= 1, 1, 0)"), "{}", lines(0));
}
