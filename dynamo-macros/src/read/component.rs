//! The model of `#[component]`: a type, its identity and its client.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Generics, LitStr, Visibility};

use crate::attr::grammar as args;

use crate::attr::grammar::Args;
use crate::attr::sdk_path::SdkPath;
use crate::errors::Errors;
use crate::expand;
use crate::names;
use crate::read::contract;
use crate::read::dependencies::Dependencies;
use crate::syntax::attributes;

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
    /// Whether it has to do with something deprecated, and says that it may.
    pub(crate) deprecated: bool,
    pub(crate) dependencies: Dependencies,
    pub(crate) docs: Option<String>,
}

/// What stands before the body of an item.
pub(crate) struct Head {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
}

/// The whole of `#[component]`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(&args::COMPONENT, args, &mut errors);
    if keyword(item).is_some_and(|keyword| keyword == "trait") {
        return contract::attribute(&args, item, errors);
    }
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
        let mut input: DeriveInput = match syn::parse2(item.clone()) {
            Ok(input) => input,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        if attributes::refuse_repeated(&mut input.attrs, "component", errors) {
            *item = input.to_token_stream();
        }
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
        let DeriveInput { attrs, vis, ident, generics, .. } = input;
        let head = Head { attributes: attrs, visibility: vis, ident, generics };
        Some(Self { dependencies, ..Self::named(args, krate, head, errors) })
    }

    /// The identity of an item, from the attribute or from the item's name.
    pub(crate) fn named(args: &Args, krate: SdkPath, head: Head, errors: &mut Errors) -> Self {
        let namespace = match args.text("namespace") {
            Some(namespace) => names::checked("namespace", namespace.clone(), None, errors),
            None if args.was_meant("namespace") || args.is_unread("namespace") => {
                names::placeholder(&head.ident)
            }
            None => {
                errors.push(syn::Error::new(
                    Span::call_site(),
                    "`#[component]` needs the namespace to live in: `#[component(namespace = \"…\")]`",
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
        Self {
            krate,
            docs: attributes::docs(&head.attributes),
            client: client_of(&head.ident),
            client_attributes: client_attributes(&head.attributes),
            deprecated: attributes::mention_deprecated(&head.attributes),
            ident: head.ident,
            visibility: head.visibility,
            generics: head.generics,
            dependencies: Dependencies::default(),
            namespace,
            name,
        }
    }
}

impl Component {
    /// What generated code that names the types is allowed.
    pub(crate) fn lints(&self) -> Option<TokenStream> {
        self.deprecated.then(|| quote!(#[allow(deprecated)]))
    }
}

/// The name of the client of a component.
pub(crate) fn client_of(component: &Ident) -> Ident {
    format_ident!("{}Client", component.unraw(), span = component.span())
}

fn client_attributes(of_item: &[Attribute]) -> TokenStream {
    let mut copied = attributes::copied(of_item, &["deprecated"]);
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
            "`#[component]` goes on the `struct` or the `enum`; an `impl` block with its endpoints carries `#[endpoints]`"
        }
        "fn" => {
            "`#[component]` goes on a `struct` or an `enum`; an endpoint is a method marked with `#[endpoint]` in an \
             `#[endpoints]` block"
        }
        _ => "`#[component]` goes on a `struct` or an `enum`",
    };
    Some((keyword, remedy))
}

/// The word that says what an item is.
fn keyword(item: &TokenStream) -> Option<Ident> {
    item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if KEYWORDS.iter().any(|keyword| word == keyword) => Some(word),
        _ => None,
    })
}

/// The words that say what an item is. The first one in an item decides; `union` is a word like any other elsewhere.
const KEYWORDS: &[&str] =
    &["struct", "enum", "union", "impl", "fn", "trait", "mod", "type", "const", "static", "use"];
