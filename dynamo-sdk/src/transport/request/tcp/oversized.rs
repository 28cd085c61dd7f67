//! Rejection of oversized requests.

use std::sync::Arc;

use crate::error::endpoint::EndpointError;
use crate::error::endpoint::class::ErrorClass;
use crate::service::endpoint::Service;
use crate::transport::response::inbound::refuse_at;
use crate::transport::response::task::ResponseTask;
use crate::wire::control::ControlMessage;
use crate::wire::frame::ack::Ack;

/// Rejects an oversized request over the response plane if its control message is readable, because callers
/// take every acknowledgement that Dynamo has for this case as acceptance.
pub(crate) fn too_large(
    served: &Arc<Service>,
    control: &[u8],
    size: u64,
    limit: u64,
) -> (Ack, Option<ResponseTask>) {
    let message =
        format!("the request of {size} bytes exceeds the limit of {limit} bytes (DYN_TCP_MAX_MESSAGE_SIZE)");
    let home = ControlMessage::decode(control)
        .ok()
        .and_then(|control| Some((control.connection_info.home().ok()?, control.payload_codec)));
    match home {
        Some((home, codec)) => {
            refuse_at(served, home, codec, EndpointError::refused(ErrorClass::PayloadTooLarge, message))
        }
        None => (Ack::Unavailable(message), None),
    }
}
