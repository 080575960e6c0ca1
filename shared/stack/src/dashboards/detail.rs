//! What a page shows besides, in the order in which a person misses it, and only as far as the page stays free.

use serde_json::json;
use tidegate_policy::policy::{Policy, RdsReplicas, Target};
use tidegate_policy::units::Count;

use super::page::FREE_METRICS;
use super::widget::{Axis, Fold, Line, Widget};
use crate::resource::reference;
use crate::series::{self, Series};

/// How many replicas a target has when a page is made to fit into what is free.
pub(super) const USUAL_REPLICAS: Count = Count(2);

/// The severities by which the functions count the alerts that stand.
const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];

/// The first of these charts that keep a page free which refers to so many metrics without them.
pub(super) fn that_are_free(metrics: usize, charts: Vec<Vec<Widget>>) -> Vec<Widget> {
    let mut all = metrics;
    let fits = |charts: &Vec<Widget>| {
        all += charts.iter().map(|chart| chart.metrics(USUAL_REPLICAS)).sum::<usize>();
        all <= FREE_METRICS
    };
    // Three beside each other, so that the page keeps its length.
    charts.into_iter().take_while(fits).flatten().map(Widget::third).collect()
}

/// Of everything that is scaled: what stands, who is healthy, what clients are answered, what each task and node does.
pub(super) fn of_scaling(policy: &Policy) -> Vec<Vec<Widget>> {
    let balancer = |metric: &'static str, statistic: &'static str| {
        let of = |target: &Target| {
            let balancer = target.kind.ecs_service().and_then(|kind| kind.load_balancer.as_ref());
            let series = balancer.into_iter().flat_map(|of| series::balancer(of, metric, statistic));
            series.map(|series| Line::of(series, target)).collect::<Vec<_>>()
        };
        policy.targets.iter().flat_map(of).collect::<Vec<_>>()
    };
    let nodes = |metric: &str| -> Vec<Line> {
        let of = |target: &Target| Some(Line::nodes(target.kind.redis_nodes()?, metric, target));
        policy.targets.iter().filter_map(of).collect()
    };
    let count = |title: &str, lines: Vec<Line>| Widget::charts(title, Axis::Count, lines);
    vec![
        count("Alerts that stand", SEVERITIES.map(alerts).into()),
        count("Unhealthy hosts", balancer("UnHealthyHostCount", "Maximum")),
        count("Healthy hosts", balancer("HealthyHostCount", "Minimum")),
        count("Lookups per minute and node that found their key", nodes("CacheHits")),
        count("Lookups per minute and node that did not", nodes("CacheMisses")),
        count("Answers of the 4XX class in five minutes", balancer("HTTPCode_Target_4XX_Count", "Sum")),
        count("Requests per task in five minutes", balancer("RequestCountPerTarget", "Sum")),
        count("Bytes per minute that a node reads from the network", nodes("NetworkBytesIn")),
        count("Bytes per minute that a node writes to the network", nodes("NetworkBytesOut")),
    ]
}

/// Of primaries and replicas: how long reads and writes take, who of them has which share of the clients, and what keeps them.
pub(super) fn of_databases(targets: &[(&Target, &RdsReplicas)]) -> Vec<Vec<Widget>> {
    let primaries = |metric: &'static str| -> Vec<Line> {
        let line = |(target, kind): &(&Target, &RdsReplicas)| {
            Line::of(series::instance(&kind.source, metric, "Average"), target)
        };
        targets.iter().map(line).collect()
    };
    let replicas = |metric: &str| -> Vec<Line> {
        targets.iter().map(|(target, kind)| Line::replicas(kind, metric, Fold::Each, target)).collect()
    };
    // What a member answers from memory no metric of RDS counts, and a database that fits into memory hardly reads its disk. So readers are counted,
    // by their connections.
    let shares = targets.iter().map(|(target, kind)| {
        let title = format!("{}: share of connections (the primary's: writers too)", target.name);
        Widget::shares(&title, kind, "DatabaseConnections")
    });
    let shares = shares.collect();
    vec![
        Widget::charts("Read latency of the primary", Axis::Seconds, primaries("ReadLatency")),
        shares,
        Widget::charts("Read latency of replicas", Axis::Seconds, replicas("ReadLatency")),
        Widget::charts("Write latency of the primary", Axis::Seconds, primaries("WriteLatency")),
        // Sessions at work on average, which RDS publishes with Database Insights only.
        Widget::charts("Load of the primary, with Database Insights", Axis::Count, primaries("DBLoad")),
        Widget::charts("Requests that wait for the primary's disk", Axis::Count, primaries("DiskQueueDepth")),
        Widget::charts("Requests that wait for replicas' disks", Axis::Count, replicas("DiskQueueDepth")),
    ]
}

/// What the functions count, of all targets of the stage together.
fn alerts(severity: &'static str) -> Line {
    let dimensions = vec![("Stage", reference("Stage")), ("Severity", json!(severity))];
    let series = Series { namespace: "Tidegate", metric: "Alerts", dimensions, statistic: "Maximum" };
    Line::Metric { series, label: severity.to_owned() }
}
