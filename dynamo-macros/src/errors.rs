//! Collects everything that is wrong, so that one compile tells all of it.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The problems found so far. It has to be finished: dropping problems unseen is a bug of this crate.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
}

impl Errors {
    /// Adds a problem that is underlined at `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a problem that has its span already.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// How many there are; tells whether a step has added any.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// One `compile_error!` per problem.
    pub(crate) fn finish(mut self) -> TokenStream {
        std::mem::take(&mut self.found).into_iter().map(syn::Error::into_compile_error).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.found.is_empty(), "problems were found and not reported");
        }
    }
}
