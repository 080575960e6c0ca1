//! The rules of the house, as tests: which way dependencies run, what files say first, and that ARCHITECTURE.md names tests that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Only what is built here was fetched; the crates of other platforms are not there offline.
fn host() -> String {
    let said = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--offline", "--locked", "--filter-platform", &host()].map(str::to_owned))
        .exec()
        .unwrap()
}

/// What each package of ours may name, tests aside. A package that is not here fails the test: decide where it stands first.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("tidegate-policy", &[]),
    ("tidegate-reconcile", &["tidegate-policy"]),
    ("tidegate-simulator", &["tidegate-policy", "tidegate-reconcile"]),
    ("tidegate-fuzz", &["tidegate-policy", "tidegate-reconcile", "tidegate-simulator"]),
    ("tidegate-stack", &["tidegate-policy"]),
    ("tidegate-notify", &["tidegate-policy"]),
    ("tidegate-cli", &["tidegate-fuzz", "tidegate-policy", "tidegate-simulator", "tidegate-stack"]),
    ("tidegate-aws", &["tidegate-policy", "tidegate-notify", "tidegate-reconcile"]),
    ("tidegate-preflight", &["tidegate-policy", "tidegate-reconcile", "tidegate-aws", "tidegate-stack"]),
    ("ecs-capacity", &["tidegate-aws"]),
    ("notify", &["tidegate-aws"]),
    ("rds-replicas", &["tidegate-aws"]),
    ("redis-nodes", &["tidegate-aws"]),
    ("tidegate-tests", &[]),
    ("tidegate-contract", &["tidegate-policy", "tidegate-reconcile"]),
    ("tidegate-deployment", &["tidegate-policy", "tidegate-stack", "tidegate-wire"]),
    ("tidegate-wire", &["tidegate-policy"]),
];

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    for package in metadata().workspace_packages() {
        let name = package.name.as_str();
        let may_use =
            allowed.get(name).unwrap_or_else(|| panic!("{name} is not in the table of import rules"));
        for dependency in
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal)
        {
            // Functions too: nothing imports one.
            let ours = allowed.contains_key(dependency.name.as_str());
            assert!(
                !ours || may_use.contains(&dependency.name.as_str()),
                "{name} must not use {}",
                dependency.name
            );
        }
    }
}

/// Everything that a package is built from, through all its dependencies.
fn built_from(metadata: &Metadata, package: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let name = |id: &cargo_metadata::PackageId| {
        metadata.packages.iter().find(|package| package.id == *id).unwrap().name.to_string()
    };
    let mut found = BTreeSet::new();
    let mut open: Vec<_> = resolve.nodes.iter().filter(|node| name(&node.id) == package).collect();
    while let Some(node) = open.pop() {
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development);
            if normal && found.insert(name(&dependency.pkg)) {
                open.extend(resolve.nodes.iter().filter(|node| node.id == dependency.pkg));
            }
        }
    }
    found
}

#[test]
fn the_core_is_pure_and_the_demo_is_free_of_the_sdk() {
    let metadata = metadata();
    let has = |found: &BTreeSet<String>, word: &str| {
        found.iter().filter(|name| name.contains(word)).cloned().collect::<Vec<_>>()
    };
    for package in [
        "tidegate-policy",
        "tidegate-reconcile",
        "tidegate-simulator",
        "tidegate-stack",
        "tidegate-notify",
        "tidegate-cli",
    ] {
        let mut found = built_from(&metadata, package);
        if package == "tidegate-notify" {
            // Types of payloads alone, as serde reads them.
            assert!(found.remove("aws_lambda_events"), "notify has no need of this exception any more");
        }
        for word in ["aws-", "aws_", "lambda", "hyper", "tokio"] {
            assert_eq!(has(&found, word), Vec::<String>::new(), "{package} must be built without {word}");
        }
    }
    for word in ["rand", "async", "futures"] {
        let found = built_from(&metadata, "tidegate-policy");
        assert_eq!(has(&found, word), Vec::<String>::new(), "the core must be built without {word}");
    }
}

#[test]
fn a_function_carries_one_http_stack() {
    let metadata = metadata();
    let mut found = built_from(&metadata, "rds-replicas");
    found.extend(built_from(&metadata, "ecs-capacity"));
    found.extend(built_from(&metadata, "redis-nodes"));
    found.extend(built_from(&metadata, "notify"));
    for stack in ["hyper", "h2", "rustls", "hyper-rustls"] {
        assert!(found.contains(stack), "{stack} is part of the SDK's stack: is this test up to date?");
        let versions: BTreeSet<_> = metadata
            .packages
            .iter()
            .filter(|package| package.name.as_str() == stack)
            .map(|package| package.version.to_string())
            .collect();
        assert_eq!(
            versions.len(),
            1,
            "{stack} is built in {versions:?}: an SDK crate with default features?"
        );
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut open = vec![root().join("shared"), root().join("functions"), root().join("tests")];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
}

#[test]
fn every_file_says_first_why_it_exists_and_has_a_name_that_says_something() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//! "),
            "{} must begin with a line that says why it exists",
            path.display()
        );
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let empty = ["utils", "util", "common", "helpers", "helper", "types", "manager", "misc"];
        assert!(!empty.contains(&name.as_str()), "{}: a name that says what it holds", path.display());
    }
}

#[test]
fn functions_are_thin_and_name_no_sdk() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("functions")) {
        assert!(!text.contains("aws_sdk_"), "{}: functions never name the SDK", path.display());
        if path.ends_with("main.rs") {
            assert!(text.lines().count() <= 40, "{}: a main of 40 lines at most", path.display());
        }
    }
}

/// What the checker may import: data, the names of tags, and the shapes of plans. Rules are nobody's but its own.
const CHECKER_MAY_USE: [&str; 12] = [
    "check",
    "history",
    "names",
    "observation",
    "observed",
    "order",
    "ownership",
    "pause",
    "plan",
    "policy",
    "reason",
    "units",
];

/// Of these rooms only types and constants: whatever begins with a small letter is a rule.
const ONLY_SHAPES: [&str; 4] = ["observed", "ownership", "pause", "plan"];

#[test]
fn the_checker_shares_no_code_with_the_planner() {
    // Conclusions that observation and memory offer of a replication group, which the planner draws by them.
    let of_groups = [
        "last_minutes(",
        "mean_of_last(",
        ".is_reached(",
        ".lever()",
        "group.needs_a_replica(",
        "maintenance.contains(",
        "window.contains(",
        "REPLICAS_A_SHARD",
    ];
    let mut judges_of_groups = 0;
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("shared/policy/src/check"))
    {
        if path.to_string_lossy().contains("/tests/") {
            continue;
        }
        let of_a_group = path.starts_with("shared/policy/src/check/redis_nodes");
        judges_of_groups += usize::from(of_a_group);
        for (at, _) in text.match_indices("crate::") {
            let path_used = &text[at + "crate::".len()..];
            let end = path_used.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
            let (room, rest) = path_used.split_at(end.unwrap_or(path_used.len()));
            let rest = rest.trim_start_matches("::");
            let where_ =
                format!("{}: crate::{}", path.display(), path_used.lines().next().unwrap_or_default());
            assert!(CHECKER_MAY_USE.contains(&room), "{where_}: not on the checker's list");
            if ONLY_SHAPES.contains(&room) {
                let end = if rest.starts_with('{') { rest.find('}').unwrap_or_default() } else { 1 };
                let names =
                    rest[..end].split([',', '{', '\n']).map(str::trim).filter(|name| !name.is_empty());
                for name in names {
                    let shape = name.chars().next().is_some_and(char::is_uppercase);
                    assert!(shape, "{where_}: {name} is a rule of the planner");
                }
            }
        }
        for conclusion in of_groups.into_iter().filter(|_| of_a_group) {
            assert!(!text.contains(conclusion), "{} uses {conclusion}, as the planner does", path.display());
        }
    }
    assert!(judges_of_groups > 10, "only {judges_of_groups} files judge replication groups");
}

/// The core's rooms in the order of the pipeline: each may use only what stands before it.
const PIPELINE: [&str; 21] = [
    "units",
    "number",
    "names",
    "kind",
    "severity",
    "pause",
    "policy",
    "document",
    "observation",
    "observed",
    "reason",
    "history",
    "order",
    "ownership",
    "forecast",
    "evaluate",
    "decide",
    "plan",
    "check",
    "record",
    // Behind all that decides: nothing is scaled by its price.
    "list_price",
];

/// Where every kind of target has a folder or a file of its own, under the same name.
const STAGES: [&str; 13] = [
    "shared/policy/src/observation",
    "shared/policy/src/history",
    "shared/policy/src/evaluate",
    "shared/policy/src/plan",
    "shared/policy/src/plan/action",
    "shared/policy/src/check",
    "shared/policy/src/record/settle",
    "shared/policy/tests/core",
    "shared/simulator/src/account",
    "shared/aws/src/fleet",
    "shared/stack/src/permissions",
    "shared/stack/src/alarms",
    "shared/cli/src/page/figures",
];

#[test]
fn every_stage_has_every_kind() {
    for stage in STAGES {
        for kind in ["rds_replicas", "ecs_service", "redis_nodes"] {
            let folder = root().join(stage).join(kind);
            assert!(folder.is_dir() || folder.with_extension("rs").is_file(), "{stage} has no {kind}");
        }
        // And under no other name.
        for other in ["replicas", "service", "services", "nodes"] {
            let folder = root().join(stage).join(other);
            assert!(!folder.is_dir() && !folder.with_extension("rs").is_file(), "{stage} has {other}");
        }
    }
}

#[test]
fn inside_the_core_the_pipeline_runs_one_way() {
    let place = |room: &str| PIPELINE.iter().position(|known| *known == room);
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix("shared/policy/src") else { continue };
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let own = place(room).unwrap_or_else(|| panic!("{room} has no place in the pipeline"));
        // `crate::room` wherever it stands in code; doc links and the like count too.
        for (at, _) in text.match_indices("crate::") {
            let used: String = text[at + 7..]
                .chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect();
            let Some(used_place) = place(&used) else { panic!("{}: unknown room {used:?}", path.display()) };
            assert!(used_place <= own, "{}: {room} stands before {used} in the pipeline", path.display());
        }
    }
}

#[test]
fn architecture_names_tests_that_exist() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let sources = sources();
    let named = names_of_tests(&page);
    assert!(named.len() >= 80, "only {} tests are named", named.len());
    for test in named {
        assert!(is_a_test(test, &sources), "ARCHITECTURE.md names `{test}`, which is no test");
    }
}

#[test]
fn the_other_documents_name_tests_that_exist() {
    let sources = sources();
    let mut named = 0;
    let mut pages = vec![root().join("docs/simulate.md")];
    pages.extend(std::fs::read_dir(root().join("docs/design")).unwrap().map(|entry| entry.unwrap().path()));
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        for test in names_of_tests(&page) {
            named += 1;
            assert!(is_a_test(test, &sources), "{} names `{test}`, which is no test", path.display());
        }
    }
    assert!(named >= 6, "only {named} tests are named");
}

/// What a page names as a test: a long name in lower case, quoted as code, that is no reason code.
fn names_of_tests(page: &str) -> Vec<&str> {
    page.split('`')
        .filter(|word| word.contains('_') && word.len() > 20 && !word.contains([' ', '/', ':']))
        .filter(|word| *word == word.to_lowercase())
        .filter(|word| tidegate_policy::reason::Reason::ALL.iter().all(|reason| reason.code() != *word))
        .collect()
}

fn is_a_test(test: &str, sources: &[(PathBuf, String)]) -> bool {
    let is_test = |text: &str| {
        let place = text.find(&format!("fn {test}("))?;
        let before = text[..place].trim_end().trim_end_matches("async").trim_end();
        let attribute = before.lines().last()?.trim();
        (attribute == "#[test]" || attribute.starts_with("#[tokio::test")).then_some(())
    };
    sources.iter().any(|(_, text)| is_test(text).is_some())
}
