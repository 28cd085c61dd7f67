//! The stream type of every connection: requests, responses and events.

#[cfg(feature = "tcp")]
mod prompt_reader;
#[cfg(feature = "_network")]
pub(crate) mod signal;

use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Probes an idle connection after 15 s and then every 5 s; the third lost probe resets it. In total half a minute, like the
/// limits of discovery for a lost process.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(15))
    .with_interval(Duration::from_secs(5))
    .with_retries(3);

/// A connection to another process.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP without encryption.
    Plain(TcpStream),
}

/// The reading half of a [`Stream`].
#[derive(Debug)]
pub(crate) enum ReadHalf {
    /// TCP without encryption.
    Plain(OwnedReadHalf),
}

/// The writing half of a [`Stream`]. Dropping it shuts down the sending direction.
#[derive(Debug)]
pub(crate) enum WriteHalf {
    /// TCP without encryption.
    Plain(OwnedWriteHalf),
}

impl Stream {
    /// Wraps a connected socket. Sets `TCP_NODELAY`, because every write completes a message, and keep-alive, which detects
    /// a vanished peer on an idle connection.
    pub(super) fn plain(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        SockRef::from(&socket).set_tcp_keepalive(&KEEPALIVE)?;
        Ok(Self::Plain(socket))
    }

    /// Splits the stream into halves for different tasks.
    pub(crate) fn into_split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Self::Plain(socket) => {
                let (reader, writer) = socket.into_split();
                (ReadHalf::Plain(reader), WriteHalf::Plain(writer))
            }
        }
    }
}

macro_rules! reads {
    ($($type:ty),+) => {$(
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                task: &mut Task<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Plain(socket) => Pin::new(socket).poll_read(task, buf),
                }
            }
        }
    )+};
}

macro_rules! writes {
    ($($type:ty),+) => {$(
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                task: &mut Task<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::Plain(socket) => Pin::new(socket).poll_write(task, bytes),
                }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                task: &mut Task<'_>,
                bytes: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::Plain(socket) => Pin::new(socket).poll_write_vectored(task, bytes),
                }
            }

            fn is_write_vectored(&self) -> bool {
                match self {
                    Self::Plain(socket) => socket.is_write_vectored(),
                }
            }

            fn poll_flush(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Plain(socket) => Pin::new(socket).poll_flush(task),
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Plain(socket) => Pin::new(socket).poll_shutdown(task),
                }
            }
        }
    )+};
}

reads!(Stream, ReadHalf);
writes!(Stream, WriteHalf);
