//! Attributes that would expand or run an item twice.

use syn::{Attribute, Path};

use crate::errors::Errors;
use crate::syntax::attributes::conditional;

/// Removes and reports a second `#[name]` of this crate. After a `#[derive]` it may be a helper attribute of the
/// derive.
pub(crate) fn refuse_repeated(attributes: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> bool {
    let derived = attributes.iter().position(|attribute| attribute.path().is_ident("derive"));
    let candidates = derived.unwrap_or(attributes.len());
    let message = format!("this item has `#[{name}]` already; remove one");
    refuse(attributes, candidates, |path| is(path, name, &["dynamo_sdk"]), &message, errors)
}

/// Removes and reports attributes that also run the function, such as `#[tokio::main]`.
pub(crate) fn refuse_other_runners(attributes: &mut Vec<Attribute>, name: &str, errors: &mut Errors) {
    let candidates = attributes.len();
    let runs_it = |path: &Path| is(path, name, &["core", "std", "tokio", "async_std", "dynamo_sdk"]);
    let message = format!("`#[dynamo_sdk::{name}]` runs the function already; remove this attribute");
    refuse(attributes, candidates, runs_it, &message, errors);
    // It would add a `#[test]` of its own beside ours.
    let candidates = attributes.len();
    let wraps_it = |path: &Path| path.segments.first().is_some_and(|first| first.ident == "test_log");
    let message = format!("write `#[test_log::test(dynamo_sdk::{name})]` in place of both attributes");
    refuse(attributes, candidates, wraps_it, &message, errors);
}

/// Whether a path is this name, alone or in one of these crates.
fn is(path: &Path, name: &str, crates: &[&str]) -> bool {
    path.is_ident(name)
        || (path.segments.last().is_some_and(|last| last.ident == name)
            && path.segments.first().is_some_and(|first| crates.iter().any(|one| first.ident == one)))
}

/// Removes and reports those of the first `candidates` attributes that `is_meant` selects, also inside a
/// `cfg_attr`.
pub(super) fn refuse(
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
