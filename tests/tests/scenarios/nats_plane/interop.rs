//! With the real Dynamo on the other side.

use dynamo_harness::{Nats, PEER, Program, Python, Signal};
use tempfile::TempDir;

fn with_settings(program: Program, nats: &Nats, records: &TempDir) -> Program {
    program
        .env("DYN_DISCOVERY_BACKEND", "file")
        .env("DYN_FILE_KV", records.path())
        .env("DYN_REQUEST_PLANE", "nats")
        .env("NATS_SERVER", nats.url())
        .env("DYN_TCP_RESPONSE_STREAM_HOST", "127.0.0.1")
        .env("DYN_LOG", "error")
}

#[tokio::test]
async fn the_real_client_calls_our_worker() {
    let Some(python) = Python::find_with_scripts() else { return };
    let (nats, records) = (Nats::start().await, tempfile::tempdir().unwrap());
    let mut worker = with_settings(Program::example_full("interop_worker"), &nats, &records).spawn();
    worker.wait_for_line("READY", PEER).await;
    let finished = with_settings(python.script("client.py"), &nats, &records).run(PEER).await;
    assert!(finished.status.success(), "{finished:?}");
    worker.signal(Signal::TERM);
    assert!(worker.wait(PEER).await.success());
}

#[tokio::test]
async fn our_client_calls_the_real_worker() {
    let Some(python) = Python::find_with_scripts() else { return };
    let (nats, records) = (Nats::start().await, tempfile::tempdir().unwrap());
    let mut worker = with_settings(python.script("worker.py"), &nats, &records).spawn();
    worker.wait_for_line("READY", PEER).await;
    let finished = with_settings(Program::example_full("interop_client"), &nats, &records).run(PEER).await;
    assert!(finished.status.success(), "{finished:?}");
    worker.signal(Signal::TERM);
    worker.wait(PEER).await;
}
