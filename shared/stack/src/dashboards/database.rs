//! The Database dashboard: each primary beside its replicas, and how reads are split among them.

use tidegate_policy::policy::{Policy, RdsReplicas, Target};

use super::detail::{self, USUAL_REPLICAS};
use super::page::{FREE_METRICS, Page};
use super::query;
use super::widget::{Axis, Fold, Line, Widget};
use crate::function::Function;
use crate::series;

/// The page; `None` for a policy without read replicas.
///
/// Connections of replicas are drawn from metrics of AWS unless just that would make the page cost something: the log has them as well, as a
/// share of what is allowed.
pub(super) fn page(policy: &Policy) -> Option<Page> {
    let targets: Vec<(&Target, &RdsReplicas)> = policy.targets.iter().filter_map(of_replicas).collect();
    let (first, _) = targets.first()?;
    let source = query::source(Function::of(first.kind.kind()));
    let whole = fill(&targets, &source, true);
    let free = |page: &Page| page.metrics(USUAL_REPLICAS) <= FREE_METRICS;
    let lean = || Some(fill(&targets, &source, false)).filter(&free);
    let mut page = if free(&whole) { whole } else { lean().unwrap_or(whole) };
    let besides = detail::that_are_free(page.metrics(USUAL_REPLICAS), detail::of_databases(&targets));
    page.section("In detail", besides);
    Some(page)
}

fn of_replicas(target: &Target) -> Option<(&Target, &RdsReplicas)> {
    Some((target, target.kind.rds_replicas()?))
}

fn fill(targets: &[(&Target, &RdsReplicas)], source: &str, readers_too: bool) -> Page {
    let mut page = Page::new("database", "DatabaseDashboard");
    page.add(Widget::text(
        "# ${AWS::StackName}: primaries and their read replicas\nLook first at the **lag** and the **connections** of the first table: the worst of the time shown. A weight is a replica's share of new connections: weight / sum of the weights; `primary-floor` is the primary, which answers reads only while no replica does. A replica at weight 0 is on its way out, or is not fit yet.",
        3,
    ));
    let rows = u32::try_from(targets.len()).unwrap_or(u32::MAX);
    page.add(Widget::table(
        "Every target in the time shown",
        query::newest_of_replicas(source),
        rows.saturating_add(2).clamp(4, 16),
    ));

    let primaries = |metric: &'static str| -> Vec<Line> {
        let line = |(target, kind): &(&Target, &RdsReplicas)| {
            Line::of(series::instance(&kind.source, metric, "Average"), target)
        };
        targets.iter().map(line).collect()
    };
    let replicas = |metric: &str, fold: Fold| -> Vec<Line> {
        targets.iter().map(|(target, kind)| Line::replicas(kind, metric, fold, target)).collect()
    };
    let mut cpu = Widget::charts("CPU of the primary", Axis::Percent, primaries("CPUUtilization"));
    cpu.extend(Widget::charts("CPU of replicas", Axis::Percent, replicas("CPUUtilization", Fold::Each)));
    page.section("CPU", cpu);

    let metric = "DatabaseConnections";
    let mut connections = Widget::charts("Connections to the primary", Axis::Count, primaries(metric));
    if readers_too {
        let together = replicas(metric, Fold::Sum);
        connections.extend(Widget::charts("Connections to its replicas together", Axis::Count, together));
    }
    page.section("Read/write split: who is connected where", connections);
    let splits = Widget::table("Weights as they were set, the newest first", query::splits(source), 8);
    page.section("Read/write split: where new readers are sent", vec![splits]);

    let names: Vec<&Target> = targets.iter().map(|(target, _)| *target).collect();
    page.section_by_target("Largest lag and connections used", &names, |name, _| {
        Widget::chart_of_log(name, query::health_of_replicas(source, name))
    });
    page
}
