//! A contract: a trait whose methods are endpoints.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{ItemTrait, Signature, Type};

use super::component::Component;
use super::endpoint::Endpoint;

/// A trait with endpoints that a server implements and a client calls.
pub(crate) struct Contract {
    pub(crate) component: Component,
    /// The type that serves an implementation.
    pub(crate) server: Ident,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The declaration of each endpoint, in the same order.
    pub(crate) methods: Vec<Method>,
    /// The trait without its items.
    pub(crate) head: ItemTrait,
    /// The items of the trait, after the inner attributes.
    pub(crate) items: Vec<Item>,
    /// Whether the client can implement the trait. Otherwise an error was reported.
    pub(crate) is_sound: bool,
}

/// One item of the trait.
pub(crate) enum Item {
    /// As the user wrote it.
    Written(TokenStream),
    /// An `async fn` that is an endpoint: its attributes, its position among the endpoints and its body or
    /// `;`.
    Declared { attributes: TokenStream, endpoint: usize, end: TokenTree },
}

/// One endpoint in the trait.
pub(crate) struct Method {
    /// As declared, with streams that are `Send`.
    pub(crate) signature: Signature,
    /// How the client implements it, unless that is where the error is.
    pub(crate) answer: Option<Answer>,
}

/// How the client produces the declared return type.
pub(crate) enum Answer {
    /// `Result<T, E>` or `Result<ResponseStream<T>, E>`
    Called { error: Box<Type> },
    /// `impl Stream<Item = Result<T, E>>`
    Streamed { item: Type, error: Box<Type> },
    /// `Result<impl Stream<Item = Result<T, E>>, O>`
    Opened { item: Type, error: Box<Type>, opening_error: Box<Type> },
}
