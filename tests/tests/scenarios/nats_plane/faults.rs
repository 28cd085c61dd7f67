//! What callers are told when something is missing or breaks on the way.

use std::time::Duration;

use async_nats::Client;
use dynamo_harness::{Nats, Proxy, eventually, within};
use dynamo_sdk::error::{CallErrorKind, Stage};
use dynamo_sdk::prelude::*;
use tokio::time::Instant;

use super::deployment::{Deployment, LIMIT};
use super::say;

/// A deployment whose worker is cut off from NATS, its record still there, and a client that may stand in for it.
async fn without_worker(nats: &Nats) -> (Deployment, Client, Proxy) {
    let proxy = Proxy::start(nats.addr()).await;
    let here = Deployment::between(&format!("nats://{}", proxy.addr()), &nats.url(), |config| {
        config.nats_request_timeout(Duration::from_millis(700))
    })
    .await;
    here.client().await.echo(say("there")).await.unwrap();
    within(LIMIT, "the cut", proxy.cut()).await;
    let subject = here.subject("echo");
    eventually(LIMIT, "the server to notice", async || {
        !nats.monitor("/subsz?subs=1").await.to_string().contains(&subject)
    })
    .await;
    (here, async_nats::connect(nats.url()).await.unwrap(), proxy)
}

#[tokio::test]
async fn a_worker_that_is_gone_is_reported_at_once() {
    let nats = Nats::start().await;
    let (here, _, proxy) = without_worker(&nats).await;
    let start = Instant::now();
    let error = here.client().await.echo(say("x")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::NotDelivered) && error.is_safe_to_retry(), "{error:?}");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    proxy.heal().await;
    let backend = here.client().await;
    eventually(LIMIT, "the worker to be back", async || backend.echo(say("x")).await.is_ok()).await;
    here.end().await;
}

#[tokio::test]
async fn a_request_that_nobody_acknowledges_times_out_and_leaves_nothing_behind() {
    let nats = Nats::start().await;
    let (here, raw, _proxy) = without_worker(&nats).await;
    let _silent = raw.subscribe(here.subject("echo")).await.unwrap();
    raw.request("nobody", "".into()).await.unwrap_err();
    let backend = here.client().await;
    let calls = (0..50).map(|_| async {
        let error = backend.echo(say("x")).await.unwrap_err();
        assert!(
            matches!(error.kind(), CallErrorKind::TimedOut { stage: Stage::Acknowledge, .. }),
            "{error:?}"
        );
    });
    futures::future::join_all(calls).await;
    assert_eq!(dynamo_rig::pending(&here.caller), 0);
    here.end().await;
}

#[tokio::test]
async fn what_a_worker_says_about_a_request_is_understood() {
    let nats = Nats::start().await;
    let (here, raw, _proxy) = without_worker(&nats).await;
    let mut requests = raw.subscribe(here.subject("echo")).await.unwrap();
    raw.request("nobody", "".into()).await.unwrap_err();
    let backend = here.client().await;
    let answer = async |text: &'static str| {
        let request = requests.next().await.unwrap();
        raw.publish(request.reply.unwrap(), text.into()).await.unwrap();
    };
    let mut answer = answer;
    let (error, ()) =
        tokio::join!(backend.echo(say("x")).into_future(), answer("Server overloaded: at capacity"));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), &CallErrorKind::Overloaded { message: "at capacity".into() }, "{error:?}");
    let (error, ()) = tokio::join!(backend.echo(say("x")).into_future(), answer("Server unavailable: gone"));
    assert_eq!(error.unwrap_err().kind(), &CallErrorKind::NotDelivered);
    here.end().await;
}

#[tokio::test]
async fn without_a_connection_nothing_is_buffered() {
    let nats = Nats::start().await;
    let proxy = Proxy::start(nats.addr()).await;
    let here = Deployment::between(&nats.url(), &format!("nats://{}", proxy.addr()), |config| config).await;
    let backend = here.client().await;
    backend.echo(say("x")).await.unwrap();
    within(LIMIT, "the cut", proxy.cut()).await;
    let start = Instant::now();
    // The first may go out on a connection whose end is not noticed yet.
    let error = backend.echo(say("x")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::NotDelivered | CallErrorKind::ConnectionLost), "{error:?}");
    let error = backend.echo(say("x")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::NotDelivered), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    proxy.heal().await;
    eventually(LIMIT, "the connection to be back", async || backend.echo(say("x")).await.is_ok()).await;
    here.end().await;
}

#[tokio::test]
async fn a_connection_that_is_lost_while_an_acknowledgement_is_awaited_is_reported_at_once() {
    let nats = Nats::start().await;
    let (to_worker, to_caller) = (Proxy::start(nats.addr()).await, Proxy::start(nats.addr()).await);
    let url = |proxy: &Proxy| format!("nats://{}", proxy.addr());
    let here = Deployment::between(&url(&to_worker), &url(&to_caller), |config| {
        config.nats_request_timeout(Duration::from_secs(60))
    })
    .await;
    let raw = async_nats::connect(nats.url()).await.unwrap();
    let mut requests = raw.subscribe(here.subject("echo")).await.unwrap();
    within(LIMIT, "the cut", to_worker.cut()).await;
    let backend = here.client().await;
    let cut = async {
        requests.next().await.unwrap();
        to_caller.cut().await;
    };
    let both = async { tokio::join!(backend.echo(say("x")).into_future(), cut) };
    let (error, ()) = within(LIMIT, "the end of the call", both).await;
    let error = error.unwrap_err();
    assert!(
        *error.kind() == CallErrorKind::ConnectionLost && error.items() == 0 && !error.is_safe_to_retry(),
        "{error:?}"
    );
    to_caller.heal().await;
    to_worker.heal().await;
    here.end().await;
}

#[tokio::test]
async fn a_restart_of_the_server_is_survived_by_callers_endpoints_and_running_streams() {
    let mut nats = Nats::start().await;
    let here = Deployment::start(&nats.url()).await;
    let backend = here.client().await;
    let mut items = backend.endless(say("")).await.unwrap();
    items.next().await.unwrap().unwrap();
    nats.restart().await;
    let start = Instant::now();
    eventually(LIMIT, "calls to work again", async || backend.echo(say("again")).await.is_ok()).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let subscriptions = nats.monitor("/subsz?subs=1").await.to_string();
    for subject in [here.subject("echo"), here.subject("endless"), "$SRV.PING.interop_backend".to_owned()] {
        assert!(subscriptions.contains(&subject), "{subject}: {subscriptions}");
    }
    items.next().await.unwrap().unwrap();
    drop(items);
    here.end().await;
}

#[tokio::test]
async fn the_limit_of_a_request_is_that_of_the_server_that_is_connected_now() {
    let small = Nats::start_with("max_payload: 2048").await;
    let large = Nats::start_with("max_payload: 8192").await;
    let proxy = Proxy::start(small.addr()).await;
    let here = Deployment::start(&format!("nats://{}", proxy.addr())).await;
    let backend = here.client().await;
    let error = backend.echo(say(&"x".repeat(4000))).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::PayloadTooLarge { limit: 2048, .. }), "{error:?}");
    proxy.set_target(large.addr());
    within(LIMIT, "the cut", proxy.cut()).await;
    proxy.heal().await;
    let call = async || backend.echo(say(&"x".repeat(4000))).await.is_ok();
    eventually(LIMIT, "the larger limit", call).await;
    here.end().await;
}

/// Requests that are sent into the void must not hide that nothing comes back.
#[tokio::test]
async fn a_connection_that_swallows_everything_is_given_up() {
    let nats = Nats::start().await;
    let proxy = Proxy::start(nats.addr()).await;
    let here = Deployment::between(&nats.url(), &format!("nats://{}", proxy.addr()), |config| {
        config.nats_request_timeout(Duration::from_millis(300))
    })
    .await;
    let backend = here.client().await;
    backend.echo(say("x")).await.unwrap();
    proxy.stall();
    eventually(Duration::from_secs(25), "the loss to be noticed", async || {
        let lost = backend.echo(say("x")).await.err();
        lost.is_some_and(|error| error.kind() == &CallErrorKind::NotDelivered)
    })
    .await;
    proxy.heal().await;
    eventually(LIMIT, "the connection to be back", async || backend.echo(say("x")).await.is_ok()).await;
    here.end().await;
}
