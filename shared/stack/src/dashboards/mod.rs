//! Two dashboards that follow the targets: Auto-Scaling, of everything that is scaled, and Database, of the read replicas.
//!
//! What AWS measures is drawn from its own metrics. What the functions decide comes from their log by queries, since a standing metric of
//! ours would cost $0.30 a month for each number and target. A replica that comes or goes is found by a search.

mod auto_scaling;
mod database;
mod detail;
mod page;
mod query;
mod widget;

use tidegate_policy::policy::Policy;
use tidegate_policy::units::Count;

use crate::resource::{Resource, in_order, substituted};
use page::Page;

pub use page::FREE_METRICS;

/// How many metrics a dashboard refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referenced {
    /// The end of its name.
    pub dashboard: &'static str,
    /// Metrics of AWS that its widgets read, with what searches find.
    pub metrics: usize,
}

/// The dashboards of what the policy has. They carry no tags: CloudFormation takes none for them.
pub fn resources(policy: &Policy) -> Vec<Resource> {
    let resource = |page: &Page| {
        let properties = serde_json::json!({
            "DashboardName": substituted(&format!("${{AWS::StackName}}-{}", page.name)),
            "DashboardBody": substituted(&in_order(&page.body()).to_string()),
        });
        Resource::new(page.logical_id.to_owned(), "AWS::CloudWatch::Dashboard", &properties)
    };
    pages(policy).iter().map(resource).collect()
}

/// How many metrics each dashboard refers to while every target of replicas has `replicas` of them, and every group of Redis nodes as many
/// as its `min`.
pub fn referenced(policy: &Policy, replicas: Count) -> Vec<Referenced> {
    let of = |page: &Page| Referenced { dashboard: page.name, metrics: page.metrics(replicas) };
    pages(policy).iter().map(of).collect()
}

fn pages(policy: &Policy) -> Vec<Page> {
    let mut pages = Vec::new();
    if !policy.targets.is_empty() {
        pages.push(auto_scaling::page(policy));
    }
    pages.extend(database::page(policy));
    pages
}

#[cfg(test)]
mod tests;
