//! Request frames: what a caller writes to a worker's TCP port (docs/wire/request-plane.md#request-frame).

use std::str::Utf8Error;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::wire::control::MAX_CONTROL_LEN;
use crate::wire::frame::{Lens, TWO_PART_HEAD};
use crate::wire::headers::Headers;

/// A part of a request does not fit its length field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {part} of {len} bytes does not fit a request frame")]
pub(crate) struct PartTooLong {
    part: &'static str,
    len: usize,
}

/// Appends a request frame up to its payload, which the caller writes next.
pub(crate) fn put_request_head(
    buf: &mut BytesMut,
    path: &str,
    headers: &[u8],
    payload_len: usize,
) -> Result<(), PartTooLong> {
    fn len<T: TryFrom<usize>>(part: &'static str, len: usize) -> Result<T, PartTooLong> {
        T::try_from(len).map_err(|_| PartTooLong { part, len })
    }
    let path_len: u16 = len("path", path.len())?;
    let headers_len: u16 = len("header map", headers.len())?;
    let payload_len: u32 = len("payload", payload_len)?;
    buf.reserve(path.len() + headers.len() + 8);
    buf.put_u16(path_len);
    buf.put_slice(path.as_bytes());
    buf.put_u16(headers_len);
    buf.put_slice(headers);
    buf.put_u32(payload_len);
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestFrame {
    pub(crate) path: String,
    pub(crate) headers: Headers,
    /// A two-part frame, if the caller follows the protocol.
    pub(crate) payload: Bytes,
}

/// A frame received on a worker's port. Each is answered by one acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DecodedRequest {
    Request(RequestFrame),
    /// A frame of `size` bytes, which exceeds `limit`. The decoder skips the rest of it.
    Oversized {
        path: String,
        headers: Headers,
        size: u64,
        limit: u64,
        /// The control message, used to report the error to the caller. Empty if it is too long as well.
        control: Bytes,
    },
    /// A frame whose path is not UTF-8. The decoder skips the rest of it.
    BadPath,
}

/// Decodes request frames from a byte stream. It stays in sync whatever arrives: no byte sequence is an
/// error.
#[derive(Debug, Clone)]
pub(crate) struct RequestDecoder {
    max_message: usize,
    /// Bytes of the current frame still to be skipped.
    skip: u64,
}

/// Offsets of the parts of the frame at the front of the buffer.
#[derive(Clone, Copy)]
struct Head {
    path: usize,
    headers: usize,
    payload: u64,
}

impl Head {
    fn peek(bytes: &[u8]) -> Option<Self> {
        let path = usize::from(bytes.get(..2)?.get_u16());
        let headers = usize::from(bytes.get(2 + path..4 + path)?.get_u16());
        let payload = u64::from(bytes.get(4 + path + headers..8 + path + headers)?.get_u32());
        Some(Self { path, headers, payload })
    }

    fn len(self) -> usize {
        8 + self.path + self.headers
    }

    fn size(self) -> u64 {
        self.len() as u64 + self.payload
    }

    /// Returns the length of the two-part header and control message at the start of `payload`, if they
    /// are worth keeping. `None` if more bytes are needed to tell.
    fn control(self, payload: &[u8]) -> Option<usize> {
        if self.payload < TWO_PART_HEAD as u64 {
            return Some(0);
        }
        let header = Lens::peek(payload)?.header;
        let fits = header <= MAX_CONTROL_LEN as u64 && header + TWO_PART_HEAD as u64 <= self.payload;
        Some(if fits { header as usize } else { 0 })
    }

    fn path(self, bytes: &[u8]) -> Result<&str, Utf8Error> {
        str::from_utf8(&bytes[2..2 + self.path])
    }

    fn headers(self, bytes: &[u8]) -> Headers {
        Headers::from_json(&bytes[4 + self.path..4 + self.path + self.headers])
    }
}

impl RequestDecoder {
    pub(crate) fn new(max_message: usize) -> Self {
        Self { max_message, skip: 0 }
    }

    /// Returns the next frame once enough of it has arrived. The payload shares the memory of `buf`.
    pub(crate) fn decode(&mut self, buf: &mut BytesMut) -> Option<DecodedRequest> {
        self.skip_in(buf);
        if self.skip > 0 {
            return None;
        }
        let head = Head::peek(buf)?;
        let Ok(path) = head.path(buf) else {
            buf.advance(head.len());
            self.skip = head.payload;
            self.skip_in(buf);
            return Some(DecodedRequest::BadPath);
        };
        let limit = self.max_message as u64;
        if head.size() > limit {
            return self.oversized(head, limit, buf);
        }
        if (buf.len() as u64) < head.size() {
            return None;
        }
        let (path, headers) = (path.to_owned(), head.headers(buf));
        buf.advance(head.len());
        let payload = buf.split_to(head.payload as usize).freeze();
        Some(DecodedRequest::Request(RequestFrame { path, headers, payload }))
    }

    fn oversized(&mut self, head: Head, limit: u64, buf: &mut BytesMut) -> Option<DecodedRequest> {
        let payload = &buf[head.len()..];
        let control = head.control(payload)?;
        if control > 0 && payload.len() < TWO_PART_HEAD + control {
            return None;
        }
        let (path, headers) = (head.path(buf).ok()?.to_owned(), head.headers(buf));
        buf.advance(head.len());
        self.skip = head.payload;
        let mut kept = Bytes::new();
        if control > 0 {
            buf.advance(TWO_PART_HEAD);
            // Copied, so that an error report in flight does not keep the whole receive buffer alive.
            kept = Bytes::copy_from_slice(&buf[..control]);
            buf.advance(control);
            self.skip -= (TWO_PART_HEAD + control) as u64;
        }
        self.skip_in(buf);
        Some(DecodedRequest::Oversized { path, headers, size: head.size(), limit, control: kept })
    }

    fn skip_in(&mut self, buf: &mut BytesMut) {
        let here = usize::try_from(self.skip).unwrap_or(usize::MAX).min(buf.len());
        buf.advance(here);
        self.skip -= here as u64;
    }
}
