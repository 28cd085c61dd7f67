//! The model of `#[component]`: a type, its identity and its client.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Generics, LitStr, Visibility};

use crate::args::{self, Args};
use crate::attributes;
use crate::dependencies::Dependencies;
use crate::errors::Errors;
use crate::sdk_path::SdkPath;
use crate::{expand, names};

/// A component, with every default resolved. If something was wrong, the names are valid placeholders.
pub(crate) struct Component {
    pub(crate) krate: SdkPath,
    pub(crate) ident: Ident,
    pub(crate) client: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) generics: Generics,
    pub(crate) namespace: LitStr,
    pub(crate) name: LitStr,
    /// What the client type takes over from the attributes of the type.
    pub(crate) client_attributes: TokenStream,
    pub(crate) dependencies: Dependencies,
    pub(crate) docs: Option<String>,
}

/// The whole of `#[component]`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(&args::COMPONENT, args, &mut errors);
    let mut item = item.clone();
    let component = Component::read(&args, &mut item, &mut errors);
    let generated = component.as_ref().map(expand::component);
    let errors = errors.finish();
    quote!(#item #generated #errors)
}

impl Component {
    /// Reads the item, and takes our markers away from it.
    fn read(args: &Args, item: &mut TokenStream, errors: &mut Errors) -> Option<Self> {
        let krate = SdkPath::read(args, errors);
        if let Some((keyword, remedy)) = misplaced(item) {
            errors.at(keyword, remedy);
            return None;
        }
        let input: DeriveInput = match syn::parse2(item.clone()) {
            Ok(input) => input,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        let mut dependencies = Dependencies::read(&input, errors);
        if let Some(stripped) = dependencies.stripped.take() {
            *item = stripped;
        }
        if let Data::Union(union) = &input.data {
            errors.at(union.union_token, "`#[component]` goes on a `struct` or an `enum`");
            return None;
        }
        if let Some(lifetime) = input.generics.lifetimes().next() {
            errors.at(
                lifetime,
                "a component has no lifetime parameters: it serves tasks that outlive every borrow; make it own its parts",
            );
            return None;
        }
        let namespace = match args.text("namespace") {
            Some(namespace) => names::checked("namespace", namespace.clone(), "", errors),
            None => {
                errors.push(syn::Error::new(
                    Span::call_site(),
                    "`#[component]` needs the namespace to live in: `#[component(namespace = \"…\")]`",
                ));
                names::placeholder(&input.ident)
            }
        };
        let name = match args.text("name") {
            Some(name) => names::checked("component", name.clone(), "", errors),
            None => {
                let remedy = "; give another one: `#[component(…, name = \"…\")]`";
                names::checked("component", names::snake_case(&input.ident), remedy, errors)
            }
        };
        Some(Self {
            krate,
            client: client_of(&input.ident),
            client_attributes: client_attributes(&input),
            dependencies,
            docs: attributes::docs(&input.attrs),
            ident: input.ident,
            visibility: input.vis,
            generics: input.generics,
            namespace,
            name,
        })
    }
}

/// The name of the client of a component.
pub(crate) fn client_of(component: &Ident) -> Ident {
    format_ident!("{}Client", component.unraw(), span = component.span())
}

fn client_attributes(input: &DeriveInput) -> TokenStream {
    let mut copied = attributes::copied(&input.attrs, &["deprecated"]);
    let hidden = input.attrs.iter().any(|attribute| {
        attribute.path().is_ident("doc") && attribute.parse_args::<Ident>().is_ok_and(|word| word == "hidden")
    });
    if hidden {
        copied.extend(quote!(#[doc(hidden)]));
    }
    copied
}

/// The keyword of an item that cannot be a component, and where our attributes go instead.
fn misplaced(item: &TokenStream) -> Option<(Ident, &'static str)> {
    let keyword = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if KEYWORDS.iter().any(|keyword| word == keyword) => Some(word),
        _ => None,
    })?;
    let remedy = match &*keyword.to_string() {
        "struct" | "enum" | "union" => return None,
        "impl" => {
            "`#[component]` goes on the `struct` or the `enum`; an `impl` block with its endpoints carries `#[endpoints]`"
        }
        "fn" => {
            "`#[component]` goes on a `struct` or an `enum`; an endpoint is a method marked with `#[endpoint]` in an \
             `#[endpoints]` block"
        }
        "trait" => "`#[component]` goes on a `struct` or an `enum`; on a `trait` it is not supported yet",
        _ => "`#[component]` goes on a `struct` or an `enum`",
    };
    Some((keyword, remedy))
}

/// The words that say what an item is. The first one in an item decides; `union` is a word like any other elsewhere.
const KEYWORDS: &[&str] =
    &["struct", "enum", "union", "impl", "fn", "trait", "mod", "type", "const", "static", "use"];
