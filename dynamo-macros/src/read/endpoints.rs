//! The model of `#[endpoints]`: an `impl` block and the endpoints in it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Generics, LitStr, Meta, Path, Type, Visibility};

use crate::attr::grammar as args;

use crate::attr::grammar::Args;
use crate::attr::sdk_path::SdkPath;
use crate::check::endpoints as validate;
use crate::errors::Errors;
use crate::expand;
use crate::names;
use crate::read::blocks::Parts;
use crate::read::component;
use crate::read::hook as hooks;
use crate::read::hook::{Hook, When};
use crate::read::inputs as signature;
use crate::read::inputs::{Inputs, peel};
use crate::read::options::Options;
use crate::read::response::Response;
use crate::read::subscription as subscribe;
use crate::read::subscription::Subscription;
use crate::syntax::attributes;
use crate::syntax::impl_block::{ImplBlock, Member};

/// An `impl` block with endpoints.
pub(crate) struct Endpoints {
    pub(crate) krate: SdkPath,
    /// The type as the block names it, with its generic arguments.
    pub(crate) component: Type,
    /// Where to report what concerns the whole type: its name.
    pub(crate) at: Span,
    pub(crate) generics: Generics,
    /// The type whose methods call the endpoints.
    pub(crate) client: Path,
    pub(crate) list: Vec<Endpoint>,
    /// Which blocks of the component there are beside this one, and which this one is.
    pub(crate) parts: Parts,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Whether the block has to do with something deprecated, and says that it may.
    pub(crate) deprecated: bool,
}

/// A method marked with `#[endpoint]`.
pub(crate) struct Endpoint {
    /// What it is called in the system.
    pub(crate) name: LitStr,
    pub(crate) method: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) options: Options,
    /// What it takes and gives, unless that is where the problem is.
    pub(crate) shape: Option<Shape>,
    /// Whether it can be mounted. One that cannot still gets its client method, so that calls of it are not reported too.
    pub(crate) sound: bool,
}

/// What an endpoint is declared in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The block of a component.
    Block,
    /// A trait that is a contract.
    Contract,
}

/// What an endpoint takes and gives.
pub(crate) struct Shape {
    pub(crate) inputs: Inputs,
    pub(crate) response: Response,
}

/// The whole of `#[endpoints]`.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(&args::ENDPOINTS, args, &mut errors);
    let krate = SdkPath::read(&args, &mut errors);
    let (item, generated) = match ImplBlock::parse(item.clone(), is_marker) {
        Ok(mut block) => {
            attributes::refuse_repeated(&mut block.attributes, "endpoints", &mut errors);
            let parts = Parts::read(&args, &mut errors);
            let endpoints = parts.and_then(|parts| Endpoints::read(krate, parts, &block, &mut errors));
            (quote!(#block), endpoints.as_ref().map(expand::endpoints))
        }
        Err(error) => {
            errors.push(not_a_block(&item).unwrap_or(error));
            (item, None)
        }
    };
    let errors = errors.finish();
    quote!(#item #generated #errors)
}

/// The whole of `#[endpoint]` where no `#[endpoints]` has consumed it.
pub(crate) fn stray_marker(args: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    Args::parse(&args::ENDPOINT, args.clone(), &mut errors);
    errors.push(syn::Error::new(
        Span::call_site(),
        "`#[endpoint]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block, or \
         `#[component]` on the trait",
    ));
    let errors = errors.finish();
    quote!(#item #errors)
}

/// Ours, also inside a `cfg_attr`: that is expanded after us, and the marker would come out as a stray one.
pub(crate) fn is_marker(attribute: &Attribute) -> bool {
    is_endpoint(attribute.path()) || runs_by_itself(attribute) || conditional_marker(attribute).is_some()
}

/// Whether it marks a hook, under a condition or not.
pub(crate) fn is_hook(attribute: &Attribute) -> bool {
    When::of(attribute.path()).is_some()
        || conditional_marker(attribute).is_some_and(|(_, marker)| When::of(marker.path()).is_some())
}

/// Whether it marks a method that the runtime calls by itself.
pub(crate) fn runs_by_itself(attribute: &Attribute) -> bool {
    is_hook(attribute)
        || subscribe::is_marker(attribute.path())
        || conditional_marker(attribute).is_some_and(|(_, marker)| subscribe::is_marker(marker.path()))
}

/// The predicate and the marker of `#[cfg_attr(predicate, endpoint)]`, and of a hook's likewise.
fn conditional_marker(attribute: &Attribute) -> Option<(Meta, Meta)> {
    let (predicate, metas) = attributes::conditional(&attribute.meta)?;
    metas
        .into_iter()
        .find(|meta| {
            let path = meta.path();
            is_endpoint(path) || When::of(path).is_some() || subscribe::is_marker(path)
        })
        .map(|marker| (predicate, marker))
}

/// Tells of a marker that is one under a condition only, `what` being a method that carries it.
pub(crate) fn refuse_conditional(what: &str, attribute: &Attribute, errors: &mut Errors) -> bool {
    let Some((predicate, marker)) = conditional_marker(attribute) else { return false };
    let (condition, marker_text) = (signature::plain(&predicate), signature::plain(&marker));
    errors.at(
        &marker,
        format_args!("a method is {what} or it is not: write `#[cfg({condition})] #[{marker_text}]`"),
    );
    true
}

fn is_endpoint(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "endpoint")
}

fn not_a_block(item: &TokenStream) -> Option<syn::Error> {
    let is_block =
        item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "impl"));
    let keyword = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word)
            if ["struct", "enum", "union", "trait", "fn", "mod"].iter().any(|k| word == k) =>
        {
            Some(word)
        }
        _ => None,
    })?;
    let remedy = match &*keyword.to_string() {
        "struct" | "enum" | "union" => {
            "`#[endpoints]` goes on the `impl` block with the endpoints; the type carries `#[component(namespace = \"…\")]`"
        }
        "fn" if is_block => return None,
        "fn" => "`#[endpoints]` goes on an `impl` block; one endpoint in it is marked with `#[endpoint]`",
        "trait" => {
            "`#[endpoints]` goes on the `impl` block of a component; a trait with endpoints carries `#[component(namespace = \"…\")]` alone"
        }
        _ => "`#[endpoints]` goes on the `impl` block of a component",
    };
    Some(syn::Error::new(keyword.span(), remedy))
}

impl Endpoints {
    fn read(krate: SdkPath, parts: Parts, block: &ImplBlock, errors: &mut Errors) -> Option<Self> {
        let head = &block.head;
        if let Some((path, _)) = &head.trait_ {
            let ty = signature::text(&head.self_ty);
            errors.at(
                path,
                format_args!("`#[endpoints]` goes on a block of the type's own methods, `impl {ty} {{ … }}`, not on a trait's"),
            );
            return None;
        }
        let component = peel(&head.self_ty);
        let Some((client, at)) = client_path(component) else {
            errors.at(
                &head.self_ty,
                "`#[endpoints]` goes on the `impl` block of a `struct` or an `enum` of yours",
            );
            return None;
        };
        if let Some(lifetime) =
            head.generics.lifetimes().next().map(|param| &param.lifetime).or(borrowed(component))
        {
            errors.at(
                lifetime,
                "a component has no lifetime parameters: it serves tasks that outlive every borrow",
            );
            return None;
        }
        let list: Vec<Endpoint> =
            block.members.iter().filter_map(|member| Endpoint::read(member, Place::Block, errors)).collect();
        let hooks = hooks::read(&block.members, errors);
        let subscriptions = subscribe::read(&block.members, errors);
        let (component, generics) = (component.clone(), head.generics.clone());
        let deprecated = attributes::mention_deprecated(&block.attributes)
            || block.members.iter().any(|member| attributes::mention_deprecated(&member.attributes));
        let mut endpoints =
            Self { krate, component, at, generics, client, list, parts, hooks, subscriptions, deprecated };
        let marked = endpoints.parts.lists()
            || block
                .members
                .iter()
                .flat_map(|member| &member.markers)
                .any(|marker| When::of(marker.path()).is_none());
        validate::block(&mut endpoints, marked, errors);
        Some(endpoints)
    }
}

/// The client of the type, found where the type is, and where the name of the type stands.
fn client_path(component: &Type) -> Option<(Path, Span)> {
    let Type::Path(component) = component else { return None };
    if component.qself.is_some() {
        return None;
    }
    let mut client = component.path.clone();
    let last = client.segments.last_mut()?;
    let at = last.ident.span();
    last.ident = component::client_of(&last.ident);
    last.arguments = syn::PathArguments::None;
    Some((client, at))
}

/// A lifetime among the arguments of the type.
fn borrowed(component: &Type) -> Option<&syn::Lifetime> {
    let Type::Path(path) = component else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => Some(lifetime),
        _ => None,
    })
}

impl Endpoint {
    /// What a caller sends, and its item if it is a stream.
    pub(crate) fn asked(&self) -> Option<(&Type, Option<&Type>)> {
        let piped = self.options.piped.as_ref().and_then(|piped| piped.request.as_ref());
        if let Some((ty, item)) = piped {
            return Some((ty, item.as_ref()));
        }
        let argument = self.shape.as_ref()?.inputs.request.as_ref()?;
        Some((&argument.ty, argument.item.as_ref()))
    }

    pub(crate) fn read(member: &Member, place: Place, errors: &mut Errors) -> Option<Self> {
        let (hooks, markers): (Vec<&Attribute>, _) =
            member.markers.iter().partition(|marker| runs_by_itself(marker));
        let (marker, again) = markers.split_first()?;
        for other in hooks {
            let what = if is_hook(other) { "a hook" } else { "it hears events" };
            errors.at(other, format_args!("a method is an endpoint or {what}: remove one of the attributes"));
        }
        if refuse_conditional("an endpoint", marker, errors) {
            return None;
        }
        for marker in again {
            errors.at(marker, "this method is marked with `#[endpoint]` already; put all keys into one");
        }
        let function = match &member.function {
            Ok(function) => function,
            Err(error) => {
                errors.push(syn::Error::new(
                    error.span(),
                    format_args!("`#[endpoint]` marks a method: {error}"),
                ));
                return None;
            }
        };
        let before = errors.count();
        let args = args::of_attribute(&args::ENDPOINT, marker, errors);
        let method = &function.signature.ident;
        let name = match args.text("name") {
            Some(name) => names::checked("endpoint", name.clone(), None, errors),
            None => {
                let remedy = "`#[endpoint(name = \"…\")]`";
                names::checked("endpoint", names::literal(method), Some(remedy), errors)
            }
        };
        signature::check_head(&function.signature, place, errors);
        let inputs = signature::inputs(&function.signature, errors);
        let response = signature::response(&function.signature, args.maybe_type("stream"), errors);
        let options = Options::read(&args, inputs.as_ref(), errors);
        Some(Self {
            name,
            options,
            method: method.clone(),
            visibility: function.visibility.clone(),
            attributes: member.attributes.clone(),
            shape: inputs.zip(response).map(|(inputs, response)| Shape { inputs, response }),
            sound: errors.count() == before,
        })
    }
}
