//! What `#[component]` adds: the client type and `impl Component`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse_quote;

use super::{fields, lints};
use crate::model::component::Component;

/// The code of a component.
pub(super) fn component(component: &Component) -> TokenStream {
    let doc = format!(" Calls the endpoints of [`{}`] from anywhere in the system.", component.ident);
    let client = client(component, &doc);
    let implementation = implementation(component);
    let constructor = fields::constructor(component);
    quote!(#client #implementation #constructor)
}

/// The client type.
pub(super) fn client(component: &Component, doc: &str) -> TokenStream {
    let Component { krate, client, visibility, client_attributes, .. } = component;
    let lints = lints::deprecated(component.deprecated);
    let id = id(component);
    let doc = doc.lines();
    let this = Ident::new("this", Span::mixed_site());
    quote! {
        #(#[doc = #doc])*
        #client_attributes
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #visibility struct #client(#krate::Client);

        #lints
        impl #krate::ComponentClient for #client {
            const ID: #krate::ComponentId = #id;
            const NEW: fn(#krate::Client) -> Self = Self;
            const CLIENT: fn(&Self) -> &#krate::Client = |#this| &#this.0;
        }
    }
}

/// The identity, at the name that the user wrote: an error of const evaluation is then reported there.
fn id(component: &Component) -> TokenStream {
    let Component { krate, namespace, name, .. } = component;
    let span = Span::mixed_site().located_at(name.span());
    let path = krate.at(span);
    quote::quote_spanned!(span=> #path::__private::id(#namespace, #name))
}

/// The doc comment as data, if there is one.
pub(super) fn docs(component: &Component) -> Option<TokenStream> {
    component.docs.as_ref().map(|docs| quote!(const DOCS: &'static str = #docs;))
}

fn implementation(component: &Component) -> TokenStream {
    let Component { krate, ident, client, generics, .. } = component;
    let lints = lints::deprecated(component.deprecated);
    let path = krate.at(Span::mixed_site().located_at(ident.span()));
    let docs = docs(component);
    let dependencies = fields::list(component);
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        // A generic type is a component wherever the bounds of its block of endpoints hold.
        generics.make_where_clause().predicates.push(
            parse_quote!(Self: #krate::component::Endpoints + ::core::marker::Send + ::core::marker::Sync + 'static),
        );
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #lints
        impl #impl_generics #path::Component for #ident #type_generics #where_clause {
            type Client = #client;
            #docs
            #dependencies
        }
    }
}
