//! The caller's side of a call: encodes the request and waits for the worker to connect.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use crate::engine::context::Context;
use crate::error::call::kind::Stage;
use crate::error::transport::TransportError;
use crate::transport::request::source::RequestSource;
use crate::transport::request::{Request, RequestBody, Response};
use crate::transport::response::home_stream::HomeStream;
use crate::transport::response::listener::{ExpectedConnection, ResponseListener};
use crate::transport::response::request_sender::RequestSender;
use crate::wire::codec::Codec;
use crate::wire::control::{
    ControlMessage, HomeAddress, RequestType, ResponseType, StreamAddress, StreamType,
};
use crate::wire::frame::{TWO_PART_HEAD, put_two_part_head};
use crate::wire::headers;
use crate::wire::headers::Headers;

/// An encoded request, ready for a request plane.
pub(crate) struct PreparedRequest {
    pub(crate) headers: Headers,
    /// The two-part frame of control message and body.
    pub(crate) payload: Bytes,
}

/// A call whose worker has not connected yet.
pub(crate) struct AwaitedResponse {
    expected: ExpectedConnection,
    codec: Codec,
    cx: Context,
    first_item: Option<Duration>,
    max_item: usize,
    /// The stream of requests and its connection, if the call has one.
    requests: Option<(ExpectedConnection, RequestSource)>,
}

/// Registers the call and encodes its request.
///
/// # Errors
/// [`CallErrorKind::InvalidCall`](crate::error::call::kind::CallErrorKind::InvalidCall) if the response port cannot be opened, or the control message is too long.
pub(crate) async fn prepare(
    home: &ResponseListener,
    call: Request,
    max_item: usize,
) -> Result<(PreparedRequest, AwaitedResponse), TransportError> {
    let Request { target, cx, input, first_item } = call;
    let address = home.address().await.map_err(TransportError::invalid)?.to_owned();
    let connection = |expected: &ExpectedConnection, stream_type| {
        let home = HomeAddress {
            address: address.clone(),
            subject: expected.subject.clone(),
            context: cx.id().to_owned(),
            stream_type,
        };
        StreamAddress::tcp_server(&home).map_err(TransportError::invalid)
    };
    let expected = home.expect(StreamType::Response);
    let (request_type, body, requests) = match input {
        RequestBody::One(body) => (RequestType::SingleIn, body, None),
        RequestBody::Many(supply) => {
            (RequestType::ManyIn, Bytes::new(), Some((home.expect(StreamType::Request), supply)))
        }
    };
    let for_requests = match &requests {
        Some((expected, _)) => Some(connection(expected, StreamType::Request)?),
        None => None,
    };
    let control = ControlMessage {
        id: cx.id().to_owned(),
        request_type,
        response_type: ResponseType::ManyOut,
        payload_codec: target.codec,
        connection_info: connection(&expected, StreamType::Response)?,
        request_stream_connection_info: for_requests,
        metadata: BTreeMap::clone(cx.metadata()),
        frontend_send_ts_ns: None,
    };
    let control = control.encode().map_err(TransportError::invalid)?;
    let mut payload = BytesMut::with_capacity(TWO_PART_HEAD + control.len() + body.len());
    put_two_part_head(&mut payload, control.len(), body.len());
    payload.extend_from_slice(&control);
    payload.extend_from_slice(&body);
    let request = PreparedRequest { headers: headers_of(&cx), payload: payload.freeze() };
    Ok((request, AwaitedResponse { expected, codec: target.codec, cx, first_item, max_item, requests }))
}

/// Returns the headers of a request, without those specific to TCP.
fn headers_of(cx: &Context) -> Headers {
    let mut map = Headers::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    map.insert(headers::SEND_TIME_NS, now.as_nanos().to_string());
    map.insert(headers::REQUEST_ID, cx.id());
    let trace = cx.trace();
    for (name, value) in [
        (headers::TRACEPARENT, &trace.traceparent),
        (headers::TRACESTATE, &trace.tracestate),
        (headers::X_REQUEST_ID, &trace.x_request_id),
    ] {
        if let Some(value) = value {
            map.insert(name, value.as_str());
        }
    }
    if let Some(left) = cx.time_left() {
        // Rounded up, so the deadline passes here first and is reported as the caller's.
        map.insert(headers::TIMEOUT_MS, left.as_nanos().div_ceil(1_000_000).to_string());
    }
    map
}

impl AwaitedResponse {
    /// Waits until the worker has connected and its handler has started.
    ///
    /// # Errors
    /// `TimedOut` with [`Stage::FirstItem`], `Endpoint` if the worker rejected the request, `ConnectionLost` if it
    /// closed the connection, `Protocol`.
    pub(crate) async fn started(self) -> Result<Response, TransportError> {
        let acknowledged = Instant::now();
        let limit = self.first_item;
        let supply = self.requests.as_ref().map(|(_, supply)| supply.clone());
        let started = self.arrive();
        let late = || TransportError::timed_out(Stage::FirstItem, limit.unwrap_or_default());
        let stream = match (limit, supply) {
            (None, _) => started.await?,
            (Some(limit), None) => tokio::time::timeout(limit, started).await.map_err(|_| late())??,
            (Some(limit), Some(supply)) => tokio::select! {
                biased;
                stream = started => stream?,
                () = supply.waited(acknowledged, limit) => return Err(late()),
            },
        };
        Ok(Response { bodies: Box::new(stream), acknowledged })
    }

    async fn arrive(self) -> Result<HomeStream, TransportError> {
        let Self { mut expected, codec, cx, max_item, requests, .. } = self;
        // The sender stays in the table until the worker connects or `expected`, held here, is dropped.
        let Ok(arrival) = (&mut expected.arrival).await else {
            return Err(TransportError::invalid("the response listener was closed"));
        };
        let requests = requests.map(|(expected, supply)| {
            Box::new(RequestSender::new(expected, supply, codec, cx.clone(), max_item))
        });
        HomeStream::start(arrival, cx, max_item, requests).await
    }
}
