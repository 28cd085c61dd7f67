//! The worker's admission of a request: its acknowledgement and its response task.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::engine::context::Identity;
use crate::engine::trace::Trace;
use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::error::metadata;
use crate::error::metadata::{MAX_METADATA_BYTES, MAX_METADATA_ENTRIES};
use crate::service::admission::Refusal;
use crate::service::endpoint::Service;
use crate::transport::response::task::{ResponseTask, TaskInput};
use crate::wire::codec::Codec;
use crate::wire::control::{ControlError, ControlMessage, HomeAddress, RequestType};
use crate::wire::frame::TwoPart;
use crate::wire::frame::ack::Ack;
use crate::wire::headers;
use crate::wire::headers::Headers;

/// Accepts or rejects a request. Returns its acknowledgement and the task that answers it.
pub(crate) fn accept(
    service: &Arc<Service>,
    headers: &Headers,
    payload: Bytes,
) -> (Ack, Option<ResponseTask>) {
    let TwoPart { header, body } = match TwoPart::from_payload(payload) {
        Ok(parts) => parts,
        Err(error) => return (malformed(&error), None),
    };
    let control = match ControlMessage::decode(&header) {
        Ok(control) => control,
        Err(error) => return unreadable(service, &header, &error),
    };
    let home = match control.connection_info.home() {
        Ok(home) => home,
        Err(error) => return (malformed(&error), None),
    };
    let codec = control.payload_codec;
    let requests_at = match validate(service, &control, &home, &body) {
        Ok(requests_at) => requests_at,
        Err(error) => return refuse_at(service, home, codec, error),
    };
    if let Some((entries, bytes)) = metadata::excess(&control.metadata) {
        let message = format!(
            "{entries} entries of metadata with {bytes} bytes; at most {MAX_METADATA_ENTRIES} and \
             {MAX_METADATA_BYTES} are accepted"
        );
        return refuse_at(service, home, codec, EndpointError::refused(ErrorClass::PayloadTooLarge, message));
    }
    let admission = match service.admit() {
        Ok(admission) => admission,
        Err(refusal) => return (refusal.into(), None),
    };
    let cx = service.context(Identity {
        id: control.id,
        deadline: deadline(headers),
        metadata: control.metadata,
        trace: trace(headers),
    });
    let work = TaskInput::Run { admission, cx, body, requests_at };
    (Ack::Accepted, Some(ResponseTask { home, codec, work }))
}

/// Checks that the parts of a request match each other and the endpoint. Returns where a stream of requests is read.
fn validate(
    service: &Service,
    control: &ControlMessage,
    home: &HomeAddress,
    body: &[u8],
) -> Result<Option<HomeAddress>, EndpointError> {
    let invalid = |message: String| Err(EndpointError::refused(ErrorClass::InvalidRequest, message));
    let mismatch = |home: &HomeAddress| {
        let (theirs, ours) = (&home.context, &control.id);
        invalid(format!("the connection is for request {theirs:?}, the control message for {ours:?}"))
    };
    if home.context != control.id {
        return mismatch(home);
    }
    service.takes(control.request_type == RequestType::ManyIn)?;
    if control.request_type == RequestType::SingleIn {
        return Ok(None);
    }
    let Some(connection) = &control.request_stream_connection_info else {
        return invalid("a stream of requests without a connection for it".to_owned());
    };
    match connection.home() {
        Ok(home) if home.context != control.id => mismatch(&home),
        Ok(_) if !body.is_empty() => invalid("a stream of requests with a request beside it".to_owned()),
        Ok(home) => Ok(Some(home)),
        Err(error) => {
            invalid(format!("the connection for the requests: {}", crate::error::chain::chain(&error)))
        }
    }
}

/// Sends the caller an error over its response connection.
pub(crate) fn refuse_at(
    service: &Arc<Service>,
    home: HomeAddress,
    codec: Codec,
    error: EndpointError,
) -> (Ack, Option<ResponseTask>) {
    match service.admit() {
        Ok(mut admission) => {
            admission.failed(error.class());
            (Ack::Accepted, Some(ResponseTask { home, codec, work: TaskInput::Refuse { error, admission } }))
        }
        Err(refusal) => (refusal.into(), None),
    }
}

impl From<Refusal> for Ack {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Overloaded(why) => Self::Overloaded(why),
            Refusal::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

fn malformed(error: &dyn std::error::Error) -> Ack {
    // There is no address to dial. Dynamo sends no response here; this acknowledgement ends the call.
    Ack::Unavailable(format!("malformed request: {error}"))
}

/// Rejects a control message that cannot be decoded, over the response plane if it has a readable address.
fn unreadable(service: &Arc<Service>, control: &[u8], error: &ControlError) -> (Ack, Option<ResponseTask>) {
    match HomeAddress::salvage(control) {
        Some(home) => {
            let message =
                format!("the control message cannot be read: {}", crate::error::chain::chain(error));
            refuse_at(service, home, Codec::Json, EndpointError::refused(ErrorClass::InvalidRequest, message))
        }
        None => (malformed(error), None),
    }
}

fn deadline(headers: &Headers) -> Option<Instant> {
    let left = headers.get(headers::TIMEOUT_MS)?.parse().ok().map(Duration::from_millis)?;
    Instant::now().checked_add(left)
}

fn trace(map: &Headers) -> Trace {
    Trace::received(
        map.get(headers::TRACEPARENT),
        map.get(headers::TRACESTATE),
        map.get(headers::X_REQUEST_ID),
    )
}
