//! What a page is put together from, whether it shows one target or an account: facts, cards, numbers.

use maud::{Markup, html};
use tidegate_simulator::document::Simulation;

/// What was run, for all targets of an account alike.
pub(super) fn facts(simulation: &Simulation) -> Markup {
    let document = &simulation.document;
    html! {
        dl.facts {
            div { dt { "Scenario" } dd { (document.scenario) } }
            div { dt { "Policy" } dd { (document.policy) } }
            div { dt { "Length" } dd { (length(document.days)) } }
            div { dt { "Seed" } dd { (document.seed) } }
            @if let Some(first) = simulation.recording.frames.first() {
                div { dt { "Begins" } dd { (first.at.strftime("%a %-d %b %Y, %H:%M UTC")) } }
            }
        }
    }
}

/// A number of days as a person says it.
fn length(days: f64) -> String {
    let minutes = days * 1440.0;
    if days >= 2.0 {
        format!("{} days", trimmed(days))
    } else if minutes >= 120.0 {
        format!("{} hours", trimmed(minutes / 60.0))
    } else {
        format!("{minutes:.0} minutes")
    }
}

/// At most one decimal, and none where it says nothing.
pub(super) fn trimmed(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// What a number of calls counts.
pub(super) const ALL_CALLS: &str = "all operations, the ledger's included";

/// A number to see from afar.
pub(super) fn card(value: String, name: &str, meaning: &str, mood: &str) -> Markup {
    html! {
        div.card.(mood) {
            dt { (name) }
            dd { strong { (value) } span { (meaning) } }
        }
    }
}

/// How a number looks that should be 0.
pub(super) fn mood(count: u64, mood: &'static str) -> &'static str {
    if count > 0 { mood } else { "calm" }
}

/// `12 345`: thousands apart, as a person reads them.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
