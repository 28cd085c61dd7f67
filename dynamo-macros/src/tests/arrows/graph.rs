//! Which files of a crate use which, read from their text. Knows no crate: lift it out for another one.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file uses another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
}

/// The arrows between `files`, pairs of a path below `src` and the text.
///
/// An arrow is a path from `crate`, `super`, `self` or a module that the file declares, in a `use` or
/// anywhere else. It ends at the innermost module of the path that is a file. `mod tests { .. }` is skipped,
/// and so are `mod` lines.
pub(super) fn arrows(files: &[(String, String)]) -> Vec<Arrow> {
    let modules: BTreeMap<Vec<String>, &str> =
        files.iter().map(|(path, _)| (module_of(path), &**path)).collect();
    let mut found = BTreeSet::new();
    for (path, text) in files {
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut paths = Vec::new();
        collect(&tokens.into_iter().collect::<Vec<_>>(), &module_of(path), &modules, &mut paths);
        for used in paths {
            let target = (1..=used.len()).rev().find_map(|len| modules.get(&used[..len]));
            if let Some(to) = target.filter(|to| **to != path) {
                found.insert(Arrow { from: path.clone(), to: (*to).to_owned() });
            }
        }
    }
    found.into_iter().collect()
}

/// The groups of files that use each other in a circle, each sorted.
pub(super) fn circles(arrows: &[Arrow]) -> Vec<Vec<String>> {
    let files: BTreeSet<&str> = arrows.iter().flat_map(|arrow| [&*arrow.from, &*arrow.to]).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        files.iter().map(|file| (*file, reachable(file, arrows))).collect();
    let mut circles = BTreeSet::new();
    for (file, from_here) in &reached {
        let circle: Vec<String> = from_here
            .iter()
            .filter(|other| reached[**other].contains(file))
            .map(|other| (*other).to_owned())
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// The files that `file` uses, directly or through others.
fn reachable<'a>(file: &str, arrows: &'a [Arrow]) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        for arrow in arrows.iter().filter(|arrow| arrow.from == next) {
            if reached.insert(&*arrow.to) {
                open.push(&arrow.to);
            }
        }
    }
    reached
}

/// `read/hook.rs` as `[crate, read, hook]`; `lib.rs` is `[crate]`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let below = path.split('/').filter(|name| *name != "lib" && *name != "mod");
    std::iter::once("crate").chain(below).map(str::to_owned).collect()
}

/// Collects the paths into this crate among tokens of the module `here`.
fn collect(
    tokens: &[TokenTree],
    here: &[String],
    modules: &BTreeMap<Vec<String>, &str>,
    paths: &mut Vec<Vec<String>>,
) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(_), ..]
                if keyword == "mod" && name == "tests" =>
            {
                at += 3;
            }
            [TokenTree::Ident(first), rest @ ..] if is_path(rest) => {
                let before = at.checked_sub(1).and_then(|before| tokens.get(before));
                let begins = !before.is_some_and(is_colon);
                let start = begins.then(|| start(&first.to_string(), here, modules)).flatten();
                match start {
                    Some(start) => at += 1 + follow(rest, start, paths),
                    None => at += 1,
                }
            }
            [TokenTree::Group(group), ..] => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                collect(&inner, here, modules, paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Where a path that begins with `first` starts, if it is one into this crate.
fn start(first: &str, here: &[String], modules: &BTreeMap<Vec<String>, &str>) -> Option<Vec<String>> {
    let child: Vec<String> = here.iter().cloned().chain([first.to_owned()]).collect();
    match first {
        "crate" => Some(vec!["crate".to_owned()]),
        "self" => Some(here.to_vec()),
        "super" => Some(here[..here.len() - 1].to_vec()),
        _ => modules.contains_key(&child).then_some(child),
    }
}

/// Follows a path from behind its first segment, through the braces of a `use`. The result is the number of
/// tokens.
fn follow(tokens: &[TokenTree], mut path: Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let mut at = 0;
    while is_path(&tokens[at..]) {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(name)) if name == "super" => {
                path.pop();
            }
            Some(TokenTree::Ident(name)) if name == "self" => {}
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in
                    inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
                {
                    if let [TokenTree::Ident(first), rest @ ..] = branch {
                        let mut branch = path.clone();
                        match &*first.to_string() {
                            "self" => {}
                            "super" => drop(branch.pop()),
                            name => branch.push(name.to_owned()),
                        }
                        follow(rest, branch, paths);
                    }
                }
                return at + 3;
            }
            _ => break,
        }
        at += 3;
    }
    paths.push(path);
    at
}

/// Whether `::` comes next.
fn is_path(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [one, two, ..] if is_colon(one) && is_colon(two))
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}
