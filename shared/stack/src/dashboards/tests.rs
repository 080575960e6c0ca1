//! The pages against CloudWatch's own rules: the documented shape, the grid, the quotas, and fields that the log really has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_policy::document;

use super::page::{CHARTS, CHOSEN};
use super::widget::METRICS_A_WIDGET;
use super::*;

/// "CloudWatch service quotas" and PutDashboard.
const WIDGETS_A_DASHBOARD: usize = 500;
const METRICS_A_DASHBOARD: usize = 2_500;
const BYTES_A_BODY: usize = 1_000_000;

fn production() -> Policy {
    document::parse(include_str!("../../../../infra/policies/production.toml")).unwrap()
}

/// So many targets of each kind: replicas, services, nodes.
fn policy_of(replicas: usize, services: usize, nodes: usize) -> Policy {
    let mut text = String::new();
    for nth in 0..replicas {
        text.push_str(&format!(
            "[[target]]\nname = \"database-{nth}\"\nkind = \"rds-replicas\"\nsource = \"primary-{nth}\"\nengine = \"mysql\"\nclass = \"db.t3.medium\"\nreader = {{ zone = \"Z1\", name = \"r{nth}.example.com\", ttl = \"10s\" }}\nmin = 1\nmax = 5\nscale_out = [\"primary cpu > 70% for 10m\"]\n"
        ));
    }
    for nth in 0..services {
        text.push_str(&format!(
            "[[target]]\nname = \"service-{nth}\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"s{nth}\"\nqueue = \"jobs-{nth}\"\nload_balancer = {{ load_balancer = \"app/prod/50dc6c495c0c9188\", target_group = \"targetgroup/s{nth}/6d0ecf831eec9f09\" }}\nmin = 2\nmax = 10\ntrack = [\"cpu at 60%\"]\n"
        ));
    }
    for nth in 0..nodes {
        text.push_str(&format!(
            "[[target]]\nname = \"cache-{nth}\"\nkind = \"redis-nodes\"\ngroup = \"cache-{nth}\"\nnode_types = [\"cache.t3.medium\", \"cache.m7g.large\"]\nmin = 2\nmax = 6\nscale_out = [\"cpu > 70% for 10m\"]\n"
        ));
    }
    document::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn bodies(policy: &Policy) -> BTreeMap<&'static str, Value> {
    pages(policy).iter().map(|page| (page.name, page.body())).collect()
}

fn widgets(body: &Value) -> &Vec<Value> {
    body["widgets"].as_array().unwrap()
}

fn every_policy() -> Vec<Policy> {
    vec![
        production(),
        policy_of(1, 0, 0),
        policy_of(0, 1, 0),
        policy_of(0, 0, 1),
        policy_of(10, 0, 0),
        policy_of(13, 40, 11),
        policy_of(100, 0, 0),
        policy_of(34, 33, 33),
    ]
}

/// What "Dashboard body structure and syntax" of the CloudWatch API reference lists: of each type the required properties, then the others.
fn documented(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "text" => (&["markdown"], &["background"]),
        "log" => (&["query", "region"], &["accountId", "queryLanguage", "stacked", "title", "view"]),
        "alarm" => (&["alarms"], &["sortBy", "states", "title"]),
        "metric" => (
            &["metrics", "region"],
            &[
                "accountId",
                "annotations",
                "legend",
                "liveData",
                "period",
                "setPeriodToTimeRange",
                "sparkline",
                "stacked",
                "stat",
                "table",
                "timezone",
                "title",
                "view",
                "yAxis",
            ],
        ),
        other => panic!("{other} is no type of widget"),
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn bodies_have_the_documented_shape() {
    for policy in every_policy() {
        for body in bodies(&policy).values() {
            let top = BTreeSet::from(["end", "periodOverride", "start", "variables", "widgets"]);
            assert!(keys(body).is_subset(&top));
            for widget in widgets(body) {
                assert_eq!(keys(widget), BTreeSet::from(["height", "properties", "type", "width", "x", "y"]));
                let kind = widget["type"].as_str().unwrap();
                let properties = &widget["properties"];
                let (required, others) = documented(kind);
                let known: BTreeSet<_> = required.iter().chain(others).copied().collect();
                assert!(keys(properties).is_subset(&known), "{properties:#}");
                assert!(required.iter().all(|name| properties.get(name).is_some()), "{properties:#}");
                if let Some(view) = properties.get("view") {
                    let views: &[&str] = if kind == "log" {
                        &["table", "timeSeries", "bar", "pie"]
                    } else {
                        &["timeSeries", "singleValue", "gauge", "bar", "pie", "table"]
                    };
                    assert!(views.contains(&view.as_str().unwrap()));
                }
                if let Some(metrics) = properties.get("metrics") {
                    metric_lines_have_the_documented_shape(metrics);
                }
            }
        }
    }
}

/// Namespace, name, pairs of a dimension and its value, and options; or the options of an expression alone. Ids are unique in a widget.
fn metric_lines_have_the_documented_shape(metrics: &Value) {
    let mut ids = BTreeSet::new();
    for line in metrics.as_array().unwrap() {
        let (options, named) = line.as_array().unwrap().split_last().unwrap();
        let known = BTreeSet::from(["expression", "id", "label", "stat", "visible"]);
        assert!(keys(options).is_subset(&known), "{options:#}");
        assert!(ids.insert(options["id"].as_str().unwrap()));
        if options.get("expression").is_some() {
            assert!(named.is_empty());
            let expression = options["expression"].as_str().unwrap();
            assert!(expression.len() <= 1_024, "{expression}");
        } else {
            assert!(named.len() >= 4 && named.len().is_multiple_of(2), "{line}");
            assert!(named.iter().all(|part| !part.as_str().unwrap().is_empty()), "{line}");
        }
    }
}

#[test]
fn widgets_stand_on_the_grid_and_none_on_another() {
    for policy in every_policy() {
        for (name, body) in bodies(&policy) {
            let mut covered = BTreeSet::new();
            for widget in widgets(&body) {
                let [x, y, width, height] =
                    ["x", "y", "width", "height"].map(|part| widget[part].as_u64().unwrap());
                assert!(width >= 1 && x + width <= 24 && (1..=1_000).contains(&height), "{name}: {widget:#}");
                for column in x..x + width {
                    for row in y..y + height {
                        assert!(covered.insert((column, row)), "{name}: {widget:#} stands on another");
                    }
                }
            }
        }
    }
}

#[test]
fn a_hundred_targets_fit_and_can_be_read() {
    for policy in every_policy() {
        for page in pages(&policy) {
            let body = page.body();
            // Every replica that the policies allow.
            assert!(page.metrics(Count(5)) <= METRICS_A_DASHBOARD, "{}", page.name);
            assert!(body.to_string().len() <= BYTES_A_BODY);
            let widgets = widgets(&body);
            assert!(widgets.len() <= WIDGETS_A_DASHBOARD);
            // Some screens of it, and not a hundred.
            let bottom = |widget: &Value| widget["y"].as_u64().unwrap() + widget["height"].as_u64().unwrap();
            assert!(widgets.iter().map(bottom).max().unwrap() <= 100, "{}", page.name);
            for widget in widgets {
                let properties = &widget["properties"];
                let lines = properties["metrics"].as_array().map_or(0, Vec::len);
                assert!(lines <= METRICS_A_WIDGET);
                let seen = properties["metrics"].as_array().into_iter().flatten().filter(|line| {
                    line.as_array().unwrap().last().unwrap().get("visible") != Some(&Value::Bool(false))
                });
                assert!(seen.count() <= 10, "{}", properties["title"]);
                assert!(properties["alarms"].as_array().map_or(0, Vec::len) <= 100);
                let query = properties["query"].as_str().unwrap_or_default();
                assert!(query.len() <= 10_000, "{} characters of a query", query.len());
            }
        }
    }
}

#[test]
fn a_target_more_is_a_line_more() {
    let before = bodies(&policy_of(2, 2, 2));
    let after = bodies(&policy_of(3, 3, 3));
    let text = |bodies: &BTreeMap<&str, Value>, page: &str| bodies[page].to_string();
    for name in ["database-2", "primary-2", "service-2", "jobs-2", "cache-2", "targetgroup/s2/"] {
        assert!(!text(&before, "auto-scaling").contains(name), "{name}");
        assert!(text(&after, "auto-scaling").contains(name), "{name}");
    }
    assert!(!text(&before, "database").contains("primary-2"));
    assert!(text(&after, "database").contains("primary-2"));
    // Replicas come and go: they are searched for.
    let replicas = "SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\\\"CPUUtilization\\\" DBInstanceIdentifier=tg-database-2', 'Average', 300)";
    assert!(!text(&before, "database").contains(replicas));
    assert!(text(&after, "database").contains(replicas));
}

#[test]
fn what_a_policy_has_not_has_no_page_and_no_section() {
    let titles = |policy: &Policy, page: &str| -> String {
        let bodies = bodies(policy);
        let widgets = bodies.get(page).map(widgets).into_iter().flatten();
        let said = widgets.filter_map(|widget| widget["properties"]["markdown"].as_str());
        said.filter(|said| said.starts_with("## ")).collect::<Vec<_>>().join("\n")
    };
    let sections = |replicas, services, nodes| titles(&policy_of(replicas, services, nodes), "auto-scaling");
    let (first, last) = ("## Current against desired\n", "\n## Cost of what is scaled");
    assert_eq!(sections(1, 0, 0), format!("{first}## Primaries of read replicas\n## In detail{last}"));
    assert_eq!(sections(0, 1, 0), format!("{first}## Services\n## In detail{last}"));
    assert_eq!(sections(0, 0, 1), format!("{first}## Redis nodes\n## In detail{last}"));
    assert!(!bodies(&policy_of(0, 3, 3)).contains_key("database"));
    assert!(resources(&Policy { targets: Vec::new(), notify: Vec::new() }).is_empty());
}

#[test]
fn of_many_targets_a_chart_shows_the_highest() {
    let of = |policy: &Policy, title: &str| -> Vec<Value> {
        let body = &bodies(policy)["database"];
        let chart = widgets(body).iter().find(|widget| {
            widget["properties"]["title"].as_str().is_some_and(|said| said.starts_with(title))
        });
        chart.unwrap()["properties"]["metrics"].as_array().unwrap().clone()
    };
    let (few, many) = (policy_of(10, 0, 0), policy_of(11, 0, 0));
    for (title, highest) in [
        ("CPU of the primary", "SORT(METRICS(), MAX, DESC, 10)"),
        ("CPU of replicas", "SORT([m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10], MAX, DESC, 10)"),
    ] {
        assert_eq!(of(&few, title).len(), 10);
        let lines = of(&many, title);
        assert_eq!((lines.len(), lines[0][0]["expression"].as_str().unwrap()), (12, highest));
    }
    // Each replica has its line while that can be read; then the busiest of a target stands for all.
    let search = "SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"CPUUtilization\" DBInstanceIdentifier=tg-database-0', 'Average', 300)";
    assert_eq!(of(&few, "CPU of replicas")[0][0]["expression"], search);
    assert_eq!(of(&many, "CPU of replicas")[1][0]["expression"], format!("MAX({search})"));
}

#[test]
fn the_shares_of_primary_and_replicas_are_of_all_connections_together() {
    let body = &bodies(&policy_of(2, 0, 0))["database"];
    let of = |name: &str| {
        let charts = widgets(body).iter().filter(|widget| {
            let title = widget["properties"]["title"].as_str().unwrap_or_default();
            title == format!("{name}: share of connections (the primary's: writers too)")
        });
        let mut lines: Vec<&Value> = charts.map(|chart| &chart["properties"]["metrics"]).collect();
        assert_eq!(lines.len(), 1, "{name}");
        lines.remove(0).as_array().unwrap().clone()
    };
    let lines = of("database-1");
    assert_eq!(
        lines[0].as_array().unwrap()[..4],
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "primary-1"]
    );
    let search = "SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"DatabaseConnections\" DBInstanceIdentifier=tg-database-1', 'Average', 300)";
    assert_eq!(lines[1][0]["expression"], search);
    let drawn: Vec<&Value> =
        lines.iter().filter(|line| line.as_array().unwrap().last().unwrap()["visible"] != false).collect();
    let expressions: Vec<&Value> = drawn.iter().map(|line| &line[0]["expression"]).collect();
    assert_eq!(
        expressions,
        ["100 * primary / (primary + SUM(replicas))", "100 * replicas / (primary + SUM(replicas))"]
    );
    // Where they would make the page cost something there are none.
    let titles = bodies(&policy_of(8, 0, 0))["database"].to_string();
    assert!(!titles.contains("share of connections"));
}

#[test]
fn many_targets_have_one_chart_and_a_choice() {
    let few = bodies(&policy_of(CHARTS, 0, 0));
    let many = bodies(&policy_of(CHARTS + 1, 0, 0));
    for page in ["auto-scaling", "database"] {
        assert!(few[page].get("variables").is_none() && !few[page].to_string().contains(CHOSEN));
        let variable = &many[page]["variables"][0];
        assert_eq!(variable["pattern"], CHOSEN);
        assert_eq!(variable["values"].as_array().unwrap().len(), CHARTS + 1);
        assert_eq!(variable["defaultValue"], "database-0");
        let charts = |body: &Value| {
            widgets(body)
                .iter()
                .filter(|widget| widget["type"] == "log" && widget["properties"]["view"] == "timeSeries")
                .count()
        };
        assert_eq!((charts(&few[page]), charts(&many[page])), (CHARTS, 1));
        let query = |widget: &&Value| widget["properties"]["query"].to_string().contains(CHOSEN);
        assert_eq!(widgets(&many[page]).iter().filter(query).count(), 1);
    }
}

/// The words of a query outside quotes, without numbers.
fn words(query: &str) -> Vec<String> {
    let bare: String = query.split(['"', '\'']).step_by(2).collect::<Vec<_>>().join(" ");
    let words = bare.split(|letter: char| !(letter.is_ascii_alphanumeric() || "_@".contains(letter)));
    words.filter(|word| word.starts_with(|first: char| !first.is_ascii_digit())).map(str::to_owned).collect()
}

#[test]
fn queries_use_only_what_a_line_has() {
    const LANGUAGE: [&str; 27] = [
        "SOURCE",
        "and",
        "as",
        "asc",
        "avg",
        "bin",
        "by",
        "concat",
        "datefloor",
        "dedup",
        "desc",
        "fields",
        "filter",
        "ispresent",
        "latest",
        "limit",
        "max",
        "min",
        "or",
        "sort",
        "stats",
        "strcontains",
        "sum",
        "@timestamp",
        // Of durations, which stand as a number and these.
        "m",
        "h",
        "",
    ];
    let mut used = BTreeSet::new();
    for policy in every_policy() {
        for body in bodies(&policy).values() {
            for query in widgets(body).iter().filter_map(|widget| widget["properties"]["query"].as_str()) {
                let words = words(query);
                let named: BTreeSet<&String> =
                    words.windows(2).filter(|pair| pair[0] == "as").map(|pair| &pair[1]).collect();
                for word in &words {
                    let of_a_line = query::FIELDS.contains(&word.as_str());
                    let known = of_a_line || LANGUAGE.contains(&word.as_str()) || named.contains(word);
                    assert!(known, "{word} in {query}");
                    if of_a_line {
                        used.insert(word.clone());
                    }
                }
            }
        }
    }
    // The test reads what it means to read.
    assert!(used.contains("weights") && used.contains("FailedActions") && used.len() >= 10, "{used:?}");
}

#[test]
fn ten_targets_of_two_replicas_are_free() {
    let of = |targets, replicas| -> Vec<usize> {
        referenced(&policy_of(targets, 0, 0), Count(replicas)).iter().map(|page| page.metrics).collect()
    };
    // Auto-Scaling has the primaries and three severities. Database has primaries and replicas twice, for CPU and connections,
    assert_eq!(of(8, 2), [11, 48]);
    // or the replicas once where twice would cost something, and then has room for the primaries' read latency,
    assert_eq!(of(10, 2), [13, 50]);
    // and twice again where it does anyway.
    assert_eq!(of(13, 2), [16, 78]);
    // What a page shows besides makes none cost anything.
    for policy in
        [policy_of(1, 0, 0), policy_of(3, 0, 0), policy_of(2, 4, 2), policy_of(0, 6, 3), policy_of(1, 5, 3)]
    {
        let pages = referenced(&policy, Count(2));
        assert!(pages.iter().all(|page| page.metrics <= FREE_METRICS), "{pages:?}");
    }
    // The shares of connections are those of the primary and of each replica once more.
    assert_eq!(of(1, 2), [4, 6 + 3 + 8]);
    let many = referenced(&policy_of(0, 100, 0), Count(2));
    assert_eq!(many[0].metrics, 600, "where it costs something anyway, it is as long as it was");
    assert!(of(10, 2).iter().all(|metrics| *metrics <= FREE_METRICS));
}

#[test]
fn references_are_to_what_the_template_has() {
    let fixed = include_str!("../../../../infra/template.yaml");
    for policy in every_policy() {
        for resource in resources(&policy) {
            for property in ["DashboardName", "DashboardBody"] {
                let text = resource.properties[property]["Fn::Sub"].as_str().unwrap();
                let mut plain = String::new();
                for (nth, part) in text.split("${").enumerate() {
                    let (name, rest) = if nth == 0 { ("", part) } else { part.split_once('}').unwrap() };
                    let known = name.is_empty()
                        || ["AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::StackName"]
                            .contains(&name)
                        || ["String", "AWS::Logs::LogGroup"]
                            .iter()
                            .any(|kind| fixed.contains(&format!("\n  {name}:\n    Type: {kind}\n")));
                    assert!(known, "{name}");
                    plain.push_str(if nth == 0 { "" } else { "x" });
                    plain.push_str(rest);
                }
                if property == "DashboardBody" {
                    assert!(serde_json::from_str::<Value>(&plain).unwrap().is_object());
                }
            }
        }
    }
}

/// One line a widget: where it stands, what it is, and what it reads.
fn outline(policy: &Policy) -> String {
    let mut said = String::new();
    for page in pages(policy) {
        said.push_str(&format!("{}\n", page.name));
        for widget in widgets(&page.body()) {
            let properties = &widget["properties"];
            let text = |name: &str| properties[name].as_str().unwrap_or_default().replace('\n', " ");
            said.push_str(&format!(
                "  {},{} {}x{} {}: {}{}\n",
                widget["x"],
                widget["y"],
                widget["width"],
                widget["height"],
                widget["type"].as_str().unwrap(),
                text("title"),
                text("markdown"),
            ));
            if !text("query").is_empty() {
                said.push_str(&format!("      {}\n", text("query")));
            }
            for part in ["alarms", "metrics"] {
                for line in properties[part].as_array().into_iter().flatten() {
                    said.push_str(&format!("      {}\n", in_order(line)));
                }
            }
        }
    }
    said
}

#[test]
fn the_pages_of_production() {
    insta::assert_snapshot!(outline(&production()), @r#"
    auto-scaling
      0,0 24x3 text: # ${AWS::StackName}: what Tidegate scales Look first at the **alarms**, then at the two tables. The first says what each target has, what it should have, and why; the second what was changed, the newest first, each change with its reason. Below is the load that it was done for. *Current* counts members that come or go too, *serving* those that clients are sent to.
      0,3 24x3 alarm: Alarms of the targets
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-orders-readers-primary-cpu"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-orders-readers-replica-lag"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-orders-readers-connections"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-api-cpu-critical"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-api-cpu-warning"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-api-unhealthy"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-api-errors"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-workers-cpu-critical"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-workers-cpu-warning"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-workers-no-tasks"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-sessions-hit-rate"
          "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-sessions-hit-rate-more"
      0,6 24x6 log: Every target now
          SOURCE '${RdsReplicasLogs}' | SOURCE '${EcsCapacityLogs}' | SOURCE '${RedisNodesLogs}' | filter ispresent(Current) | stats latest(Current) as current, latest(Desired) as desired, latest(Serving) as serving, latest(Reason) as reason, latest(message) as why by Target | sort Target asc
      0,12 24x8 log: What was done, and why
          SOURCE '${RdsReplicasLogs}' | SOURCE '${EcsCapacityLogs}' | SOURCE '${RedisNodesLogs}' | filter Actions > 0 or FailedActions > 0 | fields @timestamp, Target, Reason, message, Current, Desired, Actions, FailedActions | sort @timestamp desc | limit 100
      0,20 24x1 text: ## Current against desired
      0,21 8x6 log: orders-readers
          SOURCE '${RdsReplicasLogs}' | filter Target = "orders-readers" and ispresent(Current) | stats max(Current) as current, max(Desired) as desired, min(Serving) as serving by bin(5m)
      8,21 8x6 log: api
          SOURCE '${EcsCapacityLogs}' | filter Target = "api" and ispresent(Current) | stats max(Current) as current, max(Desired) as desired, min(Serving) as serving by bin(5m)
      16,21 8x6 log: workers
          SOURCE '${EcsCapacityLogs}' | filter Target = "workers" and ispresent(Current) | stats max(Current) as current, max(Desired) as desired, min(Serving) as serving by bin(5m)
      0,27 8x6 log: sessions
          SOURCE '${RedisNodesLogs}' | filter Target = "sessions" and ispresent(Current) | stats max(Current) as current, max(Desired) as desired, min(Serving) as serving by bin(5m)
      0,33 24x1 text: ## Services
      0,34 12x6 metric: CPU of what tasks reserve
          ["AWS/ECS","CPUUtilization","ClusterName","prod","ServiceName","api",{"id":"m0","label":"api","stat":"Average"}]
          ["AWS/ECS","CPUUtilization","ClusterName","prod","ServiceName","workers",{"id":"m1","label":"workers","stat":"Average"}]
      12,34 12x6 metric: Memory of what tasks reserve
          ["AWS/ECS","MemoryUtilization","ClusterName","prod","ServiceName","api",{"id":"m0","label":"api","stat":"Average"}]
          ["AWS/ECS","MemoryUtilization","ClusterName","prod","ServiceName","workers",{"id":"m1","label":"workers","stat":"Average"}]
      0,40 12x6 metric: Requests in five minutes
          ["AWS/ApplicationELB","RequestCount","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Sum"}]
      12,40 12x6 metric: Response time, 95th percentile
          ["AWS/ApplicationELB","TargetResponseTime","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"p95"}]
      0,46 12x6 metric: Answers of the 5XX class in five minutes
          ["AWS/ApplicationELB","HTTPCode_Target_5XX_Count","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Sum"}]
      12,46 12x6 metric: Messages that wait
          ["AWS/SQS","ApproximateNumberOfMessagesVisible","QueueName","jobs",{"id":"m0","label":"workers","stat":"Maximum"}]
      0,52 24x1 text: ## Primaries of read replicas
      0,53 12x6 metric: CPU of the primary
          ["AWS/RDS","CPUUtilization","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      0,59 24x1 text: ## Redis nodes
      0,60 12x6 metric: CPU of the engine's one core
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"EngineCPUUtilization\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      12,60 12x6 metric: Memory of what a node may hold
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"DatabaseMemoryUsagePercentage\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      0,66 24x1 text: ## In detail
      0,67 8x6 metric: Alerts that stand
          ["Tidegate","Alerts","Stage","${Stage}","Severity","critical",{"id":"m0","label":"critical","stat":"Maximum"}]
          ["Tidegate","Alerts","Stage","${Stage}","Severity","warning",{"id":"m1","label":"warning","stat":"Maximum"}]
          ["Tidegate","Alerts","Stage","${Stage}","Severity","info",{"id":"m2","label":"info","stat":"Maximum"}]
      8,67 8x6 metric: Unhealthy hosts
          ["AWS/ApplicationELB","UnHealthyHostCount","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Maximum"}]
      16,67 8x6 metric: Healthy hosts
          ["AWS/ApplicationELB","HealthyHostCount","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Minimum"}]
      0,73 8x6 metric: Lookups per minute and node that found their key
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"CacheHits\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      8,73 8x6 metric: Lookups per minute and node that did not
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"CacheMisses\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      16,73 8x6 metric: Answers of the 4XX class in five minutes
          ["AWS/ApplicationELB","HTTPCode_Target_4XX_Count","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Sum"}]
      0,79 8x6 metric: Requests per task in five minutes
          ["AWS/ApplicationELB","RequestCountPerTarget","TargetGroup","targetgroup/api/6d0ecf831eec9f09","LoadBalancer","app/prod/50dc6c495c0c9188",{"id":"m0","label":"api","stat":"Sum"}]
      8,79 8x6 metric: Bytes per minute that a node reads from the network
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"NetworkBytesIn\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      16,79 8x6 metric: Bytes per minute that a node writes to the network
          [{"expression":"SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=\"NetworkBytesOut\" CacheClusterId=sessions', 'Average', 300)","id":"m0","label":"sessions"}]
      0,85 24x1 text: ## Cost of what is scaled
      0,86 24x2 text: List prices of the United States (N. Virginia) on demand, without storage and traffic: approximate, and not a bill. 2 of 4 targets have no price here: the policy does not say how large a task is, nor the class of what takes its source's. Redis nodes are priced as the smallest type that the policy names, and may have grown.
      0,88 12x6 log: Dollars an hour now, by list price
          SOURCE '${RdsReplicasLogs}' | SOURCE '${EcsCapacityLogs}' | SOURCE '${RedisNodesLogs}' | filter ispresent(Current) | fields concat(":", Target, ":") as named | fields Current * ((strcontains(named, ":orders-readers:") + strcontains(named, ":sessions:")) * 0.0680) as dollars | filter dollars > 0 | stats latest(Current) as current, latest(dollars) as dollars_an_hour by Target | sort dollars_an_hour desc
      12,88 12x6 log: Dollars an hour together
          SOURCE '${RdsReplicasLogs}' | SOURCE '${EcsCapacityLogs}' | SOURCE '${RedisNodesLogs}' | filter ispresent(Current) | fields concat(":", Target, ":") as named | fields Current * ((strcontains(named, ":orders-readers:") + strcontains(named, ":sessions:")) * 0.0680) as dollars | filter dollars > 0 | fields datefloor(@timestamp, 1h) as hour | stats avg(dollars) as mean by hour, Target | stats sum(mean) as dollars_an_hour by hour | sort hour desc
    database
      0,0 24x3 text: # ${AWS::StackName}: primaries and their read replicas Look first at the **lag** and the **connections** of the first table: the worst of the time shown. A weight is a replica's share of new connections: weight / sum of the weights; `primary-floor` is the primary, which answers reads only while no replica does. A replica at weight 0 is on its way out, or is not fit yet.
      0,3 24x4 log: Every target in the time shown
          SOURCE '${RdsReplicasLogs}' | filter ispresent(Current) | stats latest(Current) as current, latest(Serving) as serving, max(ReplicaLag) as worst_lag_seconds, max(ConnectionsUsed) as most_connections_percent, max(DrainTime) as longest_drain_seconds, latest(weights) as weights_now by Target | sort Target asc
      0,7 24x1 text: ## CPU
      0,8 12x6 metric: CPU of the primary
          ["AWS/RDS","CPUUtilization","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      12,8 12x6 metric: CPU of replicas
          [{"expression":"SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"CPUUtilization\" DBInstanceIdentifier=tg-orders-readers', 'Average', 300)","id":"m0","label":"orders-readers"}]
      0,14 24x1 text: ## Read/write split: who is connected where
      0,15 12x6 metric: Connections to the primary
          ["AWS/RDS","DatabaseConnections","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      12,15 12x6 metric: Connections to its replicas together
          [{"expression":"SUM(SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"DatabaseConnections\" DBInstanceIdentifier=tg-orders-readers', 'Average', 300))","id":"m0","label":"orders-readers"}]
      0,21 24x1 text: ## Read/write split: where new readers are sent
      0,22 24x8 log: Weights as they were set, the newest first
          SOURCE '${RdsReplicasLogs}' | fields @timestamp, Target, weights, Serving | filter ispresent(weights) | sort @timestamp desc | dedup Target, weights | limit 100
      0,30 24x1 text: ## Largest lag and connections used
      0,31 8x6 log: orders-readers
          SOURCE '${RdsReplicasLogs}' | filter Target = "orders-readers" and ispresent(Current) | stats max(ReplicaLag) as lag_seconds, max(ConnectionsUsed) as connections_percent by bin(5m)
      0,37 24x1 text: ## In detail
      0,38 8x6 metric: Read latency of the primary
          ["AWS/RDS","ReadLatency","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      8,38 8x6 metric: orders-readers: share of connections (the primary's: writers too)
          ["AWS/RDS","DatabaseConnections","DBInstanceIdentifier","orders-primary",{"id":"primary","label":"primary","stat":"Average","visible":false}]
          [{"expression":"SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"DatabaseConnections\" DBInstanceIdentifier=tg-orders-readers', 'Average', 300)","id":"replicas","label":"replicas","visible":false}]
          [{"expression":"100 * primary / (primary + SUM(replicas))","id":"of_primary","label":"the primary"}]
          [{"expression":"100 * replicas / (primary + SUM(replicas))","id":"of_replicas","label":""}]
      16,38 8x6 metric: Read latency of replicas
          [{"expression":"SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"ReadLatency\" DBInstanceIdentifier=tg-orders-readers', 'Average', 300)","id":"m0","label":"orders-readers"}]
      0,44 8x6 metric: Write latency of the primary
          ["AWS/RDS","WriteLatency","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      8,44 8x6 metric: Load of the primary, with Database Insights
          ["AWS/RDS","DBLoad","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      16,44 8x6 metric: Requests that wait for the primary's disk
          ["AWS/RDS","DiskQueueDepth","DBInstanceIdentifier","orders-primary",{"id":"m0","label":"orders-readers","stat":"Average"}]
      0,50 8x6 metric: Requests that wait for replicas' disks
          [{"expression":"SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"DiskQueueDepth\" DBInstanceIdentifier=tg-orders-readers', 'Average', 300)","id":"m0","label":"orders-readers"}]
    "#);
}
