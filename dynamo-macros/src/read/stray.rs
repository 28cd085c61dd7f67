//! Markers outside of the items that consume them.

use proc_macro2::{Span, TokenStream};

use super::item::Read;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;

/// Reports that a marker stands where no `#[endpoints]` or `#[component]` consumes it.
pub(super) fn read(attribute: Attribute, item: TokenStream, errors: &mut Errors) -> Read {
    let message = match attribute {
        Attribute::Client => {
            "`#[client]` marks a field of a `struct` with `#[component]`: the client of a component that \
             this one calls"
                .to_owned()
        }
        Attribute::Endpoint => {
            "`#[endpoint]` marks a method in the `impl` block of a component; put `#[endpoints]` on that \
             block, or \
             `#[component]` on the trait"
                .to_owned()
        }
        _ => format!(
            "`#[{}]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block",
            attribute.name()
        ),
    };
    errors.push(syn::Error::new(Span::call_site(), message));
    Read { item, model: None }
}
