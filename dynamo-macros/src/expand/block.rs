//! What `#[endpoints]` adds: `impl Endpoints` with one statement per endpoint, and the methods of the client.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::mount::Handler;
use super::{blocks, client, hook, lints, mount, subscription};
use crate::model::block::Block;
use crate::model::omitted::Omitted;

/// The code of a block of endpoints.
pub(super) fn block(block: &Block, omitted: &Omitted) -> TokenStream {
    let Block { krate, component, at, generics, client, deprecated, .. } = block;
    let statements = mount::statements(krate, &block.endpoints, omitted, Handler::Component);
    let methods = client::methods(krate, &block.endpoints, omitted);
    let listeners = listeners(block, omitted);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let at = Span::mixed_site().located_at(*at);
    let path = krate.at(at);
    let list = Ident::new("list", at);
    // Only components have a `Mount`. A forgotten `#[component]` is reported here, at the name of the type,
    // and once: the statements then have no type to be checked against.
    let head = quote_spanned!(at=> fn mount(#list: &mut #path::__private::Mount<Self>));
    let implemented = blocks::implemented(block, &path, at);
    let (constant, calls, beside) = blocks::blocks(block, omitted);
    let lints = lints::deprecated(*deprecated);
    let client_lints = lints::client(*deprecated);
    quote! {
        #lints
        impl #impl_generics #implemented for #component #where_clause {
            #constant
            #head {
                #statements
                #calls
                #listeners
            }
        }

        #beside

        #client_lints
        impl #client {
            #methods
        }
    }
}

/// The statements of hooks and subscriptions.
fn listeners(block: &Block, omitted: &Omitted) -> TokenStream {
    let kept = |left_out: &[usize], at: usize| !left_out.contains(&at);
    let hooks = block.hooks.iter().enumerate().filter(|(at, _)| kept(&omitted.hooks, *at));
    let subscriptions =
        block.subscriptions.iter().enumerate().filter(|(at, _)| kept(&omitted.subscriptions, *at));
    hooks
        .map(|(_, one)| hook::statement(one))
        .chain(subscriptions.map(|(_, one)| subscription::statement(&block.krate, one)))
        .collect()
}
