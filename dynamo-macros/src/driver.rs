//! One attribute from its tokens to the code: parse, read, check, expand.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::args::Args;
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::read::item::Read;
use crate::{check, expand, read};

/// Expands `attribute` on `item`. The item is emitted even if it is wrong, with one `compile_error!` per
/// error.
pub(crate) fn run(attribute: Attribute, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(attribute.grammar(), args, &mut errors);
    let Read { item, model } = read::read(attribute, &args, item, &mut errors);
    let code = model.map(|model| {
        let omitted = check::check(&model, &mut errors);
        expand::expand(&model, &omitted)
    });
    let errors = errors.finish();
    quote!(#item #code #errors)
}
