//! The model of `#[subscribe]`: a method of a block of endpoints that hears events.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, FnArg, LitStr, PatType, Path, Safety, Signature, Type};

use crate::attr::grammar as args;

use crate::attr::grammar::{Args, Grammar, Takes};
use crate::errors::Errors;
use crate::names;
use crate::read::endpoints;
use crate::read::hook::When;
use crate::read::inputs as signature;
use crate::read::inputs::last_segment;
use crate::read::wire_types as travels;
use crate::syntax::attributes;
use crate::syntax::impl_block::Member;

/// What `scope` may be.
const SCOPES: &[&str] = &["namespace", "component", "endpoint"];

/// `#[subscribe(…)]`
const SUBSCRIBE: Grammar = Grammar::new(
    "subscribe",
    &[
        ("topic", Takes::Text),
        ("scope", Takes::Word(SCOPES)),
        ("namespace", Takes::Text),
        ("component", Takes::Text),
        ("endpoint", Takes::Text),
    ],
);

/// One `#[subscribe]` on a method.
pub(crate) struct Subscription {
    pub(crate) topic: LitStr,
    pub(crate) channel: Channel,
    pub(crate) method: Ident,
    pub(crate) attributes: Vec<Attribute>,
    /// What is in the events.
    pub(crate) payload: Type,
    /// Whether the method takes the event, and not its payload alone.
    pub(crate) takes_event: bool,
    /// What the method returns, if it says so.
    pub(crate) output: Option<Type>,
}

/// Whose events they are; what is not given is that of the component.
#[derive(Clone)]
pub(crate) struct Channel {
    pub(crate) namespace: Option<LitStr>,
    pub(crate) component: Option<LitStr>,
    pub(crate) endpoint: Option<LitStr>,
    pub(crate) whole_namespace: bool,
}

impl Channel {
    /// What tells it from others, as far as the attribute says.
    fn parts(&self) -> ([Option<String>; 3], bool) {
        let value = |name: &Option<LitStr>| name.as_ref().map(LitStr::value);
        ([value(&self.namespace), value(&self.component), value(&self.endpoint)], self.whole_namespace)
    }
}

/// What the method takes.
struct Input {
    payload: Type,
    takes_event: bool,
}

pub(crate) fn is_marker(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "subscribe")
}

/// The whole of `#[subscribe]` where no `#[endpoints]` has consumed it.
pub(crate) fn stray_marker(args: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    Args::parse(&SUBSCRIBE, args.clone(), &mut errors);
    errors.push(syn::Error::new(
        Span::call_site(),
        "`#[subscribe]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block",
    ));
    let errors = errors.finish();
    quote!(#item #errors)
}

/// Says that a trait has no methods that the runtime calls by itself.
pub(crate) fn not_in_a_contract(member: &Member, errors: &mut Errors) {
    for marker in member.markers.iter().filter(|marker| endpoints::runs_by_itself(marker)) {
        let what = if endpoints::is_hook(marker) {
            "a contract has no hooks: what runs before and after is the implementation's own; call it around \
             `runtime.serve(…Server::new(…))`"
        } else {
            "a contract hears no events: who implements it subscribes, with `runtime.namespace(…)?.subscribe(…)`"
        };
        errors.at(marker, what);
    }
}

/// The subscriptions of a block, at most one of each channel.
pub(crate) fn read(members: &[Member], errors: &mut Errors) -> Vec<Subscription> {
    let mut list: Vec<Subscription> = Vec::new();
    for subscription in members.iter().flat_map(|member| of_method(member, errors)).collect::<Vec<_>>() {
        match list.iter().find(|other| subscription.clashes_with(other)) {
            Some(other) => errors.at(
                &subscription.topic,
                format_args!(
                    "the method `{}` hears these events already: hand them on from there",
                    other.method
                ),
            ),
            None => list.push(subscription),
        }
    }
    list
}

impl Subscription {
    /// Whether both hear one channel in one build, as far as can be told.
    fn clashes_with(&self, other: &Self) -> bool {
        let cfg = |of: &Self| attributes::copied(&of.attributes, &["cfg"]).to_string();
        let (ours, theirs) = (cfg(self), cfg(other));
        self.topic.value() == other.topic.value()
            && self.channel.parts() == other.channel.parts()
            && (ours.is_empty() || theirs.is_empty() || ours == theirs)
    }
}

/// What one method hears.
fn of_method(member: &Member, errors: &mut Errors) -> Vec<Subscription> {
    if member.markers.iter().any(|marker| {
        endpoints::runs_by_itself(marker)
            && !endpoints::is_hook(marker)
            && endpoints::refuse_conditional("one that hears events", marker, errors)
    }) {
        return Vec::new();
    }
    let markers: Vec<&Attribute> = member.markers.iter().filter(|marker| is_marker(marker.path())).collect();
    if markers.is_empty() {
        return Vec::new();
    }
    let before = errors.count();
    for hook in member.markers.iter().filter(|marker| When::of(marker.path()).is_some()) {
        errors.at(hook, "a method is a hook or it hears events: remove one of the attributes");
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
    // One that cannot be called leaves no statement, which would be reported once more.
    let (Some(Input { payload, takes_event }), true) = (input, errors.count() == before) else {
        return Vec::new();
    };
    let subscription = |(topic, channel)| Subscription {
        topic,
        channel,
        method: function.signature.ident.clone(),
        attributes: member.attributes.clone(),
        payload: payload.clone(),
        takes_event,
        output: signature::named_output(&function.signature),
    };
    channels.into_iter().map(subscription).collect()
}

/// Reads topic and scope.
fn channel(marker: &Attribute, errors: &mut Errors) -> Option<(LitStr, Channel)> {
    let args = args::of_attribute(&SUBSCRIBE, marker, errors);
    let name = |key: &str, errors: &mut Errors| {
        args.text(key).map(|name| names::checked(key, name.clone(), None, errors))
    };
    let topic = name("topic", errors);
    if topic.is_none() && !args.was_meant("topic") && !args.is_unread("topic") {
        errors.at(marker, "which events? Write `#[subscribe(topic = \"…\")]`");
    }
    let (namespace, component, endpoint) =
        (name("namespace", errors), name("component", errors), name("endpoint", errors));
    let scope = args.word("scope");
    let mut whole_namespace = false;
    match scope.map(ToString::to_string).as_deref() {
        Some("namespace") => {
            whole_namespace = true;
            for (key, name) in [("component", &component), ("endpoint", &endpoint)] {
                if let Some(name) = name {
                    errors.at(
                        name,
                        format_args!(
                            "`scope = namespace` hears the namespace as a whole: remove `{key}`, or write `scope = {key}`"
                        ),
                    );
                }
            }
        }
        Some("component") => {
            if let Some(name) = &endpoint {
                errors.at(
                    name,
                    "`scope = component` hears no endpoint of it: remove `endpoint`, or write `scope = endpoint`",
                );
            }
        }
        Some("endpoint") if endpoint.is_none() && !args.is_unread("endpoint") => {
            errors.at(scope, "which endpoint? Write `scope = endpoint, endpoint = \"…\"`");
        }
        _ => {}
    }
    Some((topic?, Channel { namespace, component, endpoint, whole_namespace }))
}

/// Checks the signature and reads what the method takes.
fn input(signature: &Signature, errors: &mut Errors) -> Option<Input> {
    let method = &signature.ident;
    let form = format!("`async fn {method}(&self, event: Event<T>)`, or with the payload `T` alone");
    let what = "a method that hears events";
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format_args!("{what} is asynchronous: write {form}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, format_args!("{what} is not `unsafe`: the runtime calls it; write {form}"));
    }
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics, format_args!("{what} is not generic: write {form}"));
    }
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        errors.at(method, format_args!("{what} takes `&self`: write {form}"));
        return None;
    };
    signature::check_shared(receiver, what, errors);
    let given: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| if let FnArg::Typed(argument) = input { Some(argument) } else { None })
        .collect();
    match given[..] {
        [] => {
            errors.at(method, format_args!("{what} takes the event: write {form}"));
            None
        }
        [event] => payload(&event.ty, errors),
        [_, extra, ..] => {
            errors.at(extra, format_args!("{what} takes the event and nothing else: write {form}"));
            None
        }
    }
}

/// `Event<T>` is the event, everything else the payload: a type of the user's own may be called `Event`, without parameters.
fn payload(ty: &Type, errors: &mut Errors) -> Option<Input> {
    let before = errors.count();
    let (payload, takes_event) = match last_segment(ty) {
        Some((name, types)) if name == "Event" && types.len() == 1 => (types[0], true),
        _ => (ty, false),
    };
    travels::check(travels::PAYLOAD, payload, errors);
    (errors.count() == before).then(|| Input { payload: payload.clone(), takes_event })
}
