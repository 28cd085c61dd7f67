//! Response items: the wrapper in every data frame (docs/wire/payloads.md#item-wrapper) and its annotations
//! (docs/wire/payloads.md#annotated-items).

#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use bytes::BytesMut;
use serde::de::value::UnitDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::endpoint::EndpointError;
use crate::wire::codec::{Codec, CodecError};
use crate::wire::error_object::{ErrorObject, Lenient};

/// The annotation event that marks an item as an error.
const ERROR: &str = "error";

#[derive(Serialize)]
struct Wrapper<I> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<I>,
    complete_final: bool,
}

/// Appends an item that carries `data`.
pub(crate) fn put_data<T>(codec: Codec, data: &T, buf: &mut BytesMut) -> Result<(), CodecError>
where
    T: Serialize + ?Sized,
{
    #[derive(Serialize)]
    struct Data<'a, T: ?Sized> {
        data: &'a T,
    }
    codec.encode_into(&Wrapper { data: Some(Data { data }), complete_final: false }, buf)
}

/// Appends the error item that ends a response.
pub(crate) fn put_error(codec: Codec, error: &EndpointError, buf: &mut BytesMut) -> Result<(), CodecError> {
    #[derive(Serialize)]
    struct Failure {
        event: &'static str,
        error: ErrorObject,
    }
    let data = Some(Failure { event: ERROR, error: error.into() });
    codec.encode_into(&Wrapper { data, complete_final: false }, buf)
}

/// Appends the wrapper that marks the response as complete.
pub(crate) fn put_final(codec: Codec, buf: &mut BytesMut) -> Result<(), CodecError> {
    codec.encode_into(&Wrapper::<()> { data: None, complete_final: true }, buf)
}

/// The content of one item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<T> {
    /// A value.
    Data(T),
    /// Annotations without data, for a `T` that has no value to represent its absence.
    Nothing,
    /// The error that the handler returned.
    Error(EndpointError),
}

/// A decoded data frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Received<T> {
    Item(Item<T>),
    /// The response is complete, with or without a last item.
    End(Option<Item<T>>),
    /// Neither an item nor the end: a protocol violation.
    Empty,
}

/// Decodes the body of a data frame.
pub(crate) fn decode<T: DeserializeOwned>(codec: Codec, body: &[u8]) -> Result<Received<T>, CodecError> {
    codec.decode(body)
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum WrapperField {
    Data,
    CompleteFinal,
    #[serde(other)]
    Other,
}

// Both maps are deserialized by hand: a derived implementation would also accept sequences, and could
// not decide by the type of the data whether its absence is a value.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Received<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WrapperMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for WrapperMap<T> {
            type Value = Received<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a response item wrapper")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Received<T>, A::Error> {
                let mut item = None;
                let mut complete_final = false;
                while let Some(field) = map.next_key()? {
                    match field {
                        WrapperField::Data => item = map.next_value()?,
                        WrapperField::CompleteFinal => {
                            complete_final = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        WrapperField::Other => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(match item {
                    _ if complete_final => Received::End(item),
                    Some(item) => Received::Item(item),
                    None => Received::Empty,
                })
            }
        }

        deserializer.deserialize_map(WrapperMap(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ItemField {
    Data,
    Event,
    Comment,
    Error,
    #[serde(other)]
    Other,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ItemMap<T> {
            type Value = Item<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a response item")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item<T>, A::Error> {
                let mut data: Option<T> = None;
                let mut event: Option<String> = None;
                let mut comment: Option<Lenient<Vec<String>>> = None;
                let mut error: Option<Lenient<ErrorObject>> = None;
                while let Some(field) = map.next_key()? {
                    match field {
                        ItemField::Data => data = map.next_value()?,
                        ItemField::Event => event = map.next_value()?,
                        ItemField::Comment => comment = map.next_value()?,
                        ItemField::Error => error = map.next_value()?,
                        ItemField::Other => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                if event.as_deref() == Some(ERROR) {
                    let comment = comment.and_then(Lenient::valid).unwrap_or_default();
                    return Ok(Item::Error(failure(error, &comment)));
                }
                Ok(data.or_else(absent).map_or(Item::Nothing, Item::Data))
            }
        }

        deserializer.deserialize_map(ItemMap(PhantomData))
    }
}

/// Returns the value that represents absent data, if the type has one.
fn absent<'de, T: Deserialize<'de>>() -> Option<T> {
    let unit: UnitDeserializer<serde::de::value::Error> = ().into_deserializer();
    T::deserialize(unit).ok()
}

/// Builds the error of an item. Old workers send nothing but a few comments.
fn failure(object: Option<Lenient<ErrorObject>>, comment: &[String]) -> EndpointError {
    match object {
        Some(Lenient::Valid(object)) => object.into(),
        _ if comment.is_empty() => EndpointError::internal("the endpoint failed without an error message"),
        _ => EndpointError::internal(comment.join(", ")),
    }
}
