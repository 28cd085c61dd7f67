//! Callers of our worker, and what they do wrong.

use dynamo_harness::within;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::bad_peers::callers::{Caller, ours};
use crate::bad_peers::list::{Before, Case, at};
use crate::bad_peers::wire::{control_message, read_ack, read_two_part, request, two_part};
use crate::bad_peers::worker::{Ours, SOON};

const REFUSED: &str = "`Server unavailable`";

/// What the acknowledgement says, or what comes home.
async fn outcome(caller: &mut Caller, frame: &[u8]) -> String {
    let ack = caller.send(frame).await;
    if !ack.is_empty() {
        return format!("`{}`", ack.split(':').next().unwrap());
    }
    let (_, prologue, bodies) = caller.answer().await;
    let first = bodies.first().cloned().unwrap_or(Value::Null);
    match (prologue["typed_error"]["class"].as_str(), first["data"]["error"]["class"].as_str()) {
        (Some(class), _) => format!("{class}, instead of a response"),
        (None, Some(class)) => format!("{class}, as an item"),
        (None, None) => format!("{} items and the end", bodies.len() - 1),
    }
}

type Change = fn(&mut Value);

/// Requests that are wrong: section, what, expected, path, payload.
fn requests(caller: &Caller) -> Vec<(&'static str, &'static str, &'static str, Vec<u8>)> {
    let path = caller.path.clone();
    let framed = |payload: Vec<u8>| request(path.as_bytes(), &payload);
    let changed = |change: Change, body: &[u8]| {
        let mut control = caller.control("c");
        change(&mut control);
        caller.frame(&control, body)
    };
    let invalid = "InvalidRequest, instead of a response";
    let nothing: Change = |_| {};
    vec![
        (at::ACK, "an unknown path", REFUSED, request(b"no/such", b"x")),
        (at::AFTER_ACK, "a payload that is no two-part frame", REFUSED, framed(vec![255; 24])),
        (at::AFTER_ACK, "a control message that is no JSON", REFUSED, framed(two_part(b"garbage", b"1"))),
        (
            at::AFTER_ACK,
            "a control message that does not say where to call",
            REFUSED,
            changed(|control| control["connection_info"] = json!(null), b"1"),
        ),
        (
            at::AFTER_ACK,
            "a response plane that is not spoken here",
            REFUSED,
            changed(|control| control["connection_info"]["transport"] = json!("quic-response"), b"1"),
        ),
        (
            at::AFTER_ACK,
            "a context that is not the id",
            invalid,
            changed(|control| control["id"] = json!("d"), b"1"),
        ),
        (
            at::AFTER_ACK,
            "a codec that does not exist",
            invalid,
            changed(|control| control["payload_codec"] = json!("cbor"), b"1"),
        ),
        (at::AFTER_ACK, "a body that cannot be decoded", invalid, changed(nothing, b"\"one\"")),
        (
            at::AFTER_ACK,
            "a body in another codec than it says",
            invalid,
            changed(|control| control["payload_codec"] = json!("msgpack"), b"[1]"),
        ),
        (at::AFTER_ACK, "no body", invalid, changed(nothing, b"")),
        (at::FRAME, "a request that is too large", "PayloadTooLarge, as an item", {
            changed(nothing, &[b'1'; 50_000])
        }),
        (
            at::CONTROL,
            "more metadata than is accepted",
            "PayloadTooLarge, as an item",
            changed(
                |control| {
                    control["metadata"] = (0..257).map(|i| (i.to_string(), json!(""))).collect::<Value>();
                },
                b"1",
            ),
        ),
        (at::HEADERS, "headers that are no JSON", "1 items and the end", {
            let payload = two_part(caller.control("c").to_string().as_bytes(), b"1");
            let mut frame = (path.len() as u16).to_be_bytes().to_vec();
            frame.extend(path.as_bytes());
            frame.extend([0, 4]);
            frame.extend(b"what");
            frame.extend((payload.len() as u32).to_be_bytes());
            frame.extend(payload);
            frame
        }),
    ]
}

/// The worker closes its side, and says nothing more.
async fn closes(stream: &mut TcpStream) -> &'static str {
    let rest = async { while matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {} };
    within(SOON, "the close", rest).await;
    "the handler is ended, and the connection closed"
}

/// A response that goes on until somebody ends it, and the connection that it comes on.
async fn long_response(caller: &mut Caller) -> TcpStream {
    let numbers = caller.path.replace("double", "numbers");
    let payload = two_part(caller.control("c").to_string().as_bytes(), b"1000000000");
    assert_eq!(caller.send(&request(numbers.as_bytes(), &payload)).await, "");
    let (mut back, _) = within(SOON, "a call home", caller.home.accept()).await.unwrap();
    assert!(read_two_part(&mut back).await.is_some());
    back
}

async fn on_the_response(caller: &mut Caller) -> Vec<Case> {
    let mut cases = Vec::new();
    let expected = "the handler is ended, and the connection closed";
    for (what, words) in [
        ("a kill", two_part(b"\"kill\"", b"")),
        ("a sentinel on the response connection", two_part(b"\"sentinel\"", b"")),
        ("an unknown header on the response connection", two_part(b"\"what\"", b"")),
        ("an item on the response connection", two_part(b"", b"{}")),
        ("noise on the response connection", vec![255; 24]),
    ] {
        let mut back = long_response(caller).await;
        let begun = Instant::now();
        back.write_all(&words).await.unwrap();
        let found = closes(&mut back).await.to_owned();
        cases.push(Case { section: at::CANCEL, what, expected, found, took: begun.elapsed() });
    }
    cases
}

/// What nobody can be told: it must cost nothing and hurt nobody.
async fn silent(ours: &Ours, caller: &mut Caller) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut done = |section, what, begun: Instant| {
        let (found, took) = ("nothing is left of it".to_owned(), begun.elapsed());
        cases.push(Case { section, what, expected: "nothing is left of it", found, took });
    };
    let before = Before::new(&ours.runtime);
    let begun = Instant::now();
    let frame = caller.frame(&control_message("c", "127.0.0.1:1", "s"), b"1");
    assert_eq!(caller.send(&frame).await, "");
    before.again(&ours.runtime).await;
    done(at::DIAL, "a caller that cannot be called", begun);
    let begun = Instant::now();
    let back = long_response(caller).await;
    drop(back);
    before.again(&ours.runtime).await;
    done(at::CANCEL, "a caller that hangs up within a response", begun);
    let begun = Instant::now();
    let mut stream = TcpStream::connect(ours.port).await.unwrap();
    let whole = caller.frame(&caller.control("c"), b"1");
    stream.write_all(&whole[..whole.len() - 1]).await.unwrap();
    drop(stream);
    before.again(&ours.runtime).await;
    done(at::FRAME, "a caller that hangs up within a request", begun);
    let begun = Instant::now();
    let idle = TcpStream::connect(ours.port).await.unwrap();
    let mut other = TcpStream::connect(ours.port).await.unwrap();
    other.write_all(&request(b"no/such", b"")).await.unwrap();
    assert!(read_ack(&mut other).await.starts_with("Server unavailable: "));
    drop((idle, other));
    before.again(&ours.runtime).await;
    done(at::ROUTING, "a caller that connects and says nothing", begun);
    cases
}

pub(crate) async fn run() -> Vec<Case> {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    caller.works().await;
    ours.still_works().await;
    let before = Before::new(&ours.runtime);
    let mut cases = Vec::new();
    for (section, what, expected, frame) in requests(&caller) {
        let begun = Instant::now();
        let found = outcome(&mut caller, &frame).await;
        cases.push(Case { section, what, expected, found, took: begun.elapsed() });
    }
    let frame = caller.frame(&caller.control("c"), b"21");
    let begun = Instant::now();
    for byte in &frame[..frame.len() - 1] {
        caller.stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let found = outcome(&mut caller, &frame[frame.len() - 1..]).await;
    let (what, expected, took) = ("a request byte by byte", "1 items and the end", begun.elapsed());
    cases.push(Case { section: at::FRAME, what, expected, found, took });
    cases.extend(on_the_response(&mut caller).await);
    before.again(&ours.runtime).await;
    cases.extend(silent(&ours, &mut caller).await);
    caller.works().await;
    ours.still_works().await;
    before.again(&ours.runtime).await;
    cases
}
