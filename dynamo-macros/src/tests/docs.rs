//! The page that shows what the macros write shows it.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Item, Meta};

use super::{component, endpoints};
use crate::driver::run;

const BEGIN: &str = "<!-- expansion -->\n```rust\n";
const END: &str = "```\n<!-- /expansion -->";

#[test]
fn the_page_shows_the_expansion_of_the_example() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let example =
        std::fs::read_to_string(root.join("examples/hello_world.rs")).expect("the example is there");
    let example = syn::parse_file(&example).expect("the example is Rust");
    let items: TokenStream = example.items.into_iter().map(expand).collect();
    let code = prettyplease::unparse(&syn::parse2(items).expect("the expansion is a list of items"));

    let file = root.join("docs/expansion.md");
    let page = std::fs::read_to_string(&file).expect("the page is there");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the expansion");
    let (shown, after) = rest.split_once(END).expect("that place has an end");
    if option_env!("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, format!("{before}{BEGIN}{code}{END}{after}")).expect("the page can be written");
    } else {
        assert!(shown == code, "{} is not what the macros write; they write\n{code}", file.display());
    }
}

/// What two endpoints may cost to read: the lines of the expansion that are not the user's own.
const MOST_LINES: usize = 33;

#[test]
fn the_expansion_of_two_endpoints_stays_short_and_the_page_says_how_short() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let example =
        std::fs::read_to_string(root.join("examples/hello_world.rs")).expect("the example is there");
    let example = syn::parse_file(&example).expect("the example is Rust");
    let component: Vec<Item> =
        example.items.into_iter().filter(|item| matches!(item, Item::Struct(_) | Item::Impl(_))).collect();
    let lines = |code: TokenStream| {
        prettyplease::unparse(&syn::parse2(code).expect("a list of items")).lines().count()
    };
    let expanded = lines(component.iter().cloned().map(expand).collect());
    let own = lines(component.into_iter().map(without_ours).collect());
    let written = expanded - own;
    assert!(written <= MOST_LINES, "the macros write {written} lines for two endpoints");

    let page = std::fs::read_to_string(root.join("docs/expansion.md")).expect("the page is there");
    let figure = format!("{written} lines for two endpoints");
    assert!(page.contains(&figure), "docs/expansion.md does not say `{figure}`");
}

/// An item as it would be without the macros.
fn without_ours(mut item: Item) -> TokenStream {
    let ours = |attribute: &Attribute| {
        name(attribute).is_some_and(|name| name == "endpoint" || ATTRIBUTES.contains(&&*name))
    };
    match &mut item {
        Item::Struct(item) => item.attrs.retain(|attribute| !ours(attribute)),
        Item::Impl(item) => {
            item.attrs.retain(|attribute| !ours(attribute));
            for member in &mut item.items {
                if let syn::ImplItem::Fn(method) = member {
                    method.attrs.retain(|attribute| !ours(attribute));
                }
            }
        }
        _ => {}
    }
    item.into_token_stream()
}

/// Expands our attribute on an item, and no other.
pub(super) fn expand(mut item: Item) -> TokenStream {
    let attributes = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        _ => return item.into_token_stream(),
    };
    let ours = |attribute: &Attribute| name(attribute).is_some_and(|name| ATTRIBUTES.contains(&&*name));
    let Some(at) = attributes.iter().position(ours) else { return item.into_token_stream() };
    let attribute = attributes.remove(at);
    let args = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => quote!(),
    };
    let item = item.into_token_stream();
    match name(&attribute).as_deref() {
        Some("component") => component(args, &item),
        Some("endpoints") => endpoints(args, item),
        _ => run(crate::attr::grammar::Attribute::Main, args, item),
    }
}

const ATTRIBUTES: &[&str] = &["component", "endpoints", "main"];

fn name(attribute: &Attribute) -> Option<String> {
    attribute.path().segments.last().map(|segment| segment.ident.to_string())
}
