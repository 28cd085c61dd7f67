//! One function of a block as the user wrote it.
//!
//! Bodies are never parsed: a half-typed one (`self.` at the end) must not cost an editor the signatures of
//! the block.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility, token};

use super::tokens::{between, is_braces};

/// One item of an `impl` block, or one function.
pub(crate) struct Member {
    /// Its attributes, without the markers.
    pub(crate) attributes: Vec<Attribute>,
    /// Attributes of this crate, which are not emitted.
    pub(crate) markers: Vec<Attribute>,
    /// The function that it is, or why it cannot be read as one.
    pub(crate) function: syn::Result<Function>,
    /// All that follows the attributes, as written.
    pub(crate) tokens: TokenStream,
}

/// The outside of a function.
pub(crate) struct Function {
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The braces, or the `;` in a trait.
    pub(crate) body: TokenTree,
}

/// Whether a function may end with `;` instead of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Required,
    Optional,
}

impl Member {
    /// Reads one item that is a function, such as `async fn main() { … }`.
    pub(crate) fn parse_one(item: TokenStream) -> syn::Result<Self> {
        (|input: ParseStream<'_>| Self::parse(input, |_| false, Bodies::Required)).parse2(item)
    }

    pub(crate) fn parse(
        input: ParseStream<'_>,
        is_marker: fn(&Attribute) -> bool,
        bodies: Bodies,
    ) -> syn::Result<Self> {
        let ahead = input.fork();
        let (markers, attributes) = match ahead.call(Attribute::parse_outer) {
            Ok(attributes) => {
                input.advance_to(&ahead);
                attributes.into_iter().partition(is_marker)
            }
            // An attribute that is being typed goes through as it is, and the item behind it is read on its
            // own.
            Err(error) => {
                let tokens = [input.parse::<TokenTree>()?, input.parse::<TokenTree>()?].into_iter().collect();
                return Ok(Self { attributes: vec![], markers: vec![], function: Err(error), tokens });
            }
        };
        let begin = input.cursor();
        let ahead = input.fork();
        let function = Function::parse(&ahead, bodies);
        if function.is_ok() {
            input.advance_to(&ahead);
        } else {
            skip_item(input);
        }
        Ok(Self { attributes, markers, function, tokens: between(begin, input.cursor()) })
    }

    /// Whether it carries a marker.
    pub(super) fn is_marked(&self) -> bool {
        !self.markers.is_empty()
    }

    /// Whether `clippy::unused_async` can only apply because of a marker.
    pub(super) fn may_await_nothing(&self) -> bool {
        self.is_marked()
            || self.function.as_ref().is_ok_and(|function| function.signature.asyncness.is_none())
    }
}

impl Function {
    fn parse(input: ParseStream<'_>, bodies: Bodies) -> syn::Result<Self> {
        let visibility = input.parse()?;
        input.parse::<Option<Token![default]>>()?;
        let signature = input.parse()?;
        let ends = bodies == Bodies::Optional && input.peek(Token![;]);
        if !ends && !input.peek(token::Brace) {
            return Err(input.error("expected the body of the function"));
        }
        Ok(Self { visibility, signature, body: input.parse()? })
    }
}

/// Skips an item that we do not parse. Items end with braces or `;`. Stopping too early does no harm: the
/// rest is then skipped as another item, and all of it is emitted in order.
fn skip_item(input: ParseStream<'_>) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if is_braces(&token) || matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';') {
            return;
        }
    }
}
