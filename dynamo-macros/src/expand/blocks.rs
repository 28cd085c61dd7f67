//! What several blocks of one component add: each is a trait implementation of its own, and the main one
//! calls the others.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::sdk_path::respan;
use crate::model::block::Block;
use crate::model::blocks::Blocks;
use crate::model::omitted::Omitted;
use crate::model::sdk_path::SdkPath;

/// The trait that a block implements.
pub(super) fn implemented(block: &Block, path: &TokenStream, at: Span) -> TokenStream {
    match &block.blocks {
        Blocks::Main(_) => quote_spanned!(at=> #path::component::Endpoints),
        Blocks::Part(part) => trait_of(&block.krate, "Part", part),
    }
}

/// What a block adds to its implementation, to the end of its `mount`, and beside it.
pub(super) fn blocks(block: &Block, omitted: &Omitted) -> (TokenStream, TokenStream, TokenStream) {
    let krate = &block.krate;
    let names = names(block, omitted);
    match &block.blocks {
        Blocks::Part(_) => {
            let constant = quote!(const NAMES: &'static [&'static str] = &[#names];);
            (constant, TokenStream::new(), TokenStream::new())
        }
        Blocks::Main(listed) => {
            let list = Ident::new("list", Span::mixed_site());
            let calls = listed.iter().map(|part| {
                let (span, part) = (located(part), trait_of(krate, "Part", part));
                quote_spanned!(span=> <Self as #part>::mount(#list);)
            });
            let calls = calls.collect();
            (TokenStream::new(), calls, beside(block, listed, &names))
        }
    }
}

/// Implements `Lists` for each part, and compares the names of all endpoints. A generic type is not known
/// here; its names are compared when it is served.
fn beside(block: &Block, listed: &[Ident], names: &TokenStream) -> TokenStream {
    let Block { krate, component, generics, .. } = block;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let mut code: TokenStream = listed
        .iter()
        .map(|part| {
            let lists = trait_of(krate, "Lists", part);
            quote! {
                #[allow(deprecated)]
                impl #impl_generics #lists for #component #where_clause {}
            }
        })
        .collect();
    if let (Some(first), true) = (listed.first(), generics.params.is_empty()) {
        let parts = listed.iter().map(|part| {
            let (span, part) = (located(part), trait_of(krate, "Part", part));
            // All of it at the part, so that a missing one is reported there, once.
            let component = respan(component.to_token_stream(), span);
            quote_spanned!(span=> <#component as #part>::NAMES)
        });
        let span = located(first);
        let path = krate.at(span);
        code.extend(quote_spanned! {span=>
            #[allow(deprecated)]
            const _: () = #path::__private::distinct(&[&[#names], #(#parts),*]);
        });
    }
    code
}

/// The names of the endpoints of this block.
fn names(block: &Block, omitted: &Omitted) -> TokenStream {
    block
        .endpoints
        .iter()
        .enumerate()
        .filter(|(at, endpoint)| endpoint.is_sound && !omitted.mounts.contains(at))
        .map(|(_, endpoint)| {
            let (cfg, name) = (&endpoint.carried.cfg, &endpoint.name);
            quote!(#cfg #name,)
        })
        .collect()
}

/// A trait of one part, at the name of the part.
fn trait_of(krate: &SdkPath, name: &str, part: &Ident) -> TokenStream {
    let span = located(part);
    let path = krate.at(span);
    let (name, text) = (Ident::new(name, span), part.to_string());
    let text = syn::LitStr::new(&text, span).to_token_stream();
    quote_spanned!(span=> #path::__private::#name<{ #path::__private::part(#text) }>)
}

fn located(part: &Ident) -> Span {
    Span::mixed_site().located_at(part.span())
}
