//! The lints that generated code is allowed to raise.

use proc_macro2::TokenStream;
use quote::quote;

/// For code that names the types of a deprecated item.
pub(super) fn deprecated(deprecated: bool) -> Option<TokenStream> {
    deprecated.then(|| quote!(#[allow(deprecated)]))
}

/// For the methods of a client: the crate of an endpoint need not call it, and a private one may have private
/// types.
pub(super) fn client(deprecated: bool) -> TokenStream {
    let deprecated = deprecated.then(|| quote!(, deprecated));
    quote!(#[allow(dead_code, private_interfaces #deprecated)])
}
