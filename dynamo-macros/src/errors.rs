//! Collects errors, so that one compilation reports all of them.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The errors so far. Dropping them unreported is a bug of this crate, and panics.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
}

impl Errors {
    /// Adds an error at `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// The number of errors, to compare before and after a step.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// One `compile_error!` per error.
    pub(crate) fn finish(mut self) -> TokenStream {
        std::mem::take(&mut self.found).into_iter().map(syn::Error::into_compile_error).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.found.is_empty(), "errors were found and not reported");
        }
    }
}
