//! The frames of both planes, written a second time and by hand, so that a mistake of the SDK is one here.

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};

/// A two-part frame.
pub(crate) fn two_part(header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    for part in [header.len() as u64, body.len() as u64, 0] {
        frame.extend(part.to_be_bytes());
    }
    frame.extend(header);
    frame.extend(body);
    frame
}

/// A control frame.
pub(crate) fn control(json: &Value) -> Vec<u8> {
    two_part(json.to_string().as_bytes(), b"")
}

/// A data frame of JSON.
pub(crate) fn data(json: &Value) -> Vec<u8> {
    two_part(b"", json.to_string().as_bytes())
}

/// A data frame with an item.
pub(crate) fn item(value: impl Into<Value>) -> Vec<u8> {
    data(&json!({ "data": { "data": value.into() }, "complete_final": false }))
}

/// The data frame that says that the response is complete.
pub(crate) fn last() -> Vec<u8> {
    data(&json!({ "complete_final": true }))
}

pub(crate) fn sentinel() -> Vec<u8> {
    control(&json!("sentinel"))
}

pub(crate) fn prologue() -> Vec<u8> {
    control(&json!({ "error": null }))
}

/// A request frame.
pub(crate) fn request(path: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = (path.len() as u16).to_be_bytes().to_vec();
    frame.extend(path);
    frame.extend([0, 0]);
    frame.extend((payload.len() as u32).to_be_bytes());
    frame.extend(payload);
    frame
}

/// The control message of a request.
pub(crate) fn control_message(id: &str, home: &str, subject: &str) -> Value {
    let info = json!({ "address": home, "subject": subject, "context": id, "stream_type": "response" });
    json!({
        "id": id, "request_type": "single_in", "response_type": "many_out", "payload_codec": "json",
        "connection_info": { "transport": "tcp_server", "info": info.to_string() },
    })
}

/// An acknowledgement frame.
pub(crate) fn ack(text: &str) -> Vec<u8> {
    let mut frame = (text.len() as u32).to_be_bytes().to_vec();
    frame.extend(text.as_bytes());
    frame
}

/// Reads an acknowledgement.
pub(crate) async fn read_ack(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = vec![0; stream.read_u32().await.unwrap() as usize];
    stream.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// Reads a two-part frame; `None` at the end of the stream.
pub(crate) async fn read_two_part(stream: &mut (impl AsyncRead + Unpin)) -> Option<(Vec<u8>, Vec<u8>)> {
    let header = stream.read_u64().await.ok()?;
    let (body, _checksum) = (stream.read_u64().await.ok()?, stream.read_u64().await.ok()?);
    let (mut head, mut rest) = (vec![0; header as usize], vec![0; body as usize]);
    stream.read_exact(&mut head).await.ok()?;
    stream.read_exact(&mut rest).await.ok()?;
    Some((head, rest))
}

/// Reads a request frame: its path, its control message and its body.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Value, Vec<u8>)> {
    let mut path = vec![0; usize::from(stream.read_u16().await.ok()?)];
    stream.read_exact(&mut path).await.ok()?;
    let mut headers = vec![0; usize::from(stream.read_u16().await.ok()?)];
    stream.read_exact(&mut headers).await.ok()?;
    let _payload = stream.read_u32().await.ok()?;
    let (control, body) = read_two_part(stream).await?;
    Some((String::from_utf8(path).ok()?, serde_json::from_slice(&control).ok()?, body))
}
