//! The NATS request plane between two runtimes and a real server, and what others see of it.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod deployment;
mod faults;
mod interop;
mod start;

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use deployment::{Deployment, LIMIT, Say};
use dynamo_harness::{Nats, eventually, within};
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

fn say(text: &str) -> Say {
    Say { text: text.to_owned(), n: 3 }
}

#[tokio::test]
async fn one_response_a_stream_and_an_error_arrive() {
    let nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    let backend = here.client().await;
    assert_eq!(backend.echo(say("hello")).await.unwrap().text, "hello");
    let items: Vec<u64> = backend.count(say("")).await.unwrap().map(|n| n.unwrap()).collect().await;
    assert_eq!(items, [0, 1, 2]);
    let mut items = backend.fail(say("boom")).await.unwrap();
    assert_eq!(items.next().await.unwrap().unwrap(), 0);
    let error = items.next().await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Endpoint(error) if error.message() == "boom"), "{error:?}");
    here.end().await;
}

#[tokio::test]
async fn dropping_a_stream_ends_its_handler() {
    let nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    let backend = here.client().await;
    let mut items = backend.endless(say("")).await.unwrap();
    items.next().await.unwrap().unwrap();
    assert_eq!(here.running(), 1);
    drop(items);
    eventually(LIMIT, "the handler to end", async || here.running() == 0).await;
    here.end().await;
}

#[tokio::test]
async fn after_its_end_nobody_takes_the_requests_of_an_endpoint() {
    let nats = Nats::start().await;
    let mut here = Deployment::start(&nats.url()).await;
    let raw = async_nats::connect(nats.url()).await.unwrap();
    let subject = here.subject("echo");
    let ack = raw.request(subject.clone(), "nonsense".into()).await.unwrap().payload;
    assert!(ack.starts_with(b"Server unavailable: malformed request"), "{ack:?}");
    here.serving.take().unwrap().shutdown().await;
    let error = raw.request(subject, "nonsense".into()).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    let error = raw.request("$SRV.PING.interop_backend", "".into()).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::NoResponders, "the service goes with its last endpoint");
    here.end().await;
}

#[tokio::test]
async fn a_request_right_after_the_start_is_never_lost() {
    let nats = Nats::start().await;
    let mut here = Deployment::start(&nats.url()).await;
    let raw = async_nats::connect(nats.url()).await.unwrap();
    let subject = here.subject("echo");
    for round in 0..200 {
        here.serving.take().unwrap().shutdown().await;
        here.serve().await;
        let ack = raw.request(subject.clone(), "nonsense".into()).await;
        assert!(ack.is_ok(), "round {round}: {ack:?}");
    }
    here.end().await;
}

#[tokio::test]
async fn too_large_a_request_is_refused_with_the_exact_size_and_harms_nobody() {
    let nats = Nats::start_with("max_payload: 4096").await;
    let here = Deployment::start(&nats.url()).await;
    let backend = here.client().await;
    let call = |length: usize| backend.echo(say(&"x".repeat(length))).request_id("0123456789").into_future();
    let error = call(6000).await.unwrap_err();
    let &CallErrorKind::PayloadTooLarge { size, limit, plane } = error.kind() else { panic!("{error:?}") };
    assert_eq!((limit, plane), (4096, "nats"));
    let most = 6000 - (size - limit);
    assert_eq!(call(most).await.unwrap().text.len(), most, "the server takes exactly its limit");
    let error = call(most + 1).await.unwrap_err();
    assert!(
        matches!(error.kind(), CallErrorKind::PayloadTooLarge { size: 4097, limit: 4096, .. }),
        "{error:?}"
    );
    assert_eq!(nats.monitor("/varz").await["slow_consumers"], 0);
    assert_eq!(nats.monitor("/varz").await["total_connections"], 2, "nobody had to connect again");
    here.end().await;
}

/// All that is in an answer apart from values, which differ.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Array(fields.iter().map(|(name, value)| json!([name, shape(value)])).collect())
        }
        Value::Array(items) => Value::Array(items.first().map(shape).into_iter().collect()),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_micro_service_answers_as_dynamos_does() {
    let nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    let raw = async_nats::connect(nats.url()).await.unwrap();
    let ask = async |subject: &str| -> Value {
        serde_json::from_slice(&raw.request(subject.to_owned(), "".into()).await.unwrap().payload).unwrap()
    };
    let captured = include_str!("../../vectors/nats-session/micro-service-answers.txt");
    let mut captured = captured.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for verb in ["PING", "INFO", "STATS"] {
        let to_all = ask(&format!("$SRV.{verb}")).await;
        let id = to_all["id"].as_str().unwrap();
        let to_one = ask(&format!("$SRV.{verb}.interop_backend.{id}")).await;
        let answer = ask(&format!("$SRV.{verb}.interop_backend")).await;
        assert_eq!((&to_all, &to_one), (&answer, &answer));
        assert_eq!(shape(&answer), shape(&captured.next().unwrap()));
        assert_eq!((&answer["name"], &answer["version"]), (&json!("interop_backend"), &json!("1.6.1")));
    }
    let info = ask("$SRV.INFO").await;
    assert_eq!(info["description"], "Dynamo component backend in namespace interop");
    let endpoint = &info["endpoints"][0];
    assert_eq!(endpoint["subject"], here.subject("echo"));
    assert_eq!(endpoint["name"], here.subject("echo").replace('.', "-"));

    let backend = here.client().await;
    for _ in 0..3 {
        backend.echo(say("counted")).await.unwrap();
    }
    raw.request(here.subject("echo"), "nonsense".into()).await.unwrap();
    let stats = ask("$SRV.STATS").await;
    let echo = &stats["endpoints"][0];
    assert_eq!((&echo["num_requests"], &echo["num_errors"]), (&json!(4), &json!(1)));
    assert!(echo["last_error"].as_str().unwrap().starts_with("503:malformed request"), "{echo}");
    assert_eq!(stats["endpoints"][1]["num_requests"], 0);
    here.end().await;
}

#[tokio::test]
async fn a_request_without_a_reply_subject_does_no_harm() {
    let nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    let raw = async_nats::connect(nats.url()).await.unwrap();
    raw.publish(here.subject("echo"), "nonsense".into()).await.unwrap();
    raw.flush().await.unwrap();
    assert_eq!(here.client().await.echo(say("alive")).await.unwrap().text, "alive");
    here.end().await;
}

#[tokio::test]
async fn a_shutdown_leaves_the_server_without_delay() {
    let nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    here.client().await.echo(say("x")).await.unwrap();
    let start = Instant::now();
    here.end().await;
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let left = async || nats.monitor("/varz").await["connections"] == 0;
    within(LIMIT, "the connections to end", eventually(LIMIT, "no connection", left)).await;
}
