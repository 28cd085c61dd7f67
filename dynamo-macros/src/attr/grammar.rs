//! The attributes and their keys, all in one place.
//!
//! A new key is one line here, and one where `read` asks for its value.

use proc_macro2::Ident;

use super::value::Takes;
use crate::names;

/// An attribute of this crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Component,
    Client,
    Endpoints,
    Endpoint,
    OnStart,
    OnStop,
    Health,
    Subscribe,
    Operator,
    Engine,
    Main,
    Test,
}

/// One attribute and its keys.
pub(crate) struct Grammar {
    attribute: &'static str,
    pub(super) keys: &'static [(&'static str, Takes)],
}

/// The words of `on_disconnect`; the first is the default.
const ON_DISCONNECT: &[&str] = &["kill", "stop", "ignore"];

/// The words of `scope`.
const SCOPES: &[&str] = &["namespace", "component", "endpoint"];

const COMPONENT: Grammar =
    Grammar::new("component", &[("namespace", Takes::Text), ("name", Takes::Text), ("crate", Takes::Path)]);

const CLIENT: Grammar = Grammar::new("client", &[]);

const ENDPOINTS: Grammar =
    Grammar::new("endpoints", &[("crate", Takes::Path), ("part", Takes::Name), ("parts", Takes::Names)]);

const ENDPOINT: Grammar = Grammar::new(
    "endpoint",
    &[
        ("name", Takes::Text),
        ("stream", Takes::MaybeType),
        ("timeout", Takes::Duration),
        ("max_in_flight", Takes::Number),
        ("queue", Takes::Number),
        ("idempotent", Takes::Flag),
        ("on_disconnect", Takes::Word(ON_DISCONNECT)),
        ("cpu", Takes::Flag),
        ("canary", Takes::Expr),
        ("pipeline", Takes::List),
        ("request", Takes::MaybeType),
        ("response", Takes::MaybeType),
    ],
);

const ON_START: Grammar = Grammar::new("on_start", &[]);
const ON_STOP: Grammar = Grammar::new("on_stop", &[]);
const HEALTH: Grammar = Grammar::new("health", &[]);

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

const OPERATOR: Grammar = Grammar::new("operator", &[("name", Takes::Name), ("crate", Takes::Path)]);
const ENGINE: Grammar = Grammar::new("engine", &[("name", Takes::Name), ("crate", Takes::Path)]);

/// `#[dynamo_sdk::main]`
const MAIN: Grammar = Grammar::new("main", &[("crate", Takes::Path)]);

/// `#[dynamo_sdk::test]`
const TEST: Grammar = Grammar::new("test", &[("crate", Takes::Path)]);

impl Attribute {
    /// The keys of the attribute.
    pub(crate) const fn grammar(self) -> &'static Grammar {
        match self {
            Self::Component => &COMPONENT,
            Self::Client => &CLIENT,
            Self::Endpoints => &ENDPOINTS,
            Self::Endpoint => &ENDPOINT,
            Self::OnStart => &ON_START,
            Self::OnStop => &ON_STOP,
            Self::Health => &HEALTH,
            Self::Subscribe => &SUBSCRIBE,
            Self::Operator => &OPERATOR,
            Self::Engine => &ENGINE,
            Self::Main => &MAIN,
            Self::Test => &TEST,
        }
    }

    /// The name of the attribute, without its path.
    pub(crate) const fn name(self) -> &'static str {
        self.grammar().attribute
    }
}

impl Grammar {
    const fn new(attribute: &'static str, keys: &'static [(&'static str, Takes)]) -> Self {
        Self { attribute, keys }
    }

    /// The name of the attribute.
    pub(super) const fn attribute(&self) -> &'static str {
        self.attribute
    }

    pub(super) fn takes(&self, key: &Ident) -> Option<Takes> {
        self.keys.iter().find(|(known, _)| key == known).map(|(_, takes)| *takes)
    }

    /// The key that a text without a key is probably meant for.
    pub(super) fn first_text(&self, is_free: impl Fn(&str) -> bool) -> Option<&'static str> {
        let texts = self.keys.iter().filter(|(_, takes)| matches!(takes, Takes::Text));
        texts.map(|(key, _)| *key).find(|key| is_free(key))
    }

    pub(super) fn nearest(&self, key: &Ident) -> Option<&'static str> {
        names::nearest(&key.to_string(), self.keys.iter().map(|(known, _)| *known))
    }

    pub(super) fn list(&self) -> String {
        self.keys.iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn unknown(&self, key: &Ident) -> String {
        if self.keys.is_empty() {
            return format!("`#[{}]` takes no keys: remove `{key}`", self.attribute);
        }
        let hint = self.nearest(key).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        let separator = if hint.is_empty() { ";" } else { "" };
        let (list, attribute) = (self.list(), self.attribute);
        let keys = if self.keys.len() == 1 { "the only key is" } else { "the keys are" };
        format!("`#[{attribute}]` has no key `{key}`{hint}{separator} {keys} {list}")
    }
}
