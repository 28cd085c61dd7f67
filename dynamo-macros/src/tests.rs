//! What the macros write, compared with files, and what they report about mistakes.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p dynamo-macros` writes the files anew; a change of one is reviewed like
//! code.

mod bench;
mod blocks;
mod contract;
mod docs;
mod durations;
mod functions;
mod names;
mod options;
mod request_streams;
mod subscriptions;

use proc_macro2::TokenStream;

use crate::attr::grammar::Attribute;
use crate::driver::run;

/// Expands `#[component]`.
fn component(args: TokenStream, item: &TokenStream) -> TokenStream {
    run(Attribute::Component, args, item.clone())
}

/// Expands `#[endpoints]`.
fn endpoints(args: TokenStream, block: TokenStream) -> TokenStream {
    run(Attribute::Endpoints, args, block)
}

/// Compares code with `snapshots/<name>.rs`.
pub(crate) fn assert_snapshot(name: &str, code: TokenStream) {
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/snapshots/{name}.rs"));
    let code = prettyplease::unparse(&syn::parse2(code).expect("the expansion is a list of items"));
    if option_env!("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &code).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(code == expected, "{} is not what the macro writes; it writes\n{code}", file.display());
}

/// The texts of all `compile_error!`s in an expansion.
fn messages(code: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(code).expect("an expansion with errors still parses");
    file.items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
                Some(item.mac.parse_body::<syn::LitStr>().expect("a text").value())
            }
            _ => None,
        })
        .collect()
}

pub(crate) fn assert_messages(code: TokenStream, beginnings: &[&str]) {
    let found = messages(code);
    let matches = found.iter().zip(beginnings).all(|(message, beginning)| message.starts_with(beginning));
    assert!(matches && found.len() == beginnings.len(), "expected {beginnings:#?}, found {found:#?}");
}
