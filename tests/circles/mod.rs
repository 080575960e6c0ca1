//! No circles of modules: a file can be read without the files that need it.
//!
//! The rule. A file is one node, with the modules that stand in it. A file needs another if it names an item that the other **defines**: by an
//! import, or by a path anywhere in its code or in what it gives a macro. So a re-export ties nobody but the one who uses the name, and a
//! parent that only declares and passes on its children needs none of them. What a path calls through a value, a method or a field, is not
//! seen. Code for tests is not looked at.

mod graph;
mod modules;

use std::collections::BTreeMap;
use std::path::Path;

use graph::Graph;

use crate::house::root;

/// The texts of the sources below `folder`, by their paths there.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = BTreeMap::new();
    while let Some(below) = open.pop() {
        for entry in std::fs::read_dir(&below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn no_files_of_a_crate_need_each_other() {
    let mut crates = 0;
    let mut edges = 0;
    let mut circles = Vec::new();
    for folder in ["shared", "functions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let package = entry.unwrap().path();
            let name = package.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            if !package.is_dir() {
                continue;
            }
            let texts = texts(&package.join("src"));
            for file in ["lib.rs", "main.rs"].into_iter().filter(|file| texts.contains_key(*file)) {
                crates += 1;
                let graph = Graph::of(&modules::read(&texts, file));
                edges += graph.edges();
                circles.extend(
                    graph.circles().iter().map(|circle| format!("{name}: {}", graph.in_words(circle))),
                );
            }
        }
    }
    assert!(crates >= 10 && edges > 1000, "only {crates} crates with {edges} edges were read");
    assert!(circles.is_empty(), "{}", circles.join("\n\n"));
}

/// A crate of made-up files.
fn made_up(files: &[(&str, &str)]) -> Graph {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Graph::of(&modules::read(&files, "lib.rs"))
}

#[test]
fn a_circle_is_found_however_its_names_are_written() {
    let told = "\
    3 files need each other: one.rs, three/inner.rs, two.rs\n  \
      one.rs -> two.rs: Two\n  \
      three/inner.rs -> one.rs: One\n  \
      two.rs -> three/inner.rs: three";
    // The parent that passes a name on is no part of it.
    let parent = "mod inner;\npub(crate) use inner::three;";
    let lib = "mod one;\nmod three;\nmod two;\npub use one::One;";
    for (one, two, inner) in [
        // By imports: plain, in a group, renamed, of a module.
        ("use crate::two::Two;", "use crate::three::three;", "use crate::one::One;"),
        ("use super::{two::{Two}};", "use super::three::{three as other};", "use crate::{one::{self, One}};"),
        // By paths: in a type, in a function of a module, with a star, in a macro.
        (
            "fn a(_: crate::two::Two) {}",
            "use crate::three;\nfn b() { three::three() }",
            "fn c() { println!(\"{}\", crate::One::new()) }",
        ),
        (
            "use super::two;\nstatic A: two::Two = 1;",
            "use crate::three::*;\nfn b() { three() }",
            "mod d { use super::super::super::one; fn e() -> one::One { loop {} } }",
        ),
    ] {
        let graph = made_up(&[
            ("lib.rs", lib),
            ("one.rs", &format!("pub struct One;\n{one}")),
            ("two.rs", &format!("pub struct Two;\n{two}")),
            ("three/mod.rs", parent),
            ("three/inner.rs", &format!("pub(crate) fn three() {{}}\n{inner}")),
        ]);
        let circles: Vec<String> = graph.circles().iter().map(|circle| graph.in_words(circle)).collect();
        assert_eq!(circles, [told], "{one} {two} {inner}");
    }
}

#[test]
fn what_is_no_circle_is_none() {
    for (one, two) in [
        // One way only.
        ("use crate::two::Two;", ""),
        // Out of the crate, by a name that the crate has too.
        ("use crate::two::Two;", "use std::one::One;"),
        // Only the tests need the other.
        ("use crate::two::Two;", "#[cfg(test)]\nmod tests { use crate::one::One; }"),
        ("#[cfg(test)]\nuse crate::two::Two;", "use crate::one::One;"),
        // A re-export needs nobody.
        ("pub use crate::two::Two;", "use crate::one::One;"),
    ] {
        let one = format!("pub struct One;\n{one}");
        let two = format!("pub struct Two;\n{two}");
        let graph = made_up(&[("lib.rs", "mod one;\nmod two;"), ("one.rs", &one), ("two.rs", &two)]);
        assert!(graph.circles().is_empty(), "{one} {two}");
    }
}

#[test]
#[should_panic(expected = "one.rs: crate::two::Gone leads nowhere")]
fn a_path_that_leads_nowhere_is_no_missing_edge() {
    made_up(&[("lib.rs", "mod one;\nmod two;"), ("one.rs", "use crate::two::Gone;"), ("two.rs", "")]);
}
