//! An `impl` block as the user wrote it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemImpl};

use super::member::{Bodies, Member};
use super::tokens::{between, is_braces};

/// An `impl` block.
pub(crate) struct ImplBlock {
    /// Its attributes, as emitted.
    pub(crate) attributes: Vec<Attribute>,
    /// Everything else before the braces, parsed; `items` and `attrs` are empty.
    pub(crate) head: ItemImpl,
    /// Its items.
    pub(crate) members: Vec<Member>,
    /// The tokens between the attributes and the braces.
    head_tokens: TokenStream,
    inner_attributes: TokenStream,
    body: Group,
}

impl ImplBlock {
    /// Reads an `impl` block; `is_marker` selects the attributes of its items that are not emitted.
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
        // One `allow` on the block where the lint applies to endpoints only, one per endpoint otherwise.
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

/// The marker requires `async` even if the method awaits nothing.
fn lint() -> TokenStream {
    quote!(#[allow(clippy::unused_async)])
}
