//! Reads the hooks of a block: methods that the runtime calls.

use proc_macro2::Ident;
use syn::{FnArg, ReturnType, Signature, Type};

use super::carried;
use super::markers::{hook_kind, is_hook, refuse_conditional};
use super::receiver::check_shared;
use crate::attr::args::of_marker;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::hook::{Hook, HookKind};
use crate::syntax::member::Member;
use crate::syntax::types::{last_segment, named_output, peel};

/// Reads the hooks of a block.
pub(super) fn read(members: &[Member], errors: &mut Errors) -> Vec<Hook> {
    members.iter().filter_map(|member| of_method(member, errors)).collect()
}

const fn attribute_of(kind: HookKind) -> Attribute {
    match kind {
        HookKind::OnStart => Attribute::OnStart,
        HookKind::OnStop => Attribute::OnStop,
        HookKind::Health => Attribute::Health,
    }
}

/// The form to write, with the user's name for it.
fn form(kind: HookKind, method: &Ident) -> String {
    match kind {
        HookKind::OnStart => {
            format!(
                "`async fn {method}(&self, runtime: &DistributedRuntime) -> Result<(), E>`, with or \
                 without `runtime`"
            )
        }
        HookKind::OnStop => format!("`async fn {method}(&self)`"),
        HookKind::Health => format!("`async fn {method}(&self) -> Result<(), E>`, or `-> bool`"),
    }
}

/// Reads the hook that a method is.
fn of_method(member: &Member, errors: &mut Errors) -> Option<Hook> {
    for marker in member.markers.iter().filter(|marker| is_hook(marker)) {
        if refuse_conditional(marker, errors) {
            return None;
        }
    }
    let mut found = member.markers.iter().filter_map(|marker| Some((hook_kind(marker.path())?, marker)));
    let (kind, marker) = found.next()?;
    let name = kind.name();
    for (other, marker) in found {
        let other = other.name();
        errors.at(
            marker,
            format_args!("this method is `#[{name}]` already: write another method for `#[{other}]`"),
        );
    }
    of_marker(attribute_of(kind), marker, errors);
    let function = match &member.function {
        Ok(function) => function,
        Err(error) => {
            errors.push(syn::Error::new(error.span(), format_args!("`#[{name}]` marks a method: {error}")));
            return None;
        }
    };
    let (method, signature) = (&function.signature.ident, &function.signature);
    let before = errors.count();
    let form = form(kind, method);
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format_args!("`#[{name}]` must be async: write {form}"));
    }
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics, format_args!("`#[{name}]` cannot be generic: write {form}"));
    }
    let runtime = takes_runtime(kind, signature, &form, errors);
    check_output(kind, method, &signature.output, &form, errors);
    let sound = errors.count() == before;
    sound.then(|| Hook {
        kind,
        method: method.clone(),
        carried: carried::read(&member.attributes),
        runtime,
        output: named_output(signature),
    })
}

/// Checks the arguments of a hook. Whether it takes the runtime.
fn takes_runtime(kind: HookKind, signature: &Signature, form: &str, errors: &mut Errors) -> bool {
    let (name, method) = (kind.name(), &signature.ident);
    let given: Vec<&FnArg> = signature.inputs.iter().collect();
    match (given.split_first(), kind) {
        (Some((FnArg::Receiver(receiver), rest)), _) => {
            check_shared(receiver, &format!("`#[{name}]`"), errors);
            match (rest, kind) {
                ([], _) => false,
                ([FnArg::Typed(argument)], HookKind::OnStart) if is_runtime(&argument.ty) => true,
                ([wrong, ..], _) => {
                    errors.at(wrong, format_args!("unexpected argument of `#[{name}]`: write {form}"));
                    false
                }
            }
        }
        _ => {
            errors.at(method, format_args!("`#[{name}]` must take `&self`: write {form}"));
            false
        }
    }
}

/// Whether a type is `&DistributedRuntime`, possibly renamed: a name that ends with `Runtime` is no mistake.
fn is_runtime(ty: &Type) -> bool {
    matches!(peel(ty), Type::Reference(reference) if reference.mutability.is_none()
        && last_segment(&reference.elem).is_some_and(|(name, _)| name.to_string().ends_with("Runtime")))
}

fn check_output(kind: HookKind, method: &Ident, output: &ReturnType, form: &str, errors: &mut Errors) {
    let name = kind.name();
    match (kind, output) {
        (HookKind::OnStop, ReturnType::Type(_, ty)) if !is_unit(ty) => {
            errors.at(ty, format_args!("`#[on_stop]` cannot return a value: write {form}"));
        }
        (HookKind::Health, ReturnType::Default) => {
            errors.at(
                method,
                format_args!("`#[{name}]` must return the health of the component: write {form}"),
            );
        }
        _ => {}
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(peel(ty), Type::Tuple(unit) if unit.elems.is_empty())
}
