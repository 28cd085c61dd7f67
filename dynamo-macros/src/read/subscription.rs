//! Reads the subscriptions of a block: methods that handle events.

use std::rc::Rc;

use syn::{FnArg, LitStr, PatType, Safety, Signature, Type};

use super::markers::{hook_kind, is_hook, is_listener, is_subscription, refuse_conditional};
use super::receiver::check_shared;
use super::{carried, wire_types};
use crate::attr::args::{Args, of_marker};
use crate::attr::grammar::Attribute;
use crate::errors::Errors;
use crate::model::subscription::{Channel, Subscription};
use crate::names;
use crate::syntax::member::Member;
use crate::syntax::types::{last_segment, named_output};

/// The argument of the method.
struct Input {
    payload: Type,
    takes_event: bool,
}

/// Reads the subscriptions of a block.
pub(super) fn read(members: &[Member], errors: &mut Errors) -> Vec<Subscription> {
    members.iter().flat_map(|member| of_method(member, errors)).collect()
}

/// Reports hooks and subscriptions of a contract, which has none.
pub(super) fn not_in_a_contract(member: &Member, errors: &mut Errors) {
    for marker in member.markers.iter().filter(|marker| is_listener(marker)) {
        let what = if is_hook(marker) {
            "a contract cannot have hooks: run that code around `runtime.serve(…Server::new(…))`"
        } else {
            "a contract cannot subscribe: do so in the implementation, with \
             `runtime.namespace(…)?.subscribe(…)`"
        };
        errors.at(marker, what);
    }
}

/// Reads the subscriptions of one method.
fn of_method(member: &Member, errors: &mut Errors) -> Vec<Subscription> {
    if member
        .markers
        .iter()
        .any(|marker| is_listener(marker) && !is_hook(marker) && refuse_conditional(marker, errors))
    {
        return Vec::new();
    }
    let markers: Vec<&syn::Attribute> =
        member.markers.iter().filter(|marker| is_subscription(marker.path())).collect();
    if markers.is_empty() {
        return Vec::new();
    }
    let before = errors.count();
    for hook in member.markers.iter().filter(|marker| hook_kind(marker.path()).is_some()) {
        errors.at(hook, "a method cannot be a hook and a subscription: remove one of the attributes");
    }
    let function = match &member.function {
        Ok(function) => function,
        Err(error) => {
            errors
                .push(syn::Error::new(error.span(), format_args!("`#[subscribe]` marks a method: {error}")));
            return Vec::new();
        }
    };
    let channels: Vec<_> = markers.iter().filter_map(|marker| channel(marker, errors)).collect();
    let input = input(&function.signature, errors);
    // A statement about a method that cannot be called would repeat the error.
    let (Some(Input { payload, takes_event }), true) = (input, errors.count() == before) else {
        return Vec::new();
    };
    let carried = Rc::new(carried::read(&member.attributes));
    let subscription = |(topic, channel)| Subscription {
        topic,
        channel,
        method: function.signature.ident.clone(),
        carried: Rc::clone(&carried),
        payload: payload.clone(),
        takes_event,
        output: named_output(&function.signature),
    };
    channels.into_iter().map(subscription).collect()
}

/// Reads topic and scope.
fn channel(marker: &syn::Attribute, errors: &mut Errors) -> Option<(LitStr, Channel)> {
    let args = of_marker(Attribute::Subscribe, marker, errors);
    let name = |key: &str, errors: &mut Errors| {
        args.text(key).map(|name| names::checked(key, name.clone(), None, errors))
    };
    let topic = name("topic", errors);
    if topic.is_none() && !args.was_meant("topic") && !args.is_unread("topic") {
        errors.at(marker, "missing `topic`: write `#[subscribe(topic = \"…\")]`");
    }
    let (namespace, component, endpoint) =
        (name("namespace", errors), name("component", errors), name("endpoint", errors));
    let whole_namespace = scope(&args, component.as_ref(), endpoint.as_ref(), errors);
    Some((topic?, Channel { namespace, component, endpoint, whole_namespace }))
}

/// Checks that the names fit the scope. Whether it is the namespace as a whole.
fn scope(args: &Args, component: Option<&LitStr>, endpoint: Option<&LitStr>, errors: &mut Errors) -> bool {
    let scope = args.word("scope");
    match scope.map(ToString::to_string).as_deref() {
        Some("namespace") => {
            for (key, name) in [("component", component), ("endpoint", endpoint)] {
                if let Some(name) = name {
                    errors.at(
                        name,
                        format_args!(
                            "`scope = namespace` covers the whole namespace: remove `{key}`, or write \
                             `scope = {key}`"
                        ),
                    );
                }
            }
        }
        Some("component") => {
            if let Some(name) = endpoint {
                errors.at(
                    name,
                    "`scope = component` excludes the events of endpoints: remove `endpoint`, or write \
                     `scope = endpoint`",
                );
            }
        }
        Some("endpoint") if endpoint.is_none() && !args.is_unread("endpoint") => {
            errors.at(scope, "missing `endpoint`: write `scope = endpoint, endpoint = \"…\"`");
        }
        _ => {}
    }
    scope.is_some_and(|scope| scope == "namespace")
}

/// Checks the signature and reads what the method takes.
fn input(signature: &Signature, errors: &mut Errors) -> Option<Input> {
    let method = &signature.ident;
    let form = format!("`async fn {method}(&self, event: Event<T>)`, or with the payload `T` alone");
    let what = "a subscription";
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format_args!("{what} must be async: write {form}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, format_args!("{what} cannot be `unsafe`: the runtime calls it; write {form}"));
    }
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics, format_args!("{what} cannot be generic: write {form}"));
    }
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        errors.at(method, format_args!("{what} must take `&self`: write {form}"));
        return None;
    };
    check_shared(receiver, what, errors);
    let given: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(argument) } else { None })
        .collect();
    match given[..] {
        [] => {
            errors.at(method, format_args!("{what} must take the event: write {form}"));
            None
        }
        [event] => payload(&event.ty, errors),
        [_, extra, ..] => {
            errors.at(extra, format_args!("{what} takes only the event: write {form}"));
            None
        }
    }
}

/// `Event<T>` is the event, everything else the payload: a type of the user's own may be called `Event`,
/// without parameters.
fn payload(ty: &Type, errors: &mut Errors) -> Option<Input> {
    let before = errors.count();
    let (payload, takes_event) = match last_segment(ty) {
        Some((name, types)) if name == "Event" && types.len() == 1 => (types[0], true),
        _ => (ty, false),
    };
    wire_types::check(wire_types::PAYLOAD, payload, errors);
    (errors.count() == before).then(|| Input { payload: payload.clone(), takes_event })
}
