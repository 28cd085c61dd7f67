//! The model of `#[component]` on a trait: endpoints that a server implements and a client calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Generics, ReturnType, Signature, Type, parse_quote, parse_quote_spanned};

use crate::attr::grammar::Args;
use crate::attr::sdk_path::SdkPath;
use crate::check::endpoints as validate;
use crate::errors::Errors;
use crate::expand;
use crate::read::component::{Component, Head};
use crate::read::endpoints;
use crate::read::endpoints::{Endpoint, Place};
use crate::read::inputs::{is_bound, last_segment, peel, text};
use crate::read::response::{Item, Response};
use crate::read::subscription as subscribe;
use crate::syntax::attributes;
use crate::syntax::impl_block::{Function, Member, is_braces};
use crate::syntax::trait_block::TraitBlock;

/// A trait whose methods are endpoints.
pub(crate) struct Contract {
    pub(crate) component: Component,
    /// The type that serves an implementation.
    pub(crate) server: Ident,
    pub(crate) methods: Vec<Method>,
    /// Whether the client can implement the trait. If not, an error says why.
    pub(crate) sound: bool,
}

/// One endpoint of a contract.
pub(crate) struct Method {
    /// Which of the items of the trait it is.
    member: usize,
    pub(crate) endpoint: Endpoint,
    /// As declared, with streams that are `Send`.
    pub(crate) signature: Signature,
    /// What the client gives, unless that is where the problem is.
    pub(crate) answer: Option<Answer>,
}

/// How the client produces what the signature promises.
pub(crate) enum Answer {
    /// `Result<T, E>` or `Result<ResponseStream<T>, E>`
    Called { error: Box<Type> },
    /// `impl Stream<Item = Result<T, E>>`
    Streamed { item: Type, error: Box<Type> },
    /// `Result<impl Stream<Item = Result<T, E>>, O>`
    Opened { item: Type, error: Box<Type>, opening_error: Box<Type> },
}

const RETURNS: &str = "`Result<T, E>`, `Result<ResponseStream<T>, E>`, `impl Stream<Item = Result<T, E>>` or \
                       `Result<impl Stream<Item = Result<T, E>>, E>`";

/// The whole of `#[component]` on a trait.
pub(crate) fn attribute(args: &Args, item: &TokenStream, mut errors: Errors) -> TokenStream {
    let krate = SdkPath::read(args, &mut errors);
    let code = match TraitBlock::parse(item.clone(), endpoints::is_marker) {
        Ok(mut block) => {
            attributes::refuse_repeated(&mut block.head.attrs, "component", &mut errors);
            let contract = Contract::read(args, krate, &block, &mut errors);
            complete(&mut block, contract.as_ref());
            let generated = contract.as_ref().map(expand::contract);
            let block = block.head;
            quote!(#block #generated)
        }
        Err(error) => {
            errors.push(error);
            item.clone()
        }
    };
    let errors = errors.finish();
    quote!(#code #errors)
}

/// A contract says what travels; who serves it says how it is answered.
fn without_pipeline(endpoint: &Endpoint, errors: &mut Errors) -> bool {
    if let Some(operator) = endpoint.options.piped.as_ref().and_then(|piped| piped.operators.first()) {
        errors.at(
            operator,
            "a contract says what travels, and operators belong to who serves it: link them in the implementation, with `Source::open()`",
        );
    }
    true
}

/// Puts the items back into the trait, each endpoint as a function whose future is `Send`, and adds the bounds that
/// every component has.
fn complete(block: &mut TraitBlock, contract: Option<&Contract>) {
    let mut items = block.inner_attributes.clone();
    for (at, member) in block.members.iter().enumerate() {
        let method = contract.and_then(|contract| contract.methods.iter().find(|method| method.member == at));
        for attribute in &member.attributes {
            attribute.to_tokens(&mut items);
        }
        match (method, &member.function) {
            (Some(method), Ok(function)) if method.signature.asyncness.is_some() => {
                expand::declaration(&method.signature, &function.body).to_tokens(&mut items);
            }
            _ => member.tokens.to_tokens(&mut items),
        }
    }
    let head = &mut block.head;
    head.items = vec![syn::TraitItem::Verbatim(items)];
    if contract.is_some() {
        head.colon_token.get_or_insert_with(Default::default);
        head.supertraits.extend::<[syn::TypeParamBound; 3]>([
            parse_quote!(::core::marker::Send),
            parse_quote!(::core::marker::Sync),
            parse_quote!('static),
        ]);
    }
}

impl Contract {
    fn read(args: &Args, krate: SdkPath, block: &TraitBlock, errors: &mut Errors) -> Option<Self> {
        let head = &block.head;
        let before = errors.count();
        check_head(head, errors);
        if errors.count() > before {
            return None;
        }
        let named = Head {
            attributes: head.attrs.clone(),
            visibility: head.vis.clone(),
            ident: head.ident.clone(),
            generics: Generics::default(),
        };
        let mut component = Component::named(args, krate, named, errors);
        component.deprecated |=
            block.members.iter().any(|member| attributes::mention_deprecated(&member.attributes));
        let before = errors.count();
        if block.members.iter().all(|member| member.markers.is_empty()) {
            errors.at(
                &head.ident,
                "this trait has no endpoint: mark at least one of its methods with `#[endpoint]`",
            );
        }
        let mut list = Vec::new();
        let mut shown = Vec::new();
        for (at, member) in block.members.iter().enumerate() {
            subscribe::not_in_a_contract(member, errors);
            if member.markers.is_empty() {
                check_other(member, errors);
            } else if let Some(endpoint) = Endpoint::read(member, Place::Contract, errors)
                .filter(|endpoint| without_pipeline(endpoint, errors))
                && let Ok(function) = &member.function
            {
                let (endpoint, signature, answer) = read_method(endpoint, function, errors);
                list.push(endpoint);
                shown.push((at, signature, answer));
            }
        }
        validate::reserved_methods(&component.client.to_string(), &mut list, errors);
        validate::duplicate_names(&mut list, errors);
        let methods = list
            .into_iter()
            .zip(shown)
            .map(|(endpoint, (member, signature, answer))| Method { member, endpoint, signature, answer })
            .collect();
        let server = format_ident!("{}Server", head.ident.unraw(), span = head.ident.span());
        Some(Self { component, server, methods, sound: errors.count() == before })
    }
}

fn check_head(head: &syn::ItemTrait, errors: &mut Errors) {
    if let Some(token) = &head.unsafety {
        errors.at(token, "a contract is not `unsafe`: its callers are remote and cannot uphold a condition");
    }
    if let Some(param) = head.generics.params.first() {
        errors.at(
            param,
            "a contract has no parameters: one type travels under each of its names; name the type, or use an `enum`",
        );
    }
}

/// The client implements the trait too, so that what is not an endpoint needs a default.
fn check_other(member: &Member, errors: &mut Errors) {
    match &member.function {
        Ok(function) if is_braces(&function.body) => {}
        Ok(function) => {
            let name = &function.signature.ident;
            errors.at(
                name,
                format_args!(
                    "a client cannot implement `{name}`: mark it with `#[endpoint]`, or give it a default body"
                ),
            );
        }
        Err(_) => match syn::parse2(member.tokens.clone()) {
            Ok(syn::TraitItem::Type(item)) => errors.at(
                &item.ident,
                "a contract has no associated types: one type travels under each of its names; name it in the methods",
            ),
            Ok(syn::TraitItem::Const(item)) if item.default.is_none() => errors.at(
                &item.ident,
                "a client cannot know this constant: give it a value here, or make an endpoint of it",
            ),
            // A constant with a value, a macro, or what is being typed: rustc has its say.
            _ => {}
        },
    }
}

/// The rules of an endpoint that has an implementation on both sides.
fn read_method(
    mut endpoint: Endpoint,
    function: &Function,
    errors: &mut Errors,
) -> (Endpoint, Signature, Option<Answer>) {
    let before = errors.count();
    let mut signature = function.signature.clone();
    if is_braces(&function.body) {
        errors.at(
            &signature.ident,
            "an endpoint of a contract has no body here, each implementation has its own: end it with `;`, or remove \
             `#[endpoint]`",
        );
    }
    let mut answer = None;
    if let Some(shape) = &endpoint.shape {
        answer = Answer::read(&shape.response, &signature, errors);
        let mut tokens =
            shape.inputs.request.as_ref().map(|request| request.ty.to_token_stream()).unwrap_or_default();
        tokens.extend(shape.response.client_tokens());
        if let Some((_, at)) = validate::first_of(&tokens, &[]) {
            let message = "`Self` is another type in each implementation, and what travels has one: name it";
            errors.push(syn::Error::new(at, message));
        }
    }
    make_streams_send(&mut signature.output);
    if errors.count() > before {
        endpoint.sound = false;
    }
    (endpoint, signature, answer)
}

impl Answer {
    fn read(response: &Response, signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let output = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        };
        match response {
            Response::Value(_) => {
                let remedy = format!(
                    "a call from afar can fail: write `-> Result<{}, CallError>`",
                    output.map_or_else(|| "()".to_owned(), text)
                );
                match output {
                    Some(ty) => errors.at(ty, remedy),
                    None => errors.at(&signature.ident, remedy),
                }
                None
            }
            Response::Fallible(_, error) => Some(Self::Called { error: error.clone() }),
            Response::Stream(stream) => {
                let shown = output.map(|ty| opened(ty).unwrap_or(ty)).map(peel);
                let is_response_stream = shown.and_then(last_segment).is_some_and(|(name, arguments)| {
                    (name == "ResponseStream" || name == "ManyOut") && arguments.len() == 1
                });
                let is_impl = matches!(shown, Some(Type::ImplTrait(_)));
                match (&stream.item, &stream.opening_error) {
                    (Item::Fallible(..), Some(error)) if is_response_stream => {
                        Some(Self::Called { error: error.clone() })
                    }
                    (Item::Fallible(item, error), None) if is_impl => {
                        Some(Self::Streamed { item: item.clone(), error: error.clone() })
                    }
                    (Item::Fallible(item, error), Some(opening_error)) if is_impl => Some(Self::Opened {
                        item: item.clone(),
                        error: error.clone(),
                        opening_error: opening_error.clone(),
                    }),
                    _ => {
                        let remedy = format!("an endpoint of a contract returns {RETURNS}");
                        match output {
                            Some(ty) => errors.at(ty, remedy),
                            None => errors.at(&signature.ident, remedy),
                        }
                        None
                    }
                }
            }
        }
    }
}

/// What a `Result` holds.
fn opened(ty: &Type) -> Option<&Type> {
    let (name, arguments) = last_segment(ty)?;
    (name == "Result").then(|| arguments.first().copied()).flatten()
}

/// A server runs what it is given on any thread, so every `impl Stream` of the signature is `Send`.
fn make_streams_send(output: &mut ReturnType) {
    if let ReturnType::Type(_, ty) = output {
        make_send(ty);
    }
}

fn make_send(ty: &mut Type) {
    match ty {
        Type::Group(group) => make_send(&mut group.elem),
        Type::Paren(paren) => make_send(&mut paren.elem),
        Type::ImplTrait(stream) if !stream.bounds.iter().any(|bound| is_bound(bound, "Send")) => {
            let at = Span::mixed_site().located_at(stream.impl_token.span);
            stream.bounds.push(parse_quote_spanned!(at=> ::core::marker::Send));
        }
        Type::Path(path) => {
            let Some(result) = path.path.segments.last_mut().filter(|last| last.ident == "Result") else {
                return;
            };
            let syn::PathArguments::AngleBracketed(arguments) = &mut result.arguments else { return };
            if let Some(syn::GenericArgument::Type(ok)) = arguments.args.first_mut() {
                make_send(ok);
            }
        }
        _ => {}
    }
}
