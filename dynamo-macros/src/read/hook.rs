//! The hooks of a component: methods of a block of endpoints that the runtime calls by itself.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, FnArg, Path, ReturnType, Type};

use crate::attr::grammar as args;

use crate::attr::grammar::Args;
use crate::errors::Errors;
use crate::read::endpoints;
use crate::read::inputs as signature;
use crate::read::inputs::{last_segment, peel};
use crate::syntax::impl_block::Member;

/// When a hook runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    OnStart,
    OnStop,
    Health,
}

impl When {
    const ALL: [Self; 3] = [Self::OnStart, Self::OnStop, Self::Health];

    /// The name of its attribute and of the function that registers it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OnStart => "on_start",
            Self::OnStop => "on_stop",
            Self::Health => "health",
        }
    }

    /// The form to write, with the user's name for it.
    fn form(self, method: &Ident) -> String {
        match self {
            Self::OnStart => {
                format!(
                    "`async fn {method}(&self, runtime: &DistributedRuntime) -> Result<(), E>`, with or without `runtime`"
                )
            }
            Self::OnStop => format!("`async fn {method}(&self)`"),
            Self::Health => format!("`async fn {method}(&self) -> Result<(), E>`, or `-> bool`"),
        }
    }

    /// The hook whose marker `path` is.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let last = path.segments.last()?;
        Self::ALL.into_iter().find(|when| last.ident == when.name())
    }
}

/// A method marked as a hook.
pub(crate) struct Hook {
    pub(crate) when: When,
    pub(crate) method: Ident,
    pub(crate) attributes: Vec<Attribute>,
    /// Whether it takes the runtime.
    pub(crate) runtime: bool,
    /// What it returns, if it says so.
    pub(crate) output: Option<Type>,
}

/// The hooks of a block, at most one of each kind.
pub(crate) fn read(members: &[Member], errors: &mut Errors) -> Vec<Hook> {
    let mut hooks: Vec<Hook> = Vec::new();
    for member in members {
        let Some(hook) = Hook::read(member, errors) else { continue };
        let first = hooks.iter().find(|other| other.when == hook.when && other.coexists_with(&hook));
        match first {
            Some(first) => errors.at(
                &hook.method,
                format_args!(
                    "this block has a `#[{}]` already: the method `{}`",
                    hook.when.name(),
                    first.method
                ),
            ),
            None => hooks.push(hook),
        }
    }
    hooks
}

impl Hook {
    /// Whether both are there in one build, as far as can be told.
    fn coexists_with(&self, other: &Self) -> bool {
        let cfg = |hook: &Self| crate::syntax::attributes::copied(&hook.attributes, &["cfg"]).to_string();
        let (ours, theirs) = (cfg(self), cfg(other));
        ours.is_empty() || theirs.is_empty() || ours == theirs
    }

    fn read(member: &Member, errors: &mut Errors) -> Option<Self> {
        for marker in member.markers.iter().filter(|marker| endpoints::is_hook(marker)) {
            if endpoints::refuse_conditional("a hook", marker, errors) {
                return None;
            }
        }
        let mut found = member.markers.iter().filter_map(|marker| Some((When::of(marker.path())?, marker)));
        let (when, marker) = found.next()?;
        let name = when.name();
        for (other, marker) in found {
            let other = other.name();
            errors.at(
                marker,
                format_args!("this method is `#[{name}]` already; write another one for `#[{other}]`"),
            );
        }
        args::of_attribute(&args::hook(name), marker, errors);
        let function = match &member.function {
            Ok(function) => function,
            Err(error) => {
                errors
                    .push(syn::Error::new(error.span(), format_args!("`#[{name}]` marks a method: {error}")));
                return None;
            }
        };
        let (method, signature) = (&function.signature.ident, &function.signature);
        let before = errors.count();
        let form = when.form(method);
        if signature.asyncness.is_none() {
            errors.at(signature.fn_token, format_args!("`#[{name}]` is asynchronous: write {form}"));
        }
        if !signature.generics.params.is_empty() {
            errors.at(&signature.generics, format_args!("`#[{name}]` is not generic: write {form}"));
        }
        let given: Vec<&FnArg> = signature.inputs.iter().collect();
        let runtime = match (given.split_first(), when) {
            (Some((FnArg::Receiver(receiver), rest)), _) => {
                signature::check_shared(receiver, &format!("`#[{name}]`"), errors);
                match (rest, when) {
                    ([], _) => false,
                    ([FnArg::Typed(argument)], When::OnStart) if is_runtime(&argument.ty) => true,
                    ([wrong, ..], _) => {
                        errors.at(wrong, format_args!("`#[{name}]` does not take this: write {form}"));
                        false
                    }
                }
            }
            _ => {
                errors.at(method, format_args!("`#[{name}]` takes `&self`: write {form}"));
                false
            }
        };
        check_output(when, method, &signature.output, &form, errors);
        let sound = errors.count() == before;
        sound.then(|| Self {
            when,
            method: method.clone(),
            attributes: member.attributes.clone(),
            runtime,
            output: signature::named_output(signature),
        })
    }
}

/// `&DistributedRuntime`, under whatever name: the last one of its path is enough to tell it from a mistake.
fn is_runtime(ty: &Type) -> bool {
    matches!(peel(ty), Type::Reference(reference) if reference.mutability.is_none()
        && last_segment(&reference.elem).is_some_and(|(name, _)| name.to_string().ends_with("Runtime")))
}

fn check_output(when: When, method: &Ident, output: &ReturnType, form: &str, errors: &mut Errors) {
    let name = when.name();
    match (when, output) {
        (When::OnStop, ReturnType::Type(_, ty)) if !matches!(peel(ty), Type::Tuple(unit) if unit.elems.is_empty()) =>
        {
            errors.at(
                ty,
                format_args!("`#[on_stop]` returns nothing, for nothing is left to be undone: write {form}"),
            );
        }
        (When::Health, ReturnType::Default) => {
            errors.at(method, format_args!("`#[{name}]` says how the component is: write {form}"));
        }
        _ => {}
    }
}

/// The whole of a hook's attribute where no `#[endpoints]` has consumed it.
pub(crate) fn stray_marker(when: When, args: &TokenStream, item: &TokenStream) -> TokenStream {
    let name = when.name();
    let mut errors = Errors::default();
    Args::parse(&args::hook(name), args.clone(), &mut errors);
    errors.push(syn::Error::new(
        Span::call_site(),
        format_args!(
            "`#[{name}]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block"
        ),
    ));
    let errors = errors.finish();
    quote!(#item #errors)
}
