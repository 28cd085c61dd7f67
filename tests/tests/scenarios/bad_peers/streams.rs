//! Streams of requests by hand: the frames, the component that reads them, and the captured bytes of
//! real peers.

use std::path::Path;

use dynamo_harness::within;
use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::bad_peers::wire::{control_message, read_two_part};
use crate::bad_peers::worker::SOON;

/// What the captured caller sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) frame: u64,
}

/// What the captured worker answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Got(Frame),
    Total(u64),
}

/// The endpoint of the captures.
#[component(namespace = "tests", name = "bidi")]
pub(crate) struct Bidi;

#[endpoints]
impl Bidi {
    /// Answers every frame, then their number.
    #[endpoint]
    pub(crate) async fn bidi(
        &self,
        frames: RequestStream<Frame>,
    ) -> impl Stream<Item = Result<Answer, CallError>> {
        stream::unfold((frames, Some(0)), |(mut frames, total)| async move {
            let total = total?;
            Some(match frames.next().await {
                Some(Ok(frame)) => (Ok(Answer::Got(frame)), (frames, Some(total + 1))),
                Some(Err(error)) => (Err(error), (frames, None)),
                None => (Ok(Answer::Total(total)), (frames, None)),
            })
        })
    }

    /// Says how many frames came and whether it was stopped, whatever ended them.
    #[endpoint]
    pub(crate) async fn count(&self, cx: Context, frames: RequestStream<Frame>) -> (u64, bool) {
        let count = frames.filter_map(|frame| async { frame.ok() }).count().await;
        (count as u64, cx.is_stopped())
    }
}

/// The bytes of one direction of a captured connection.
pub(crate) fn captured(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("vectors/{name}.hex"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The control message of a call with a stream of requests.
pub(crate) fn control_of_many(id: &str, home: &str, codec: &str) -> Value {
    let mut control = control_message(id, home, "responses");
    let info = json!({ "address": home, "subject": "requests", "context": id, "stream_type": "request" });
    control["request_type"] = json!("many_in");
    control["payload_codec"] = json!(codec);
    control["request_stream_connection_info"] =
        json!({ "transport": "tcp_server", "info": info.to_string() });
    control
}

/// Takes a connection of a worker, and what it says first.
pub(crate) async fn called(home: &TcpListener) -> (TcpStream, Value) {
    within(SOON, "a call home", async {
        let (mut stream, _) = home.accept().await.unwrap();
        let (handshake, body) = read_two_part(&mut stream).await.unwrap();
        assert!(body.is_empty());
        (stream, serde_json::from_slice(&handshake).unwrap())
    })
    .await
}
