//! The public surface of a crate as text: one line for each name, field, variant and method that a user can write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quote::ToTokens;
use syn::{Fields, ImplItem, Item, TraitItem, Type, Visibility};

use crate::krate::{Krate, Module, attributes};

/// The lines of the public surface of the crate `name`, sorted. What is hidden from the documentation is left out.
#[must_use]
pub fn surface(krate: &Krate, name: &str) -> Vec<String> {
    let mut surface = Surface::default();
    if let Some(root) = krate.modules.get(&Vec::new()) {
        walk(krate, root, name, &mut surface);
    }
    surface.lines.into_iter().collect()
}

#[derive(Default)]
struct Surface {
    lines: BTreeSet<String>,
    /// Under which path each definition was described: the path of its module and its name.
    described: BTreeMap<(Vec<String>, String), String>,
}

/// Adds what `module`, which is public as `path`, exports.
fn walk(krate: &Krate, module: &Module, path: &str, surface: &mut Surface) {
    let (uses, others): (Vec<_>, Vec<_>) = module.items.iter().partition(|item| matches!(item, Item::Use(_)));
    for item in uses.into_iter().chain(others) {
        if attributes(item).iter().any(|attribute| tidy(attribute).contains("doc(hidden)")) {
            continue;
        }
        match item {
            Item::Mod(inner) if is_public(&inner.vis) => {
                let mut inside = module.path.clone();
                inside.push(inner.ident.to_string());
                if let Some(inside) = krate.modules.get(&inside) {
                    surface.lines.insert(format!("mod {path}::{}", inner.ident));
                    walk(krate, inside, &format!("{path}::{}", inner.ident), surface);
                }
            }
            Item::Use(item) if is_public(&item.vis) => export(krate, module, item, path, surface),
            item => describe(krate, item, path, &mut surface.lines),
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Adds the names of one `pub use`.
fn export(krate: &Krate, module: &Module, item: &syn::ItemUse, path: &str, surface: &mut Surface) {
    let only = Module {
        path: module.path.clone(),
        file: module.file.clone(),
        lines: 0,
        items: vec![Item::Use(item.clone())],
    };
    let imports = krate.imports(&only);
    if imports.is_empty() {
        // Another crate's names.
        surface.lines.insert(format!("use {path}: {}", tidy(&item.tree)));
    }
    for import in imports {
        let Some((target, rest)) = krate.resolve(&import.path) else { continue };
        match rest.first() {
            None => {
                surface.lines.insert(format!("mod {path}::{}", import.name));
                walk(krate, target, &format!("{path}::{}", import.name), surface);
            }
            Some(wanted) => {
                match target.items.iter().find(|item| ident(item).is_some_and(|name| name == *wanted)) {
                    Some(item) => {
                        let (key, here) =
                            ((target.path.clone(), wanted.clone()), format!("{path}::{}", import.name));
                        match surface.described.get(&key) {
                            Some(there) => {
                                surface.lines.insert(format!("use {here} = {there}"));
                            }
                            None => {
                                surface.described.insert(key, here);
                                describe(krate, item, path, &mut surface.lines);
                            }
                        }
                    }
                    None => {
                        surface.lines.insert(format!("type {path}::{}", import.name));
                    }
                }
            }
        }
    }
}

fn ident(item: &Item) -> Option<String> {
    Some(match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// Adds the lines of one item that is public below `path`.
fn describe(krate: &Krate, item: &Item, path: &str, lines: &mut BTreeSet<String>) {
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            let name = format!("{path}::{}", item.ident);
            lines.insert(format!("struct {name}{}", tidy(&item.generics)));
            if let Fields::Named(fields) = &item.fields {
                for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                    let field_name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    lines.insert(format!("field {name}::{field_name}: {}", tidy(&field.ty)));
                }
            }
            methods(krate, &item.ident.to_string(), &name, lines);
        }
        Item::Enum(item) if is_public(&item.vis) => {
            let name = format!("{path}::{}", item.ident);
            lines.insert(format!("enum {name}{}", tidy(&item.generics)));
            for variant in &item.variants {
                let mut line = format!("variant {name}::{}", variant.ident);
                for field in &variant.fields {
                    let field_name =
                        field.ident.as_ref().map_or_else(String::new, |name| format!("{name}: "));
                    let _ = write!(line, " {field_name}{}", tidy(&field.ty));
                }
                lines.insert(line);
            }
            methods(krate, &item.ident.to_string(), &name, lines);
        }
        Item::Trait(item) if is_public(&item.vis) => {
            let name = format!("{path}::{}", item.ident);
            lines.insert(format!("trait {name}{}", tidy(&item.generics)));
            for inner in &item.items {
                match inner {
                    TraitItem::Fn(inner) => lines.insert(format!("method {name}: {}", tidy(&inner.sig))),
                    TraitItem::Const(inner) => {
                        lines.insert(format!("const {name}::{}: {}", inner.ident, tidy(&inner.ty)))
                    }
                    TraitItem::Type(inner) => lines.insert(format!("type {name}::{}", inner.ident)),
                    _ => false,
                };
            }
        }
        Item::Type(item) if is_public(&item.vis) => {
            lines.insert(format!("type {path}::{}{} = {}", item.ident, tidy(&item.generics), tidy(&item.ty)));
        }
        Item::Fn(item) if is_public(&item.vis) => {
            lines.insert(format!("fn {path}: {}", tidy(&item.sig)));
        }
        Item::Const(item) if is_public(&item.vis) => {
            lines.insert(format!("const {path}::{}: {}", item.ident, tidy(&item.ty)));
        }
        _ => {}
    }
}

/// Adds the public inherent methods of the type `name`, wherever the crate has them.
fn methods(krate: &Krate, name: &str, full: &str, lines: &mut BTreeSet<String>) {
    let items = krate.modules.values().flat_map(|module| &module.items);
    for item in items {
        let Item::Impl(block) = item else { continue };
        let Type::Path(ty) = &*block.self_ty else { continue };
        if block.trait_.is_some() || ty.path.segments.last().is_none_or(|last| last.ident != name) {
            continue;
        }
        for inner in &block.items {
            match inner {
                ImplItem::Fn(inner) if is_public(&inner.vis) => {
                    lines.insert(format!("method {full}: {}", tidy(&inner.sig)));
                }
                ImplItem::Const(inner) if is_public(&inner.vis) => {
                    lines.insert(format!("const {full}::{}: {}", inner.ident, tidy(&inner.ty)));
                }
                _ => {}
            }
        }
    }
}

/// Tokens as a person would space them.
fn tidy(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" , ", ", "),
        (" ,", ","),
        (" : ", ": "),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ;", ";"),
        ("-> (", "-> ("),
    ] {
        text = text.replace(from, to);
    }
    text.replace("->(", "-> (").replace("- >", "->")
}
