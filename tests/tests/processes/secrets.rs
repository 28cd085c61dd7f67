//! Logins in the URLs of servers are shown nowhere, at no level.

use dynamo_harness::{LIMIT, Nats, Process, Program, eventually, within};

use crate::{Directory, start};

const SECRET: &str = "hushhush";

fn hides_it(process: &Process) {
    let lines = [process.stdout(), process.stderr()].concat();
    assert!(lines.iter().any(|line| line.contains("TRACE")), "the log is at its lowest level");
    let shown: Vec<_> = lines.iter().filter(|line| line.contains(SECRET)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[tokio::test]
async fn a_start_a_loss_and_a_reconnect_show_no_login_of_nats() {
    let mut nats = Nats::start_with(&format!("authorization {{ user: ann, password: {SECRET} }}")).await;
    let url = nats.url().replace("nats://", &format!("nats://ann:{SECRET}@"));
    let directory = Directory::new();
    let program = directory.used_by(Program::example_full("hello_server"));
    let program = program.env("DYN_REQUEST_PLANE", "nats").env("NATS_SERVER", url).env("DYN_LOG", "trace");
    let server = start(program).await;
    nats.stop().await;
    server.wait_for_line("lost the connection to NATS", LIMIT).await;
    nats.start_again().await;
    server.wait_for_line("reconnected to NATS", LIMIT).await;
    hides_it(&server);
}

#[tokio::test]
async fn a_failed_start_shows_no_login_of_etcd() {
    let url = format!("http://ann:{SECRET}@127.0.0.1:1");
    let program = Program::example_full("hello_server")
        .env("ETCD_ENDPOINTS", url)
        .env("ETCD_STARTUP_CONNECT_TIMEOUT_SECONDS", "1")
        .env("DYN_LOG", "trace");
    let mut server = program.spawn();
    assert_eq!(server.wait(LIMIT).await.code(), Some(3));
    eventually(LIMIT, "the reason", async || server.stderr().iter().any(|line| line.contains("127.0.0.1:1")))
        .await;
    hides_it(&server);
    let wrong = Program::example_full("hello_server")
        .env("DYN_REQUEST_PLANE", "nats")
        .env("NATS_SERVER", format!("http://ann:{SECRET}@127.0.0.1:1"));
    let finished = within(LIMIT, "the refusal", wrong.run(LIMIT)).await;
    let text = format!("{finished:?}");
    assert!(text.contains("NATS_SERVER") && !text.contains(SECRET), "{text}");
}
