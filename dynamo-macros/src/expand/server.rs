//! The component that serves an implementation of a contract.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::component::docs;
use super::mount::Handler;
use super::{lints, mount};
use crate::model::component::Component;
use crate::model::contract::Contract;
use crate::model::omitted::Omitted;

/// The server type and its `impl Component` and `impl Endpoints`.
pub(super) fn server(contract: &Contract, omitted: &Omitted) -> TokenStream {
    let Contract { component, server, endpoints, .. } = contract;
    let Component { krate, ident, visibility, client_attributes, .. } = component;
    let statements = mount::statements(krate, endpoints, omitted, Handler::Implementation(ident));
    let (client, lints, docs) = (&component.client, lints::deprecated(component.deprecated), docs(component));
    let deprecated = component.deprecated.then(|| quote!(, deprecated));
    let list = Ident::new("list", Span::mixed_site());
    let doc = format!(" Serves an implementation of [`{ident}`].");
    quote! {
        #[doc = #doc]
        #client_attributes
        #[derive(::core::fmt::Debug)]
        #visibility struct #server<Implementation>(::std::sync::Arc<Implementation>);

        #[allow(dead_code #deprecated)]
        impl<Implementation: #ident> #server<Implementation> {
            /// Makes a component of `implementation`, to be given to `DistributedRuntime::serve`.
            #[must_use]
            pub fn new(implementation: Implementation) -> Self {
                Self::from_arc(::std::sync::Arc::new(implementation))
            }

            /// Makes a component of a shared `implementation`.
            #[must_use]
            pub const fn from_arc(implementation: ::std::sync::Arc<Implementation>) -> Self {
                Self(implementation)
            }
        }

        #lints
        impl<Implementation: #ident> #krate::Component for #server<Implementation> {
            type Client = #client;
            #docs
        }

        #lints
        impl<Implementation: #ident> #krate::component::Endpoints for #server<Implementation> {
            fn mount(#list: &mut #krate::__private::Mount<Self>) {
                #statements
            }
        }
    }
}
