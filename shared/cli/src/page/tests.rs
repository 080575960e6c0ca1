//! What a page promises, whatever run it shows.

use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Body, Simulation, Threshold};

use super::{STEPS_SHOWN, of_target};
use crate::beside::{Beside, tests::days};
use crate::fixture::redis_nodes;

fn fixture_page() -> String {
    of_target(&crate::fixture::simulation()).unwrap()
}

fn account_page() -> String {
    let (rules, ahead, targets) = days(20);
    super::of_account(&Beside { rules: &rules, ahead: &ahead, targets: &targets }).unwrap()
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = fixture_page();
    for outside in ["<script", "http://", "https://", "@import", "url(", "<link", "<img"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn every_chart_is_drawn_for_both_widths_and_says_what_it_shows() {
    let page = fixture_page();
    assert_eq!(page.matches("<figure>").count(), 6);
    assert_eq!(page.matches("<svg class=\"wide\"").count(), 6);
    assert_eq!(page.matches("<svg class=\"narrow\"").count(), 6);
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), 12);
    assert_eq!(page.matches("</svg>").count(), 12);
}

/// What stands between the element that begins so and the end of its article.
fn article<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<article id=\"{id}\">")).unwrap();
    rest.split_once("</article>").unwrap().0
}

#[test]
fn a_service_has_charts_of_its_own_beside_those_of_replicas() {
    let page = account_page();
    let service = article(&page, "target-1");
    assert_eq!(
        (article(&page, "target-0").matches("<figure>").count(), service.matches("<figure>").count()),
        (6, 6)
    );
    for title in ["Tasks between their bounds", "CPU and memory", "Latency", "Requests", "The queue"] {
        assert!(service.contains(&format!("<h3>{title}")), "{title}");
    }
    for key in ["running", "spot", "pending", "bound", "event", "deploying", "dark"] {
        assert!(service.contains(&format!("key {key}\"")), "{key}");
    }
    assert!(service.contains("</span>p95 latency &gt; 1s for 5m</li>"));
    assert!(!service.contains("replica of"), "nothing is said of replicas");
}

#[test]
fn a_replication_group_has_charts_of_its_own() {
    let page = of_target(&redis_nodes::simulation()).unwrap();
    assert_eq!(page.matches("<figure>").count(), 6);
    for title in
        ["Nodes by role between their bounds", "Each node and its role", "CPU", "Memory", "Evictions"]
    {
        assert!(page.contains(&format!("<h3>{title}")), "{title}");
    }
    // Primary, replica, being replaced, creating, deleting; and what is asked for between the bounds, while ElastiCache is busy.
    for key in
        ["stage-3", "running", "stage-4", "stage-0", "stage-6", "desired", "bound", "deploying", "dark"]
    {
        assert!(page.contains(&format!("key {key}\"")), "{key}");
    }
    for rule in ["cpu &gt; 70% for 10m", "memory &gt; 75% for 10m", "evictions &gt; 100 for 5m"] {
        assert_eq!(page.matches(&format!("</span>{rule}</li>")).count(), 1, "{rule}");
    }
    assert!(page.contains("1 shard of cache.t3.medium, then cache.m7g.large"));
    for (node, spells) in [("sessions-001", 2), ("sessions-004", 2)] {
        assert_eq!(page.matches(&format!("{node}\n</text>")).count(), spells, "{node}: a lane in both sizes");
    }
}

#[test]
fn a_group_that_drops_no_key_has_no_chart_of_it() {
    let mut simulation = redis_nodes::simulation();
    for frame in &mut simulation.recording.frames {
        let Body::Nodes(set) = &mut frame.body else { continue };
        for node in &mut set.nodes {
            node.evictions = Some(0.0);
        }
    }
    assert!(!of_target(&simulation).unwrap().contains("<h3>Evictions"));
}

#[test]
fn an_account_stands_before_its_targets_as_a_whole() {
    let page = account_page();
    let whole = article(&page, "account");
    assert!(page.find("<article id=\"account\">") < page.find("<article id=\"target-0\">"));
    assert!(whole.contains("<h1>One account, 3 scalers</h1>"));
    let cards = ["3", "34", "47.3", "130.5", "61.5", "0", "4\u{202f}495"];
    let (_, cards_of) = whole.split_once("<dl class=\"cards\">").unwrap();
    let shown: Vec<&str> =
        cards_of.split("<strong>").skip(1).map(|card| card.split("</strong>").next().unwrap()).collect();
    assert_eq!(shown, cards, "targets, actions, hours by kind, breaches, calls");
    for name in ["1 database, 1 service, 1 Redis group", "replica-hours", "task-hours", "node-hours"] {
        assert!(whole.contains(name), "{name}");
    }
    for (index, target) in ["orders-readers", "api", "sessions"].into_iter().enumerate() {
        assert!(whole.contains(&format!("<a href=\"#target-{index}\">{target}</a>")), "{target}");
        assert!(
            !article(&page, &format!("target-{index}")).contains("What it asked of AWS"),
            "calls are the scalers'"
        );
    }
    assert!(whole.contains("<code>IncreaseReplicaCount</code>"));
}

#[test]
fn at_a_glance_only_what_struck_all_is_marked() {
    let page = account_page();
    let glance = article(&page, "account");
    assert_eq!(glance.matches("<figure>").count(), 1);
    assert_eq!(glance.matches("key world").count(), 1);
    assert!(glance.contains("1: 06:55 AWS throttles 50% of the calls for 20m"));
    assert!(!glance.contains("takes over from"), "a failover is one target's");
}

#[test]
fn a_service_without_a_balancer_and_without_a_queue_has_fewer_charts() {
    let mut simulation = crate::fixture::ecs_service::simulation();
    for frame in &mut simulation.recording.frames {
        let Body::Service(tasks) = &mut frame.body else { continue };
        (tasks.requests, tasks.latency, tasks.queue_depth) = (None, None, None);
    }
    assert_eq!(of_target(&simulation).unwrap().matches("<figure>").count(), 3);
}

#[test]
fn disks_and_connections_are_drawn_where_a_rule_compares_them() {
    let threshold = |rule: &str, signal, value| Threshold { rule: rule.to_owned(), signal, value };
    let mut simulation = crate::fixture::simulation();
    let charts = |simulation: &Simulation| of_target(simulation).unwrap().matches("<figure>").count();
    let before = charts(&simulation);
    let rules = &mut simulation.recording.thresholds;
    rules.push(threshold("replica read latency > 20ms for 5m", Signal::ReplicaReadLatency, 0.02));
    assert_eq!(charts(&simulation), before + 1);
    let page = of_target(&simulation).unwrap();
    assert!(page.contains("Read latency against the rules") && !page.contains("Disk queues against"));
    assert!(page.contains("20ms\n</text>"), "the level as the rule has it");
    simulation.recording.thresholds.push(threshold(
        "primary disk queue > 10 for 5m",
        Signal::PrimaryDiskQueue,
        10.0,
    ));
    assert_eq!(charts(&simulation), before + 2);

    let mut nodes = crate::fixture::redis_nodes::simulation();
    let before = charts(&nodes);
    nodes.recording.thresholds.push(threshold("connections > 900 for 5m", Signal::NodeConnections, 900.0));
    assert_eq!(charts(&nodes), before + 1);
    assert!(of_target(&nodes).unwrap().contains("Connections against the rules"));
}

#[test]
fn what_the_scenario_did_is_marked_where_it_shows() {
    let page = fixture_page();
    let page = page.split_once("</style>").unwrap().1;
    // Two events, each in the legends of two charts, and as a number and a line in both sizes of both.
    assert_eq!(page.matches("key world").count(), 4);
    assert_eq!(page.matches("1: 11:30 100 to 1,000 users at once").count(), 2);
    assert_eq!(page.matches("fill=\"#000101\"").count(), 8);
    assert_eq!(page.matches("stroke=\"#000101\"").count(), 8);
}

#[test]
fn the_words_of_rules_are_in_legends_and_not_in_charts() {
    let page = fixture_page();
    let rule = "primary cpu &gt; 70% for 10m";
    assert_eq!(page.matches(&format!("</span>{rule}</li>")).count(), 1);
    for chart in page.split("<svg class").skip(1) {
        assert!(!chart.split("</svg>").next().unwrap().contains(rule));
    }
}

#[test]
fn many_steps_are_folded_and_decisions_never() {
    let mut simulation = crate::fixture::simulation();
    assert!(!fixture_page().contains("steps and outcomes"));
    let step = simulation.document.timeline.iter().find(|entry| entry.kind == "step").unwrap().clone();
    simulation.document.timeline.extend(std::iter::repeat_n(step, STEPS_SHOWN));
    let page = of_target(&simulation).unwrap();
    let (open, folded) = page.split_once("<details>").unwrap();
    assert!(open.contains("<tr class=\"decision\">") && !open.contains("<tr class=\"step\">"));
    assert!(folded.contains("steps and outcomes: how capacity came and went"));
}

#[test]
fn every_colour_of_a_chart_is_one_of_the_style_sheet() {
    let page = account_page();
    let sheet = include_str!("style.css");
    for attribute in ["fill=\"#", "stroke=\"#"] {
        let charts = page.split_once("</style>").unwrap().1;
        for (place, _) in charts.match_indices(attribute) {
            let named = &charts[place..place + attribute.len() + 7];
            assert!(sheet.contains(&format!("[{named}]")), "{named}");
        }
    }
}

#[test]
fn what_a_run_says_is_escaped() {
    let mut simulation = crate::fixture::simulation();
    simulation.document.scenario = "<script>alert(1)</script>".to_owned();
    simulation.document.timeline[0].detail = "a < b & \"c\"".to_owned();
    let page = of_target(&simulation).unwrap();
    assert!(!page.contains("<script") && page.contains("a &lt; b &amp; &quot;c&quot;"));
}

#[test]
fn a_run_of_nothing_has_a_page_too() {
    let mut simulation = crate::fixture::simulation();
    simulation.recording = Default::default();
    simulation.document.timeline.clear();
    simulation.document.days = 0.0;
    assert!(of_target(&simulation).unwrap().contains("Nothing was decided"));
}

#[test]
fn an_account_has_rules_and_forecast_beside_each_other() {
    let page = account_page();
    let whole = article(&page, "account");
    assert!(whole.contains("<strong>With a forecast: 52 minutes short of capacity"));
    assert!(whole.contains("The rules alone: 408 minutes short of capacity"));
    assert_eq!(whole.matches("<td>with a forecast</td>").count(), 3, "two targets, and all of them");
    assert!(whole.contains("No forecast without a scale_out rule on cpu: sessions."));
}

#[test]
fn the_band_is_drawn_where_a_forecast_spoke_and_nowhere_else() {
    let surfaces =
        |page: &str| ["#000307", "#000308"].map(|color| page.matches(&format!("fill=\"{color}\"")).count());
    let charts = |page: String| page.split_once("</style>").unwrap().1.to_owned();
    let page = charts(fixture_page());
    // In both sizes of the chart of demand.
    assert_eq!(surfaces(&page), [2, 2]);
    assert_eq!(page.matches("stroke=\"#000309\"").count(), 4);
    assert_eq!(page.matches("key band").count(), 1);
    let mut silent = crate::fixture::simulation();
    silent.recording.frames.iter_mut().for_each(|frame| frame.expected = None);
    let page = charts(of_target(&silent).unwrap());
    assert_eq!((surfaces(&page), page.matches("key band").count()), ([0, 0], 0));
}
