//! Which attributes of the user's item also go on what is generated for it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Path, Token};

use crate::errors::Errors;

/// The attributes whose name is in `names`, also those inside a `cfg_attr`.
pub(crate) fn copied(attributes: &[Attribute], names: &[&str]) -> TokenStream {
    attributes
        .iter()
        .filter_map(|attribute| copy(&attribute.meta, names))
        .map(|meta| quote!(#[#meta]))
        .collect()
}

/// The doc comments, as one text; nothing if there are none.
pub(crate) fn docs(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let lines = lines.iter().flat_map(|text| text.lines().chain(text.is_empty().then_some("")));
    let text = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether one of them is the attribute `name`.
pub(crate) fn has(attributes: &[Attribute], name: &str) -> bool {
    !copied(attributes, &[name]).is_empty()
}

/// Takes away what would expand an item a second time as `#[name]` of ours, and tells of it. Behind a `#[derive]` it may be
/// a helper of that.
pub(crate) fn refuse_repeated(attributes: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> bool {
    let derived = attributes.iter().position(|attribute| attribute.path().is_ident("derive"));
    let candidates = derived.unwrap_or(attributes.len());
    let message = format!("this item has `#[{name}]` already; remove one");
    refuse(attributes, candidates, |path| is(path, name, &["dynamo_sdk"]), &message, errors)
}

/// Takes away what would run a function that `#[dynamo_sdk::name]` runs, and tells of it.
pub(crate) fn refuse_other_runners(attributes: &mut Vec<Attribute>, name: &str, errors: &mut Errors) {
    let candidates = attributes.len();
    let runs_it = |path: &Path| is(path, name, &["core", "std", "tokio", "async_std", "dynamo_sdk"]);
    let message = format!("`#[dynamo_sdk::{name}]` runs the function already; remove this");
    refuse(attributes, candidates, runs_it, &message, errors);
}

/// Whether a path is this name, alone or in one of these crates.
fn is(path: &Path, name: &str, crates: &[&str]) -> bool {
    path.is_ident(name)
        || (path.segments.last().is_some_and(|last| last.ident == name)
            && path.segments.first().is_some_and(|first| crates.iter().any(|one| first.ident == one)))
}

/// Takes away those of the first `candidates` attributes that are meant, also inside a `cfg_attr`.
fn refuse(
    attributes: &mut Vec<Attribute>,
    candidates: usize,
    is_meant: impl Fn(&Path) -> bool,
    message: &str,
    errors: &mut Errors,
) -> bool {
    let before = attributes.len();
    let mut at = 0;
    attributes.retain(|attribute| {
        at += 1;
        let meant = is_meant(attribute.path())
            || conditional(&attribute.meta)
                .is_some_and(|(_, metas)| metas.iter().any(|meta| is_meant(meta.path())));
        if at <= candidates && meant {
            errors.at(attribute, message);
        }
        !(at <= candidates && meant)
    });
    attributes.len() < before
}

/// Whether the item is deprecated or may name what is, so that generated code may too.
pub(crate) fn mention_deprecated(attributes: &[Attribute]) -> bool {
    has(attributes, "deprecated")
        || attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")).any(|attribute| {
            copy(&attribute.meta, &["allow", "expect"])
                .is_some_and(|lints| lints.to_string().contains("deprecated"))
        })
}

fn copy(meta: &Meta, names: &[&str]) -> Option<TokenStream> {
    let path = meta.path();
    if names.iter().any(|name| path.is_ident(name)) {
        return Some(quote!(#meta));
    }
    let (predicate, inner) = conditional(meta)?;
    let inner: Vec<TokenStream> = inner.iter().filter_map(|meta| copy(meta, names)).collect();
    (!inner.is_empty()).then(|| quote!(#path(#predicate, #(#inner),*)))
}

/// The attributes inside a `#[cfg_attr(predicate, …)]`, and its predicate.
pub(crate) fn conditional(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let mut metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?.into_iter();
    Some((metas.next()?, metas.collect()))
}
