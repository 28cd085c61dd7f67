//! Refuses `#[async_trait]`, which the macros do without.

use syn::{Attribute, Path, Signature};

use super::repeated::refuse;
use crate::errors::Errors;

const REMEDY: &str =
    "remove `#[async_trait]`: the methods of contracts and components are `async` as they are";

/// Refuses the attribute and takes it away, so that it does not change the item behind our back.
pub(super) fn refuse_async_trait(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    let candidates = attributes.len();
    let meant = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "async_trait");
    refuse(attributes, candidates, meant, REMEDY, errors);
}

/// Refuses methods that the attribute has changed already, because it stands above ours. One error for all.
pub(super) fn refuse_expanded<'a>(mut methods: impl Iterator<Item = &'a Signature>, errors: &mut Errors) {
    let changed = methods
        .find(|method| method.generics.lifetimes().any(|lifetime| lifetime.lifetime.ident == "async_trait"));
    if let Some(method) = changed {
        errors.at(&method.ident, REMEDY);
    }
}
