//! The modules of a crate as its sources declare them: which names each has, and which paths each writes.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};

/// A path as it is written, one name per segment.
pub(crate) type Path = Vec<String>;

/// What a name stands for in a module.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// An item that the module defines.
    Item,
    /// A module below it.
    Module,
    /// What this path leads to, by a `use`.
    Imported(Path),
}

/// One module.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file that holds it: its own, or the file that it stands in.
    pub(crate) file: String,
    /// A name can stand for several things: a function and a module, say.
    pub(crate) names: BTreeMap<String, Vec<Meaning>>,
    /// What is imported with a star.
    pub(crate) stars: Vec<Path>,
    /// Every path that is used here, and the imports that are not passed on.
    pub(crate) paths: Vec<Path>,
}

/// All modules of a crate by their path; the root has the empty one.
pub(crate) type Modules = BTreeMap<Path, Module>;

/// Reads a crate from its root on. `files` are texts by their paths below `src`.
///
/// # Panics
/// If a file cannot be parsed, or a declared module has no file.
pub(crate) fn read(files: &BTreeMap<String, String>, root: &str) -> Modules {
    let mut modules = Modules::new();
    read_file(files, root, Path::new(), &mut modules);
    modules
}

fn read_file(files: &BTreeMap<String, String>, file: &str, path: Path, modules: &mut Modules) {
    let parsed = syn::parse_file(&files[file]).unwrap_or_else(|error| panic!("{file}: {error}"));
    read_items(files, file, path, &parsed.items, modules);
}

fn read_items(
    files: &BTreeMap<String, String>,
    file: &str,
    path: Path,
    items: &[syn::Item],
    modules: &mut Modules,
) {
    let mut reader = Reader { names: BTreeMap::new(), stars: Vec::new(), paths: Vec::new() };
    for item in items {
        reader.visit_item(item);
    }
    for item in items {
        let syn::Item::Mod(below) = item else { continue };
        if is_for_tests(&below.attrs) {
            continue;
        }
        let name = below.ident.unraw().to_string();
        let inner: Path = path.iter().cloned().chain([name]).collect();
        match &below.content {
            Some((_, items)) => read_items(files, file, inner, items, modules),
            None => {
                let plain = format!("{}.rs", inner.join("/"));
                let folder = format!("{}/mod.rs", inner.join("/"));
                let found = [plain, folder].into_iter().find(|file| files.contains_key(file));
                let found = found.unwrap_or_else(|| panic!("{file}: `mod {}` has no file", inner.join("::")));
                read_file(files, &found, inner, modules);
            }
        }
    }
    let Reader { names, stars, paths } = reader;
    modules.insert(path, Module { file: file.to_owned(), names, stars, paths });
}

/// Whether an item is compiled for tests alone.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            list.path.is_ident("cfg")
                && list.tokens.clone().into_iter().next().is_some_and(|first| is_named(&first, "test"))
        }
        _ => false,
    })
}

fn is_named(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

/// Collects what one module names, without the modules below it.
struct Reader {
    names: BTreeMap<String, Vec<Meaning>>,
    stars: Vec<Path>,
    paths: Vec<Path>,
}

impl Reader {
    fn name(&mut self, name: &syn::Ident, meaning: Meaning) {
        self.names.entry(name.unraw().to_string()).or_default().push(meaning);
    }

    fn import(&mut self, before: &Path, tree: &syn::UseTree, passed_on: bool) {
        let with = |name: &syn::Ident| -> Path {
            let name = name.unraw().to_string();
            // `use clock::{self}` is `use clock`.
            if name == "self" && !before.is_empty() {
                before.clone()
            } else {
                before.iter().cloned().chain([name]).collect()
            }
        };
        match tree {
            syn::UseTree::Path(path) => self.import(&with(&path.ident), &path.tree, passed_on),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(before, tree, passed_on);
                }
            }
            syn::UseTree::Glob(_) => self.stars.push(before.clone()),
            syn::UseTree::Name(name) => {
                let path = with(&name.ident);
                let known_as = path.last().cloned().unwrap_or_default();
                self.imported(known_as, path, passed_on);
            }
            syn::UseTree::Rename(rename) => {
                self.imported(rename.rename.unraw().to_string(), with(&rename.ident), passed_on);
            }
        }
    }

    fn imported(&mut self, name: String, path: Path, passed_on: bool) {
        if !passed_on {
            self.paths.push(path.clone());
        }
        self.names.entry(name).or_default().push(Meaning::Imported(path));
    }

    /// The paths in what a macro is given, which no parser of Rust can read.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Punct(point) if point.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 || path.is_empty() {
                        self.paths.push(std::mem::take(&mut path));
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                _ => {
                    self.paths.push(std::mem::take(&mut path));
                    colons = 0;
                }
            }
            if let TokenTree::Group(group) = token {
                self.tokens(group.stream());
            }
        }
        self.paths.push(path);
        self.paths.retain(|path| !path.is_empty());
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Enum(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Static(item) => &item.attrs,
            syn::Item::Trait(item) => &item.attrs,
            syn::Item::Type(item) => &item.attrs,
            syn::Item::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if is_for_tests(attributes) {
            return;
        }
        match item {
            syn::Item::Fn(item) => self.name(&item.sig.ident, Meaning::Item),
            syn::Item::Struct(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Enum(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Union(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Const(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Static(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Trait(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::TraitAlias(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Type(item) => self.name(&item.ident, Meaning::Item),
            syn::Item::Mod(item) => {
                self.name(&item.ident, Meaning::Module);
                // It is read as a module of its own.
                return;
            }
            syn::Item::Use(item) => {
                let passed_on = !matches!(item.vis, syn::Visibility::Inherited);
                self.import(&Path::new(), &item.tree, passed_on);
                return;
            }
            // What a macro may define, where it is written and where it is called.
            syn::Item::Macro(item) => {
                for token in words_in_capitals(item.mac.tokens.clone()) {
                    self.names.entry(token).or_default().push(Meaning::Item);
                }
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.paths.push(path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }
}

/// What a macro may define by its tokens: only the macro knows which of them it does.
fn words_in_capitals(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => found.extend(words_in_capitals(group.stream())),
            TokenTree::Ident(ident) if ident.to_string().starts_with(char::is_uppercase) => {
                found.push(ident.to_string());
            }
            _ => {}
        }
    }
    found
}
