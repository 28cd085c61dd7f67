//! The markers on the methods of a block: which are ours, and what each marks.

use syn::{Attribute, Meta, Path};

use crate::errors::Errors;
use crate::model::hook::HookKind;
use crate::syntax::attributes::conditional;
use crate::syntax::types::plain;

/// Whether an attribute is ours, also inside a `cfg_attr`: that expands after us and would leave a stray
/// marker.
pub(super) fn is_marker(attribute: &Attribute) -> bool {
    is_endpoint(attribute.path()) || is_listener(attribute) || conditional_marker(attribute).is_some()
}

/// Whether an attribute marks a hook, also inside a `cfg_attr`.
pub(super) fn is_hook(attribute: &Attribute) -> bool {
    hook_kind(attribute.path()).is_some()
        || conditional_marker(attribute).is_some_and(|(_, marker)| hook_kind(marker.path()).is_some())
}

/// Whether an attribute marks a method that the runtime calls: a hook or a subscription.
pub(super) fn is_listener(attribute: &Attribute) -> bool {
    is_hook(attribute)
        || is_subscription(attribute.path())
        || conditional_marker(attribute).is_some_and(|(_, marker)| is_subscription(marker.path()))
}

/// Whether a path is `subscribe`.
pub(super) fn is_subscription(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "subscribe")
}

/// The hook that a path marks.
pub(super) fn hook_kind(path: &Path) -> Option<HookKind> {
    let last = path.segments.last()?;
    HookKind::ALL.into_iter().find(|kind| last.ident == kind.name())
}

/// Reports a marker inside a `cfg_attr`.
pub(super) fn refuse_conditional(attribute: &Attribute, errors: &mut Errors) -> bool {
    let Some((predicate, marker)) = conditional_marker(attribute) else { return false };
    let (condition, marker_text) = (plain(&predicate), plain(&marker));
    errors.at(
        &marker,
        format_args!(
            "a marker cannot be conditional on its own: write `#[cfg({condition})] #[{marker_text}]`"
        ),
    );
    true
}

fn is_endpoint(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "endpoint")
}

/// The predicate and the marker of `#[cfg_attr(predicate, endpoint)]` and its like.
fn conditional_marker(attribute: &Attribute) -> Option<(Meta, Meta)> {
    let (predicate, metas) = conditional(&attribute.meta)?;
    metas
        .into_iter()
        .find(|meta| {
            let path = meta.path();
            is_endpoint(path) || hook_kind(path).is_some() || is_subscription(path)
        })
        .map(|marker| (predicate, marker))
}
