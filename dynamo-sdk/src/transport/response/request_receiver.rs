//! The worker's end of a connection for requests. Read on demand, so a slow handler applies back-pressure to
//! its caller.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::BoxError;
use crate::service::input::{EncodedRequests, InputBreak};
use crate::transport::net::stream::Stream;
use crate::wire::codec::Codec;
use crate::wire::control::{Handshake, HomeAddress, Signal, StreamType};
use crate::wire::frame::{TwoPart, TwoPartDecoder, put_control};

/// Minimum number of bytes read at a time.
const CHUNK: usize = 16 * 1024;

/// Sends the handshake of a connection for requests.
pub(super) async fn greet(stream: &mut Stream, home: HomeAddress) -> Result<(), BoxError> {
    let handshake = Handshake { subject: home.subject, stream_type: StreamType::Request };
    let mut frame = BytesMut::new();
    put_control(&mut frame, &Codec::Json.encode(&handshake)?);
    Ok(stream.write_all(&frame).await?)
}

/// Returns the requests received over `stream`, each of at most `max_item` bytes.
pub(super) fn read(stream: Stream, max_item: usize) -> EncodedRequests {
    let requests = RequestConnection { stream, buf: BytesMut::new(), decoder: TwoPartDecoder::new(max_item) };
    stream::unfold(requests, |mut requests| async move {
        let request = requests.next().await?;
        Some((request, requests))
    })
    .boxed()
}

struct RequestConnection {
    stream: Stream,
    buf: BytesMut,
    decoder: TwoPartDecoder,
}

impl RequestConnection {
    /// Reads the next request; `None` after the caller's end mark.
    async fn next(&mut self) -> Option<Result<Bytes, InputBreak>> {
        let lost = |why: BoxError| Some(Err(InputBreak::Lost(why)));
        loop {
            match self.decoder.decode(&mut self.buf) {
                Ok(Some(TwoPart { header, body })) => match (header.is_empty(), body.is_empty()) {
                    // Empty frames have no meaning and are skipped.
                    (true, true) => continue,
                    (true, false) => return Some(Ok(body)),
                    (false, true) => return closed(&header),
                    (false, false) => return lost("a request has a header".into()),
                },
                Ok(None) => {}
                Err(error) => return lost(error.into()),
            }
            self.buf.reserve(CHUNK);
            match self.stream.read_buf(&mut self.buf).await {
                Ok(0) => return lost("the connection was closed before the last request".into()),
                Ok(_) => {}
                Err(error) => return lost(error.into()),
            }
        }
    }
}

/// Interprets the closing frame.
fn closed(header: &[u8]) -> Option<Result<Bytes, InputBreak>> {
    match Signal::from_json(header) {
        Some(Signal::Sentinel) => None,
        Some(Signal::Stop) => Some(Err(InputBreak::Stopped)),
        Some(Signal::Kill) => Some(Err(InputBreak::Killed)),
        None => Some(Err(InputBreak::Lost("an unexpected control message".into()))),
    }
}
