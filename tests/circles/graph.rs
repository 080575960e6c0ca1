//! Which file of a crate needs which, and the circles in that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::modules::{Meaning, Modules, Path};

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Module(Path),
    Item { name: String, file: String },
}

/// The items that one file takes from another, for every pair of files.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    needs: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// Of a crate.
    ///
    /// # Panics
    /// If a path into the crate leads nowhere: the graph would lack an edge.
    pub(crate) fn of(modules: &Modules) -> Graph {
        let mut graph = Graph::default();
        for (within, module) in modules {
            for path in module.paths.iter().chain(&module.stars) {
                let places = follow(modules, within, path, &mut Vec::new());
                let inside = ["crate", "self", "super"].contains(&path[0].as_str());
                assert!(!inside || !places.is_empty(), "{}: {} leads nowhere", module.file, path.join("::"));
                for place in places {
                    if let Place::Item { name, file } = place
                        && file != module.file
                    {
                        let needs = graph.needs.entry(module.file.clone()).or_default();
                        needs.entry(file).or_default().insert(name);
                    }
                }
            }
        }
        graph
    }

    /// How many pairs of files there are.
    pub(crate) fn edges(&self) -> usize {
        self.needs.values().map(BTreeMap::len).sum()
    }

    /// Every largest set of files that all need each other.
    pub(crate) fn circles(&self) -> BTreeSet<BTreeSet<&str>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.needs.keys().map(|file| (file.as_str(), self.reach(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, reached) in &reach {
            let back = |other: &&&str| reach.get(**other).is_some_and(|reached| reached.contains(file));
            let circle: BTreeSet<&str> = reached.iter().filter(back).copied().collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles
    }

    /// All files that a file needs, directly or not.
    fn reach(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            for needed in self.needs.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(needed.as_str()) {
                    open.push(needed);
                }
            }
        }
        reached
    }

    /// A circle for a person: its files, and which names tie them.
    pub(crate) fn in_words(&self, circle: &BTreeSet<&str>) -> String {
        let files: Vec<&str> = circle.iter().copied().collect();
        let mut words = format!("{} files need each other: {}", files.len(), files.join(", "));
        for file in files {
            for (needed, names) in self.needs.get(file).into_iter().flatten() {
                if circle.contains(needed.as_str()) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    let _ = write!(words, "\n  {file} -> {needed}: {}", names.join(", "));
                }
            }
        }
        words
    }
}

/// What a path leads to that is written in the module `within`; nothing if it leads out of the crate. `on_the_way` are the names that are
/// being followed: `use serde::serde` is no loop.
fn follow(
    modules: &Modules,
    within: &Path,
    path: &[String],
    on_the_way: &mut Vec<(Path, String)>,
) -> Vec<Place> {
    let [first, rest @ ..] = path else { return vec![Place::Module(within.clone())] };
    let places = match first.as_str() {
        "crate" => vec![Place::Module(Path::new())],
        "self" => vec![Place::Module(within.clone())],
        "super" => vec![Place::Module(within[..within.len() - 1].to_vec())],
        name => look_up(modules, within, name, on_the_way),
    };
    if rest.is_empty() {
        return places;
    }
    let mut found = Vec::new();
    for place in places {
        match place {
            Place::Module(module) => found.extend(follow(modules, &module, rest, on_the_way)),
            // A variant, a method or a constant of the item.
            item @ Place::Item { .. } => found.push(item),
        }
    }
    found
}

/// What a name stands for in a module.
fn look_up(modules: &Modules, within: &Path, name: &str, on_the_way: &mut Vec<(Path, String)>) -> Vec<Place> {
    let key = (within.clone(), name.to_owned());
    if on_the_way.contains(&key) {
        return Vec::new();
    }
    on_the_way.push(key);
    let module = &modules[within];
    let mut found = Vec::new();
    for meaning in module.names.get(name).into_iter().flatten() {
        match meaning {
            Meaning::Item => found.push(Place::Item { name: name.to_owned(), file: module.file.clone() }),
            Meaning::Module => {
                found.push(Place::Module(within.iter().cloned().chain([name.to_owned()]).collect()));
            }
            Meaning::Imported(path) => found.extend(follow(modules, within, path, on_the_way)),
        }
    }
    if found.is_empty() {
        for star in &module.stars {
            for place in follow(modules, within, star, on_the_way) {
                if let Place::Module(module) = place {
                    found.extend(look_up(modules, &module, name, on_the_way));
                }
            }
        }
    }
    on_the_way.pop();
    found
}
