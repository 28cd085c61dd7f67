//! The attributes of a method that generated code repeats.

use proc_macro2::TokenStream;

/// What the generated code of a method takes over from its attributes.
pub(crate) struct Carried {
    /// The `#[cfg]`s, for every generated item of the method.
    pub(crate) cfg: TokenStream,
    /// The doc comment as text, for the description of the component.
    pub(crate) docs: Option<TokenStream>,
    /// Docs, `#[cfg]` and `#[deprecated]`, for the client's method.
    pub(crate) client: TokenStream,
    /// Whether `client` has docs.
    pub(crate) is_documented: bool,
}

impl Carried {
    /// Whether both methods can be part of one build, as far as their `#[cfg]`s tell.
    pub(crate) fn coexists_with(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.cfg.to_string(), other.cfg.to_string());
        ours.is_empty() || theirs.is_empty() || ours == theirs
    }
}
