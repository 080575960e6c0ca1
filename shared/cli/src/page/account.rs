//! The account as a whole, at the top of its page: what all scalers did together, and what each asked of AWS.

use std::collections::BTreeSet;

use maud::{Markup, html};
use tidegate_policy::kind::{Kind, Words};
use tidegate_simulator::document::{AccountDocument, Document, ScalerDocument, Simulations};

use crate::beside::{Beside, Sum, percent};

use super::chart::ChartError;
use super::figures;
use super::pieces::{ALL_CALLS, card, facts, grouped, mood, trimmed};

/// Everything that is said of the account before its targets.
pub(super) fn article(beside: &Beside<'_>) -> Result<Markup, ChartError> {
    let simulations = beside.ahead;
    let [headline, other] = beside.headline();
    let account = &simulations.account;
    Ok(html! {
        article #account {
            h1 { "One account, " (counted(account.scalers.len(), "scaler")) }
            p.lead { strong { (headline) } " " (other) }
            p { (lead(account)) }
            @if let Some(first) = simulations.targets.first() { (facts(first)) }
            (cards(account))
            section {
                h2 { "The rules alone, and with a forecast" }
                (side_by_side(beside))
            }
            section {
                h2 { "The day at a glance" }
                (figures::glance(&simulations.targets)?)
                (targets(simulations))
            }
            details {
                summary { "What the scalers asked of AWS: " (grouped(account.api_calls.values().sum())) " calls" }
                (calls(account))
            }
        }
    })
}

/// Two rows a target: the same day, the same luck.
fn side_by_side(beside: &Beside<'_>) -> Markup {
    let row = |name: &str, day: &str, sum: &Sum, against: Option<String>| {
        html! {
            tr {
                th scope="row" { (name) }
                td { (day) }
                td.number { (sum.short) } td.number { (sum.severe) } td.number { (sum.changes) }
                td.number { (format!("{:.1}", sum.unit_hours)) } td.number { (against.unwrap_or_default()) }
            }
        }
    };
    let rows = |name: &str, rules: &Sum, ahead: Option<Sum>| {
        html! {
            (row(name, "the rules alone", rules, None))
            @if let Some(ahead) = ahead {
                (row("", "with a forecast", &ahead, percent(ahead.unit_hours, rules.unit_hours)))
            }
        }
    };
    let of = |document| Sum::of(std::iter::once(document));
    let (all, all_ahead) = beside.totals();
    html! {
        div.scrolls {
            table.calls {
                caption.unseen { "Each target by the rules alone and with a forecast" }
                thead {
                    tr {
                        th scope="col" { "Target" } th scope="col" { "Day" }
                        th.number scope="col" { "Short" } th.number scope="col" { "Severe" }
                        th.number scope="col" { "Changes" } th.number scope="col" { "Unit-hours" }
                        th.number scope="col" { "Against the rules" }
                    }
                }
                tbody {
                    @for both in beside.each() { (rows(&both.rules.target, &of(both.rules), both.ahead.map(of))) }
                    (rows("All targets", &all, Some(all_ahead)))
                }
            }
        }
        p {
            "Short and severe are minutes with demand above 85% and above all of capacity. Two weeks of ordinary days lie before this one. "
            "What is shown below is the day with a forecast."
            @if let Some(without) = beside.without() { " " (without) }
        }
    }
}

fn sum(account: &AccountDocument, value: fn(&ScalerDocument) -> u64) -> u64 {
    account.scalers.iter().map(value).sum()
}

/// `1 scaler`, `3 scalers`.
fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn lead(account: &AccountDocument) -> String {
    let targets: usize = account.scalers.iter().map(|scaler| scaler.targets.len()).sum();
    let breaches = match sum(account, |scaler| scaler.invariant_violations) {
        0 => "No standing invariant was broken.".to_owned(),
        some => format!("A standing invariant was broken {some} times: a defect."),
    };
    format!(
        "{} on one clock and one ledger; every kind has a scaler of its own, as on AWS. Capacity was changed {} times. {breaches}",
        counted(targets, "target"),
        sum(account, |scaler| scaler.actions),
    )
}

fn words(scaler: &ScalerDocument) -> Words {
    // A document is text: one of a later version may have a kind that this one does not know.
    let unknown = Words { target: "target", hours: "unit-hours", billed: "members billed" };
    Kind::named(&scaler.kind).map_or(unknown, Kind::words)
}

fn cards(account: &AccountDocument) -> Markup {
    let targets: usize = account.scalers.iter().map(|scaler| scaler.targets.len()).sum();
    let kinds: Vec<String> =
        account.scalers.iter().map(|scaler| counted(scaler.targets.len(), words(scaler).target)).collect();
    let breaches = sum(account, |scaler| scaler.invariant_violations);
    let calls = account.api_calls.values().sum();
    html! {
        dl.cards {
            (card(targets.to_string(), "targets", &kinds.join(", "), "calm"))
            (card(sum(account, |scaler| scaler.actions).to_string(), "actions", "changes of capacity decided", "calm"))
            @for scaler in &account.scalers {
                (card(trimmed(scaler.unit_hours), words(scaler).hours, words(scaler).billed, "calm"))
            }
            (card(breaches.to_string(), "invariant breaches", "anything but 0 is a defect", mood(breaches, "bad")))
            (card(grouped(calls), "API calls", ALL_CALLS, "calm"))
        }
    }
}

/// A row a target, by scaler.
fn targets(simulations: &Simulations) -> Markup {
    let of = |scaler: &ScalerDocument| -> Vec<(usize, &Document)> {
        let documents = simulations.targets.iter().map(|one| &one.document).enumerate();
        documents.filter(|(_, document)| scaler.targets.contains(&document.target)).collect()
    };
    let row = |kind: &str, document: &Document, index: usize| {
        html! {
            tr {
                th scope="row" { a href=(format!("#target-{index}")) { (document.target) } }
                td { (kind) }
                td.number { (document.violation_minutes) }
                td.number { (document.severe_minutes) }
                td.number { (format!("{:.1}", document.unit_hours)) }
                td.number { (document.actions) }
                td.number { (document.reversals) }
                td.number { (document.invariant_violations) }
            }
        }
    };
    html! {
        div.scrolls {
            table.calls {
                caption.unseen { "Targets and their scores" }
                thead {
                    tr {
                        th scope="col" { "Target" } th scope="col" { "Scaler" }
                        th.number scope="col" { "Violation minutes" } th.number scope="col" { "Severe minutes" }
                        th.number scope="col" { "Unit-hours" } th.number scope="col" { "Actions" }
                        th.number scope="col" { "Reversals" } th.number scope="col" { "Breaches" }
                    }
                }
                tbody {
                    @for scaler in &simulations.account.scalers {
                        @for (index, document) in of(scaler) { (row(&scaler.kind, document, index)) }
                    }
                }
            }
        }
    }
}

/// Operations down, scalers across: targets of one kind share their calls.
fn calls(account: &AccountDocument) -> Markup {
    let operations: BTreeSet<&String> = account.api_calls.keys().collect();
    let several = account.scalers.len() > 1;
    let cell =
        |count: Option<&u64>| html! { td.number { @if let Some(count) = count { (grouped(*count)) } } };
    html! {
        div.scrolls {
            table.calls {
                caption.unseen { "Calls by AWS operation and scaler" }
                thead {
                    tr {
                        th scope="col" { "Operation" }
                        @for scaler in &account.scalers { th.number scope="col" { (scaler.kind) } }
                        @if several { th.number scope="col" { "All" } }
                    }
                }
                tbody {
                    @for operation in operations {
                        tr {
                            th scope="row" { code { (operation) } }
                            @for scaler in &account.scalers { (cell(scaler.api_calls.get(operation))) }
                            @if several { (cell(account.api_calls.get(operation))) }
                        }
                    }
                }
            }
        }
    }
}
