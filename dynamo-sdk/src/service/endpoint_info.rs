//! The static facts of one endpoint: its shape, types and documentation.

use crate::describe::Shape;
use crate::describe::type_info::TypeInfo;
use crate::service::input::FromRequest;

/// The facts about an endpoint stated by its mount statement.
#[derive(Clone, Copy)]
pub(crate) struct EndpointInfo {
    pub(crate) shape: Shape,
    pub(crate) docs: &'static str,
    pub(crate) idempotent: bool,
    pub(crate) request: TypeInfo,
    pub(crate) response: TypeInfo,
}

impl EndpointInfo {
    /// `Resp` is the item if the response is a stream.
    pub(crate) fn new<Req: FromRequest, Resp>(gives_stream: bool) -> Self {
        let shape = match (Req::STREAM, gives_stream) {
            (false, false) => Shape::Unary,
            (false, true) => Shape::Stream,
            (true, false) => Shape::ClientStream,
            (true, true) => Shape::Bidirectional,
        };
        let (request, response) = (TypeInfo::of::<Req::Item>(), TypeInfo::of::<Resp>());
        Self { shape, docs: "", idempotent: false, request, response }
    }
}
