//! A crate as a tree of modules, one for each source file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, UseTree, Visibility};

/// The path of a module below its crate, as in `["client", "call"]`; empty for the root.
pub type ModulePath = Vec<String>;

/// One source file.
pub struct Module {
    /// The path of its module.
    pub path: ModulePath,
    /// Its file, relative to the source directory.
    pub file: PathBuf,
    /// How many lines it has.
    pub lines: usize,
    /// Its items without those for tests, inline modules included.
    pub items: Vec<Item>,
}

/// All modules of one crate.
#[derive(Debug)]
pub struct Krate {
    /// By the path of the module.
    pub modules: BTreeMap<ModulePath, Module>,
    /// What a `pub use` names: from the path of the new name to the path it stands for.
    re_exports: BTreeMap<ModulePath, ModulePath>,
    /// Where the macros are defined that `#[macro_export]` puts at the root.
    macros: BTreeMap<String, ModulePath>,
}

/// One name of a `use`, as a path from the root of the crate.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: ModulePath,
    /// What it is called here.
    pub(crate) name: String,
    pub(crate) is_public: bool,
}

impl Krate {
    /// Reads every file below `src`, tests left out.
    ///
    /// # Panics
    /// If a file cannot be read or is not Rust.
    #[must_use]
    pub fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        for file in rust_files(src) {
            let text =
                fs::read_to_string(src.join(&file)).unwrap_or_else(|error| panic!("{file:?}: {error}"));
            let path = module_path(&file);
            let module = Module::parse(path.clone(), file, &text);
            modules.insert(path, module);
        }
        Self::of(modules)
    }

    /// A crate of these files, each with its text.
    ///
    /// # Panics
    /// If one is not Rust.
    #[must_use]
    pub fn from_texts(files: &[(&str, &str)]) -> Self {
        let module = |&(file, text): &(&str, &str)| {
            let path = module_path(Path::new(file));
            (path.clone(), Module::parse(path, file.into(), text))
        };
        Self::of(files.iter().map(module).collect())
    }

    fn of(modules: BTreeMap<ModulePath, Module>) -> Self {
        let exported = |module: &Module| {
            let names: Vec<String> = module.items.iter().filter_map(exported_macro).collect();
            names.into_iter().map(|name| (name, module.path.clone())).collect::<Vec<_>>()
        };
        let macros = modules.values().flat_map(exported).collect();
        let mut krate = Self { modules, re_exports: BTreeMap::new(), macros };
        let mut re_exports = BTreeMap::new();
        for module in krate.modules.values() {
            for import in krate.imports(module).into_iter().filter(|import| import.is_public) {
                let mut name = module.path.clone();
                name.push(import.name);
                re_exports.insert(name, import.path);
            }
        }
        krate.re_exports = re_exports;
        krate
    }

    /// The module that defines what `path` names, and the rest of the path in it. Follows `pub use`.
    pub(crate) fn resolve<'a>(&'a self, path: &[String]) -> Option<(&'a Module, Vec<String>)> {
        if let [name] = path
            && let Some(module) = self.macros.get(name)
        {
            return Some((&self.modules[module], path.to_vec()));
        }
        let mut path = path.to_vec();
        // A chain of re-exports has an end; a circle of them does not compile.
        for _ in 0..16 {
            let depth = (0..=path.len()).rev().find(|depth| self.modules.contains_key(&path[..*depth]))?;
            let (module, rest) = path.split_at(depth);
            let again = rest.first().and_then(|_| self.re_exports.get(&path[..=depth]));
            match again {
                Some(target) if target[..] != path[..=depth] => {
                    let rest = path[depth + 1..].to_vec();
                    path = target.iter().cloned().chain(rest).collect();
                }
                _ => return Some((&self.modules[module], rest.to_vec())),
            }
        }
        None
    }

    /// The names that `module` imports from this crate.
    pub(crate) fn imports(&self, module: &Module) -> Vec<Import> {
        let mut found = Vec::new();
        for item in &module.items {
            if let Item::Use(item) = item {
                let is_public = !matches!(item.vis, Visibility::Inherited);
                let mut leaves = Vec::new();
                flatten(&item.tree, &mut Vec::new(), &mut leaves);
                for (path, name) in leaves {
                    if let Some(path) = self.absolute(module, &path) {
                        found.push(Import { path, name, is_public });
                    }
                }
            }
        }
        found
    }

    /// The paths of this crate that `module` names outside of its `use` items.
    pub(crate) fn inline_paths(&self, module: &Module) -> Vec<ModulePath> {
        let mut found = Vec::new();
        for item in module.items.iter().filter(|item| !matches!(item, Item::Use(_))) {
            scan(quote::ToTokens::to_token_stream(item), &mut found);
        }
        found.iter().filter_map(|path| self.absolute(module, path)).collect()
    }

    /// A path as it is written in `module`, from the root of the crate; `None` if it leads into another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<ModulePath> {
        let first = path.first()?;
        let (mut base, rest) = match first.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (module.path.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let keep = module.path.len().checked_sub(ups)?;
                (module.path[..keep].to_vec(), &path[ups..])
            }
            _ => {
                let mut child = module.path.clone();
                child.push(first.clone());
                self.modules.contains_key(&child).then_some((module.path.clone(), path))?
            }
        };
        base.extend_from_slice(rest);
        Some(base)
    }
}

impl Module {
    fn parse(path: ModulePath, file: PathBuf, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let items =
            parsed.items.into_iter().filter(|item| !attributes(item).iter().any(is_for_tests)).collect();
        Self { path, file, lines: text.lines().count(), items }
    }

    /// The first part of its path: the room it is in. The root has an empty name.
    #[must_use]
    pub fn room(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("file", &self.file).finish_non_exhaustive()
    }
}

/// The files below `src`, without those that hold only tests, sorted.
fn rust_files(src: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![src.to_owned()]);
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
        for entry in entries {
            let path = entry.unwrap_or_else(|error| panic!("{directory:?}: {error}")).path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if name == "tests" || name.ends_with("_tests") || name == "vectors" {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(src).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    found
}

fn module_path(file: &Path) -> ModulePath {
    let path: ModulePath =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path == ["lib"] { Vec::new() } else { path }
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn exported_macro(item: &Item) -> Option<String> {
    let Item::Macro(item) = item else { return None };
    let is_exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
    item.ident.as_ref().filter(|_| is_exported).map(ToString::to_string)
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    attribute.path().is_ident("cfg") && list.tokens.to_string() == "test"
}

/// The leaves of a `use` tree: the path, and what it is called afterwards.
fn flatten(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let leaf = |prefix: &[String], last: String, name: String| {
        let mut path = prefix.to_vec();
        let name = if last == "self" { prefix.last().cloned().unwrap_or(name) } else { name };
        if last != "self" {
            path.push(last);
        }
        (path, name)
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Name(name) => found.push(leaf(prefix, name.ident.to_string(), name.ident.to_string())),
        UseTree::Rename(name) => found.push(leaf(prefix, name.ident.to_string(), name.rename.to_string())),
        UseTree::Glob(_) => found.push((prefix.clone(), "*".to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, found)),
    }
}

/// Finds `crate::…` and `super::…` in tokens. Paths of `$crate` belong to whoever expands the macro.
fn scan(tokens: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => scan(group.stream(), found),
            TokenTree::Ident(ident)
                if (ident == "crate" || ident == "super") && !follows_dollar(&tokens, at) =>
            {
                let mut path = vec![ident.to_string()];
                while let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(next), ..] =
                    &tokens[at + 1..]
                    && one.as_char() == ':'
                    && two.as_char() == ':'
                {
                    path.push(next.to_string());
                    at += 3;
                }
                if path.len() > 1 {
                    found.push(path);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn follows_dollar(tokens: &[TokenTree], at: usize) -> bool {
    matches!(at.checked_sub(1).map(|before| &tokens[before]), Some(TokenTree::Punct(punct)) if punct.as_char() == '$')
}
