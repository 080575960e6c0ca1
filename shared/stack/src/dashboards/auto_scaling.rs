//! The Auto-Scaling dashboard: what each target has and should have, what was done and why, and the load that it was done for.

use tidegate_policy::policy::{EcsService, Policy, RedisNodes, Target, TargetKind};

use super::detail::{self, USUAL_REPLICAS};
use super::page::Page;
use super::query;
use super::widget::{Axis, Line, Widget};
use crate::function::Function;
use crate::{alarms, capacity_prices, series};

/// The most alarms that one widget shows ("Properties of an alarm status widget object").
const ALARMS_A_WIDGET: usize = 100;
/// Of more alarms only those that ring are shown.
const ALARMS_THAT_CAN_BE_READ: usize = 36;

/// The page of a policy that has targets.
pub(super) fn page(policy: &Policy) -> Page {
    let mut page = Page::new("auto-scaling", "AutoScalingDashboard");
    let sources = query::sources(policy);
    page.add(Widget::text(
        "# ${AWS::StackName}: what Tidegate scales\nLook first at the **alarms**, then at the two tables. The first says what each target has, what it should have, and why; the second what was changed, the newest first, each change with its reason. Below is the load that it was done for. *Current* counts members that come or go too, *serving* those that clients are sent to.",
        3,
    ));
    let names = alarms::names(policy);
    let many = names.len() > ALARMS_THAT_CAN_BE_READ;
    let parts = u32::try_from(names.len().div_ceil(ALARMS_A_WIDGET)).unwrap_or(u32::MAX);
    for names in names.chunks(ALARMS_A_WIDGET) {
        let title = if many { "Alarms that ring" } else { "Alarms of the targets" };
        page.add(Widget::alarms(title, names.to_vec(), many, parts));
    }
    page.end_row();
    // A row a target, until it has to be scrolled.
    let rows = u32::try_from(policy.targets.len()).unwrap_or(u32::MAX);
    page.add(Widget::table("Every target now", query::newest(&sources), rows.saturating_add(2).clamp(4, 16)));
    page.add(Widget::table("What was done, and why", query::activities(&sources), 8));

    let all: Vec<&Target> = policy.targets.iter().collect();
    page.section_by_target("Current against desired", &all, |name, target| {
        // What is scanned is paid for: of a target that is known, one log of three.
        let source =
            target.map_or_else(|| sources.clone(), |target| query::source(Function::of(target.kind.kind())));
        Widget::chart_of_log(name, query::members(&source, name))
    });
    page.section("Services", services(policy));
    page.section("Primaries of read replicas", primaries(policy));
    page.section("Redis nodes", nodes(policy));
    let besides = detail::that_are_free(page.metrics(USUAL_REPLICAS), detail::of_scaling(policy));
    page.section("In detail", besides);
    page.section("Cost of what is scaled", cost(policy, &sources));
    page
}

fn services(policy: &Policy) -> Vec<Widget> {
    let lines = |line: &dyn Fn(&Target, &EcsService) -> Option<Line>| -> Vec<Line> {
        let of = |target: &Target| line(target, target.kind.ecs_service()?);
        policy.targets.iter().filter_map(of).collect()
    };
    let service = |metric: &'static str| {
        lines(&|target, kind| Some(Line::of(series::service(kind, metric, "Average"), target)))
    };
    let balancer = |metric: &'static str, statistic: &'static str| {
        let of = |target: &Target| {
            let balancer = target.kind.ecs_service().and_then(|kind| kind.load_balancer.as_ref());
            let series = balancer.into_iter().flat_map(|of| series::balancer(of, metric, statistic));
            series.map(|series| Line::of(series, target)).collect::<Vec<_>>()
        };
        policy.targets.iter().flat_map(of).collect::<Vec<_>>()
    };
    let queue = lines(&|target, kind| {
        let of = kind.queue.as_ref()?;
        Some(Line::of(series::queue(of, "ApproximateNumberOfMessagesVisible", "Maximum"), target))
    });
    [
        Widget::charts("CPU of what tasks reserve", Axis::Percent, service("CPUUtilization")),
        Widget::charts("Memory of what tasks reserve", Axis::Percent, service("MemoryUtilization")),
        Widget::charts("Requests in five minutes", Axis::Count, balancer("RequestCount", "Sum")),
        Widget::charts(
            "Response time, 95th percentile",
            Axis::Seconds,
            balancer("TargetResponseTime", "p95"),
        ),
        Widget::charts(
            "Answers of the 5XX class in five minutes",
            Axis::Count,
            balancer("HTTPCode_Target_5XX_Count", "Sum"),
        ),
        Widget::charts("Messages that wait", Axis::Count, queue),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn primaries(policy: &Policy) -> Vec<Widget> {
    let of = |target: &Target| {
        let source = &target.kind.rds_replicas()?.source;
        Some(Line::of(series::instance(source, "CPUUtilization", "Average"), target))
    };
    Widget::charts("CPU of the primary", Axis::Percent, policy.targets.iter().filter_map(of).collect())
}

fn nodes(policy: &Policy) -> Vec<Widget> {
    let lines = |metric: &str| -> Vec<Line> {
        let of = |target: &Target| Some(Line::nodes(target.kind.redis_nodes()?, metric, target));
        policy.targets.iter().filter_map(of).collect()
    };
    let mut charts =
        Widget::charts("CPU of the engine's one core", Axis::Percent, lines("EngineCPUUtilization"));
    charts.extend(Widget::charts(
        "Memory of what a node may hold",
        Axis::Percent,
        lines("DatabaseMemoryUsagePercentage"),
    ));
    charts
}

/// Tables of the targets whose price is known, and a line that says whose is not.
fn cost(policy: &Policy, sources: &str) -> Vec<Widget> {
    let price = |target: &Target| match &target.kind {
        TargetKind::RdsReplicas(kind) => capacity_prices::replica(kind),
        TargetKind::RedisNodes(kind) => capacity_prices::node(kind),
        TargetKind::EcsService(_) => None,
    };
    let priced: Vec<(&Target, f64)> =
        policy.targets.iter().filter_map(|target| Some((target, price(target)?))).collect();
    let grows = |target: &Target| matches!(&target.kind, TargetKind::RedisNodes(RedisNodes { node_types, .. }) if !node_types.is_empty());
    let mut told = String::from(
        "List prices of the United States (N. Virginia) on demand, without storage and traffic: approximate, and not a bill.",
    );
    let without = policy.targets.len() - priced.len();
    if without > 0 {
        told.push_str(&format!(
            " {without} of {} targets have no price here: the policy does not say how large a task is, nor the class of what takes its source's.",
            policy.targets.len()
        ));
    }
    if priced.iter().any(|(target, _)| grows(target)) {
        told.push_str(
            " Redis nodes are priced as the smallest type that the policy names, and may have grown.",
        );
    }
    let mut widgets = vec![Widget::text(&told, 2)];
    widgets.extend(query::cost(sources, &priced));
    widgets
}
