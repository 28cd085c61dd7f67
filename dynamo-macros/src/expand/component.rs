//! What `#[component]` adds: the client type and `impl Component`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Generics, parse_quote};

use super::dependencies;
use crate::component::Component;
use crate::sdk_path::SdkPath;

/// The code of a component.
pub(crate) fn component(component: &Component) -> TokenStream {
    let doc = format!(" Calls the endpoints of [`{}`] from anywhere in the system.", component.ident);
    let local = local(&component.krate, &component.ident, &component.generics);
    let client = client(component, &doc, &local);
    let implementation = implementation(component);
    let constructor = dependencies::constructor(component);
    quote!(#client #implementation #constructor)
}

/// The client type; `local` makes one that needs no runtime.
pub(super) fn client(component: &Component, doc: &str, local: &TokenStream) -> TokenStream {
    let Component { krate, client, visibility, client_attributes, .. } = component;
    let id = id(component);
    let doc = doc.lines();
    quote! {
        #(#[doc = #doc])*
        #client_attributes
        #[allow(dead_code)]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #visibility struct #client {
            client: #krate::Client,
        }

        #[allow(dead_code, deprecated)]
        impl #client {
            /// The component that this client calls.
            pub const ID: #krate::ComponentId = #id;

            /// Finds the component through `runtime`.
            ///
            /// # Errors
            /// If its instances cannot be watched.
            pub async fn connect(runtime: &#krate::DistributedRuntime) -> #krate::Result<Self> {
                ::core::result::Result::Ok(Self { client: #krate::Client::connect(runtime, Self::ID).await? })
            }

            #local

            /// Calls engines made by hand.
            pub fn from_engine(double: #krate::Double) -> Self {
                Self { client: #krate::Client::from_engine(Self::ID, double) }
            }
        }

        #[allow(deprecated)]
        #[automatically_derived]
        impl ::core::ops::Deref for #client {
            type Target = #krate::Client;

            fn deref(&self) -> &#krate::Client {
                &self.client
            }
        }

        #[allow(deprecated)]
        #[automatically_derived]
        impl ::core::convert::From<#krate::Client> for #client {
            fn from(client: #krate::Client) -> Self {
                Self { client }
            }
        }
    }
}

/// The client of a component without a runtime. It has the parameters of the component, which the client has not.
fn local(krate: &SdkPath, ident: &Ident, generics: &Generics) -> TokenStream {
    let (_, type_generics, _) = generics.split_for_impl();
    let mut bounded = generics.clone();
    if !bounded.params.is_empty() {
        bounded.make_where_clause().predicates.push(parse_quote!(#ident #type_generics: #krate::Component));
    }
    let (impl_generics, _, where_clause) = bounded.split_for_impl();
    quote! {
        /// Calls `component` itself, without a runtime.
        pub fn local #impl_generics (component: #ident #type_generics) -> Self #where_clause {
            Self { client: #krate::Client::local(component) }
        }
    }
}

/// The identity. It is a constant of a type that is never generic, so that the compiler evaluates it; should that fail,
/// the error is at the name that was written.
fn id(component: &Component) -> TokenStream {
    let Component { krate, namespace, name, .. } = component;
    let span = Span::mixed_site().located_at(name.span());
    let path = krate.at(span);
    quote::quote_spanned!(span=> #path::ComponentId::from_static(#namespace, #name))
}

fn implementation(component: &Component) -> TokenStream {
    let Component { krate, ident, client, generics, .. } = component;
    let path = krate.at(Span::mixed_site().located_at(ident.span()));
    let docs = component.docs.as_ref().map(|docs| quote!(const DOCS: &'static str = #docs;));
    let dependencies = dependencies::list(component);
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        // A generic type is a component where its endpoints are there, whatever bounds their block has.
        generics.make_where_clause().predicates.push(parse_quote!(Self: #krate::Endpoints));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[allow(deprecated)]
        #[automatically_derived]
        impl #impl_generics #path::Component for #ident #type_generics #where_clause {
            const ID: #krate::ComponentId = #client::ID;
            #docs
            #dependencies
        }
    }
}
