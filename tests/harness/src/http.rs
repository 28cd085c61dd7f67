//! Just enough HTTP to ask a server how it is.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(2);

/// Returns the body of a successful answer to `GET path`.
pub(crate) async fn get(addr: SocketAddr, path: &str) -> io::Result<String> {
    ask(addr, format!("GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n")).await
}

/// Returns the body of a successful answer to `POST path`.
pub(crate) async fn post(addr: SocketAddr, path: &str, body: &str) -> io::Result<String> {
    let length = body.len();
    ask(addr, format!("POST {path} HTTP/1.0\r\nHost: {addr}\r\nContent-Length: {length}\r\n\r\n{body}")).await
}

// With HTTP/1.0 an answer comes in one piece and ends with the connection.
async fn ask(addr: SocketAddr, request: String) -> io::Result<String> {
    let answer = timeout(LIMIT, async {
        let mut stream = TcpStream::connect(addr).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        io::Result::Ok(answer)
    })
    .await??;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    if head.split_whitespace().nth(1) != Some("200") {
        return Err(io::Error::other(answer));
    }
    Ok(body.to_owned())
}
