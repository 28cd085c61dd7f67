//! A node of a pipeline as code.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::model::node::{Node, NodeKind};

/// The type, if it is generated for a function, and the implementation of the trait.
pub(super) fn node(node: &Node) -> TokenStream {
    let Node { kind, krate, ty, generics, arguments, output, function, name, generated, cfg } = node;
    let ty_item = generated.as_ref().map(|(attributes, visibility)| {
        quote! {
            #cfg
            #attributes
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
            #visibility struct #ty;
        }
    });
    let receiver = generated.is_none().then(|| quote!(self,));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    // rustc reports an argument of another kind at its type.
    let projected = |ty: &syn::Type, by: &str, part: &str| {
        let span = Span::call_site().located_at(ty.span());
        let (path, by, part) = (krate.at(span), syn::Ident::new(by, span), syn::Ident::new(part, span));
        quote_spanned!(span=> <#ty as #path::__private::#by>::#part)
    };
    let (value, error) = (projected(output, "Answer", "Value"), projected(output, "Answer", "Error"));
    // rustc reports a future that is not `Send` at the function.
    let at = Span::call_site().located_at(name.span());
    let span = Span::call_site().located_at(output.span());
    let path = krate.at(span);
    let body = match (kind, &arguments[..]) {
        (NodeKind::Operator, [request, next]) => {
            let up = projected(request, "Request", "Payload");
            let (down, below) = (projected(next, "Next", "In"), projected(next, "Next", "Out"));
            let call =
                quote_spanned!(span=> #path::__private::answered(#function(#receiver request, next).await));
            quote_spanned! {at=>
                impl #impl_generics #krate::pipeline::Operator<#up, #value, #down, #below> for #ty #where_clause {
                    async fn generate(&self, request: #request, next: #next) -> ::core::result::Result<#value, #krate::CallError> {
                        #call
                    }
                }
            }
        }
        (_, [request, ..]) => quote_spanned! {at=>
            impl #impl_generics #krate::engine::AsyncEngine<#request, #value, #error> for #ty #where_clause {
                async fn generate(&self, request: #request) -> ::core::result::Result<#value, #error> {
                    #function(#receiver request).await
                }
            }
        },
        _ => return TokenStream::new(),
    };
    quote! {
        #ty_item
        #cfg
        #[#krate::__private::async_trait]
        #body
    }
}
