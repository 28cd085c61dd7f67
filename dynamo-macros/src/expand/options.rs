//! The options of an endpoint, as calls of their setters.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use crate::model::options::{OnDisconnect, Options};

/// One setter per option that is given.
pub(super) fn setters(options: &Options, request: &Type, span: Span) -> TokenStream {
    let Options { timeout_ms, max_in_flight, on_disconnect, idempotent, cpu, canary, pipeline: _ } = options;
    let mut chain = TokenStream::new();
    if let Some(limit) = timeout_ms {
        let limit = Literal::u64_unsuffixed(*limit);
        chain.extend(quote_spanned!(span=> .timeout_ms(#limit)));
    }
    if let Some((running, queue)) = max_in_flight {
        let queue = queue.as_ref().map_or_else(|| quote!(0), ToTokens::to_token_stream);
        chain.extend(quote_spanned!(span=> .max_in_flight(#running, #queue)));
    }
    match on_disconnect {
        Some(OnDisconnect::Stop) => chain.extend(quote_spanned!(span=> .stop_on_disconnect())),
        Some(OnDisconnect::Ignore) => chain.extend(quote_spanned!(span=> .ignore_disconnect())),
        None => {}
    }
    if *idempotent {
        chain.extend(quote_spanned!(span=> .idempotent()));
    }
    if *cpu {
        chain.extend(quote_spanned!(span=> .cpu()));
    }
    if let Some(canary) = canary {
        chain.extend(quote_spanned!(span=> .canary::<#request>(|| #canary)));
    }
    chain
}
