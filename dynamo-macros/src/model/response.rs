//! The response of an endpoint: one value or a stream, and where an error may come from.

use syn::Type;

/// What an endpoint returns.
pub(crate) enum Response {
    /// `T`
    Value(Type),
    /// `Result<T, E>`; `E` is `_` if the signature does not show it.
    Fallible(Type, Box<Type>),
    /// A stream of items, possibly in a `Result`.
    Stream(Box<Stream>),
}

/// A stream of responses.
pub(crate) struct Stream {
    pub(crate) item: Item,
    /// The error of the `Result` around the stream.
    pub(crate) opening_error: Option<Box<Type>>,
}

/// What a stream yields.
pub(crate) enum Item {
    /// `T`
    Plain(Type),
    /// `Result<T, E>`
    Fallible(Type, Box<Type>),
    /// The item of this stream type, an alias that only rustc sees through.
    Of(Type),
}

impl Response {
    /// The type that travels, or the stream type whose item does. Its tokens keep the user's spans.
    pub(crate) fn wire_type(&self) -> &Type {
        match self {
            Self::Value(ty) | Self::Fallible(ty, _) => ty,
            Self::Stream(stream) => match &stream.item {
                Item::Plain(ty) | Item::Fallible(ty, _) | Item::Of(ty) => ty,
            },
        }
    }
}
