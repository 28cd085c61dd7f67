//! The harness itself: what the other tests rely on.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dynamo_harness::{Direction, Etcd, LIMIT, Nats, Program, Proxy, Signal, eventually, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

/// How long something must not happen, to be believed.
const SILENCE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_restarted_etcd_keeps_its_data_and_its_port() {
    let mut etcd = Etcd::start().await;
    let url = etcd.url();
    etcd.etcdctl(&["put", "key", "value"]).await;
    etcd.restart().await;
    assert_eq!(etcd.url(), url);
    assert_eq!(etcd.etcdctl(&["get", "key"]).await, "key\nvalue\n");
    etcd.kill().await;
    etcd.start_again().await;
    assert_eq!(etcd.etcdctl(&["get", "key"]).await, "key\nvalue\n");
    etcd.stop().await;
    etcd.start_empty().await;
    assert_eq!(etcd.etcdctl(&["get", "key"]).await, "");
}

#[tokio::test]
async fn a_stopped_etcd_refuses_connections() {
    let mut etcd = Etcd::start().await;
    etcd.stop().await;
    let error = TcpStream::connect(etcd.addr()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_paused_etcd_answers_after_it_is_resumed() {
    let mut etcd = Etcd::start().await;
    let addr = etcd.addr();
    etcd.pause().await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"GET /version HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    assert!(timeout(SILENCE, stream.read_to_string(&mut answer)).await.is_err());
    etcd.resume();
    within(LIMIT, "an answer", stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.contains("etcdserver"), "{answer}");
}

#[tokio::test]
async fn two_etcds_do_not_share_data() {
    let (one, two) = tokio::join!(Etcd::start(), Etcd::start());
    one.etcdctl(&["put", "key", "one"]).await;
    assert_eq!(two.etcdctl(&["get", "key"]).await, "");
}

/// Says hello as a NATS client and returns the server's answer to the ping.
async fn nats_hello(nats: &Nats, connect: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(nats.addr()).await.unwrap();
    let hello = format!("CONNECT {connect}\r\nSUB greetings 1\r\nPING\r\n");
    stream.write_all(hello.as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.contains("PONG") && !answer.contains("-ERR") {
        let mut piece = [0; 4096];
        let length = within(LIMIT, "an answer of NATS", stream.read(&mut piece)).await.unwrap();
        assert!(length > 0, "NATS closed the connection: {answer}");
        answer.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    (stream, answer)
}

#[tokio::test]
async fn nats_shows_the_subscriptions_of_its_clients() {
    let nats = Nats::start().await;
    let (_stream, answer) = nats_hello(&nats, "{\"verbose\":false}").await;
    assert!(answer.contains("PONG"), "{answer}");
    let clients = nats.monitor("/connz?subs=1").await;
    assert_eq!(clients["connections"][0]["subscriptions_list"][0], "greetings");
}

#[tokio::test]
async fn nats_takes_a_configuration() {
    let nats = Nats::start_with("max_payload: 1024\nauthorization { user: u, password: p }").await;
    let (_stream, answer) = nats_hello(&nats, "{\"verbose\":false}").await;
    assert!(answer.contains("\"max_payload\":1024") && answer.contains("-ERR"), "{answer}");
    let (_stream, answer) = nats_hello(&nats, "{\"verbose\":false,\"user\":\"u\",\"pass\":\"p\"}").await;
    assert!(answer.contains("PONG"), "{answer}");
}

#[tokio::test]
async fn a_restarted_nats_keeps_its_ports() {
    let mut nats = Nats::start().await;
    let url = nats.url();
    nats.restart().await;
    assert_eq!(nats.url(), url);
    assert_eq!(nats.monitor("/varz").await["port"], nats.addr().port());
    nats.pause().await;
    nats.resume();
    nats.kill().await;
    nats.start_again().await;
    nats_hello(&nats, "{}").await;
}

/// A server that sends back what it gets, and says `name` first.
async fn echo_server(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "ends with the runtime of the test")]
    tokio::spawn(async move {
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            tasks.spawn(async move {
                stream.write_all(name.as_bytes()).await.ok();
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await.ok();
                to.shutdown().await.ok();
            });
        }
    });
    addr
}

async fn read(stream: &mut TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    within(LIMIT, "bytes through the proxy", stream.read_exact(&mut bytes)).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A proxy and a connection through it that has greeted.
async fn through_a_proxy() -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo_server("a").await).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(read(&mut stream, 1).await, "a");
    (proxy, stream)
}

#[tokio::test]
async fn a_proxy_passes_bytes_and_counts_them() {
    let (proxy, mut stream) = through_a_proxy().await;
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(read(&mut stream, 5).await, "hello");
    assert_eq!((proxy.accepted(), proxy.open()), (1, 1));
    assert_eq!((proxy.bytes(Direction::ToTarget), proxy.bytes(Direction::ToClient)), (5, 6));
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the end of the stream passes too");
    within(LIMIT, "the connection to end", proxy.wait_open(0)).await;
}

#[tokio::test]
async fn a_cut_proxy_resets_and_refuses_until_it_is_healed() {
    let (proxy, mut stream) = through_a_proxy().await;
    within(LIMIT, "the cut", proxy.cut()).await;
    assert_eq!(stream.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let error = TcpStream::connect(proxy.addr()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(proxy.open(), 0);
    proxy.set_target(echo_server("b").await);
    proxy.heal().await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(read(&mut stream, 1).await, "b");
}

#[tokio::test]
async fn a_stalled_proxy_holds_everything_back_until_it_is_healed() {
    let (proxy, mut old) = through_a_proxy().await;
    proxy.stall();
    let mut new = TcpStream::connect(proxy.addr()).await.unwrap();
    old.write_all(b"hello").await.unwrap();
    old.shutdown().await.unwrap();
    assert!(timeout(SILENCE, old.read(&mut [0])).await.is_err());
    assert!(timeout(SILENCE, new.read(&mut [0])).await.is_err());
    proxy.heal().await;
    assert_eq!(read(&mut old, 5).await, "hello");
    assert_eq!(read(&mut new, 1).await, "a");
}

#[tokio::test]
async fn a_stalled_proxy_can_be_cut() {
    let (proxy, mut old) = through_a_proxy().await;
    proxy.stall();
    old.write_all(b"hello").await.unwrap();
    let _new = TcpStream::connect(proxy.addr()).await.unwrap();
    within(LIMIT, "the cut", proxy.cut()).await;
    assert!(old.read(&mut [0]).await.is_err());
}

#[tokio::test]
async fn a_delay_is_latency_and_keeps_the_order() {
    let (proxy, mut stream) = through_a_proxy().await;
    proxy.delay(Duration::from_millis(100));
    let start = Instant::now();
    for letter in ["a", "b", "c", "d", "e"] {
        stream.write_all(letter.as_bytes()).await.unwrap();
    }
    assert_eq!(read(&mut stream, 5).await, "abcde");
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_proxy_ends_one_connection_after_some_bytes() {
    let (proxy, mut stream) = through_a_proxy().await;
    proxy.drop_after(Direction::ToClient, 3);
    stream.write_all(b"hello").await.unwrap();
    let mut all = String::new();
    within(LIMIT, "the end", stream.read_to_string(&mut all)).await.unwrap();
    assert_eq!(all, "hel");
    drop(stream);
    within(LIMIT, "the connection to end", proxy.wait_open(0)).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(read(&mut stream, 6).await, "ahello");
}

#[tokio::test]
async fn the_connections_of_a_proxy_end_with_it() {
    let (proxy, mut stream) = through_a_proxy().await;
    drop(proxy);
    within(LIMIT, "the end", stream.read(&mut [0])).await.unwrap_err();
}

#[tokio::test]
async fn the_output_and_the_end_of_a_program_are_seen() {
    let program =
        Program::new("sh").arg("-c").arg("echo $GREETING; echo two >&2; exit 3").env("GREETING", "one");
    let finished = program.run(LIMIT).await;
    assert_eq!((finished.status.code(), &*finished.stdout, &*finished.stderr), (Some(3), "one", "two"));
}

#[tokio::test]
async fn a_program_gets_signals() {
    let mut process = Program::new("sh")
        .arg("-c")
        .arg("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done")
        .spawn();
    process.wait_for_line("ready", LIMIT).await;
    process.pause().await;
    process.resume();
    process.signal(Signal::TERM);
    assert_eq!(process.wait(LIMIT).await.code(), Some(7));
}

#[tokio::test]
async fn a_dropped_program_is_gone() {
    let process = Program::new("sleep").arg("1000").spawn();
    let id = process.id().unwrap();
    drop(process);
    let alive = Program::new("kill").arg("-0").arg(id.to_string()).run(LIMIT).await;
    assert!(!alive.status.success());
}

#[tokio::test]
#[should_panic(expected = "sh -c true ended without printing `ready`")]
async fn a_program_that_ends_early_is_reported() {
    Program::new("sh").arg("-c").arg("true").spawn().wait_for_line("ready", LIMIT).await;
}

#[tokio::test]
#[should_panic(expected = "in vain for the moon to fall; asked")]
async fn a_failed_wait_names_its_condition() {
    eventually(Duration::from_millis(30), "the moon to fall", async || false).await;
}

#[tokio::test]
async fn an_example_is_built_and_found() {
    let finished = Program::example_full("hello_world").run(LIMIT).await;
    assert!(finished.status.success(), "{finished:?}");
}
