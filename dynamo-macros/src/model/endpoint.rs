//! An endpoint: a method, its name in the system, and the types that travel.

use proc_macro2::Ident;
use syn::{LitStr, Type, Visibility};

use super::carried::Carried;
use super::options::Options;
use super::response::Response;

/// A method marked with `#[endpoint]`.
pub(crate) struct Endpoint {
    /// Its name in the system.
    pub(crate) name: LitStr,
    pub(crate) method: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) carried: Carried,
    pub(crate) options: Options,
    /// Request and response, unless that is where the error is.
    pub(crate) shape: Option<Shape>,
    /// Whether it can be mounted. Otherwise it still gets a client method, so that calls of it raise no
    /// further errors.
    pub(crate) is_sound: bool,
}

/// Arguments and response of an endpoint.
pub(crate) struct Shape {
    pub(crate) inputs: Inputs,
    pub(crate) response: Response,
}

/// The arguments of an endpoint.
pub(crate) struct Inputs {
    /// Whether it takes the `Context`.
    pub(crate) context: bool,
    pub(crate) request: Option<Request>,
}

/// The argument that the caller sends.
pub(crate) struct Request {
    /// Its name in the client's method.
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The item of a stream of requests.
    pub(crate) item: Option<Type>,
}

impl Endpoint {
    /// What a caller sends, and its item if it is a stream.
    pub(crate) fn caller_request(&self) -> Option<(&Type, Option<&Type>)> {
        let pipeline = self.options.pipeline.as_ref().and_then(|pipeline| pipeline.request.as_ref());
        if let Some((ty, item)) = pipeline {
            return Some((ty, item.as_ref()));
        }
        let request = self.shape.as_ref()?.inputs.request.as_ref()?;
        Some((&request.ty, request.item.as_ref()))
    }
}
