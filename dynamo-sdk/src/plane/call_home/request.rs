//! Puts a call together: what is sent over the request plane, and the wait for the worker that calls home.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::listener::{CallHome, Expected};
use super::stream::HomeStream;
use crate::component::Instance;
use crate::engine::Context;
use crate::error::{BoxError, CallError, Stage};
use crate::plane::dynamo::control::{
    ConnectionInfo, Control, HomeAddress, RequestType, ResponseType, StreamType,
};
use crate::plane::dynamo::frame::{TWO_PART_HEAD, put_two_part_head};
use crate::plane::dynamo::headers::{self, Headers};
use crate::plane::{OutgoingCall, Response};

/// A request, ready for a request plane.
pub(crate) struct Request {
    pub(crate) headers: Headers,
    /// The two-part frame of control message and body.
    pub(crate) payload: Bytes,
}

/// A call whose worker has not called home yet.
pub(crate) struct Pending {
    expected: Expected,
    target: Arc<Instance>,
    cx: Context,
    first_item: Option<Duration>,
    max_item: usize,
}

/// Registers the call and encodes its request.
///
/// # Errors
/// [`CallError::Local`] if the response port cannot be opened, or the control message is too long.
pub(crate) async fn prepare(
    home: &CallHome,
    call: OutgoingCall,
    max_item: usize,
) -> Result<(Request, Pending), CallError> {
    let OutgoingCall { target, cx, body, first_item } = call;
    let local = |source: BoxError| CallError::Local { endpoint: target.endpoint.clone(), source };
    let address = home.address().await.map_err(|error| local(error.into()))?.to_owned();
    let expected = home.expect();
    let connection = HomeAddress {
        address,
        subject: expected.subject.clone(),
        context: cx.id().to_owned(),
        stream_type: StreamType::Response,
    };
    let control = Control {
        id: cx.id().to_owned(),
        request_type: RequestType::SingleIn,
        response_type: ResponseType::ManyOut,
        payload_codec: target.codec,
        connection_info: ConnectionInfo::tcp_server(&connection).map_err(|error| local(error.into()))?,
        request_stream_connection_info: None,
        metadata: BTreeMap::clone(cx.metadata()),
        frontend_send_ts_ns: None,
    };
    let control = control.encode().map_err(|error| local(error.into()))?;
    let mut payload = BytesMut::with_capacity(TWO_PART_HEAD + control.len() + body.len());
    put_two_part_head(&mut payload, control.len(), body.len());
    payload.extend_from_slice(&control);
    payload.extend_from_slice(&body);
    let request = Request { headers: headers_of(&cx), payload: payload.freeze() };
    Ok((request, Pending { expected, target, cx, first_item, max_item }))
}

/// The header map of WIRE.md section 5, without what only TCP has.
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
        // Rounded up, so that the deadline passes here first: it is this side's error.
        map.insert(headers::TIMEOUT_MS, left.as_nanos().div_ceil(1_000_000).to_string());
    }
    map
}

impl Pending {
    /// Waits until the worker has called home and its handler has started.
    ///
    /// # Errors
    /// [`CallError::TimedOut`] with [`Stage::FirstItem`], [`CallError::Endpoint`] if the handler refused,
    /// [`CallError::ConnectionLost`] if the worker hung up, [`CallError::Protocol`].
    pub(crate) async fn started(self) -> Result<Response, CallError> {
        let acknowledged = Instant::now();
        let limit = self.first_item;
        let (endpoint, instance) = (self.target.endpoint.clone(), self.target.id);
        let started = self.arrive();
        let stream = match limit {
            None => started.await?,
            Some(limit) => tokio::time::timeout(limit, started)
                .await
                .map_err(|_| CallError::TimedOut { endpoint, instance, stage: Stage::FirstItem, limit })??,
        };
        Ok(Response { bodies: Box::new(stream), acknowledged })
    }

    async fn arrive(self) -> Result<HomeStream, CallError> {
        let Self { mut expected, target, cx, max_item, .. } = self;
        // The sender lives in the table until the worker arrives or the expectation is dropped, which we hold.
        let Ok(arrival) = (&mut expected.arrival).await else {
            let source = "the response listener has closed".into();
            return Err(CallError::Local { endpoint: target.endpoint.clone(), source });
        };
        let mut stream = HomeStream::new(arrival, target, cx, max_item);
        stream.prologue().await?;
        Ok(stream)
    }
}
