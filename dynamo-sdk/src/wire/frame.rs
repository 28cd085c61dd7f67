//! The three binary framings: two-part frames (here), request frames and acknowledgements.

pub(crate) mod ack;
#[cfg(any(feature = "tcp", test))]
pub(crate) mod ack_frame;
#[cfg(any(feature = "tcp", test))]
pub(crate) mod request;
#[cfg(test)]
mod tests;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Length of a two-part frame's header: three integers.
pub(crate) const TWO_PART_HEAD: usize = 24;

/// Bytes that are not a valid frame, or a value that does not fit into one. A connection that delivered
/// such bytes is out of sync and must be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// The frame exceeds the receiver's limit.
    #[error("a frame of {size} bytes exceeds the limit of {limit}")]
    TooLarge { size: u64, limit: u64 },
    /// The two lengths overflow when added.
    #[error("a frame announces a header of {header} and a body of {body} bytes")]
    Overflow { header: u64, body: u64 },
    /// The payload of a request does not have the length of the two-part frame inside it.
    #[error("a payload of {payload} bytes contains a frame of {frame}")]
    Payload { payload: usize, frame: u64 },
}

/// A header (control message), a body (data), or both (request).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TwoPart {
    pub(crate) header: Bytes,
    pub(crate) body: Bytes,
}

impl TwoPart {
    /// Parses the payload of a request frame or a NATS message, which must be exactly one frame.
    pub(crate) fn from_payload(mut payload: Bytes) -> Result<Self, FrameError> {
        let wrong = |frame| FrameError::Payload { payload: payload.len(), frame };
        let Some(lens) = Lens::peek(&payload) else { return Err(wrong(TWO_PART_HEAD as u64)) };
        let whole = lens.total()?.saturating_add(TWO_PART_HEAD as u64);
        if whole != payload.len() as u64 {
            return Err(wrong(whole));
        }
        payload.advance(TWO_PART_HEAD);
        // Both lengths add up to the length of a buffer in memory, so neither cast truncates.
        let header = payload.split_to(lens.header as usize);
        Ok(Self { header, body: payload })
    }
}

/// The announced lengths. Release builds of Dynamo write zero for the checksum that follows, so it is
/// not verified.
#[derive(Debug, Clone, Copy)]
struct Lens {
    header: u64,
    body: u64,
}

impl Lens {
    fn peek(mut bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= TWO_PART_HEAD).then(|| Self { header: bytes.get_u64(), body: bytes.get_u64() })
    }

    fn total(self) -> Result<u64, FrameError> {
        let Self { header, body } = self;
        header.checked_add(body).ok_or(FrameError::Overflow { header, body })
    }
}

/// Decodes two-part frames from a byte stream.
#[derive(Debug, Clone)]
pub(crate) struct TwoPartDecoder {
    /// Maximum combined length of header and body. It may be changed between frames.
    pub(crate) max_len: usize,
}

impl TwoPartDecoder {
    pub(crate) fn new(max_len: usize) -> Self {
        Self { max_len }
    }

    /// Returns the next frame once it is complete. Both parts share the memory of `buf`.
    pub(crate) fn decode(&mut self, buf: &mut BytesMut) -> Result<Option<TwoPart>, FrameError> {
        let Some(lens) = Lens::peek(buf) else { return Ok(None) };
        let total = lens.total()?;
        if total > self.max_len as u64 {
            return Err(FrameError::TooLarge { size: total, limit: self.max_len as u64 });
        }
        if ((buf.len() - TWO_PART_HEAD) as u64) < total {
            return Ok(None);
        }
        buf.advance(TWO_PART_HEAD);
        let header = buf.split_to(lens.header as usize).freeze();
        let body = buf.split_to(lens.body as usize).freeze();
        Ok(Some(TwoPart { header, body }))
    }
}

pub(crate) fn put_two_part(buf: &mut BytesMut, header: &[u8], body: &[u8]) {
    buf.reserve(TWO_PART_HEAD + header.len() + body.len());
    put_two_part_head(buf, header.len(), body.len());
    buf.put_slice(header);
    buf.put_slice(body);
}

/// Appends the lengths that precede a header and a body that are written separately.
pub(crate) fn put_two_part_head(buf: &mut BytesMut, header: usize, body: usize) {
    buf.put_u64(header as u64);
    buf.put_u64(body as u64);
    buf.put_u64(0);
}

pub(crate) fn put_control(buf: &mut BytesMut, header: &[u8]) {
    put_two_part(buf, header, &[]);
}

/// Appends a data frame whose body is written by `write`, without copying it. On failure `buf` is left
/// unchanged.
pub(crate) fn put_data_with<E>(
    buf: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> Result<(), E>,
) -> Result<(), E> {
    let start = buf.len();
    put_two_part_head(buf, 0, 0);
    let result = write(buf);
    match result {
        Ok(()) => {
            let body = (buf.len() - start - TWO_PART_HEAD) as u64;
            buf[start + 8..start + 16].copy_from_slice(&body.to_be_bytes());
        }
        Err(_) => buf.truncate(start),
    }
    result
}
