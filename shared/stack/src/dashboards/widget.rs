//! The kinds of widget that the pages have, as "Dashboard body structure and syntax" of the CloudWatch API reference describes them.

use serde_json::{Value, json};
use tidegate_policy::policy::{RdsReplicas, RedisNodes, Target};
use tidegate_policy::units::Count;

use crate::resource::literal;
use crate::series::{self, Series};

/// Above so many lines a chart shows the highest ones only: a person cannot tell more apart.
const LINES_THAT_CAN_BE_READ: usize = 10;

/// The most metrics that one widget may have ("CloudWatch service quotas").
pub(super) const METRICS_A_WIDGET: usize = 500;

/// So many searches in a widget, of the 100 that it may have ("CloudWatch search expression syntax"): with five replicas each they find half of
/// what a widget may show.
const SEARCHES_A_WIDGET: usize = 50;

/// Columns of the grid ("Dashboard body structure and syntax", CloudWatch API reference).
pub(super) const COLUMNS: u32 = 24;
/// Seconds: what AWS keeps for two months, and as fine as decisions are.
const PERIOD: u32 = 300;

/// One widget, without its place.
#[derive(Clone, Debug)]
pub(super) struct Widget {
    /// In columns.
    pub(super) width: u32,
    /// In rows.
    pub(super) height: u32,
    shows: Shows,
}

#[derive(Clone, Debug)]
enum Shows {
    Text(String),
    Alarms {
        title: String,
        names: Vec<String>,
        only_ringing: bool,
    },
    Log {
        title: String,
        query: String,
        view: View,
    },
    Metrics {
        title: String,
        axis: Axis,
        lines: Vec<Line>,
    },
    /// What of a metric is the primary's, and what each replica's, in percent of all of them together.
    Shares {
        title: String,
        primary: Series,
        replicas: String,
    },
}

/// How the answer of a query is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum View {
    Table,
    TimeSeries,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Axis {
    Percent,
    Count,
    Seconds,
}

/// What a chart draws.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A metric.
    Metric { series: Series, label: String },
    /// What a search finds at the time.
    Search { search: String, fold: Fold, label: String, of: Members },
}

/// What becomes of the metrics that a search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// One line each, or with many targets one line a target: the highest.
    Each,
    /// Their sum.
    Sum,
}

/// How many metrics a search finds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Members {
    /// As many as the target has replicas.
    Replicas,
    /// So many.
    Nodes(Count),
}

impl Line {
    pub(super) fn of(series: Series, target: &Target) -> Self {
        Line::Metric { series, label: target.name.to_string() }
    }

    /// A metric of the replicas of ours, by the words of the prefix that all of them share.
    pub(super) fn replicas(kind: &RdsReplicas, metric: &str, fold: Fold, target: &Target) -> Self {
        let search = search_of_replicas(kind, metric);
        Line::Search { search, fold, label: target.name.to_string(), of: Members::Replicas }
    }

    /// A metric of each node of a group.
    pub(super) fn nodes(kind: &RedisNodes, metric: &str, target: &Target) -> Self {
        let schema = "AWS/ElastiCache,CacheClusterId,CacheNodeId";
        let search = search(schema, metric, "CacheClusterId", kind.group.as_str());
        let of = Members::Nodes(target.scaling.min);
        Line::Search { search, fold: Fold::Each, label: target.name.to_string(), of }
    }

    fn metrics(&self, replicas: Count) -> usize {
        let found = match self {
            Line::Metric { .. } => Count::ONE,
            Line::Search { of: Members::Replicas, .. } => replicas,
            Line::Search { of: Members::Nodes(nodes), .. } => *nodes,
        };
        usize::try_from(found.0).unwrap_or(usize::MAX)
    }
}

fn search_of_replicas(kind: &RdsReplicas, metric: &str) -> String {
    search("AWS/RDS,DBInstanceIdentifier", metric, "DBInstanceIdentifier", &kind.prefix)
}

/// A search for what has the words of `name`, one after another, in this dimension. A search knows words and no beginnings, so that a name
/// which has these words and more is found as well ("CloudWatch search expression syntax", partial matches).
fn search(schema: &str, metric: &str, dimension: &str, name: &str) -> String {
    let words = name.trim_end_matches('-');
    format!("SEARCH('{{{schema}}} MetricName=\"{metric}\" {dimension}={words}', 'Average', {PERIOD})")
}

impl Widget {
    /// Markdown.
    pub(super) fn text(markdown: &str, height: u32) -> Self {
        Self { width: COLUMNS, height, shows: Shows::Text(markdown.to_owned()) }
    }

    /// The heading of a section.
    pub(super) fn heading(text: &str) -> Self {
        Self::text(&format!("## {text}"), 1)
    }

    /// The state of alarms, whose names follow the stack's; of many only those that ring. 100 at most, in one of `parts` beside each other.
    pub(super) fn alarms(title: &str, names: Vec<String>, only_ringing: bool, parts: u32) -> Self {
        // Six beside each other.
        let rows = u32::try_from(names.len().div_ceil(6)).unwrap_or(u32::MAX);
        let height = if only_ringing { 3 } else { rows.saturating_add(1).min(6) };
        let width = COLUMNS / parts.clamp(1, 4);
        Self { width, height, shows: Shows::Alarms { title: title.to_owned(), names, only_ringing } }
    }

    /// A query on the log as a table of the page's width.
    pub(super) fn table(title: &str, query: String, height: u32) -> Self {
        Self {
            width: COLUMNS,
            height,
            shows: Shows::Log { title: title.to_owned(), query, view: View::Table },
        }
    }

    /// The same, half as wide.
    pub(super) fn half(self) -> Self {
        Self { width: self.width / 2, ..self }
    }

    /// The same, a third of the page wide.
    pub(super) fn third(self) -> Self {
        Self { width: COLUMNS / 3, ..self }
    }

    /// A query on the log as a chart; three stand beside each other.
    pub(super) fn chart_of_log(title: &str, query: String) -> Self {
        let shows = Shows::Log { title: title.to_owned(), query, view: View::TimeSeries };
        Self { width: COLUMNS / 3, height: 6, shows }
    }

    /// Charts of these lines, two beside each other: one, or as many as it takes.
    pub(super) fn charts(title: &str, axis: Axis, lines: Vec<Line>) -> Vec<Self> {
        let searches = lines.iter().any(|line| matches!(line, Line::Search { .. }));
        // One is left for the expression that picks the highest.
        let most = if searches { SEARCHES_A_WIDGET } else { METRICS_A_WIDGET - 1 };
        let parts = lines.len().div_ceil(most);
        let chart = |(nth, lines): (usize, &[Line])| {
            let mut title = title.to_owned();
            if parts > 1 {
                title.push_str(&format!(", {} of {parts}", nth + 1));
            }
            if lines.len() > LINES_THAT_CAN_BE_READ {
                title.push_str(&format!(", the {LINES_THAT_CAN_BE_READ} highest targets"));
            }
            let shows = Shows::Metrics { title, axis, lines: lines.to_vec() };
            Self { width: COLUMNS / 2, height: 6, shows }
        };
        lines.chunks(most).enumerate().map(chart).collect()
    }

    /// What of a metric is the primary's and what each replica's, of one target.
    pub(super) fn shares(title: &str, kind: &RdsReplicas, metric: &'static str) -> Self {
        let shows = Shows::Shares {
            title: title.to_owned(),
            primary: series::instance(&kind.source, metric, "Average"),
            replicas: search_of_replicas(kind, metric),
        };
        Self { width: COLUMNS / 2, height: 6, shows }
    }

    /// How many metrics it refers to.
    pub(super) fn metrics(&self, replicas: Count) -> usize {
        match &self.shows {
            Shows::Metrics { lines, .. } => lines.iter().map(|line| line.metrics(replicas)).sum(),
            Shows::Shares { .. } => usize::try_from(replicas.plus(Count::ONE).0).unwrap_or(usize::MAX),
            Shows::Text(_) | Shows::Alarms { .. } | Shows::Log { .. } => 0,
        }
    }

    /// Its `type`.
    pub(super) fn kind(&self) -> &'static str {
        match &self.shows {
            Shows::Text(_) => "text",
            Shows::Alarms { .. } => "alarm",
            Shows::Log { .. } => "log",
            Shows::Metrics { .. } | Shows::Shares { .. } => "metric",
        }
    }

    /// Its `properties`.
    pub(super) fn properties(&self) -> Value {
        match &self.shows {
            Shows::Text(markdown) => json!({"markdown": markdown}),
            Shows::Alarms { title, names, only_ringing } => {
                let arn = |name: &String| {
                    format!(
                        "arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:${{AWS::StackName}}-{}",
                        literal(name)
                    )
                };
                let arns: Vec<String> = names.iter().map(arn).collect();
                let mut properties =
                    json!({"title": title, "alarms": arns, "sortBy": "stateUpdatedTimestamp"});
                if *only_ringing {
                    properties["states"] = json!(["ALARM"]);
                }
                properties
            }
            Shows::Log { title, query, view } => json!({
                "title": title,
                "query": query,
                "region": "${AWS::Region}",
                "view": match view {
                    View::Table => "table",
                    View::TimeSeries => "timeSeries",
                },
            }),
            Shows::Metrics { title, axis, lines } => chart(title, *axis, drawn(lines)),
            Shows::Shares { title, primary, replicas } => {
                chart(title, Axis::Percent, shares(primary, replicas))
            }
        }
    }
}

fn chart(title: &str, axis: Axis, metrics: Value) -> Value {
    json!({
        "title": title,
        "metrics": metrics,
        "view": "timeSeries",
        "stacked": false,
        "region": "${AWS::Region}",
        "period": PERIOD,
        "yAxis": {"left": {"min": 0, "label": axis.label(), "showUnits": false}},
    })
}

/// The share of the primary and that of each replica; what they are shares of is not drawn.
fn shares(primary: &Series, replicas: &str) -> Value {
    let mut of_primary = named(primary);
    of_primary
        .push(json!({"stat": primary.statistic, "id": "primary", "label": "primary", "visible": false}));
    let expression = |expression: &str, id: &str, label: &str| json!([{"expression": expression, "id": id, "label": label}]);
    json!([
        of_primary,
        [{"expression": literal(replicas), "id": "replicas", "label": "replicas", "visible": false}],
        expression("100 * primary / (primary + SUM(replicas))", "of_primary", "the primary"),
        // A line per replica, each with its own name.
        expression("100 * replicas / (primary + SUM(replicas))", "of_replicas", ""),
    ])
}

fn named(series: &Series) -> Vec<Value> {
    let mut entry = vec![json!(series.namespace), json!(series.metric)];
    for (name, value) in &series.dimensions {
        entry.extend([json!(name), json!(written(value))]);
    }
    entry
}

impl Axis {
    fn label(self) -> &'static str {
        match self {
            Axis::Percent => "%",
            Axis::Count => "",
            Axis::Seconds => "seconds",
        }
    }
}

/// The lines as `metrics`; of many those of the highest targets, and the others unseen.
fn drawn(lines: &[Line]) -> Value {
    let too_many = lines.len() > LINES_THAT_CAN_BE_READ;
    let drawn = lines.iter().enumerate().map(|(nth, line)| {
        let (mut entry, label, statistic) = match line {
            Line::Metric { series, label } => (named(series), label, json!({"stat": series.statistic})),
            Line::Search { search, fold, label, .. } => {
                let expression = match fold {
                    Fold::Sum => format!("SUM({search})"),
                    Fold::Each if too_many => format!("MAX({search})"),
                    Fold::Each => search.clone(),
                };
                (Vec::new(), label, json!({"expression": literal(&expression)}))
            }
        };
        let mut options = statistic;
        options["id"] = json!(id(nth));
        options["label"] = json!(literal(label));
        if too_many {
            options["visible"] = json!(false);
        }
        entry.push(options);
        Value::Array(entry)
    });
    let highest = too_many.then(|| {
        // Metrics need not be named one by one, and could not: an expression has 2,048 characters at most.
        let all = if lines.iter().all(|line| matches!(line, Line::Metric { .. })) {
            "METRICS()".to_owned()
        } else {
            format!("[{}]", (0..lines.len()).map(id).collect::<Vec<_>>().join(", "))
        };
        let expression = format!("SORT({all}, MAX, DESC, {LINES_THAT_CAN_BE_READ})");
        // Without a label of its own, so that each line keeps its target's.
        json!([{"expression": expression, "id": "highest", "label": ""}])
    });
    highest.into_iter().chain(drawn).collect()
}

/// A value of a dimension in a body that is substituted: text as it is, and a reference to the stage.
fn written(value: &Value) -> String {
    value["Ref"]
        .as_str()
        .map_or_else(|| literal(value.as_str().unwrap_or_default()), |name| format!("${{{name}}}"))
}

fn id(nth: usize) -> String {
    format!("m{nth}")
}
