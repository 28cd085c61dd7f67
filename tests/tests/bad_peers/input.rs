//! Callers of ours that send a stream of requests, written by hand as Dynamo's Rust client does it (WIRE.md section 8), and
//! what they can do wrong.

use dynamo_tests::within;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::callers::{Caller, ours};
use crate::list::Before;
use crate::wire::{control_message, read_two_part, request, two_part};
use crate::worker::SOON;

/// The two connections of one call: for requests and for the response.
struct Both {
    requests: TcpStream,
    response: TcpStream,
}

/// The control message, as the captured caller has it.
fn control(caller: &Caller) -> Value {
    let mut control = caller.control("c");
    let mut requests = control_message("c", &caller.home.local_addr().unwrap().to_string(), "requests of c")
        ["connection_info"]
        .clone();
    let info = requests["info"].as_str().unwrap().replace(r#""response""#, r#""request""#);
    requests["info"] = json!(info);
    control["request_type"] = json!("many_in");
    control["request_stream_connection_info"] = requests;
    control
}

fn framed(caller: &Caller, control: &Value, body: &[u8]) -> Vec<u8> {
    let path = caller.path.replace("double", "totals");
    request(path.as_bytes(), &two_part(control.to_string().as_bytes(), body))
}

/// Begins a call; the worker dials twice, for the requests first.
async fn begin(caller: &mut Caller) -> Both {
    let frame = framed(caller, &control(caller), b"");
    assert_eq!(caller.send(&frame).await, "");
    let mut requests = dialled(caller, "request", "requests of c").await;
    // Requests may be sent before the response has begun.
    say(&mut requests, &two_part(b"", b"1")).await;
    let response = dialled(caller, "response", "subject of c").await;
    Both { requests, response }
}

async fn dialled(caller: &Caller, kind: &str, subject: &str) -> TcpStream {
    let (mut stream, _) = within(SOON, "a call home", caller.home.accept()).await.unwrap();
    let (handshake, _) = read_two_part(&mut stream).await.unwrap();
    let handshake: Value = serde_json::from_slice(&handshake).unwrap();
    assert_eq!(handshake, json!({ "subject": subject, "stream_type": kind }));
    stream
}

async fn say(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
}

impl Both {
    /// What comes until the end: the prologue, the items, and whether the end was marked.
    async fn response(&mut self) -> (Value, Vec<Value>, bool) {
        within(SOON, "the response", async {
            let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
            let Some((prologue, _)) = read_two_part(&mut self.response).await else {
                return (Value::Null, Vec::new(), false);
            };
            let (mut items, mut complete) = (Vec::new(), false);
            while let Some((header, body)) = read_two_part(&mut self.response).await {
                if header == br#""sentinel""# {
                    break;
                }
                let body = json(&body);
                complete |= body["complete_final"] == json!(true);
                items.extend(body.get("data").map(|item| item["data"].clone()));
            }
            (json(&prologue), items, complete)
        })
        .await
    }
}

#[tokio::test]
async fn a_stream_of_requests_is_answered_as_it_comes() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let before = Before::new(&ours.runtime);
    for _ in 0..3 {
        let mut both = begin(&mut caller).await;
        // A checksum, as debug builds of Dynamo write it, and an empty frame mean nothing.
        let mut second = two_part(b"", b"2");
        second[16..24].copy_from_slice(&5_177_217_992_554_556_245_u64.to_be_bytes());
        say(&mut both.requests, &[second, two_part(b"", b"")].concat()).await;
        for byte in two_part(b"", b"3") {
            say(&mut both.requests, &[byte]).await;
        }
        say(&mut both.requests, &two_part(br#""sentinel""#, b"")).await;
        both.requests.shutdown().await.unwrap();
        let answer = both.response().await;
        assert_eq!(answer, (json!({ "error": null }), vec![json!(1), json!(3), json!(6)], true));
    }
    before.again(&ours.runtime).await;
    caller.works().await;
}

/// The response ends without its end mark, as at Dynamo, and nothing is left.
#[tokio::test]
async fn requests_that_break_off_end_the_call() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let before = Before::new(&ours.runtime);
    for (what, words) in [
        ("a connection that ends without a closing frame", vec![]),
        ("half a request", two_part(b"", b"22")[..25].to_vec()),
        ("a request that cannot be decoded", two_part(b"", b"garbage")),
        ("a request with a header", two_part(b"x", b"1")),
        ("an unknown closing frame", two_part(br#""what""#, b"")),
        ("a kill", two_part(br#""kill""#, b"")),
    ] {
        let mut both = begin(&mut caller).await;
        say(&mut both.requests, &words).await;
        both.requests.shutdown().await.unwrap();
        let (_, items, complete) = both.response().await;
        let told = items.iter().any(Value::is_null);
        assert!(!complete || told, "{what}: {items:?}");
        assert!(items.iter().all(|item| *item == json!(1) || item.is_null()), "{what}: {items:?}");
        drop(both);
        before.again(&ours.runtime).await;
    }
    caller.works().await;
}

/// WIRE.md section 2.1.6: at Dynamo the caller hears nothing of these.
#[tokio::test]
async fn requests_of_the_wrong_shape_are_refused() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let good = control(&caller);
    let with = |change: fn(&mut Value)| {
        let mut control = good.clone();
        change(&mut control);
        control
    };
    let frames = [
        framed(&caller, &good, b"1"),
        framed(&caller, &with(|control| control["request_type"] = json!("single_in")), b"1"),
        framed(
            &caller,
            &with(|control| _ = control.as_object_mut().unwrap().remove("request_stream_connection_info")),
            b"",
        ),
        framed(
            &caller,
            &with(|control| {
                let info = json!({ "address": "127.0.0.1:1", "subject": "s", "context": "another", "stream_type": "request" });
                control["request_stream_connection_info"]["info"] = json!(info.to_string());
            }),
            b"",
        ),
    ];
    for frame in frames {
        assert_eq!(caller.send(&frame).await, "");
        let (_, prologue, bodies) = caller.answer().await;
        assert!(bodies.is_empty());
        assert_eq!(prologue["typed_error"]["class"], json!("InvalidRequest"), "{prologue}");
    }
    caller.works().await;
}
