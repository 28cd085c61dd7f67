//! A trait as the user wrote it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemTrait};

use super::member::{Bodies, Member};
use super::tokens::{between, is_braces};

/// A trait.
pub(crate) struct TraitBlock {
    /// Everything but its items, parsed; `items` is empty.
    pub(crate) head: ItemTrait,
    /// `#![…]` between the braces.
    pub(crate) inner_attributes: TokenStream,
    /// Its items.
    pub(crate) members: Vec<Member>,
}

impl TraitBlock {
    /// Reads a trait; `is_marker` selects the attributes of its items that are not emitted.
    pub(crate) fn parse(item: TokenStream, is_marker: fn(&Attribute) -> bool) -> syn::Result<Self> {
        let mut head: Vec<TokenTree> = item.into_iter().collect();
        let Some(TokenTree::Group(body)) = head.pop_if(|last| is_braces(last)) else {
            return Err(syn::Error::new(Span::call_site(), "expected a `trait` with braces"));
        };
        let head: TokenStream = head.into_iter().collect();
        let head = syn::parse2(quote!(#head {}))?;
        let read = |input: ParseStream<'_>| {
            let begin = input.cursor();
            input.call(Attribute::parse_inner)?;
            let inner_attributes = between(begin, input.cursor());
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(Member::parse(input, is_marker, Bodies::Optional)?);
            }
            Ok((inner_attributes, members))
        };
        let (inner_attributes, members) = read.parse2(body.stream())?;
        Ok(Self { head, inner_attributes, members })
    }
}

impl ToTokens for TraitBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let mut items = self.inner_attributes.clone();
        for Member { attributes, tokens, .. } in &self.members {
            items.extend(quote!(#(#attributes)* #tokens));
        }
        let mut head = self.head.clone();
        head.items = vec![syn::TraitItem::Verbatim(items)];
        head.to_tokens(tokens);
    }
}
