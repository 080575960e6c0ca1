//! What stands for the targets whether or not anything happens: alarms by their metrics, dashboards by what they refer to.

use serde_json::Value;
use tidegate_policy::policy::Policy;

use crate::prices::METRICS_OF_A_FREE_DASHBOARD;
use crate::resource::Resource;
use crate::{alarms, dashboards};

/// Alarms and dashboards, as AWS counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Of the alarms of the targets: an alarm on a calculation counts once for each metric in it.
    pub alarm_metrics: usize,
    /// One a dashboard: how many metrics it refers to.
    pub dashboards: Vec<usize>,
    /// How many widgets of all dashboards query the logs.
    pub log_widgets: usize,
}

impl Standing {
    /// What the stack of this policy has. What a search of a dashboard finds is not in its text, and is not counted.
    pub fn of(policy: &Policy) -> Standing {
        Standing::counted(&alarms::resources(policy), &dashboards::resources(policy))
    }

    fn counted(alarms: &[Resource], dashboards: &[Resource]) -> Standing {
        let of_type = |resources: &[Resource], name: &str, count: fn(&Value) -> usize| -> Vec<usize> {
            let those = resources.iter().filter(|resource| resource.resource_type == name);
            those.map(|resource| count(&resource.properties)).collect()
        };
        Standing {
            alarm_metrics: of_type(alarms, "AWS::CloudWatch::Alarm", metrics_of_an_alarm).iter().sum(),
            dashboards: of_type(dashboards, "AWS::CloudWatch::Dashboard", metrics_of_a_dashboard),
            log_widgets: of_type(dashboards, "AWS::CloudWatch::Dashboard", log_widgets).iter().sum(),
        }
    }
}

/// One, or as many as its calculation reads.
fn metrics_of_an_alarm(properties: &Value) -> usize {
    let Some(queries) = properties["Metrics"].as_array() else { return 1 };
    queries.iter().filter(|query| query.get("MetricStat").is_some()).count()
}

/// Each line of each widget that names a metric; one whose text cannot be read counts as too large to be free.
fn metrics_of_a_dashboard(properties: &Value) -> usize {
    let Some(widgets) = widgets(properties) else { return METRICS_OF_A_FREE_DASHBOARD + 1 };
    let lines =
        widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten());
    // A line that begins with an object is an expression over others.
    lines.filter(|line| line.get(0).is_some_and(|first| !first.is_object())).count()
}

/// Widgets that query the logs.
fn log_widgets(properties: &Value) -> usize {
    widgets(properties).map_or(0, |widgets| widgets.iter().filter(|widget| widget["type"] == "log").count())
}

/// The widgets of a dashboard's text, if it can be read.
fn widgets(properties: &Value) -> Option<Vec<Value>> {
    let body = &properties["DashboardBody"];
    let text = [body, &body["Fn::Sub"], &body["Fn::Sub"][0]].into_iter().find_map(Value::as_str)?;
    let mut body: Value = serde_json::from_str(text).ok()?;
    match body["widgets"].take() {
        Value::Array(widgets) => Some(widgets),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(resource_type: &'static str, properties: Value) -> Resource {
        Resource { logical_id: "One".to_owned(), resource_type, properties }
    }

    #[test]
    fn alarms_count_by_their_metrics() {
        let alarm = |properties| resource("AWS::CloudWatch::Alarm", properties);
        let calculated = json!([
            {"Id": "share", "Expression": "errors / requests"},
            {"Id": "errors", "MetricStat": {}, "ReturnData": false},
            {"Id": "requests", "MetricStat": {}, "ReturnData": false},
        ]);
        let alarms = [alarm(json!({"MetricName": "CPUUtilization"})), alarm(json!({"Metrics": calculated}))];
        assert_eq!(Standing::counted(&alarms, &[]).alarm_metrics, 3);
    }

    #[test]
    fn dashboards_count_by_the_metrics_that_they_refer_to() {
        let body = json!({"widgets": [
            {"type": "metric", "properties": {"metrics": [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "a"], [{"expression": "m1 / 2"}]]}},
            {"type": "metric", "properties": {"metrics": [["AWS/RDS", "ReplicaLag", "DBInstanceIdentifier", "b"]]}},
            {"type": "log", "properties": {"query": "fields @message"}},
        ]});
        let dashboard = |body| resource("AWS::CloudWatch::Dashboard", json!({"DashboardBody": body}));
        let dashboards = [
            dashboard(json!(body.to_string())),
            dashboard(json!({"Fn::Sub": body.to_string()})),
            dashboard(json!({"Fn::Sub": [body.to_string(), {"Region": "us-east-1"}]})),
            dashboard(json!("no JSON")),
        ];
        let counted = Standing::counted(&[], &dashboards);
        assert_eq!((counted.dashboards, counted.log_widgets), (vec![2, 2, 2, 51], 3));
    }
}
