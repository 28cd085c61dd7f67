//! Questions to types: names, arguments, bounds.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{ReturnType, Signature, Type, TypeParamBound};

use super::tokens::is_named_in_full;

/// What a reference refers to; any other type is itself.
pub(crate) fn referent(ty: &Type) -> &Type {
    if let Type::Reference(reference) = peel(ty) { peel(&reference.elem) } else { ty }
}

/// Whether a type is certainly data, and not an alias of `Context`.
pub(crate) fn is_plain(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "String", "Vec", "Option", "HashMap", "BTreeMap",
    ];
    last_segment(ty).is_none_or(|(name, _)| PLAIN.iter().any(|plain| name == plain))
}

/// Whether the last name of a type is this.
pub(crate) fn is_named(ty: &Type, wanted: &str) -> bool {
    last_segment(ty).is_some_and(|(name, _)| name == wanted)
}

/// Whether a bound is the trait of this name.
pub(crate) fn is_bound(bound: &TypeParamBound, name: &str) -> bool {
    matches!(bound, TypeParamBound::Trait(bound)
        if bound.path.segments.last().is_some_and(|segment| segment.ident == name))
}

/// A type without the parentheses and the invisible groups that macros put around it.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// The last name of a path and the types between its `<>`.
pub(crate) fn last_segment(ty: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let Type::Path(path) = peel(ty) else { return None };
    let segment = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some((&segment.ident, Vec::new()));
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some((&segment.ident, types.collect()))
}

/// A type as the user wrote it, for a message.
pub(crate) fn text(ty: &Type) -> String {
    plain(ty)
}

/// Tokens as the user wrote them, for a message.
pub(crate) fn plain(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, plain) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        (" (", "("),
    ] {
        text = text.replace(spaced, plain);
    }
    text
}
/// The return type of a function, if it is there and written out in full.
pub(crate) fn named_output(signature: &Signature) -> Option<Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if is_named_in_full(ty) => Some((**ty).clone()),
        _ => None,
    }
}
