//! The peer itself: the real Dynamo talks to the real Dynamo, on our servers. If this fails, other interop tests say nothing.

use std::time::Duration;

use dynamo_tests::{Etcd, Nats, Program, Python, Signal};

/// Python takes its time when all cores are busy.
const LIMIT: Duration = Duration::from_secs(60);

fn with_settings(program: Program, etcd: &Etcd, plane: &str) -> Program {
    program
        .env("ETCD_ENDPOINTS", etcd.endpoints())
        .env("DYN_DISCOVERY_BACKEND", "etcd")
        .env("DYN_REQUEST_PLANE", plane)
        .env("DYN_TCP_RPC_HOST", "127.0.0.1")
        .env("DYN_TCP_RESPONSE_STREAM_HOST", "127.0.0.1")
        .env("DYN_LOG", "error")
}

#[tokio::test]
async fn the_real_client_calls_the_real_worker_over_tcp() {
    let Some(python) = Python::find() else { return };
    let etcd = Etcd::start().await;
    let mut worker = with_settings(python.script("worker.py"), &etcd, "tcp").spawn();
    worker.wait_for_line("READY", LIMIT).await;
    let client = with_settings(python.script("client.py"), &etcd, "tcp").arg("echo").arg("count");
    let finished = client.run(LIMIT).await;
    assert!(finished.status.success(), "{finished:?}");
    worker.signal(Signal::TERM);
    worker.wait(LIMIT).await;
}

#[tokio::test]
async fn the_real_client_calls_the_real_worker_over_nats() {
    let Some(python) = Python::find() else { return };
    let (etcd, nats) = tokio::join!(Etcd::start(), Nats::start());
    let worker =
        with_settings(python.script("worker.py"), &etcd, "nats").env("NATS_SERVER", nats.url()).spawn();
    worker.wait_for_line("READY", LIMIT).await;
    let client = with_settings(python.script("client.py"), &etcd, "nats").env("NATS_SERVER", nats.url());
    let finished = client.arg("echo").arg("count").run(LIMIT).await;
    assert!(finished.status.success(), "{finished:?}");
}
