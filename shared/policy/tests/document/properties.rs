//! Whatever a document holds, it is answered with places inside it.

use proptest::prelude::*;
use tidegate_policy::document::{parse, parse_with};
use tidegate_policy::policy::TargetKind;

use crate::{PRODUCTION, edit, edited, events, services};

/// Each place lies inside the document, the order is that of places, and whoever is refused is told why.
fn assert_told_well(document: &str) {
    let Err(problems) = parse(document) else { return };
    assert!(!problems.is_empty(), "refused without a reason");
    let lines: Vec<&str> = document.trim_start_matches('\u{feff}').split('\n').collect();
    for problem in &problems {
        let line =
            lines.get(problem.line.wrapping_sub(1)).unwrap_or_else(|| panic!("no such line: {problem}"));
        assert!((1..=line.chars().count() + 1).contains(&problem.column), "no such column: {problem}");
        assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{problem}");
    }
    assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
}

/// Pieces from which a mutation is made: what a slip of the hand leaves behind.
const SLIPS: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "\r\n",
    "#",
    " ",
    "é",
    "\u{feff}",
    "0",
    "-",
    "70",
    "%",
    "add 9",
    "[[target]]\n",
    "99999999999999999999",
    "\"\"\"",
    "\\",
    "1979-05-27",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_with_places_inside_it(document in any::<String>()) {
        assert_told_well(&document);
    }

    #[test]
    fn any_value_under_a_known_key_is_answered_with_places_inside_it(
        key in prop::sample::select(vec![
            "name", "kind", "source", "engine", "class", "fallback_classes", "fallback_zones", "security_groups", "reader", "prefix", "owner", "tags", "floor",
            "lag_bound", "max_connections", "pool_lifetime", "creations_per_day", "replace_after", "drain", "min", "max",
            "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization",
            "rate_limit", "margin",
        ]),
        value in "[ -~é]{0,24}|\"[ -~é]{0,24}\"|\\[\"[a-z0-9<>%, é]{0,30}\"\\]",
    ) {
        assert_told_well(&edited(&[&format!("{key} = {value}")]));
    }

    #[test]
    fn any_value_under_a_key_of_a_service_or_an_event_is_answered_with_places_inside_it(
        key in prop::sample::select(vec![
            "cluster", "service", "load_balancer", "queue", "spot", "override_for", "start_within", "min", "max",
            "scale_out", "scale_in", "alert", "track", "windows",
        ]),
        event_key in prop::sample::select(vec![
            "name", "target", "targets", "from", "to", "zone", "requests_per_minute", "requests_per_task", "buffer", "lead",
            "max", "descent", "warm", "warm_requests",
        ]),
        value in "[ -~é]{0,24}|\"[ -~é]{0,24}\"|\\[\"[a-z0-9<>%, é]{0,30}\"\\]|[0-9]{1,10}|2026-1[0-3]-[0-3][0-9][ T][0-2][0-9]:30:00Z?",
    ) {
        let service = edit(services::SERVICE, &[&format!("{key} = {value}")]);
        let event = edit(events::EVENT, &[&format!("{event_key} = {value}")]);
        for document in
            [format!("{service}\n{}", events::EVENT), format!("{}{event}\n", services::SERVICE)]
        {
            assert_told_well(&document);
            // What is accepted is not passed over.
            if let Ok(policy) = parse(&document) {
                let TargetKind::EcsService(service) = &policy.targets[0].kind else { panic!("{policy:?}") };
                prop_assert_eq!(service.events.len(), 1);
            }
        }
    }

    #[test]
    fn any_file_is_answered_with_lines_inside_it(
        file in prop::collection::vec(
            "BEGIN:(VEVENT|VALARM)|END:(VEVENT|VALARM)|(DTSTART|DTEND|EXDATE|RDATE)(;VALUE=DATE)?:[0-9]{7,9}|RRULE:FREQ=YEARLY(;COUNT=[0-9]{1,3})?|DURATION:P[0-9]{1,3}[DW]|[ -~é]{0,12}",
            0..12,
        ),
    ) {
        let document = format!("{}[calendars]\nspain = {{ files = ['spain.ics'] }}\n", services::SERVICE);
        let Err(problems) = parse_with(&document, &|_: &str| Ok(file.join("\n"))) else { return Ok(()) };
        for problem in problems {
            let told = problem.message.strip_prefix("calendars.spain.files: spain.ics:").unwrap();
            let line: usize = told.split_once(": ").unwrap().0.parse().unwrap();
            prop_assert!((1..=file.len().max(1)).contains(&line), "{}", problem);
            prop_assert!(!problem.message.contains('\n'), "{}", problem);
        }
    }

    #[test]
    fn a_slip_anywhere_in_production_is_answered_with_places_inside_it(
        slips in prop::collection::vec((0..PRODUCTION.len(), 0..12_usize, prop::sample::select(&SLIPS[..])), 1..4),
    ) {
        let mut document = PRODUCTION.to_owned();
        for (at, taken, put) in slips {
            let from = document.floor_char_boundary(at.min(document.len()));
            let to = document.floor_char_boundary((from + taken).min(document.len()));
            document.replace_range(from..to.max(from), put);
        }
        assert_told_well(&document);
    }
}
