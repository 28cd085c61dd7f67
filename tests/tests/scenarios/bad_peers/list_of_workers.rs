//! Workers that our client calls, and what they do wrong.

use dynamo_harness::within;
use dynamo_rig::{Setup, World};
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::address::InstanceId;
use dynamo_sdk::discovery::{self, Key, Record};
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Component, Runtime};
use futures::future::join;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::bad_peers::list::{Before, Case, LIMIT, at};
use crate::bad_peers::wire::{ack, control, data, item, last, prologue, sentinel, two_part};
use crate::bad_peers::worker::{Fake, Raw, RawClient, SOON};

async fn fake() -> Fake {
    Fake::tuned(|config| config.tcp_request_timeout(LIMIT).first_item_timeout(LIMIT).stream_timeout(LIMIT))
        .await
}

/// What a caller learns, in a few words.
fn told(items: &[u64], error: Option<&CallError>) -> String {
    let Some(error) = error else { return format!("{} items and the end", items.len()) };
    let kind = match error.kind() {
        CallErrorKind::TimedOut { stage, .. } => format!("`TimedOut` ({stage:?})"),
        CallErrorKind::ConnectionLost => format!("`ConnectionLost` after {} items", error.items()),
        CallErrorKind::Endpoint(error) => format!("`Endpoint` ({})", error.class()),
        CallErrorKind::Decode { item, .. } => format!("`Decode` of item {item}"),
        other => {
            let text = format!("{other:?}");
            format!("`{}`", text.split([' ', '(']).next().unwrap())
        }
    };
    if error.is_safe_to_retry() { format!("{kind}, safe to retry") } else { kind }
}

async fn call(fake: &Fake) -> (String, std::time::Duration) {
    let begun = Instant::now();
    let whole = async {
        let (mut items, mut failure) = (Vec::new(), None);
        match fake.client.numbers(3).await {
            Ok(mut stream) => {
                while let Some(next) = stream.next().await {
                    match next {
                        Ok(item) => items.push(item),
                        Err(error) => failure = Some(error),
                    }
                }
            }
            Err(error) => failure = Some(error),
        }
        told(&items, failure.as_ref())
    };
    let found = within(SOON, "the end of a call", whole).await;
    (found, begun.elapsed())
}

/// Runs `worker` beside a call.
async fn beside<T>(
    fake: &Fake,
    (section, what, expected): (&'static str, &'static str, &'static str),
    worker: impl Future<Output = T>,
) -> Case {
    let ((found, took), _kept) = join(call(fake), worker).await;
    Case { section, what, expected, found, took }
}

/// An acknowledgement, and nothing else.
async fn acknowledges(fake: &Fake, text: &str) {
    let (mut stream, _) = fake.request().await;
    stream.write_all(&ack(text)).await.unwrap();
    fake.keep(stream);
}

/// Calls home, says `bytes` behind the handshake, and stays.
async fn says(fake: &Fake, bytes: &[u8]) -> TcpStream {
    let (stream, mut back, home) = fake.dial().await;
    fake.keep(stream);
    back.write_all(&[home.handshake(), bytes.to_vec()].concat()).await.unwrap();
    back
}

async fn before_home(fake: &Fake) -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, text, expected) in [
        ("says that it is full", "Server overloaded: worker at capacity", "`Overloaded`, safe to retry"),
        (
            "does not serve the endpoint",
            "Server unavailable: unknown endpoint x",
            "`NotDelivered`, safe to retry",
        ),
        (
            "could not read the request",
            "Read error: message too large: 5 bytes (max: 4 bytes)",
            "`NotDelivered`, safe to retry",
        ),
        ("could not read the path", "Invalid endpoint path", "`NotDelivered`, safe to retry"),
        ("acknowledges in unknown words, and never calls", "what?", "`TimedOut` (FirstItem)"),
        ("acknowledges, and never calls", "", "`TimedOut` (FirstItem)"),
    ] {
        cases.push(beside(fake, (at::ACK, what, expected), acknowledges(fake, text)).await);
    }
    let cut = async {
        let (mut stream, _) = fake.request().await;
        stream.shutdown().await.unwrap();
        stream
    };
    let row = (at::CONNECTIONS, "cuts the request connection", "`ConnectionLost` after 0 items");
    cases.push(beside(fake, row, cut).await);
    let cut = async {
        let (stream, _back, _) = fake.dial().await;
        fake.keep(stream);
    };
    cases.push(beside(fake, (at::TALK, "cuts before its handshake", "`TimedOut` (FirstItem)"), cut).await);
    let stranger = async {
        let (stream, mut back, _) = fake.dial().await;
        let handshake = control(&json!({ "subject": "nobody's", "stream_type": "response" }));
        back.write_all(&[handshake, prologue(), item(0), last(), sentinel()].concat()).await.unwrap();
        // It is turned away without a word.
        assert_eq!(back.read(&mut [0; 1]).await.unwrap_or(0), 0);
        fake.keep(stream);
    };
    let row = (at::TALK, "calls with a subject that nobody expects", "`TimedOut` (FirstItem)");
    cases.push(beside(fake, row, stranger).await);
    // The acknowledgement that comes late is not taken for that of the next call.
    let late = async {
        let (mut stream, _) = fake.request().await;
        tokio::time::sleep(LIMIT * 2).await;
        stream.write_all(&ack("")).await.unwrap();
        fake.keep(stream);
    };
    let row = (at::ACK, "acknowledges too late, or not at all", "`TimedOut` (Acknowledge)");
    cases.push(beside(fake, row, late).await);
    cases
}

/// What a worker says behind its handshake before it closes, and what comes of it.
fn answers() -> Vec<(&'static str, &'static str, &'static str, Vec<Vec<u8>>)> {
    let error = |typed: serde_json::Value| control(&json!({ "error": "no", "typed_error": typed }));
    let msgpack = [&[0x81, 0xa4][..], b"data", &[0x81, 0xa4], b"data", &[1]].concat();
    let announced = [0_u64, u64::MAX, 0].into_iter().flat_map(u64::to_be_bytes).collect();
    let lost = "`ConnectionLost` after 0 items";
    vec![
        (at::TALK, "cuts before its prologue", lost, vec![]),
        (at::TALK, "cuts within its prologue", lost, vec![prologue()[..20].to_vec()]),
        (at::ACCEPTS, "sends an item instead of a prologue", "`Protocol`", vec![item(0)]),
        (at::TALK, "does not start", "`Endpoint` (Internal)", vec![error(json!(null)), sentinel()]),
        (
            at::TALK,
            "does not start, typed",
            "`Endpoint` (NotFound)",
            vec![error(json!({ "class": "NotFound", "reason": "request.not_found" })), sentinel()],
        ),
        (
            at::ACCEPTS,
            "cuts between items",
            "`ConnectionLost` after 2 items",
            vec![prologue(), item(0), item(1)],
        ),
        (
            at::ACCEPTS,
            "cuts within an item",
            "`ConnectionLost` after 1 items",
            vec![prologue(), item(0), item(1)[..30].to_vec()],
        ),
        (
            at::ACCEPTS,
            "leaves the end out",
            "`ConnectionLost` after 1 items",
            vec![prologue(), item(0), sentinel()],
        ),
        (at::ACCEPTS, "leaves the sentinel out", "1 items and the end", vec![prologue(), item(0), last()]),
        (
            at::ACCEPTS,
            "sends an item after the end",
            "`Protocol`",
            vec![prologue(), item(0), last(), item(1)],
        ),
        (
            at::ACCEPTS,
            "sends an item with nothing in it",
            "`Protocol`",
            vec![prologue(), data(&json!({ "complete_final": false }))],
        ),
        (
            at::ACCEPTS,
            "sends what is no item",
            "`Decode` of item 1",
            vec![prologue(), item(0), two_part(b"", b"garbage")],
        ),
        (at::ITEM, "uses the wrong codec", "`Decode` of item 0", vec![prologue(), two_part(b"", &msgpack)]),
        (at::ACCEPTS, "sends an unknown header", "`Protocol`", vec![prologue(), control(&json!("what"))]),
        (at::ACCEPTS, "sends a stop", "`Protocol`", vec![prologue(), control(&json!("stop"))]),
        (
            at::ACCEPTS,
            "sends a sentinel with a body",
            "`Protocol`",
            vec![prologue(), two_part(b"\"sentinel\"", b"x")],
        ),
        (at::TWO_PART, "announces a frame without limits", "`Protocol`", vec![prologue(), announced]),
        (
            at::ACCEPTS,
            "sends empty frames",
            "1 items and the end",
            vec![prologue(), two_part(b"", b""), item(0), last(), sentinel()],
        ),
    ]
}

async fn at_home(fake: &Fake) -> Vec<Case> {
    let mut cases = Vec::new();
    for (section, what, expected, frames) in answers() {
        cases.push(beside(fake, (section, what, expected), fake.answer(&frames.concat())).await);
    }
    let row = (at::TIMEOUTS, "never starts", "`TimedOut` (FirstItem)");
    cases.push(beside(fake, row, says(fake, b"")).await);
    let row = (at::TIMEOUTS, "falls silent after an item", "`TimedOut` (NextItem)");
    cases.push(beside(fake, row, says(fake, &[prologue(), item(0)].concat())).await);
    let bytewise = async {
        let mut back = says(fake, b"").await;
        for byte in [prologue(), item(0), item(1), last(), sentinel()].concat() {
            back.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        back
    };
    cases.push(beside(fake, (at::ACCEPTS, "sends byte by byte", "2 items and the end"), bytewise).await);
    cases
}

/// Nobody subscribes to the subject of the record.
async fn unknown_subject() -> Case {
    let meeting = World::new(Setup::Nats).await;
    let (runtime, caller) = (Runtime::from_current().unwrap(), meeting.join(|config| config).await);
    let id = InstanceId(0xfa4e);
    let store = discovery::open(&runtime, &meeting.config().build().unwrap(), id).await.unwrap();
    let key = Key::instance(&Raw::ID.endpoint(EndpointName::from_static("double")), id);
    let value = json!({
        "type": "Endpoint", "component": "raw", "endpoint": "double", "namespace": "tests",
        "instance_id": id.0, "transport": { "nats_tcp": "tests_raw.double-fa4e" },
    });
    store.register(Record { key, value: value.to_string().into() }).await.unwrap();
    let client = RawClient::connect(&caller).await.unwrap();
    let begun = Instant::now();
    let error = within(SOON, "the end of a call", client.double(1).into_future()).await.unwrap_err();
    let (found, took) = (told(&[], Some(&error)), begun.elapsed());
    assert!(caller.shutdown().await);
    let what = "has a NATS subject that nobody hears";
    Case { section: at::NATS, what, expected: "`NotDelivered`, safe to retry", found, took }
}

pub(crate) async fn run() -> Vec<Case> {
    let fake = fake().await;
    // The ports are open, and stay so.
    fake.call(&[prologue(), item(0), last(), sentinel()].concat()).await.unwrap();
    let before = Before::new(&fake.caller);
    let mut cases = before_home(&fake).await;
    cases.extend(at_home(&fake).await);
    before.again(&fake.caller).await;
    let leaves = async {
        let (mut stream, _) = fake.request().await;
        stream.write_all(&ack("")).await.unwrap();
        fake.leave().await;
        stream
    };
    // A worker that ends in order still starts what it has: it has a second. Here the limit comes first.
    let row = (at::ROUTING, "leaves discovery, and is silent", "`TimedOut` (FirstItem)");
    cases.push(beside(&fake, row, leaves).await);
    before.again(&fake.caller).await;
    cases.push(unknown_subject().await);
    cases
}
