//! What `#[client]` on fields adds: the constructor of the component, and the list of its dependencies.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::model::component::Component;

/// `Component::connect`, if the component has clients.
pub(super) fn constructor(component: &Component) -> Option<TokenStream> {
    let Component { krate, ident, visibility, generics, fields, .. } = component;
    let clients: Vec<String> = component.clients().map(|field| format!("`{}`", field.name)).collect();
    if clients.is_empty() {
        return None;
    }
    let doc = format!(" Makes the component: connects {} and takes the other fields.", clients.join(", "));
    // Hygienic, so that a field may have any name.
    let runtime = Ident::new("runtime", Span::mixed_site());
    let arguments = fields.iter().filter(|field| !field.is_client).map(|field| {
        let (cfg, name, ty) = (&field.cfg, &field.name, &field.ty);
        quote!(#cfg #name: #ty,)
    });
    let filled = fields.iter().map(|field| {
        let (cfg, name, ty) = (&field.cfg, &field.name, &field.ty);
        // At the type, where rustc then reports one that is no client.
        let connect = quote_spanned!(ty.span()=> <#ty as #krate::ComponentClient>::connect(#runtime).await?);
        if field.is_client { quote!(#cfg #name: #connect,) } else { quote!(#cfg #name,) }
    });
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    Some(quote! {
        #[allow(dead_code, deprecated, clippy::too_many_arguments)]
        impl #impl_generics #ident #type_generics #where_clause {
            #[doc = #doc]
            ///
            /// # Errors
            /// If the instances of a component cannot be watched.
            #visibility async fn connect(
                #runtime: &#krate::DistributedRuntime,
                #(#arguments)*
            ) -> #krate::Result<Self> {
                ::core::result::Result::Ok(Self { #(#filled)* })
            }
        }
    })
}

/// The constant that lists what the component depends on, if there is anything.
pub(super) fn list(component: &Component) -> Option<TokenStream> {
    let krate = &component.krate;
    let mut clients = component.clients().peekable();
    clients.peek()?;
    let ids = clients.map(|field| {
        let (cfg, ty) = (&field.cfg, &field.ty);
        let id = quote_spanned!(ty.span()=> <#ty as #krate::ComponentClient>::ID);
        quote!(#cfg #id,)
    });
    Some(quote!(const DEPENDENCIES: &'static [#krate::ComponentId] = &[#(#ids)*];))
}
