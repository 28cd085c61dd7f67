//! The path of the SDK in generated code.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::model::sdk_path::SdkPath;

impl SdkPath {
    /// The path with all its tokens at `span`, for code whose errors belong there.
    pub(super) fn at(&self, span: Span) -> TokenStream {
        respan(self.0.clone(), span)
    }
}

impl ToTokens for SdkPath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Moves tokens to `span`.
pub(super) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
            }
            // Keeps the resolution of names: `$crate` lives in its span.
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}
