//! Reads `#[component]` on a type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Generics, Visibility};

use super::item::Read;
use super::repeated::refuse_repeated;
use super::{fields, sdk_path};
use crate::attr::args::Args;
use crate::errors::Errors;
use crate::model::Model;
use crate::model::component::Component;
use crate::model::sdk_path::SdkPath;
use crate::names;
use crate::syntax::attributes::{copied, mention_deprecated};
use crate::syntax::docs::docs;
use crate::syntax::item::keyword;

/// An item up to its body.
pub(super) struct Head {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
}

/// Reads a type and removes our markers from it.
pub(super) fn read(args: &Args, mut item: TokenStream, errors: &mut Errors) -> Read {
    let component = of_type(args, &mut item, errors);
    Read { item, model: component.map(|component| Model::Component(Box::new(component))) }
}

fn of_type(args: &Args, item: &mut TokenStream, errors: &mut Errors) -> Option<Component> {
    let krate = sdk_path::read(args, errors);
    if let Some((keyword, remedy)) = misplaced(item) {
        errors.at(keyword, remedy);
        return None;
    }
    let mut input: DeriveInput = match syn::parse2(item.clone()) {
        Ok(input) => input,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    if refuse_repeated(&mut input.attrs, "component", errors) {
        *item = input.to_token_stream();
    }
    let (fields, has_markers) = fields::read(&mut input, errors);
    if has_markers {
        *item = input.to_token_stream();
    }
    if let Data::Union(union) = &input.data {
        errors.at(union.union_token, "`#[component]` goes on a `struct` or an `enum`");
        return None;
    }
    if let Some(lifetime) = input.generics.lifetimes().next() {
        errors.at(
            lifetime,
            "a component cannot have lifetime parameters: its tasks outlive every borrow; make it own its \
             data",
        );
        return None;
    }
    let DeriveInput { attrs, vis, ident, generics, .. } = input;
    let head = Head { attributes: attrs, visibility: vis, ident, generics };
    Some(Component { fields, ..named(args, krate, head, errors) })
}

/// The component of an item, without fields: its names come from the attribute or from the item's name.
pub(super) fn named(args: &Args, krate: SdkPath, head: Head, errors: &mut Errors) -> Component {
    let namespace = match args.text("namespace") {
        Some(namespace) => names::checked("namespace", namespace.clone(), None, errors),
        None if args.was_meant("namespace") || args.is_unread("namespace") => names::placeholder(&head.ident),
        None => {
            errors.push(syn::Error::new(
                Span::call_site(),
                "missing `namespace`: write `#[component(namespace = \"…\")]`",
            ));
            names::placeholder(&head.ident)
        }
    };
    let name = match args.text("name") {
        Some(name) => names::checked("component", name.clone(), None, errors),
        None => {
            let remedy = "`name = \"…\"` into `#[component(…)]`";
            names::checked("component", names::snake_case(&head.ident), Some(remedy), errors)
        }
    };
    Component {
        krate,
        docs: docs(&head.attributes),
        client: client_of(&head.ident),
        client_attributes: client_attributes(&head.attributes),
        deprecated: mention_deprecated(&head.attributes),
        ident: head.ident,
        visibility: head.visibility,
        generics: head.generics,
        fields: Vec::new(),
        namespace,
        name,
    }
}

/// The name of the client of a component.
pub(super) fn client_of(component: &Ident) -> Ident {
    format_ident!("{}Client", component.unraw(), span = component.span())
}

fn client_attributes(of_item: &[Attribute]) -> TokenStream {
    let mut copied = copied(of_item, &["deprecated"]);
    let hidden = of_item.iter().any(|attribute| {
        attribute.path().is_ident("doc") && attribute.parse_args::<Ident>().is_ok_and(|word| word == "hidden")
    });
    if hidden {
        copied.extend(quote!(#[doc(hidden)]));
    }
    copied
}

/// The keyword of an item that cannot be a component, and where our attributes go instead.
fn misplaced(item: &TokenStream) -> Option<(Ident, &'static str)> {
    let keyword = keyword(item)?;
    let remedy = match &*keyword.to_string() {
        "struct" | "enum" | "union" => return None,
        "impl" => {
            "`#[component]` goes on the `struct` or the `enum`; an `impl` block with its endpoints \
             carries `#[endpoints]`"
        }
        "fn" => {
            "`#[component]` goes on a `struct` or an `enum`; an endpoint is a method marked with \
             `#[endpoint]` in an \
             `#[endpoints]` block"
        }
        _ => "`#[component]` goes on a `struct` or an `enum`",
    };
    Some((keyword, remedy))
}
