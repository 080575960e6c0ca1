//! The documents: README stays short, and every relative link in them leads to a file, and its anchor to a heading.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::house::root;

/// The pages at the root, and those beside what they are about.
const PAGES: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "functions/README.md",
    "tests/wire/README.md",
];

/// Every document, those below `docs` included.
fn pages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = PAGES.iter().map(|page| root().join(page)).collect();
    let mut open = vec![root().join("docs")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 30, "only {} pages were found", found.len());
    found
}

/// The lines outside of fenced examples.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut example = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        example ^= fence;
        !example && !fence
    })
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept =
            heading.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
        let anchor: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let mut unique = anchor.clone();
        for nth in 1.. {
            if found.insert(unique) {
                break;
            }
            unique = format!("{anchor}-{nth}");
        }
    }
    found
}

/// Where the links of a page lead, those to other sites aside.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // What is quoted as code is no link.
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for after in plain.split("](").skip(1) {
            let target = after.split(')').next().unwrap_or_default().to_owned();
            if !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target);
            }
        }
    }
    found
}

/// Why a link of `page` leads nowhere, if it does.
fn broken(page: &Path, text: &str, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { page.to_path_buf() } else { page.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("there is no {file}"));
    }
    let anchor = anchor?;
    let there = if file.is_empty() { text.to_owned() } else { fs::read_to_string(&path).unwrap_or_default() };
    let known = anchors(&there);
    (!known.contains(anchor)).then(|| format!("{} has no heading #{anchor}", path.display()))
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            checked += 1;
            wrong.extend(broken(&page, &text, &link).map(|why| format!("{}: {link}: {why}", page.display())));
        }
    }
    assert!(checked > 60, "only {checked} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broken_link_is_found() {
    let page = root().join("README.md");
    let text = "# A heading: `x`, and more\n```\n# no heading\n```\n[a](#a-heading-x-and-more) [b](docs/no.md) [c](#no-heading) `[d](e)`";
    assert_eq!(links(text), ["#a-heading-x-and-more", "docs/no.md", "#no-heading"]);
    let found: Vec<bool> = links(text).iter().map(|link| broken(&page, text, link).is_some()).collect();
    assert_eq!(found, [false, true, true]);
}

#[test]
fn the_readme_is_read_in_three_minutes() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let lines = readme.lines().count();
    assert!(
        lines <= 150,
        "README has {lines} lines, and 150 at most: move what is more beside what it is about"
    );
    for command in ["make demo", "make test"] {
        assert!(readme.contains(command), "README does not name `{command}`");
    }
}
