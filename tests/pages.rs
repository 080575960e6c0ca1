//! The pages that are printed from the sources are what is printed: `docs/policy.md` from the policy's module documentation, `docs/reasons.md`
//! from the list of reasons. With `WRITE_PAGES=yes` (`make pages`) these tests write them anew.

use std::fmt::Write as _;
use std::fs;

use tidegate_policy::document;
use tidegate_policy::reason::Reason;

use crate::house::root;

/// Compares a page with what is printed, or writes it where a person asked for that.
fn is_printed(page: &str, printed: &str) {
    let path = root().join(page);
    if std::env::var("WRITE_PAGES").is_ok_and(|said| said == "yes") {
        fs::write(&path, printed).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == printed,
        "{page} is not what the sources say: `make pages` writes it anew as\n{printed}"
    );
}

/// The module documentation of a file, one heading level deeper, outside of examples.
fn module_documentation(path: &str) -> String {
    let source = fs::read_to_string(root().join(path)).unwrap();
    let mut text = String::new();
    let mut example = false;
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        example ^= line.starts_with("```");
        let deeper = if !example && line.starts_with('#') { "#" } else { "" };
        writeln!(text, "{deeper}{line}").unwrap();
    }
    text
}

fn policy_page() -> String {
    let source = "shared/policy/src/document/mod.rs";
    format!(
        "# Policy reference\n\nPrinted from the module documentation of `{source}`; a test keeps them the same, and `make pages` writes it anew.\n\n{}",
        module_documentation(source)
    )
}

fn reasons_page() -> String {
    let mut text = String::from(
        "# Reason codes\n\nEvery decision, every hold, every step and every alert has a code and a sentence with numbers. A code has one meaning for ever.\n\n\
         | severity | how soon a person has to look |\n|---|---|\n\
         | critical | now: clients are hurt or soon will be, or nothing scales any more |\n\
         | warning | today: something is broken or in the way |\n\
         | info | not at all: it goes on by itself, or a person wanted it so |\n\n\
         Printed from `shared/policy/src/reason.rs`; a test keeps them the same, and `make pages` writes it anew.\n",
    );
    for (group, reasons) in Reason::GROUPS {
        write!(text, "\n## {group}\n\n| code | severity | what it means | what to do |\n|---|---|---|---|\n")
            .unwrap();
        for reason in *reasons {
            let (severity, meaning, advice) = (reason.severity(), reason.meaning(), reason.advice());
            writeln!(text, "| `{reason}` | {severity} | {meaning} | {advice} |").unwrap();
        }
    }
    text
}

#[test]
fn the_policy_reference_is_the_module_documentation() {
    is_printed("docs/policy.md", &policy_page());
}

#[test]
fn the_reason_codes_are_the_list_of_reasons() {
    is_printed("docs/reasons.md", &reasons_page());
}

/// The names of all keys that the reader of the document knows: `Key { name: "source", ... }`.
fn keys() -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(root().join("shared/policy/src/document")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default().replace(char::is_whitespace, " ");
        for after in text.split("Key { name: \"").skip(1) {
            let name = after.split_once('"').unwrap().0.to_owned();
            keys.push((path.file_stem().unwrap().to_string_lossy().into_owned(), name));
        }
    }
    assert!(keys.len() > 70, "only {} keys were found", keys.len());
    keys
}

/// The rows of tables that have these headings at the ends.
fn rows<'p>(page: &'p str, first: &str, last: &str) -> Vec<Vec<&'p str>> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else {
            inside &= line.starts_with("|---");
            continue;
        };
        let cells: Vec<&str> = cells.split(" | ").collect();
        if cells.first() == Some(&first) && cells.last() == Some(&last) {
            inside = true;
        } else if inside {
            found.push(cells);
        }
    }
    found
}

#[test]
fn every_key_of_the_policy_has_a_row_with_a_default_and_an_example() {
    let page = policy_page();
    let rows = rows(&page, "key", "example");
    assert!(rows.len() > 60, "only {} rows were read", rows.len());
    for row in &rows {
        let filled = row.iter().all(|cell| !cell.trim().is_empty());
        assert!(filled && (row.len() == 4 || row.len() == 5), "a cell is missing: {row:?}");
    }
    let written: Vec<&str> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
    // Tables whose keys have rows of their own, and the tables of the document.
    let tables = ["cooldown", "stabilization", "rate_limit", "event", "calendars", "notify"];
    for (file, key) in keys() {
        let named = written.iter().any(|written| {
            let written = written.trim_matches('`');
            written == key || written.starts_with(&format!("{key}.")) || written.ends_with(&format!(".{key}"))
        });
        assert!(named || tables.contains(&key.as_str()), "docs/policy.md has no row for {key:?} of {file}");
    }
}

/// The examples in TOML of a page.
fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).map(|after| after.split_once("```").unwrap().0).collect()
}

#[test]
fn the_examples_of_every_kind_are_right() {
    let page = policy_page();
    let targets: Vec<&str> =
        examples(&page).into_iter().filter(|example| example.starts_with("[[target]]")).collect();
    for kind in ["rds-replicas", "ecs-service", "redis-nodes"] {
        let section = page.split(&format!("\n## `{kind}`\n")).nth(1).unwrap_or_else(|| panic!("{kind}"));
        let section = section.split("\n## ").next().unwrap_or_default();
        assert!(section.contains("```toml\n[[target]]"), "the section of {kind} has no example");
    }
    for example in &targets {
        let told = document::parse(example).err().unwrap_or_default();
        assert!(told.is_empty(), "{told:?} in\n{example}");
    }
    let event = examples(&page).into_iter().find(|example| example.starts_with("[[event]]")).unwrap();
    let services: String =
        targets.iter().filter(|example| example.contains("ecs-service")).copied().collect();
    let told = document::parse(&format!("{services}\n{event}")).err().unwrap_or_default();
    assert!(told.is_empty(), "{told:?} in\n{event}");
}

/// Where the table of the broken variants stands in its page.
const TABLE: (&str, &str) = ("<!-- printed from shared/fuzz/tests/sabotage/table.txt -->\n", "<!-- end -->");

#[test]
fn the_page_on_reliability_has_the_table_of_broken_variants() {
    let rows = fs::read_to_string(root().join("shared/fuzz/tests/sabotage/table.txt")).unwrap();
    let mut table = String::from("| what is wrong | seeds until it is found | by |\n|---|---|---|\n");
    for row in rows.lines() {
        let [name, seed, law] = row.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{row}") };
        let seeds = seed.parse::<u64>().unwrap() + 1;
        writeln!(table, "| {} | {seeds} | `{law}` |", name.replace('_', " ")).unwrap();
    }
    let page = fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let (before, rest) = page.split_once(TABLE.0).unwrap();
    let (_, after) = rest.split_once(TABLE.1).unwrap();
    is_printed("docs/reliability.md", &format!("{before}{}{table}{}{after}", TABLE.0, TABLE.1));
}
