//! What the user wrote, kept as tokens, with as much of it parsed as the model needs.
//!
//! Bodies are never parsed: a half-typed one (`self.` at the end) must not cost an editor the signatures of the block.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::buffer::Cursor;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemImpl, Signature, Token, Visibility, token};

/// An `impl` block.
pub(crate) struct ImplBlock {
    /// What is emitted of its attributes.
    pub(crate) attributes: Vec<Attribute>,
    /// Everything else before the braces, parsed; `items` and `attrs` are empty.
    pub(crate) head: ItemImpl,
    /// What is between the braces.
    pub(crate) members: Vec<Member>,
    /// What stands between the attributes and the braces, as written.
    head_tokens: TokenStream,
    inner_attributes: TokenStream,
    body: Group,
}

/// One item of an `impl` block, or one function.
pub(crate) struct Member {
    /// Its attributes, without ours.
    pub(crate) attributes: Vec<Attribute>,
    /// Ours, which are not emitted.
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
    /// The braces and what is in them; in a trait it may be the `;` instead.
    pub(crate) body: TokenTree,
}

/// Whether a function may end with `;` instead of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Required,
    Optional,
}

impl ImplBlock {
    /// Reads an `impl` block; `is_marker` tells which attributes of its items are ours.
    pub(crate) fn parse(item: TokenStream, is_marker: fn(&Attribute) -> bool) -> syn::Result<Self> {
        let mut head_tokens: Vec<TokenTree> = item.into_iter().collect();
        let Some(TokenTree::Group(body)) = head_tokens.pop_if(|last| is_braces(last)) else {
            return Err(syn::Error::new(proc_macro2::Span::call_site(), "expected an `impl` block"));
        };
        let head_tokens: TokenStream = head_tokens.into_iter().collect();
        let mut head: ItemImpl = syn::parse2(quote!(#head_tokens {}))?;
        let split = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_outer)?, input.parse()?));
        let (attributes, head_tokens) = split.parse2(head_tokens)?;
        head.attrs.clear();
        let read = |input: ParseStream<'_>| {
            let begin = input.cursor();
            input.call(Attribute::parse_inner)?;
            let inner_attributes = between(begin, input.cursor());
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(Member::parse(input, is_marker, Bodies::Required)?);
            }
            Ok((inner_attributes, members))
        };
        let (inner_attributes, members) = read.parse2(body.stream())?;
        Ok(Self { attributes, head, members, head_tokens, inner_attributes, body })
    }
}

impl ToTokens for ImplBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        // Where the block has nothing else that the lint looks at, it is said once.
        let whole =
            self.members.iter().any(Member::is_marked) && self.members.iter().all(Member::may_await_nothing);
        let lint = lint();
        if whole {
            lint.to_tokens(tokens);
        }
        let mut body = self.inner_attributes.clone();
        for member in &self.members {
            for attribute in &member.attributes {
                attribute.to_tokens(&mut body);
            }
            if member.is_marked() && !whole {
                lint.to_tokens(&mut body);
            }
            member.tokens.to_tokens(&mut body);
        }
        let mut group = Group::new(Delimiter::Brace, body);
        group.set_span(self.body.span());
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.head_tokens.to_tokens(tokens);
        group.to_tokens(tokens);
    }
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
            // An attribute that is being typed goes through as it is, and the item behind it is read on its own.
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

    fn is_marked(&self) -> bool {
        !self.markers.is_empty()
    }

    /// Whether it is no asynchronous function of which the author decides that it is one.
    fn may_await_nothing(&self) -> bool {
        self.is_marked()
            || self.function.as_ref().is_ok_and(|function| function.signature.asyncness.is_none())
    }
}

/// It is the marker that asks for `async`, also where nothing is awaited.
fn lint() -> TokenStream {
    quote!(#[allow(clippy::unused_async)])
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

/// Goes behind an item that is not ours to understand. Items end with braces or `;`, and where this ends too early the
/// rest is taken for another such item, which does not matter: all of it is emitted in order.
fn skip_item(input: ParseStream<'_>) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if is_braces(&token) || matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';') {
            return;
        }
    }
}

pub(crate) fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The tokens from one place to a later one.
pub(crate) fn between(mut begin: Cursor<'_>, end: Cursor<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while begin != end {
        let Some((token, next)) = begin.token_tree() else { break };
        token.to_tokens(&mut tokens);
        begin = next;
    }
    tokens
}
