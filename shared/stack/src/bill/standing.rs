//! What stands for the targets whether or not anything happens: alarms by their metrics, dashboards by what they refer to.

use serde_json::Value;
use tidegate_policy::policy::Policy;
use tidegate_policy::units::Count;

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
    /// What the stack of this policy has, with this many replicas of each target: the charts follow them.
    pub fn of(policy: &Policy, replicas: Count) -> Standing {
        let dashboards = dashboards::referenced(policy, replicas);
        Standing {
            alarm_metrics: alarms::billed(policy),
            dashboards: dashboards.into_iter().map(|dashboard| dashboard.metrics).collect(),
            log_widgets: dashboards::resources(policy).iter().map(log_widgets).sum(),
        }
    }
}

/// Widgets that query the logs.
fn log_widgets(dashboard: &Resource) -> usize {
    let body = &dashboard.properties["DashboardBody"]["Fn::Sub"];
    let body: Value = body.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let widgets = body["widgets"].as_array().into_iter().flatten();
    widgets.filter(|widget| widget["type"] == "log").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_is_counted_as_alarms_and_dashboards_count_themselves() {
        let document = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 3\n\
                        scale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n";
        let policy = tidegate_policy::document::parse(document).unwrap();
        let standing = Standing::of(&policy, Count(2));
        assert_eq!(standing.alarm_metrics, alarms::billed(&policy));
        assert_eq!(standing.dashboards.len(), dashboards::resources(&policy).len());
        assert!(standing.log_widgets > 0, "the page's text can be read");
    }
}
