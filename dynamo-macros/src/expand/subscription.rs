//! The statement that subscribes a method to events.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::schemas;
use crate::model::sdk_path::SdkPath;
use crate::model::subscription::Subscription;

/// The statement that subscribes, at the name of the method, with the payload at the user's type: there rustc
/// reports a future that is not `Send` and a type that cannot be decoded.
pub(super) fn statement(krate: &SdkPath, subscription: &Subscription) -> TokenStream {
    let Subscription { topic, channel, method, carried, payload, takes_event, output } = subscription;
    let span = Span::mixed_site().located_at(method.span());
    let cfg = &carried.cfg;
    let list = Ident::new("list", Span::mixed_site());
    let passed =
        if *takes_event { quote_spanned!(span=> event) } else { quote_spanned!(span=> event.payload) };
    let output = output.as_ref().map(|ty| quote_spanned!(span=> ::<#ty>));
    let docs = carried.docs.as_ref().map(|docs| quote_spanned!(span=> .docs(#docs)));
    let schema = schemas::of_payload(krate, payload, span);
    let mut chain = TokenStream::new();
    for (setter, name) in [
        ("namespace", &channel.namespace),
        ("component", &channel.component),
        ("endpoint", &channel.endpoint),
    ] {
        if let Some(name) = name {
            let setter = Ident::new(setter, span);
            chain.extend(quote_spanned!(span=> .#setter(#name)));
        }
    }
    if channel.whole_namespace {
        chain.extend(quote_spanned!(span=> .whole_namespace()));
    }
    quote_spanned! {span=>
        #cfg #list.subscribe::<#payload>(#topic)
            .handler(|this, event, out| out.handled #output (Self::#method(this, #passed))) #chain #docs #schema;
    }
}
