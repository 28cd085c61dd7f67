//! The peer itself: the real Dynamo talks to the real Dynamo, on our servers. If this fails, other interop tests say nothing.

use dynamo_harness::{Etcd, Nats, PEER, Program, Python, Signal};

fn with_settings(program: Program, etcd: &Etcd, plane: &str) -> Program {
    program
        .env("ETCD_ENDPOINTS", etcd.endpoints())
        .env("DYN_DISCOVERY_BACKEND", "etcd")
        .env("DYN_REQUEST_PLANE", plane)
        .env("DYN_TCP_RPC_HOST", "127.0.0.1")
        .env("DYN_TCP_RESPONSE_STREAM_HOST", "127.0.0.1")
        .env("DYN_LOG", "error")
}

/// Two processes: one that serves, and one that calls it as it calls ours in the matrix.
async fn the_real_client_calls_the_real_worker(program: impl Fn(Program) -> Program, python: &Python) {
    let mut worker = program(python.peer()).spawn();
    worker.wait_for_line("READY", PEER).await;
    let rows = "echo,count 3,fail 2,types,metadata,stop,drop";
    let caller = program(python.peer()).env("PEER_NAMESPACE", "others").env("PEER_ROWS", rows);
    let mut caller = caller.arg("theirs.peer").spawn();
    caller.wait_for_line("DONE", PEER).await;
    let said: Vec<_> = caller.stdout().into_iter().filter(|line| line.starts_with("ROW ")).collect();
    let expected: Vec<_> = rows.split(',').map(|row| format!("ROW {row}: pass")).collect();
    assert!(expected.iter().all(|row| said.contains(row)) && said.len() == expected.len(), "{said:#?}");
    for process in [&mut caller, &mut worker] {
        process.signal(Signal::TERM);
        assert!(process.wait(PEER).await.success());
    }
}

#[tokio::test]
async fn the_real_client_calls_the_real_worker_over_tcp() {
    let Some(python) = Python::find() else { return };
    let etcd = Etcd::start().await;
    the_real_client_calls_the_real_worker(|program| with_settings(program, &etcd, "tcp"), &python).await;
}

#[tokio::test]
async fn the_real_client_calls_the_real_worker_over_nats() {
    let Some(python) = Python::find() else { return };
    let (etcd, nats) = tokio::join!(Etcd::start(), Nats::start());
    let program = |program| with_settings(program, &etcd, "nats").env("NATS_SERVER", nats.url());
    the_real_client_calls_the_real_worker(program, &python).await;
}
