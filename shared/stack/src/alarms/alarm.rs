//! One alarm, and how CloudFormation writes it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_policy::policy::Target;

use crate::function::Function;
use crate::resource::{Resource, distinct, literal, logical_id, reference, substituted, tags};
use crate::series::Series;

/// The longest description that CloudWatch takes (PutMetricAlarm, `AlarmDescription`), characters.
#[cfg(test)]
pub(super) const LONGEST_DESCRIPTION: usize = 1_024;

/// The most metrics that an alarm on metric math may read ("CloudWatch service quotas").
pub(super) const METRICS_AN_ALARM: usize = 10;

/// An alarm of one target.
#[derive(Clone, Debug)]
pub(super) struct Alarm<'a> {
    /// Whose.
    pub(super) target: &'a Target,
    /// What is wrong, in one or two words with hyphens; the end of its name. None is the end of another, so that names stay distinct
    /// whatever targets are called.
    pub(super) what: &'static str,
    /// For the person who is called.
    pub(super) description: String,
    /// What is watched.
    pub(super) watched: Watched,
    /// When it goes off.
    pub(super) breach: Breach,
    /// Whom it is reported to; nobody, if it only wakes the function.
    pub(super) severity: Option<Severity>,
    /// Whether the function is woken: it can do something about it.
    pub(super) wakes: bool,
}

/// What an alarm compares with its threshold.
#[derive(Clone, Debug)]
pub(super) enum Watched {
    /// A metric as it is.
    Metric(Series),
    /// Metric math: metrics by id, and expressions by id, of which the last is compared.
    Math { metrics: Vec<(String, Series)>, expressions: Vec<(&'static str, String)> },
}

/// When an alarm goes off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breach {
    /// Which side of the threshold is wrong.
    pub(super) side: Side,
    /// In the metric's unit.
    pub(super) threshold: f64,
    /// How long each point is, seconds: a whole number of minutes.
    pub(super) period: u64,
    /// So many points must be wrong,
    pub(super) at_least: u32,
    /// of so many.
    pub(super) of: u32,
    /// What a point that is not there counts as.
    pub(super) missing: Missing,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Above,
    Below,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    Breaching,
    NotBreaching,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Critical,
    Warning,
}

impl Severity {
    /// The topic of the people that it is for.
    fn topic(self) -> &'static str {
        match self {
            Severity::Critical => "CriticalTopic",
            Severity::Warning => "WarningTopic",
        }
    }
}

impl Alarm<'_> {
    /// Its name without the stack's.
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.target.name, self.what)
    }

    /// How many metrics are billed for it.
    pub(super) fn metrics(&self) -> usize {
        match &self.watched {
            Watched::Metric(_) => 1,
            Watched::Math { metrics, .. } => metrics.len(),
        }
    }

    /// As it stands in a template. Logical ids of alarms begin with `Alarm`, which none of the fixed template's does.
    pub(super) fn resource(&self, taken: &mut BTreeSet<String>) -> Resource {
        let Breach { side, threshold, period, at_least, of, missing } = self.breach;
        let people: Vec<Value> = self.severity.iter().map(|severity| reference(severity.topic())).collect();
        let mut actions = people.clone();
        if self.wakes {
            actions.push(reference(&Function::of(self.target.kind.kind()).wake()));
        }
        let mut properties = json!({
            "AlarmName": substituted(&format!("${{AWS::StackName}}-{}", literal(&self.name()))),
            "AlarmDescription": self.description,
            "EvaluationPeriods": of,
            "DatapointsToAlarm": at_least,
            "Threshold": threshold,
            "ComparisonOperator": match side {
                Side::Above => "GreaterThanThreshold",
                Side::Below => "LessThanThreshold",
            },
            "TreatMissingData": match missing {
                Missing::Breaching => "breaching",
                Missing::NotBreaching => "notBreaching",
            },
            "AlarmActions": actions,
            // Nobody needs waking when it is over.
            "OKActions": people,
            "Tags": tags(),
        });
        match &self.watched {
            Watched::Metric(series) => {
                properties["Namespace"] = series.namespace.into();
                properties["MetricName"] = series.metric.into();
                properties["Dimensions"] = dimensions(series);
                // A percentile has a key of its own (PutMetricAlarm).
                let key = if series.statistic.starts_with('p') { "ExtendedStatistic" } else { "Statistic" };
                properties[key] = series.statistic.into();
                properties["Period"] = period.into();
            }
            Watched::Math { metrics, expressions } => {
                let read = metrics.iter().map(|(id, series)| {
                    let metric = json!({
                        "Namespace": series.namespace,
                        "MetricName": series.metric,
                        "Dimensions": dimensions(series),
                    });
                    let stat = json!({"Metric": metric, "Stat": series.statistic, "Period": period});
                    json!({"Id": id, "MetricStat": stat, "ReturnData": false})
                });
                let compared = expressions.len().saturating_sub(1);
                let computed = expressions.iter().enumerate().map(|(nth, (id, expression))| {
                    json!({"Id": id, "Expression": expression, "ReturnData": nth == compared})
                });
                properties["Metrics"] = read.chain(computed).collect();
            }
        }
        let id = distinct(format!("Alarm{}", logical_id(&self.name())), taken);
        let condition = match self.watched {
            Watched::Metric(_) => None,
            Watched::Math { .. } => Some("HasMathAlarms"),
        };
        Resource::new(id, "AWS::CloudWatch::Alarm", &properties).under(condition)
    }
}

fn dimensions(series: &Series) -> Value {
    series.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}
