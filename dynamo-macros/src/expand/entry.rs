//! The function that runs `main` or a test.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType};

use crate::model::entry::{Entry, EntryKind};

/// The user's function, unchanged, inside of one that runs it.
pub(super) fn entry(entry: &Entry) -> TokenStream {
    let Entry { kind, krate, attributes, visibility, signature, body, is_sound, returns_boxed_error } = entry;
    let name = &signature.ident;
    if *kind == EntryKind::Main && name != "main" {
        return quote!(#(#attributes)* #visibility #signature #body);
    }
    let (marker, output, run) = match kind {
        EntryKind::Main => (None, quote!(-> ::std::process::ExitCode), quote!(run)),
        EntryKind::Test => {
            let output = &signature.output;
            // With its path, because `test` may be ours in the user's module.
            (Some(quote!(#[::core::prelude::v1::test])), quote!(#output), quote!(test))
        }
    };
    // rustc reports a wrong argument or result at its type.
    let located = |tokens: &dyn Spanned| Span::mixed_site().located_at(tokens.span());
    let span = match &signature.output {
        ReturnType::Type(_, ty) => located(ty),
        ReturnType::Default => located(name),
    };
    let argument = match signature.inputs.first() {
        Some(FnArg::Typed(argument)) => located(&argument.ty),
        _ => span,
    };
    let path = krate.at(span);
    let call = match (*is_sound, signature.inputs.len()) {
        // Any return value, so that nothing but the error is reported.
        (false, _) => quote!(::core::unreachable!()),
        (true, given @ 0..=1) => {
            let runtime = (given == 1).then(|| Ident::new("runtime", argument));
            let ignored = runtime.is_none().then(|| quote_spanned!(span=> _));
            let mut called = quote_spanned!(span=> #name(#runtime));
            if *kind == EntryKind::Main && *returns_boxed_error {
                called = quote_spanned!(span=> #path::__private::boxed(#called));
            }
            quote_spanned!(span=> #path::__private::#run(|#runtime #ignored| #called))
        }
        (true, count) => {
            let runtimes: Vec<_> = (0..count).map(|at| format_ident!("runtime_{at}")).collect();
            quote!(#krate::__private::test_cluster(|[#(#runtimes),*]| #name(#(#runtimes),*)))
        }
    };
    let allowed =
        if *is_sound { quote!(clippy::unused_async) } else { quote!(clippy::unused_async, dead_code) };
    quote! {
        #marker
        #(#attributes)*
        #visibility fn #name() #output {
            #[allow(#allowed)]
            #signature #body

            #call
        }
    }
}
