//! Where generated code finds the SDK: `::dynamo_sdk`, or what `crate = …` says.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::attr::grammar::Args;
use crate::errors::Errors;

/// The path of the SDK, which begins at the root of a crate and so means the same in every module.
pub(crate) struct SdkPath(TokenStream);

impl SdkPath {
    /// Reads `crate = …`.
    pub(crate) fn read(args: &Args, errors: &mut Errors) -> Self {
        let Some(path) = args.path("crate") else { return Self(quote!(::dynamo_sdk)) };
        if let Some(remedy) = relative(path) {
            errors.at(path, remedy);
            return Self(quote!(::dynamo_sdk));
        }
        Self(path.to_token_stream())
    }

    /// The path with all its tokens at `span`, for code whose errors belong there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        respan(self.0.clone(), span)
    }
}

impl ToTokens for SdkPath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Why a path that depends on the module it stands in is refused, and what to write instead.
fn relative(path: &Path) -> Option<String> {
    let first = path.segments.first()?.ident.to_string();
    // `$crate` is how a `macro_rules!` of a re-exporting crate names itself.
    if path.leading_colon.is_some() || first == "crate" || first == "$crate" {
        return None;
    }
    Some(if first == "super" || first == "self" {
        format!("`crate` takes a path that begins at the root, not at `{first}`: write `crate = crate::…`")
    } else {
        let path =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
        format!("`crate` takes an absolute path: write `crate = ::{path}`, or `crate = crate::{path}`")
    })
}

/// The same tokens, all of them at `span`.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
            }
            // Where a name is looked up stays as it was: `$crate` lives in its span.
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}
