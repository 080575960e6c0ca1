//! The page of a comparison: the policies beside each other over all traces, where their minutes went, and each trace by itself.

use maud::{Markup, html};
use tidegate_simulator::compare::{FORECAST, On, Played, RULES, Row, geometric_mean};
use tidegate_simulator::split::Cause;

/// Renders a comparison as one HTML document.
pub(crate) fn of_comparison(traces: &[Played], rows: &[Row]) -> String {
    let title = format!("{} policies on {}", policies(rows).len(), counted(traces.len()));
    let content = html! {
        article #comparison {
            h1 { (title) }
            p.lead { (lead(traces, rows)) }
            section { h2 { "Scores" } (scores(rows)) }
            section { h2 { "Where the violating minutes went, on our life cycle" } (causes(rows)) }
            section {
                h2 { "Trace by trace" }
                @for played in traces {
                    details {
                        summary { (played.trace) ", " (format!("{:.0}", played.days())) " days scored" }
                        (scores(&of_trace(rows, &played.trace)))
                    }
                }
            }
        }
    };
    super::shell(&title, &[], &content)
}

fn counted(traces: usize) -> String {
    if traces == 1 { "1 trace".to_owned() } else { format!("{traces} traces") }
}

fn of_trace(rows: &[Row], trace: &str) -> Vec<Row> {
    rows.iter().filter(|row| row.trace == trace).cloned().collect()
}

/// Each once, in the order of the rows.
fn policies(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.policy.as_str()) {
            names.push(&row.policy);
        }
    }
    names
}

fn of<'a>(rows: &'a [Row], policy: &str, plain: bool) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.policy == policy && (row.plant == On::Plain) == plain).collect()
}

fn lead(traces: &[Played], rows: &[Row]) -> String {
    let what = "Q is unit-minutes and 30 for each violating minute, over the unit-minutes of a clairvoyant on the plain plant.";
    let scored = [(RULES, "rules"), (FORECAST, "forecast")].into_iter().filter_map(|(name, called)| {
        let product = of(rows, name, false);
        let q = geometric_mean(product.iter().map(|row| row.q));
        (!product.is_empty()).then(|| format!("{q:.3} with its {called}"))
    });
    let scored: Vec<_> = scored.collect();
    if scored.is_empty() {
        return what.to_owned();
    }
    format!("Tidegate scores {} on {}. {what}", scored.join(" and "), counted(traces.len()))
}

/// Means over the traces of these rows: geometric of Q and ratio.
fn scores(rows: &[Row]) -> Markup {
    let cells = |policy: &str, plain: bool| {
        let of = of(rows, policy, plain);
        let mean = |value: fn(&Row) -> f64| of.iter().map(|row| value(row)).sum::<f64>() / of.len() as f64;
        html! {
            @if of.is_empty() {
                @for _ in 0..5 { td {} }
            } @else {
                td.number { (format!("{:.3}", geometric_mean(of.iter().map(|row| row.q)))) }
                td.number { (format!("{:.3}", geometric_mean(of.iter().map(|row| row.ratio)))) }
                td.number { (format!("{:.1}", mean(|row| row.violation_minutes_per_day))) }
                td.number { (format!("{:.1}", mean(|row| row.severe_minutes_per_day))) }
                td.number { (format!("{:.1}", mean(|row| row.actions_per_day))) }
            }
        }
    };
    html! {
        div.scrolls {
            table.calls {
                caption.unseen { "Policies and their scores" }
                thead {
                    tr { th {} th colspan="5" scope="colgroup" { "Plain plant" } th colspan="5" scope="colgroup" { "Our life cycle" } }
                    tr {
                        th scope="col" { "Policy" }
                        @for _ in 0..2 {
                            @for name in ["Q", "Ratio", "Violating", "Severe", "Actions"] {
                                th.number scope="col" { (name) }
                            }
                        }
                    }
                }
                tbody {
                    @for policy in policies(rows) {
                        tr { th scope="row" { (policy) } (cells(policy, true)) (cells(policy, false)) }
                    }
                }
            }
        }
        p { "Violating and severe minutes, and actions, are per day." }
    }
}

fn causes(rows: &[Row]) -> Markup {
    let minutes = |policy: &str, cause: Cause| {
        let of = of(rows, policy, false);
        let sum: f64 = of.iter().map(|row| row.causes.of(cause)).sum();
        html! { td.number { (format!("{:.1}", sum / of.len().max(1) as f64)) } }
    };
    html! {
        div.scrolls {
            table.calls {
                caption.unseen { "Violating minutes per day by cause" }
                thead {
                    tr {
                        th scope="col" { "Policy" }
                        @for cause in Cause::ALL { th.number scope="col" { (cause.name()) } }
                    }
                }
                tbody {
                    @for policy in policies(rows) {
                        tr { th scope="row" { (policy) } @for cause in Cause::ALL { (minutes(policy, cause)) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_simulator::compare::{Bench, Kind, LifeCycle, Rival};
    use tidegate_simulator::demand::shape::Shape;

    #[test]
    fn the_page_has_every_policy_on_every_trace() {
        let one = Played::new(&Shape::Daily.demand(5 * 1440, 1, 5.6), 5.6).unwrap();
        let traces = [one.clone(), Played { trace: "a<b.csv".to_owned(), ..one }];
        let rivals = vec![Rival::named("step").unwrap(), Rival::named("hpa-70").unwrap()];
        let bench = Bench { kind: Kind::Rds, life_cycle: LifeCycle::plain(Kind::Rds), rivals, seeds: 1 };
        let rows = bench.rivals(&traces, &|_| {});
        let page = of_comparison(&traces, &rows);
        // Over all, by cause, and of each trace.
        assert_eq!(page.matches("<th scope=\"row\">hpa-70</th>").count(), 4);
        assert!(page.contains("2 policies on 2 traces"));
        assert!(page.contains("a&lt;b.csv") && !page.contains("a<b.csv"));
    }
}
