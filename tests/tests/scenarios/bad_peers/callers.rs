//! Callers that break the protocol of the request port.

use dynamo_harness::within;
use dynamo_rig::World;
use dynamo_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::bad_peers::wire::{control_message, read_ack, read_two_part, request, two_part};
use crate::bad_peers::worker::{Ours, SOON, meeting};

/// A caller by hand: a connection to the request port, and a listener for answers.
pub(crate) struct Caller {
    pub(crate) stream: TcpStream,
    pub(crate) home: TcpListener,
    address: String,
    pub(crate) path: String,
}

impl Caller {
    pub(crate) async fn new(ours: &Ours) -> Self {
        let home = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = home.local_addr().unwrap().to_string();
        Self { stream: TcpStream::connect(ours.port).await.unwrap(), home, address, path: ours.path.clone() }
    }

    pub(crate) fn control(&self, id: &str) -> Value {
        control_message(id, &self.address, &format!("subject of {id}"))
    }

    pub(crate) fn frame(&self, control: &Value, body: &[u8]) -> Vec<u8> {
        request(self.path.as_bytes(), &two_part(control.to_string().as_bytes(), body))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> String {
        self.stream.write_all(bytes).await.unwrap();
        self.ack().await
    }

    pub(crate) async fn ack(&mut self) -> String {
        within(SOON, "an acknowledgement", read_ack(&mut self.stream)).await
    }

    /// What the worker says when it calls: subject, prologue, bodies of the items.
    pub(crate) async fn answer(&self) -> (String, Value, Vec<Value>) {
        within(SOON, "a call home", async {
            let (mut back, _) = self.home.accept().await.unwrap();
            let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
            let (handshake, _) = read_two_part(&mut back).await.unwrap();
            let (prologue, _) = read_two_part(&mut back).await.unwrap();
            let mut bodies = Vec::new();
            while let Some((header, body)) = read_two_part(&mut back).await {
                if header == b"\"sentinel\"" {
                    break;
                }
                bodies.push(json(&body));
            }
            (json(&handshake)["subject"].as_str().unwrap().to_owned(), json(&prologue), bodies)
        })
        .await
    }

    /// A good call: it must work.
    pub(crate) async fn works(&mut self) {
        let control = self.control("good");
        let frame = self.frame(&control, b"21");
        assert_eq!(self.send(&frame).await, "");
        let (subject, prologue, bodies) = self.answer().await;
        assert_eq!((&*subject, &prologue), ("subject of good", &json!({ "error": null })));
        let item = json!({ "data": { "data": 42 }, "complete_final": false });
        assert_eq!(bodies, [item, json!({ "complete_final": true })]);
    }

    /// What an error prologue says.
    async fn refusal(&self) -> (String, String) {
        let (_, prologue, bodies) = self.answer().await;
        assert!(bodies.is_empty());
        let typed = &prologue["typed_error"];
        assert!(prologue["error"].as_str().unwrap().starts_with("Generate Error: "));
        (typed["class"].as_str().unwrap().to_owned(), typed["message"].as_str().unwrap().to_owned())
    }
}

pub(crate) async fn ours() -> (World, Ours) {
    let meeting = meeting().await;
    let ours = Ours::serve(&meeting, |config| config.tcp_max_message_size(10_000_usize)).await;
    (meeting, ours)
}

#[tokio::test]
async fn a_frame_may_arrive_byte_by_byte() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let frame = caller.frame(&caller.control("good"), b"21");
    for byte in frame {
        caller.stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(caller.ack().await, "");
    assert_eq!(caller.answer().await.2.len(), 2);
}

#[tokio::test]
async fn many_frames_in_one_segment_are_acknowledged_in_order() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let mut segment = Vec::new();
    for i in 0..10 {
        segment.extend(request(format!("no/{i}").as_bytes(), b""));
        segment.extend(caller.frame(&caller.control(&format!("call {i}")), b"1"));
    }
    caller.stream.write_all(&segment).await.unwrap();
    for i in 0..10 {
        assert_eq!(caller.ack().await, format!("Server unavailable: unknown endpoint no/{i}"));
        assert_eq!(caller.ack().await, "");
    }
    let mut subjects = Vec::new();
    for _ in 0..10 {
        subjects.push(caller.answer().await.0);
    }
    subjects.sort();
    assert_eq!(subjects, (0..10).map(|i| format!("subject of call {i}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_path_that_nobody_serves_is_refused() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    for path in
        ["no/such", "", "double", &caller.path.replace("double", "triple"), &format!("{}/", caller.path)]
    {
        let answer = caller.send(&request(path.as_bytes(), b"anything")).await;
        assert_eq!(answer, format!("Server unavailable: unknown endpoint {path}"));
    }
    let answer = caller.send(&request(&[0xff, 0xfe], b"anything")).await;
    assert!(answer.starts_with("Server unavailable: "), "{answer}");
    caller.works().await;
}

/// Nobody can be called: the acknowledgement is all that there is.
#[tokio::test]
async fn a_request_that_does_not_say_where_to_call_is_refused() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let path = caller.path.clone().into_bytes();
    let control = caller.control("c");
    let with = |change: fn(&mut Value)| {
        let mut control = control.clone();
        change(&mut control);
        two_part(control.to_string().as_bytes(), b"1")
    };
    let mut long = two_part(control.to_string().as_bytes(), b"1");
    long.push(0);
    for payload in [
        vec![],
        vec![0; 23],
        vec![255; 24],
        long,
        two_part(b"", b"1"),
        two_part(b"garbage", b"1"),
        with(|control| control["connection_info"] = json!(null)),
        with(|control| control["connection_info"]["info"] = json!("{}")),
        with(|control| control["connection_info"]["transport"] = json!("pigeon")),
    ] {
        let answer = caller.send(&request(&path, &payload)).await;
        assert!(answer.starts_with("Server unavailable: malformed request"), "{answer}");
    }
    caller.works().await;
}

/// Where Dynamo is silent, the caller is told.
#[tokio::test]
async fn a_request_that_makes_no_sense_is_answered_with_an_error() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let good = caller.control("c");
    let with = |change: fn(&mut Value)| {
        let mut control = good.clone();
        change(&mut control);
        control
    };
    for (control, body, expected) in [
        (
            with(|control| _ = control.as_object_mut().unwrap().remove("id")),
            "1",
            "control message cannot be read",
        ),
        (with(|control| control["request_type"] = json!("many")), "1", "control message cannot be read"),
        (with(|control| control["payload_codec"] = json!("cbor")), "1", "control message cannot be read"),
        (with(|control| control["id"] = json!("another")), "1", "the connection is for request"),
        (with(|control| control["request_type"] = json!("many_in")), "1", "takes one request"),
        (good.clone(), "\"one\"", "the request cannot be decoded as u64"),
        (good.clone(), "", "the request cannot be decoded as u64"),
        (good.clone(), "1 2", "the request cannot be decoded as u64"),
    ] {
        let frame = caller.frame(&control, body.as_bytes());
        assert_eq!(caller.send(&frame).await, "", "{control}");
        let (class, message) = caller.refusal().await;
        assert_eq!(class, "InvalidRequest");
        assert!(message.contains(expected), "{message}");
    }
    caller.works().await;
}

#[tokio::test]
async fn an_oversized_request_costs_the_call_and_not_the_connection() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    let frame = caller.frame(&caller.control("large"), &[b'1'; 50_000]);
    let size = frame.len();
    assert_eq!(caller.send(&frame).await, "");
    let (_, prologue, bodies) = caller.answer().await;
    assert_eq!(prologue, json!({ "error": null }));
    let error = &bodies[0]["data"]["error"];
    assert_eq!((&bodies[0]["data"]["event"], &error["class"]), (&json!("error"), &json!("PayloadTooLarge")));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&size.to_string()) && message.contains("10000"), "{message}");
    caller.works().await;
    // The sender of ours has the same limit by default, but may have another.
    ours.still_works().await;
}

/// A worker whose caller is gone goes on serving.
#[tokio::test]
async fn an_unreachable_caller_affects_no_other_call() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    for address in ["127.0.0.1:1", "not an address", "", "127.0.0.1", "nowhere.invalid:80"] {
        let control = control_message("c", address, "s");
        let frame = caller.frame(&control, b"1");
        assert_eq!(caller.send(&frame).await, "");
    }
    caller.works().await;
    dynamo_harness::eventually(SOON * 2, "no call to be left", async || {
        dynamo_rig::in_flight(&ours.runtime) == 0
    })
    .await;
}

/// Everything but stop and kill ends the call at once.
#[tokio::test]
async fn a_caller_that_talks_nonsense_on_the_response_connection_ends_its_call() {
    let (_meeting, ours) = ours().await;
    let mut caller = Caller::new(&ours).await;
    caller.path = caller.path.replace("double", "numbers");
    for words in
        [two_part(b"\"sentinel\"", b""), two_part(b"x", b"y"), vec![255; 24], two_part(b"\"kill\"", b"")]
    {
        let control = caller.control("c");
        let frame = caller.frame(&control, b"1000000000");
        assert_eq!(caller.send(&frame).await, "");
        let (mut back, _) = caller.home.accept().await.unwrap();
        back.write_all(&words).await.unwrap();
        let rest = async { while read_two_part(&mut back).await.is_some() {} };
        within(SOON, "the close", rest).await;
    }
    dynamo_harness::eventually(SOON, "no call to be left", async || {
        dynamo_rig::in_flight(&ours.runtime) == 0
    })
    .await;
    assert!(ours.client.numbers(2).await.unwrap().try_collect::<Vec<_>>().await.is_ok());
}
