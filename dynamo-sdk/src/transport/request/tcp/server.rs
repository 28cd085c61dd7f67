//! The request port: reads request frames, acknowledges them in order, and spawns response tasks.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::config::Config;
use crate::observe::observer::Plane;
use crate::runtime::Runtime;
use crate::service::registry::Registry;
use crate::transport::net::accept::{AcceptLimits, accept_loop};
use crate::transport::net::listen::PortListener;
use crate::transport::net::stream::Stream;
use crate::transport::request::tcp::oversized::too_large;
use crate::transport::response::inbound as accept;
use crate::transport::response::task::{ResponseLimits, ResponseTask};
use crate::wire::frame::ack::Ack;
use crate::wire::frame::ack_frame::put_ack;
use crate::wire::frame::request::{DecodedRequest, RequestDecoder};

/// Minimum number of bytes read at a time.
const CHUNK: usize = 16 * 1024;

/// An empty read buffer with a larger capacity than this is freed.
const SHRINK: usize = 1024 * 1024;

struct TcpServer {
    runtime: Runtime,
    registry: Arc<Registry>,
    max_message: usize,
    limits: ResponseLimits,
}

/// Serves `listener` until the runtime ends.
pub(super) fn start(runtime: &Runtime, listener: PortListener, registry: Arc<Registry>, config: &Config) {
    let server = Arc::new(TcpServer {
        runtime: runtime.clone(),
        registry,
        max_message: config.request.tcp_max_message_size,
        limits: ResponseLimits::of(config),
    });
    let limits = AcceptLimits::unlimited("a request connection");
    let accept = accept_loop(listener, runtime.clone(), limits, move |stream, from| async move {
        // Closing is not an error: Dynamo callers open connections that they never use.
        let _open = server.runtime.observers().accepted(Plane::Request, from);
        if let Err(error) = server.converse(stream).await {
            tracing::debug!(%from, %error, "a request connection ended");
        }
    });
    drop(runtime.spawn(accept));
}

impl TcpServer {
    async fn converse(&self, mut stream: Stream) -> std::io::Result<()> {
        stream.expect_reader()?;
        let mut decoder = RequestDecoder::new(self.max_message);
        let (mut buf, mut acks) = (BytesMut::new(), BytesMut::new());
        let mut jobs: Vec<ResponseTask> = Vec::new();
        loop {
            while let Some(incoming) = decoder.decode(&mut buf) {
                let (ack, job) = self.decide(incoming);
                put_ack(&mut acks, &ack);
                jobs.extend(job);
            }
            if !acks.is_empty() {
                // Acknowledge first: callers do not expect a response before its acknowledgement.
                stream.write_all(&acks).await?;
                acks.clear();
                for job in jobs.drain(..) {
                    drop(self.runtime.spawn(job.run(self.limits)));
                }
            }
            if buf.is_empty() && buf.capacity() > SHRINK {
                buf = BytesMut::new();
            }
            buf.reserve(CHUNK);
            if stream.read_buf(&mut buf).await? == 0 {
                return Ok(());
            }
        }
    }

    fn decide(&self, incoming: DecodedRequest) -> (Ack, Option<ResponseTask>) {
        match incoming {
            DecodedRequest::Request(frame) => match self.registry.find(&frame.path) {
                Some(served) => accept::accept(&served, &frame.headers, frame.payload),
                None => (unknown(&frame.path), None),
            },
            DecodedRequest::Oversized { path, size, limit, control, .. } => match self.registry.find(&path) {
                Some(served) => too_large(&served, &control, size, limit),
                None => (unknown(&path), None),
            },
            DecodedRequest::BadPath => {
                (Ack::Unavailable("unknown endpoint: the path is not text".to_owned()), None)
            }
        }
    }
}

fn unknown(path: &str) -> Ack {
    Ack::Unavailable(format!("unknown endpoint {path}"))
}
