//! The page: one file that shows a run to a person, without scripts and without a network; of one target, of an account, or of a comparison.

mod account;
mod chart;
mod comparison;
mod figures;
mod pieces;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tidegate_simulator::document::{Document, Simulation, TimelineEntry};

use crate::beside::Beside;
use crate::timeline::{EntryKind, clock};

use pieces::{ALL_CALLS, card, facts, grouped, mood, trimmed};

pub(crate) use chart::ChartError;
pub(crate) use comparison::of_comparison;

/// Renders the simulation of one target as one HTML document.
///
/// # Errors
/// When a chart cannot be drawn.
pub(crate) fn of_target(simulation: &Simulation) -> Result<String, ChartError> {
    let document = &simulation.document;
    let title = format!("{}: {} through `{}`", document.policy, document.target, document.scenario);
    let section = section(0, simulation, Some(document))?;
    Ok(shell(&title, &[], &section))
}

/// Renders an account as one HTML document: the whole first, by the rules alone beside it, then a section for each target.
///
/// # Errors
/// When a chart cannot be drawn.
pub(crate) fn of_account(beside: &Beside<'_>) -> Result<String, ChartError> {
    let simulations = beside.ahead;
    let targets = &simulations.targets;
    let title = targets.first().map_or_else(String::new, |first| {
        let Document { policy, scenario, .. } = &first.document;
        format!("{policy}: {} targets on one account through `{scenario}`", targets.len())
    });
    let mut links = vec![("account".to_owned(), "The account")];
    links.extend(
        targets
            .iter()
            .enumerate()
            .map(|(index, simulation)| (format!("target-{index}"), simulation.document.target.as_str())),
    );
    let whole = account::article(beside)?;
    let sections: Vec<Markup> = targets
        .iter()
        .enumerate()
        .map(|(index, simulation)| section(index, simulation, None))
        .collect::<Result<_, _>>()?;
    let content = html! {
        (whole)
        @for section in &sections { (section) }
    };
    Ok(shell(&title, &links, &content))
}

/// What stands around every page; a link is an element's id and what it says.
fn shell(title: &str, links: &[(String, &str)], content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Tidegate – " (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header.top {
                    p.brand { "Tidegate" }
                    p { "A simulated account in virtual time, scaled by the production decision code." }
                }
                @if !links.is_empty() {
                    nav aria-label="Sections" {
                        @for (id, text) in links { a href=(format!("#{id}")) { (text) } }
                    }
                }
                main { (content) }
                footer {
                    p { "Times are UTC. The same policy, scenario and seed give the same page." }
                }
            }
        }
    };
    page.into_string()
}

/// One target; with its calls where they are its own.
fn section(index: usize, simulation: &Simulation, calls_of: Option<&Document>) -> Result<Markup, ChartError> {
    let document = &simulation.document;
    Ok(html! {
        article id=(format!("target-{index}")) {
            h1 { (document.target) }
            p.lead { (lead(document)) }
            @if calls_of.is_some() { (facts(simulation)) }
            (cards(document, calls_of.is_some()))
            section {
                h2 { "What happened" }
                (figures::figures(document, &simulation.recording)?)
            }
            section {
                h2 { "What was decided, and why" }
                (timeline(index, document))
            }
            @if let Some(document) = calls_of {
                section {
                    h2 { "What it asked of AWS" }
                    (calls(document))
                }
            }
        }
    })
}

/// The run in two sentences.
fn lead(document: &Document) -> String {
    let minutes = document.days * 1440.0;
    let share = 100.0 * document.violation_minutes as f64 / minutes.max(1.0);
    let violated = match (document.violation_minutes, document.severe_minutes) {
        (0, _) => format!("Demand stayed below 85% of capacity in all {minutes:.0} minutes"),
        (violation, severe) => format!(
            "Demand was above 85% of capacity in {violation} of {minutes:.0} minutes ({share:.1}%), above all of it in {severe}"
        ),
    };
    let breaches = match document.invariant_violations {
        0 => "No standing invariant was broken.".to_owned(),
        some => format!("A standing invariant was broken {some} times: a defect."),
    };
    let times = if document.actions == 1 { "once" } else { "times" };
    let actions = if document.actions == 1 { String::new() } else { format!("{} ", document.actions) };
    let causes =
        document.violation_causes.there().map(|(cause, minutes)| format!("{minutes} {}", cause.name()));
    let causes: Vec<String> = causes.collect();
    let causes = if causes.is_empty() {
        String::new()
    } else {
        format!(" Where these minutes went: {}.", causes.join(", "))
    };
    format!("{violated}.{causes} Capacity was changed {actions}{times}. {breaches}")
}

fn cards(document: &Document, with_calls: bool) -> Markup {
    let calls: u64 = document.api_calls.values().sum();
    html! {
        dl.cards.six[!with_calls] {
            (card(document.violation_minutes.to_string(), "violation minutes", "demand above 85% of capacity", mood(document.violation_minutes, "warn")))
            (card(document.severe_minutes.to_string(), "severe minutes", "demand above capacity", mood(document.severe_minutes, "bad")))
            (card(trimmed(document.unit_hours), "unit-hours", "replicas, tasks or nodes billed", "calm"))
            (card(document.actions.to_string(), "actions", "changes of capacity decided", "calm"))
            (card(document.reversals.to_string(), "reversals", "undone within 60 minutes", mood(document.reversals, "warn")))
            (card(document.invariant_violations.to_string(), "invariant breaches", "anything but 0 is a defect", mood(document.invariant_violations, "bad")))
            @if with_calls { (card(grouped(calls), "API calls", ALL_CALLS, "calm")) }
        }
    }
}

/// More steps than this are folded away: a person reads the decisions of a day, not its waiting.
const STEPS_SHOWN: usize = 60;

fn timeline(index: usize, document: &Document) -> Markup {
    let of = |wanted: &[EntryKind]| -> Vec<&TimelineEntry> {
        document.timeline.iter().filter(|entry| wanted.contains(&EntryKind::of(entry))).collect()
    };
    let holds = of(&[EntryKind::Hold]);
    let mut steps = of(&[EntryKind::Step, EntryKind::Outcome]);
    let told = if steps.len() > STEPS_SHOWN {
        of(&[EntryKind::Decision, EntryKind::Alert, EntryKind::Note, EntryKind::World, EntryKind::Invariant])
    } else {
        steps.clear();
        document.timeline.iter().filter(|entry| EntryKind::of(entry) != EntryKind::Hold).collect()
    };
    let count = |kind: EntryKind| told.iter().filter(|entry| EntryKind::of(entry) == kind).count();
    let kinds: Vec<(EntryKind, usize)> =
        EntryKind::ALL.into_iter().map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0).collect();
    html! {
        @if document.timeline.is_empty() {
            p { "Nothing was decided in this run." }
        }
        @if !told.is_empty() {
            div.log {
                @for (kind, count) in &kinds {
                    input type="checkbox" checked id=(format!("show-{index}-{}", kind.name())) class=(format!("show-{}", kind.name()));
                    label for=(format!("show-{index}-{}", kind.name())) { (kind.name()) " " span.count { (grouped(*count as u64)) } }
                }
                (entries(document.days, &told, "Decisions and what followed"))
            }
        }
        @if !steps.is_empty() {
            details {
                summary { (grouped(steps.len() as u64)) " steps and outcomes: how capacity came and went" }
                (entries(document.days, &steps, "Steps and outcomes"))
            }
        }
        @if !holds.is_empty() {
            details {
                summary { (grouped(holds.len() as u64)) " holds: when and why nothing was changed" }
                (entries(document.days, &holds, "Holds"))
            }
        }
    }
}

fn entries(days: f64, entries: &[&TimelineEntry], caption: &str) -> Markup {
    html! {
        table.entries {
            caption.unseen { (caption) }
            thead {
                tr { th scope="col" { "UTC" } th scope="col" { "EntryKind" } th scope="col" { "Reason" } th scope="col" { "Why" } }
            }
            tbody {
                @for entry in entries {
                    tr.(EntryKind::of(entry).name()) {
                        td.at { time datetime=(entry.at) { (clock(entry.at, days)) } }
                        td.kind { (entry.kind) }
                        td.reason { code { (entry.reason) } }
                        td.detail { (quoted(&entry.detail)) }
                    }
                }
            }
        }
    }
}

/// A sentence in which backticks set rules and names apart.
fn quoted(sentence: &str) -> Markup {
    html! {
        @for (index, part) in sentence.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn calls(document: &Document) -> Markup {
    let hours = (document.days * 24.0).max(1.0 / 60.0);
    html! {
        table.calls {
            caption.unseen { "Calls by AWS operation" }
            thead {
                tr { th scope="col" { "Operation" } th.number scope="col" { "Calls" } th.number scope="col" { "An hour" } }
            }
            tbody {
                @for (operation, count) in &document.api_calls {
                    tr {
                        th scope="row" { code { (operation) } }
                        td.number { (grouped(*count)) }
                        td.number { (format!("{:.1}", *count as f64 / hours)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
