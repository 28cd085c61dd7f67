//! The subset of ZMTP 3.0 that publish/subscribe needs: greeting, NULL mechanism, frames.
//!
//! Implemented from the specification (rfc.zeromq.org, 23/ZMTP), because the available crate (`zeromq`
//! 0.7) allocates the announced length of a frame: a few bytes from any peer that reaches the port
//! aborted the process. Here memory grows with the data received, and a frame over the limit is skipped.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Minimum number of bytes requested per read.
const CHUNK: usize = 16 * 1024;

/// A read buffer that grew beyond this for one event is freed when it is empty.
const SHRINK: usize = 1024 * 1024;

/// Maximum length of a command and of a name in one. A READY has two short properties.
const MAX_COMMAND: usize = 64 * 1024;

const GREETING_LEN: usize = 64;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// A fatal error of a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ZmtpError {
    #[error("connection failed")]
    Io(#[from] std::io::Error),
    #[error("connection closed by the peer")]
    Closed,
    #[error("peer violated ZMTP: {0}")]
    Protocol(&'static str),
    #[error("peer speaks ZMTP {0}, 3.0 or later is required")]
    Version(u8),
    #[error("unexpected peer socket type {0:?}")]
    SocketType(String),
    #[error("peer rejected the connection: {0}")]
    Refused(String),
}

/// The socket type of one end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SocketType {
    Publisher,
    Subscriber,
}

impl SocketType {
    const fn name(self) -> &'static str {
        match self {
            Self::Publisher => "PUB",
            Self::Subscriber => "SUB",
        }
    }

    /// Returns the socket types that it can talk to.
    const fn partners(self) -> [&'static str; 2] {
        match self {
            Self::Publisher => ["SUB", "XSUB"],
            Self::Subscriber => ["PUB", "XPUB"],
        }
    }
}

/// Builds the greeting: signature, version 3.0, mechanism NULL.
fn greeting() -> [u8; GREETING_LEN] {
    let mut bytes = [0; GREETING_LEN];
    bytes[0] = 0xff;
    // As libzmq sends it, for peers older than ZMTP 2.
    bytes[8] = 1;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

fn check_greeting(bytes: &[u8]) -> Result<(), ZmtpError> {
    if bytes[0] != 0xff || bytes[9] & 1 != 1 {
        return Err(ZmtpError::Protocol("missing signature"));
    }
    if bytes[10] < 3 {
        return Err(ZmtpError::Version(bytes[10]));
    }
    if bytes[12..32] != *b"NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" {
        return Err(ZmtpError::Protocol("only the NULL security mechanism is supported"));
    }
    Ok(())
}

/// A frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ZmtpFrame {
    /// A message part; `more` is unset on the last one.
    Part { body: Bytes, more: bool },
    /// A message part that exceeds the limit.
    Oversized { more: bool },
    /// A command: its name and its data.
    Command { name: Bytes, body: Bytes },
}

/// Decodes frames from a byte stream.
#[derive(Debug)]
pub(super) struct ZmtpDecoder {
    /// Maximum length of a message part.
    limit: usize,
    /// The bytes left to skip of an oversized part, and its `more` flag.
    skipping: Option<(u64, bool)>,
}

impl ZmtpDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, skipping: None }
    }

    /// Returns the next frame once it is complete.
    pub(super) fn decode(&mut self, buf: &mut BytesMut) -> Result<Option<ZmtpFrame>, ZmtpError> {
        if let Some((left, more)) = self.skipping {
            return Ok(self.skip(left, more, buf));
        }
        let Some((&flags, rest)) = buf.split_first() else { return Ok(None) };
        if flags & !(MORE | LONG | COMMAND) != 0 || flags & (MORE | COMMAND) == MORE | COMMAND {
            return Err(ZmtpError::Protocol("unknown frame flags"));
        }
        let (header, size) = if flags & LONG == 0 {
            let Some(size) = rest.first() else { return Ok(None) };
            (2, u64::from(*size))
        } else {
            let Some(size) = rest.first_chunk() else { return Ok(None) };
            (9, u64::from_be_bytes(*size))
        };
        let (command, more) = (flags & COMMAND != 0, flags & MORE != 0);
        let limit = if command { MAX_COMMAND } else { self.limit };
        let Some(size) = usize::try_from(size).ok().filter(|size| *size <= limit) else {
            if command {
                return Err(ZmtpError::Protocol("command too long"));
            }
            buf.advance(header);
            return Ok(self.skip(size, more, buf));
        };
        if buf.len() - header < size {
            return Ok(None);
        }
        buf.advance(header);
        let body = buf.split_to(size).freeze();
        if !command {
            return Ok(Some(ZmtpFrame::Part { body, more }));
        }
        let Some(name) = body.first().map(|len| usize::from(*len)).filter(|len| *len < body.len()) else {
            return Err(ZmtpError::Protocol("command without a name"));
        };
        Ok(Some(ZmtpFrame::Command { name: body.slice(1..=name), body: body.slice(name + 1..) }))
    }

    fn skip(&mut self, left: u64, more: bool, buf: &mut BytesMut) -> Option<ZmtpFrame> {
        let here = usize::try_from(left).map_or(buf.len(), |left| left.min(buf.len()));
        buf.advance(here);
        let left = left - here as u64;
        self.skipping = (left > 0).then_some((left, more));
        (left == 0).then_some(ZmtpFrame::Oversized { more })
    }
}

/// Reads frames from a connection.
pub(super) struct Reader<R> {
    from: R,
    buf: BytesMut,
    decoder: ZmtpDecoder,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Returns the next frame.
    ///
    /// # Cancel safety
    /// Cancel safe: bytes received so far stay in the buffer.
    pub(super) async fn next(&mut self) -> Result<ZmtpFrame, ZmtpError> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.buf)? {
                return Ok(frame);
            }
            if self.buf.is_empty() && self.buf.capacity() > SHRINK {
                self.buf = BytesMut::new();
            }
            self.buf.reserve(CHUNK);
            if self.from.read_buf(&mut self.buf).await? == 0 {
                return Err(ZmtpError::Closed);
            }
        }
    }
}

/// Appends a message part.
pub(super) fn put_part(buf: &mut BytesMut, body: &[u8], more: bool) {
    put(buf, if more { MORE } else { 0 }, body);
}

/// Appends a command.
pub(super) fn put_command(buf: &mut BytesMut, name: &[u8], body: &[u8]) {
    let mut command = BytesMut::with_capacity(1 + name.len() + body.len());
    // Command names are short constants.
    command.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    command.put_slice(name);
    command.put_slice(body);
    put(buf, COMMAND, &command);
}

fn put(buf: &mut BytesMut, flags: u8, body: &[u8]) {
    buf.reserve(9 + body.len());
    match u8::try_from(body.len()) {
        Ok(size) => buf.put_slice(&[flags, size]),
        Err(_) => {
            buf.put_u8(flags | LONG);
            buf.put_u64(body.len() as u64);
        }
    }
    buf.put_slice(body);
}

/// Appends one READY property.
fn put_property(buf: &mut BytesMut, name: &str, value: &str) {
    buf.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    buf.put_slice(name.as_bytes());
    buf.put_u32(u32::try_from(value.len()).unwrap_or(u32::MAX));
    buf.put_slice(value.as_bytes());
}

/// Returns the value of a READY property. Names are case-insensitive.
fn property(mut body: &[u8], wanted: &str) -> Result<Option<String>, ZmtpError> {
    const CUT: ZmtpError = ZmtpError::Protocol("truncated READY");
    while let Some((&size, rest)) = body.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(size)).ok_or(CUT)?;
        let (size, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| CUT)?;
        let (value, rest) = rest.split_at_checked(size).ok_or(CUT)?;
        if name.eq_ignore_ascii_case(wanted.as_bytes()) {
            return Ok(Some(String::from_utf8_lossy(value).into_owned()));
        }
        body = rest;
    }
    Ok(None)
}

/// Builds the READY command.
fn ready(kind: SocketType) -> BytesMut {
    let (mut properties, mut bytes) = (BytesMut::new(), BytesMut::new());
    put_property(&mut properties, "Socket-Type", kind.name());
    put_command(&mut bytes, b"READY", &properties);
    bytes
}

/// Performs the handshake and checks the peer. Parts of later frames may have up to `limit` bytes.
pub(super) async fn shake_hands<R, W>(
    mut from: R,
    to: &mut W,
    kind: SocketType,
    limit: usize,
) -> Result<Reader<R>, ZmtpError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    to.write_all(&greeting()).await?;
    let mut theirs = [0; GREETING_LEN];
    from.read_exact(&mut theirs).await?;
    check_greeting(&theirs)?;
    to.write_all(&ready(kind)).await?;
    let mut reader = Reader { from, buf: BytesMut::new(), decoder: ZmtpDecoder::new(limit) };
    match reader.next().await? {
        ZmtpFrame::Command { name, body } if name == "READY" => {
            let theirs = property(&body, "Socket-Type")?.unwrap_or_default();
            if kind.partners().contains(&theirs.as_str()) {
                Ok(reader)
            } else {
                Err(ZmtpError::SocketType(theirs))
            }
        }
        ZmtpFrame::Command { name, body } if name == "ERROR" => {
            Err(ZmtpError::Refused(String::from_utf8_lossy(&body).into_owned()))
        }
        _ => Err(ZmtpError::Protocol("expected READY")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the frames of `bytes`, delivered in chunks of `piece` bytes and followed by the end of
    /// the connection.
    fn frames(bytes: &[u8], piece: usize, limit: usize) -> Result<Vec<ZmtpFrame>, ZmtpError> {
        let (mut decoder, mut buf, mut found) = (ZmtpDecoder::new(limit), BytesMut::new(), Vec::new());
        for piece in bytes.chunks(piece) {
            buf.extend_from_slice(piece);
            while let Some(frame) = decoder.decode(&mut buf)? {
                found.push(frame);
            }
        }
        Ok(found)
    }

    fn part(body: &[u8], more: bool) -> ZmtpFrame {
        ZmtpFrame::Part { body: Bytes::copy_from_slice(body), more }
    }

    /// The examples of the specification.
    #[test]
    fn the_bytes_are_those_of_the_specification() {
        let text = greeting();
        assert_eq!(text[..16], *b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL");
        assert!(text[16..].iter().all(|byte| *byte == 0));
        check_greeting(&text).unwrap();
        assert_eq!(ready(SocketType::Subscriber)[..], *b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB");
        let mut buf = BytesMut::new();
        put_part(&mut buf, b"ab", true);
        put_part(&mut buf, &[7; 256], false);
        assert_eq!(buf[..5], *b"\x01\x02ab\x02");
        assert_eq!(buf[5..14], *b"\0\0\0\0\0\0\x01\0\x07");
    }

    #[test]
    fn frames_are_read_back_in_pieces_of_any_size() {
        let mut buf = BytesMut::new();
        put_part(&mut buf, b"", true);
        put_part(&mut buf, &[9; 300], false);
        put_command(&mut buf, b"PING", b"\0\x01x");
        let ping = ZmtpFrame::Command { name: "PING".into(), body: "\0\x01x".into() };
        let expected = [part(b"", true), part(&[9; 300], false), ping];
        for piece in [1, 2, 3, 7, 300, 1000] {
            assert_eq!(frames(&buf, piece, 300).unwrap(), expected, "{piece}");
        }
    }

    #[test]
    fn a_part_that_is_too_long_is_skipped_and_takes_no_memory() {
        let mut buf = BytesMut::new();
        put_part(&mut buf, &[1; 400], true);
        put_part(&mut buf, b"ok", false);
        for piece in [1, 5, 399, 1000] {
            let expected = [ZmtpFrame::Oversized { more: true }, part(b"ok", false)];
            assert_eq!(frames(&buf, piece, 10).unwrap(), expected, "{piece}");
        }
        // An announced length that no machine can allocate.
        let (mut decoder, mut buf) =
            (ZmtpDecoder::new(10), BytesMut::from(&b"\x02\xff\xff\xff\xff\xff\xff\xff\xff"[..]));
        assert_eq!(decoder.decode(&mut buf).unwrap(), None);
        assert!(buf.capacity() < 1024);
        buf.extend_from_slice(&[0; 100]);
        assert_eq!(decoder.decode(&mut buf).unwrap(), None);
        assert!(buf.is_empty());
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for bad in
            [&b"\x08\x00"[..], b"\x05\x01\x00", b"\x04\x00", b"\x04\x01\x05", b"\x06\xff\0\0\0\0\0\0\0"]
        {
            assert!(matches!(frames(bad, 100, 10), Err(ZmtpError::Protocol(_))), "{bad:?}");
        }
    }

    #[test]
    fn greetings_of_others_are_told_apart() {
        let mut old = greeting();
        old[10] = 1;
        assert!(matches!(check_greeting(&old), Err(ZmtpError::Version(1))));
        let mut secure = greeting();
        secure[12..17].copy_from_slice(b"CURVE");
        assert!(matches!(check_greeting(&secure), Err(ZmtpError::Protocol(_))));
        assert!(matches!(check_greeting(&[0; 64]), Err(ZmtpError::Protocol(_))));
    }

    #[test]
    fn properties_are_found_and_a_cut_is_an_error() {
        let body = b"\x08Identity\0\0\0\0\x0bsocket-type\0\0\0\x04XSUB";
        assert_eq!(property(body, "Socket-Type").unwrap().as_deref(), Some("XSUB"));
        assert_eq!(property(body, "Other").unwrap(), None);
        for cut in 1..body.len() {
            if cut != 13 {
                assert!(property(&body[..cut], "Socket-Type").is_err(), "{cut}");
            }
        }
    }

    #[tokio::test]
    async fn only_what_belongs_together_shakes_hands() {
        for (one, other, good) in [
            (SocketType::Publisher, SocketType::Subscriber, true),
            (SocketType::Publisher, SocketType::Publisher, false),
            (SocketType::Subscriber, SocketType::Subscriber, false),
        ] {
            let (a, b) = tokio::io::duplex(1024);
            let ((a_in, mut a_out), (b_in, mut b_out)) = (tokio::io::split(a), tokio::io::split(b));
            let (a, b) = tokio::join!(
                shake_hands(a_in, &mut a_out, one, 10),
                shake_hands(b_in, &mut b_out, other, 10)
            );
            assert_eq!((a.is_ok(), b.is_ok()), (good, good));
        }
    }
}
