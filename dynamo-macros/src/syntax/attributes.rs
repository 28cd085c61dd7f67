//! Questions to attributes, and copies of them for generated code.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// The attributes whose name is in `names`, also those inside a `cfg_attr`.
pub(crate) fn copied(attributes: &[Attribute], names: &[&str]) -> TokenStream {
    attributes
        .iter()
        .filter_map(|attribute| copy(&attribute.meta, names))
        .map(|meta| quote!(#[#meta]))
        .collect()
}

/// Whether one of them is the attribute `name`.
pub(crate) fn has(attributes: &[Attribute], name: &str) -> bool {
    !copied(attributes, &[name]).is_empty()
}

/// Whether the item is deprecated or may name deprecated items, so that generated code may too.
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
