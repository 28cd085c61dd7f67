//! The statement that registers a hook.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::model::hook::{Hook, HookKind};

/// The statement that registers a hook.
pub(super) fn statement(hook: &Hook) -> TokenStream {
    let Hook { kind, method, carried, runtime, output } = hook;
    let span = Span::mixed_site().located_at(method.span());
    let cfg = &carried.cfg;
    let list = Ident::new("list", Span::mixed_site());
    let register = Ident::new(kind.name(), span);
    let passed = runtime.then(|| quote_spanned!(span=> , runtime));
    let given = match kind {
        HookKind::OnStart => passed.clone().or_else(|| Some(quote_spanned!(span=> , _))),
        _ => None,
    };
    let outcome = match (kind, output) {
        (HookKind::OnStop, _) => quote_spanned!(span=> done),
        (_, None) => quote_spanned!(span=> verdict),
        // rustc reports an unsuitable type where it is written.
        (_, Some(ty)) => quote_spanned!(span=> verdict::<#ty>),
    };
    quote_spanned!(span=> #cfg #list.#register(|this #given, out| out.#outcome(Self::#method(this #passed)));)
}
