//! The list of scenarios says the truth: every test that it names is one, every scenario here is on it, and the page names them all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tidegate_wire::list::{SCENARIOS, Simulated};

/// What is no scenario: the stage itself, and this.
const OTHERS: [&str; 3] = ["main.rs", "harness.rs", "listed.rs"];

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the tests in a file.
fn tests(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let after = text.split("#[test]\n").skip(1);
    after.filter_map(|rest| Some(rest.split_once("fn ")?.1.split_once('(')?.0.to_owned())).collect()
}

fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("wire") {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests(&path));
        }
    }
}

#[test]
fn every_scenario_is_listed_and_every_listed_test_is_there() {
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(here().join("tests/wire")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, &mut there);
        } else if !OTHERS.iter().any(|other| path.ends_with(other)) {
            there.extend(tests(&path));
        }
    }
    let listed: BTreeSet<_> =
        SCENARIOS.iter().flat_map(|scenario| scenario.wire).map(|test| (*test).to_owned()).collect();
    assert_eq!(listed, there);

    let mut simulated = BTreeSet::new();
    for folder in ["..", "../../shared/policy", "../../shared/simulator"] {
        tests_below(&here().join(folder), &mut simulated);
    }
    for scenario in SCENARIOS {
        match scenario.simulated {
            Simulated::By(tests) => {
                for test in tests {
                    assert!(simulated.contains(*test), "{}: `{test}` is no test", scenario.name);
                }
            }
            Simulated::No(why) => assert!(why.len() > 20, "{}: say why", scenario.name),
        }
    }
}

#[test]
fn the_page_names_every_scenario() {
    let page = fs::read_to_string(here().join("README.md")).unwrap();
    for scenario in SCENARIOS {
        assert!(
            page.contains(&format!("| {} |", scenario.name)),
            "README.md does not name {:?}",
            scenario.name
        );
    }
}
