//! A hook of a component.

use proc_macro2::Ident;
use syn::Type;

use super::carried::Carried;

/// When a hook runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    OnStart,
    OnStop,
    Health,
}

impl HookKind {
    pub(crate) const ALL: [Self; 3] = [Self::OnStart, Self::OnStop, Self::Health];

    /// The name of its attribute and of the function that registers it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OnStart => "on_start",
            Self::OnStop => "on_stop",
            Self::Health => "health",
        }
    }
}

/// A method marked as a hook.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) method: Ident,
    pub(crate) carried: Carried,
    /// Whether it takes the runtime.
    pub(crate) runtime: bool,
    /// Its return type, if it is written out.
    pub(crate) output: Option<Type>,
}
