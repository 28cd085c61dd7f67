//! Reads the signature of an endpoint: what it takes, and with `returns` what it gives.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericParam, Pat, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type,
    TypeParamBound,
};

use crate::errors::Errors;
use crate::read::endpoints::Place;
use crate::read::response as returns;
use crate::read::wire_types as travels;

/// The argument that the caller sends.
pub(crate) struct Request {
    /// What the client method calls it.
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// What a stream of requests yields, if it is one.
    pub(crate) item: Option<Type>,
}

/// The arguments of an endpoint.
pub(crate) struct Inputs {
    /// Whether it takes the `Context`.
    pub(crate) context: bool,
    pub(crate) request: Option<Request>,
}

const FORMS: &str = "`(&self)`, `(&self, request: T)` or `(&self, cx: Context, request: T)`";

/// The type that makes a request a stream of them.
const STREAM: &str = "RequestStream";

/// Checks everything in front of the name, and the receiver.
pub(crate) fn check_head(signature: &Signature, place: Place, errors: &mut Errors) {
    let name = &signature.ident;
    if signature.asyncness.is_none() && !returns_future(signature) {
        errors.at(signature.fn_token, format_args!("an endpoint is asynchronous: write `async fn {name}`"));
    }
    if let Some(token) = &signature.constness {
        errors.at(token, "an endpoint is not a `const fn`: it runs when it is called");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, "an endpoint is not `unsafe`: its callers are remote and cannot uphold a condition");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "an endpoint has no `extern` ABI: it is called through the SDK");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, format_args!("an endpoint is not variadic: it takes {FORMS}"));
    }
    check_generics(signature, place, errors);
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => check_receiver(receiver, errors),
        _ => errors.at(
            name,
            format_args!(
                "an endpoint takes `&self`: write `async fn {name}(&self, …)`, or remove `#[endpoint]`"
            ),
        ),
    }
}

/// Whether a function is one that could be `async`, which is told where it says so.
fn returns_future(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, ty) if matches!(peel(ty), Type::ImplTrait(of)
        if of.bounds.iter().any(|bound| is_bound(bound, "Future"))))
}

fn check_generics(signature: &Signature, place: Place, errors: &mut Errors) {
    let remedy = match place {
        Place::Block => "name the type, use an `enum`, or make the component generic",
        Place::Contract => "name the type, or use an `enum`",
    };
    for param in &signature.generics.params {
        match param {
            GenericParam::Lifetime(lifetime) => errors.at(
                lifetime,
                "an endpoint has no lifetime parameters: what it takes and gives is owned; remove the parameter",
            ),
            GenericParam::Type(_) | GenericParam::Const(_) => errors.at(
                param,
                format_args!("an endpoint is not generic: one type travels under its name; {remedy}"),
            ),
        }
    }
}

fn check_receiver(receiver: &Receiver, errors: &mut Errors) {
    check_shared(receiver, "an endpoint", errors);
}

/// Checks that the receiver of `what` is `&self`.
pub(crate) fn check_shared(receiver: &Receiver, what: &str, errors: &mut Errors) {
    let why = format!("{what} takes `&self`: one component serves many requests at a time");
    match &receiver.kind {
        ReceiverKind::Reference(_, Some(lifetime), None) if lifetime.ident == "static" => {
            errors.at(lifetime, format_args!("{what} borrows its component while it runs: write `&self`"));
        }
        ReceiverKind::Reference(_, _, None) => {}
        ReceiverKind::Reference(_, _, Some(_)) => {
            errors.at(receiver, format_args!("{why}; put what changes behind a `Mutex` or an atomic"));
        }
        ReceiverKind::Typed(_, ty) if is_ref_self(ty) => {}
        _ => errors.at(receiver, format_args!("{why}; write `&self`")),
    }
}

fn is_ref_self(ty: &Type) -> bool {
    let Type::Reference(reference) = peel(ty) else { return false };
    let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    reference.mutability.is_none()
        && !is_static
        && matches!(peel(&reference.elem), Type::Path(path) if path.path.is_ident("Self"))
}

/// Reads what is behind the receiver; `None` if the client could not be given a method with these arguments.
pub(crate) fn inputs(signature: &Signature, errors: &mut Errors) -> Option<Inputs> {
    for input in &signature.inputs {
        if let FnArg::Typed(PatType { attrs, .. }) = input
            && let Some(cfg) = attrs.iter().find(|attribute| attribute.path().is_ident("cfg"))
        {
            errors.at(
                cfg,
                "an endpoint has the same arguments in every build: write two methods, each with a `#[cfg]`",
            );
            return None;
        }
    }
    let without_receiver = signature.receiver().is_none();
    let given: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(argument) } else { None })
        // A receiver by another name is told as one that is missing.
        .skip_while(|argument| without_receiver && is_ref_self(&argument.ty))
        .collect();
    let (context, request) = match given[..] {
        [] => return Some(Inputs { context: false, request: None }),
        [request] => (None, request),
        [context, request] => (Some(context), request),
        [_, _, extra, ..] => {
            errors.at(
                extra,
                format_args!(
                    "an endpoint takes {FORMS}: put several values into one request type, a `struct`"
                ),
            );
            return None;
        }
    };
    let before = errors.count();
    if let Some(context) = context
        && is_named(referent(&request.ty), "Context")
        && !is_named(referent(&context.ty), "Context")
    {
        let ty = text(&context.ty);
        errors.at(request, format_args!("the context comes first: `(&self, cx: Context, request: {ty})`"));
        return None;
    }
    if let Some(context) = context
        && is_named(&context.ty, STREAM)
    {
        errors.at(
            &context.ty,
            "a stream of requests is all that a caller sends: take `(&self, cx: Context, requests: RequestStream<T>)`, \
             and make what comes first its first item",
        );
    } else if let Some(context) = context
        && let Type::Reference(borrowed) = peel(&context.ty)
        && is_named(&borrowed.elem, "Context")
    {
        errors.at(&context.ty, "a handler owns the context of its call: write `cx: Context`");
    } else if let Some(context) = context
        && is_plain(&context.ty)
    {
        errors.at(
            &context.ty,
            "the argument before the request is the `Context` of the call: put several values into one request type, a `struct`",
        );
    }
    let item = request_item(&request.ty, errors);
    (errors.count() == before).then(|| Inputs {
        context: context.is_some(),
        request: Some(Request { name: argument_name(&request.pat), ty: (*request.ty).clone(), item }),
    })
}

/// What a reference refers to; any other type is itself.
pub(crate) fn referent(ty: &Type) -> &Type {
    if let Type::Reference(reference) = peel(ty) { peel(&reference.elem) } else { ty }
}

/// Whether a type is data for certain, and not an alias of `Context`.
pub(crate) fn is_plain(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "String", "Vec", "Option", "HashMap", "BTreeMap",
    ];
    last_segment(ty).is_none_or(|(name, _)| PLAIN.iter().any(|plain| name == plain))
}

/// Whether the last name of a type is this.
pub(crate) fn is_named(ty: &Type, wanted: &str) -> bool {
    last_segment(ty).is_some_and(|(name, _)| name == wanted)
}

/// Checks the type of a request. Its item, if it is a stream of them.
pub(crate) fn request_item(ty: &Type, errors: &mut Errors) -> Option<Type> {
    let item = match last_segment(ty) {
        Some((name, arguments)) if name == STREAM => {
            let [item] = arguments[..] else {
                errors.at(ty, "say what the stream of requests yields: `RequestStream<T>`");
                return None;
            };
            Some(item)
        }
        _ => None,
    };
    let one = item.unwrap_or(ty);
    if let Type::ImplTrait(of) = peel(one)
        && item.is_none()
        && of.bounds.iter().any(|bound| is_bound(bound, "Stream"))
    {
        errors.at(
            one,
            "a stream of requests has the type `RequestStream<T>`; write it instead of `impl Stream`",
        );
    } else if let Some((name, [payload])) =
        last_segment(one).as_ref().map(|(name, arguments)| (*name, &arguments[..]))
        && (name == "SingleIn" || name == "ManyIn")
    {
        let payload = text(payload);
        let remedy = if name == "ManyIn" { format!("RequestStream<{payload}>") } else { payload };
        errors.at(
            one,
            format_args!("an endpoint takes the request alone, and its `Context` before it if it wants that: write `{remedy}`"),
        );
    } else if is_named(one, "ResponseStream") || (item.is_some() && is_named(one, STREAM)) {
        errors.at(one, "a request is a value, or a stream of values: `RequestStream<T>`");
    } else if item.is_some()
        && let Some((name, arguments)) = last_segment(one)
        && name == "Result"
        && arguments.get(1).is_some_and(|error| is_named(error, "CallError"))
    {
        errors.at(
            one,
            "`RequestStream<T>` yields `Result<T, CallError>` by itself: name the type of a request alone",
        );
    } else {
        travels::check(travels::REQUEST, one, errors);
    }
    item.cloned()
}

/// Whether a bound is the trait of this name.
pub(crate) fn is_bound(bound: &TypeParamBound, name: &str) -> bool {
    matches!(bound, TypeParamBound::Trait(bound)
        if bound.path.segments.last().is_some_and(|segment| segment.ident == name))
}

/// The user's name for the request where it is one, without the underscore of an argument that the handler ignores.
fn argument_name(pattern: &Pat) -> Ident {
    if let Pat::Ident(pattern) = pattern {
        let name = pattern.ident.unraw().to_string();
        let trimmed = name.trim_start_matches('_');
        if trimmed.len() == name.len() {
            return pattern.ident.clone();
        }
        if let Ok(mut ident) = syn::parse_str::<Ident>(trimmed) {
            ident.set_span(pattern.ident.span());
            return ident;
        }
    }
    Ident::new("request", Span::mixed_site().located_at(pattern.span()))
}

/// The response and how it is produced; `None` if it cannot be told.
pub(crate) fn response(
    signature: &Signature,
    stream: Option<Option<&Type>>,
    errors: &mut Errors,
) -> Option<returns::Response> {
    returns::read(&signature.output, signature.ident.span(), stream, errors)
}

/// What a function returns, if it says so and by name.
pub(crate) fn named_output(signature: &Signature) -> Option<Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if travels::is_named_in_full(ty) => Some((**ty).clone()),
        _ => None,
    }
}

/// A type without the parentheses and the invisible groups that macros put around it.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// The last name of a path and the types between its `<>`.
pub(crate) fn last_segment(ty: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let Type::Path(path) = peel(ty) else { return None };
    let segment = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some((&segment.ident, Vec::new()));
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some((&segment.ident, types.collect()))
}

/// A type as the user wrote it, for a message.
pub(crate) fn text(ty: &Type) -> String {
    plain(ty)
}

/// Tokens as the user wrote them, for a message.
pub(crate) fn plain(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, plain) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        (" (", "("),
    ] {
        text = text.replace(spaced, plain);
    }
    text
}
