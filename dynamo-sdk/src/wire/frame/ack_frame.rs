//! Acknowledgements on a connection of the TCP request plane: a length and the content.

use bytes::{Buf, BufMut, BytesMut};

use crate::wire::frame::FrameError;
use crate::wire::frame::ack::{Ack, MAX_ACK_LEN};

/// Appends an acknowledgement.
pub(crate) fn put_ack(buf: &mut BytesMut, ack: &Ack) {
    let content = ack.to_bytes();
    buf.reserve(4 + content.len());
    // Bounded by MAX_ACK_LEN.
    buf.put_u32(content.len() as u32);
    buf.put_slice(&content);
}

/// Returns the next acknowledgement once it is complete.
pub(crate) fn decode_ack(buf: &mut BytesMut) -> Result<Option<Ack>, FrameError> {
    let Some(mut head) = buf.get(..4) else { return Ok(None) };
    let len = head.get_u32() as usize;
    if len > MAX_ACK_LEN {
        return Err(FrameError::TooLarge { size: len as u64, limit: MAX_ACK_LEN as u64 });
    }
    let Some(content) = buf.get(4..4 + len) else { return Ok(None) };
    let ack = Ack::from_bytes(content);
    buf.advance(4 + len);
    Ok(Some(ack))
}
