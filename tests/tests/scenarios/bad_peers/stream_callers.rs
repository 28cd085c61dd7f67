//! Callers that send a stream of requests to our worker, well and badly.

use std::net::SocketAddr;

use dynamo_harness::within;
use dynamo_rig::World;
use dynamo_sdk::address::EndpointName;
use dynamo_sdk::config::Codec;
use dynamo_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::bad_peers::streams::{Answer, Bidi, BidiClient, Frame, called, captured, control_of_many};
use crate::bad_peers::wire::{control, data, last, read_ack, read_two_part, request, sentinel, two_part};
use crate::bad_peers::worker::{SOON, meeting};

/// Our worker, and the way to one of its endpoints.
struct Ours {
    runtime: DistributedRuntime,
    client: BidiClient,
    port: SocketAddr,
    path: String,
    _serving: Serving,
    _caller: DistributedRuntime,
    _meeting: World,
}

impl Ours {
    async fn new() -> Self {
        let meeting = meeting().await;
        let (runtime, caller) = (
            meeting.join(|config| config.max_item_size(1000_usize)).await,
            meeting.join(|config| config).await,
        );
        let serving = runtime.serve(Bidi).start().await.unwrap();
        let client = BidiClient::connect(&caller).await.unwrap();
        let mut list = client.watch(&EndpointName::from_static("bidi"));
        let found = list.wait_for(|list| !list.instances.is_empty());
        let instance = within(SOON, "the instance", found).await.unwrap().instances[0].clone();
        let (port, path) = instance.transport.address().split_once('/').unwrap();
        let (port, path) = (port.parse().unwrap(), path.to_owned());
        Self { runtime, client, port, path, _serving: serving, _caller: caller, _meeting: meeting }
    }

    /// No call is left, and another works.
    async fn is_well(&self) {
        dynamo_harness::eventually(SOON, "no call to be left", async || {
            dynamo_rig::in_flight(&self.runtime) == 0
        })
        .await;
        let items = self.client.bidi(stream::iter([Frame { frame: 7 }])).await.unwrap();
        let items: Vec<Answer> = within(SOON, "a good call", items.try_collect()).await.unwrap();
        assert_eq!(items, [Answer::Got(Frame { frame: 7 }), Answer::Total(1)]);
    }
}

/// A caller by hand.
struct Caller {
    stream: TcpStream,
    home: TcpListener,
    path: String,
}

impl Caller {
    async fn new(ours: &Ours, endpoint: &str) -> Self {
        let home = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let path = ours.path.replace("/bidi/bidi", &format!("/bidi/{endpoint}"));
        Self { stream: TcpStream::connect(ours.port).await.unwrap(), home, path }
    }

    fn control(&self, codec: Codec) -> Value {
        control_of_many("call", &self.home.local_addr().unwrap().to_string(), codec.as_str())
    }

    async fn send(&mut self, control: &Value, body: &[u8]) {
        let frame = request(self.path.as_bytes(), &two_part(control.to_string().as_bytes(), body));
        self.stream.write_all(&frame).await.unwrap();
        assert_eq!(within(SOON, "an acknowledgement", read_ack(&mut self.stream)).await, "");
    }

    /// The connections for requests and for the response, which come in this order.
    async fn open(&mut self, codec: Codec) -> (TcpStream, TcpStream) {
        self.send(&self.control(codec), b"").await;
        let (requests, handshake) = called(&self.home).await;
        assert_eq!(handshake, json!({ "subject": "requests", "stream_type": "request" }));
        let (responses, handshake) = called(&self.home).await;
        assert_eq!(handshake, json!({ "subject": "responses", "stream_type": "response" }));
        (requests, responses)
    }
}

/// All that a worker still says: the prologue, and the bodies up to the sentinel or the close.
async fn rest(stream: &mut TcpStream) -> (Value, Vec<Value>, bool) {
    within(SOON, "the response", async {
        let (prologue, _) = read_two_part(stream).await.unwrap();
        let (mut bodies, mut complete) = (Vec::new(), false);
        while let Some((header, body)) = read_two_part(stream).await {
            if header == b"\"sentinel\"" {
                complete = true;
                break;
            }
            bodies.push(serde_json::from_slice(&body).unwrap());
        }
        (serde_json::from_slice(&prologue).unwrap(), bodies, complete)
    })
    .await
}

fn frame(number: u64) -> Vec<u8> {
    data(&json!({ "frame": number }))
}

fn got(number: u64) -> Value {
    json!({ "data": { "data": { "got": { "frame": number } } }, "complete_final": false })
}

fn total(number: u64) -> Value {
    json!({ "data": { "data": { "total": number } }, "complete_final": false })
}

/// What a real caller sent is answered with the bytes of the real worker.
#[tokio::test]
async fn the_captured_requests_have_the_captured_answer() {
    let ours = Ours::new().await;
    for capture in ["raw-caller-bidi", "crate-caller-bidi"] {
        let mut caller = Caller::new(&ours, "bidi").await;
        let (mut requests, mut responses) = caller.open(Codec::MsgPack).await;
        let words = captured(&format!("{capture}/conn1-callhome.listener-to-dialer"));
        requests.write_all(&words).await.unwrap();
        requests.shutdown().await.unwrap();
        let answer = captured(&format!("{capture}/conn2-callhome.dialer-to-listener"));
        // The handshake, with the subject of that call, has been read.
        let handshake = 24 + usize::try_from(u64::from_be_bytes(answer[..8].try_into().unwrap())).unwrap();
        let mut bytes = vec![0; answer.len() - handshake];
        within(SOON, "the answer", responses.read_exact(&mut bytes)).await.unwrap();
        assert!(bytes == answer[handshake..], "{capture}: another answer");
        drop((requests, responses));
    }
    ours.is_well().await;
}

/// The captured caller that stops after one request: its worker answers that one, and not as if all had come.
#[tokio::test]
async fn the_captured_stop_ends_the_response() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "bidi").await;
    let (mut requests, mut responses) = caller.open(Codec::MsgPack).await;
    requests.write_all(&captured("raw-caller-bidi-cancel/conn1-callhome.listener-to-dialer")).await.unwrap();
    let answer = captured("raw-caller-bidi-cancel/conn2-callhome.dialer-to-listener");
    let handshake = 24 + usize::try_from(u64::from_be_bytes(answer[..8].try_into().unwrap())).unwrap();
    let mut bytes = vec![0; answer.len() - handshake];
    within(SOON, "the answer", responses.read_exact(&mut bytes)).await.unwrap();
    assert!(bytes == answer[handshake..], "another answer");
    // The real one closes here, without an end mark. What a handler says last is as good.
    let (header, body) = within(SOON, "the end", read_two_part(&mut responses)).await.unwrap();
    let body = String::from_utf8_lossy(&body);
    assert!(header.is_empty() && (body.contains("total") || body.contains("complete_final")), "{body}");
    drop(responses);
    ours.is_well().await;
}

#[tokio::test]
async fn requests_may_arrive_byte_by_byte_between_frames_that_mean_nothing() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "bidi").await;
    let (mut requests, mut responses) = caller.open(Codec::Json).await;
    let empty = two_part(b"", b"");
    for byte in [empty.clone(), frame(1), empty, frame(2), sentinel()].concat() {
        requests.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let (prologue, bodies, complete) = rest(&mut responses).await;
    assert_eq!(prologue, json!({ "error": null }));
    assert_eq!(bodies, [got(1), got(2), total(2), json!({ "complete_final": true })]);
    assert!(complete);
    ours.is_well().await;
}

#[tokio::test]
async fn the_end_of_the_requests_is_not_the_end_of_the_call() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "count").await;
    let (mut requests, mut responses) = caller.open(Codec::Json).await;
    requests.write_all(&[frame(1), frame(2), sentinel()].concat()).await.unwrap();
    drop(requests);
    let (_, bodies, complete) = rest(&mut responses).await;
    let counted = json!({ "data": { "data": [2, false] }, "complete_final": false });
    assert_eq!((bodies, complete), (vec![counted, json!({ "complete_final": true })], true));
}

/// Whatever breaks the requests off, the caller is told, and what the handler makes of a part is not sent.
#[tokio::test]
async fn requests_that_break_off_end_the_call_with_an_error() {
    let ours = Ours::new().await;
    let huge: Vec<u8> = [0, u64::MAX, 0].iter().flat_map(|len| len.to_be_bytes()).collect();
    let over: Vec<u8> = [0, 1001_u64, 0].iter().flat_map(|len| len.to_be_bytes()).collect();
    for (words, why) in [
        (vec![], "the connection was closed before the last request"),
        (frame(2)[..20].to_vec(), "the connection was closed before the last request"),
        (data(&json!("no frame")), "it cannot be decoded as"),
        (two_part(b"", b"{\"frame\":"), "it cannot be decoded as"),
        (two_part(b"x", b"y"), "a request has a header"),
        (control(&json!("what")), "an unexpected control message"),
        (huge, "exceeds the limit"),
        (over, "a frame of 1001 bytes exceeds the limit of 1000"),
    ] {
        for endpoint in ["bidi", "count"] {
            let mut caller = Caller::new(&ours, endpoint).await;
            let (mut requests, mut responses) = caller.open(Codec::Json).await;
            requests.write_all(&[frame(1), words.clone()].concat()).await.unwrap();
            requests.shutdown().await.unwrap();
            let (prologue, mut bodies, complete) = rest(&mut responses).await;
            assert_eq!((prologue, complete), (json!({ "error": null }), true), "{why}");
            assert_eq!(bodies.pop(), Some(json!({ "complete_final": true })));
            let item = bodies.pop().unwrap();
            let error = &item["data"]["error"];
            assert_eq!(error["class"], json!("InvalidRequest"), "{item}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("broke at item 1") && message.contains(why), "{message}");
            assert_eq!(bodies, if endpoint == "bidi" { vec![got(1)] } else { vec![] });
        }
    }
    ours.is_well().await;
}

#[tokio::test]
async fn a_caller_that_stops_or_kills_on_the_connection_for_requests_is_heard() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "count").await;
    let (mut requests, mut responses) = caller.open(Codec::Json).await;
    requests.write_all(&[frame(1), control(&json!("stop"))].concat()).await.unwrap();
    let (_, bodies, complete) = rest(&mut responses).await;
    let counted = json!({ "data": { "data": [1, true] }, "complete_final": false });
    assert_eq!((bodies, complete), (vec![counted, json!({ "complete_final": true })], true));

    let mut caller = Caller::new(&ours, "count").await;
    let (mut requests, mut responses) = caller.open(Codec::Json).await;
    requests.write_all(&[frame(1), control(&json!("kill"))].concat()).await.unwrap();
    let (_, bodies, complete) = rest(&mut responses).await;
    assert_eq!((bodies, complete), (vec![], false), "who killed the call wants nothing more");
    ours.is_well().await;
}

#[tokio::test]
async fn a_call_whose_parts_do_not_fit_is_refused() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "bidi").await;
    let good = caller.control(Codec::Json);
    let with = |change: fn(&mut Value)| {
        let mut control = good.clone();
        change(&mut control);
        control
    };
    let strange = json!({ "transport": "tcp_server", "info": good["request_stream_connection_info"]["info"]
        .as_str().unwrap().replace("\"call\"", "\"another\"") });
    let mut of_another = good.clone();
    of_another["request_stream_connection_info"] = strange;
    for (control, body, why) in [
        (with(|control| control["request_type"] = json!("single_in")), "1", "takes a stream of requests"),
        (good.clone(), "1", "with a request beside it"),
        (
            with(|control| control["request_stream_connection_info"] = json!(null)),
            "",
            "without a connection for it",
        ),
        (
            with(|control| control["request_stream_connection_info"]["transport"] = json!("pigeon")),
            "",
            "the connection for the requests",
        ),
        (of_another, "", "the connection is for request \"another\""),
    ] {
        caller.send(&control, body.as_bytes()).await;
        let (mut responses, handshake) = called(&caller.home).await;
        assert_eq!(handshake["stream_type"], json!("response"), "{why}");
        let (prologue, bodies, _) = rest(&mut responses).await;
        assert!(bodies.is_empty());
        assert_eq!(prologue["typed_error"]["class"], json!("InvalidRequest"));
        let message = prologue["typed_error"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    }
    ours.is_well().await;
}

/// Where nobody can be called for requests, the work is given up.
#[tokio::test]
async fn a_caller_that_cannot_be_called_for_its_requests_hurts_nobody() {
    let ours = Ours::new().await;
    let mut caller = Caller::new(&ours, "bidi").await;
    let home = caller.home.local_addr().unwrap().to_string();
    let mut control = caller.control(Codec::Json);
    let info =
        control["request_stream_connection_info"]["info"].as_str().unwrap().replace(&home, "127.0.0.1:1");
    control["request_stream_connection_info"]["info"] = json!(info);
    caller.send(&control, b"").await;
    ours.is_well().await;
    assert_eq!(last().len(), 24 + "{\"complete_final\":true}".len());
}
