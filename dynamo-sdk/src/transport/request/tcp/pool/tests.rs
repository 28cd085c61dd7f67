use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::config::Config;
use crate::config::builder::ConfigBuilder;
use crate::transport::net::listen::PortListener;
use crate::transport::net::stream::Stream;

/// Returns a request of ten bytes.
fn request() -> EncodedFrame {
    EncodedFrame { head: Bytes::from_static(b"12345"), payload: Bytes::from_static(b"67890") }
}

async fn pool(config: ConfigBuilder) -> (Pool, PortListener, String) {
    let runtime = Runtime::from_current().unwrap();
    let pool = Pool::new(runtime, &config.build().unwrap().request);
    let (listener, address) = PortListener::loopback().await;
    (pool, listener, address)
}

async fn read_request(stream: &mut Stream) {
    stream.read_exact(&mut [0; 10]).await.unwrap();
}

/// Acknowledgements are matched by their order alone (docs/wire/request-plane.md#tcp-connections).
#[tokio::test]
async fn many_calls_share_a_connection_and_get_their_own_acknowledgement() {
    let (pool, listener, address) = pool(Config::builder()).await;
    let worker = async {
        let mut stream = listener.accept().await;
        for n in 0..50_u8 {
            read_request(&mut stream).await;
            let refusal = n % 2 == 1;
            stream
                .write_all(if refusal { b"\0\0\0\x14Server unavailable: " } else { b"\0\0\0\0" })
                .await
                .unwrap();
        }
        stream
    };
    let calls = async {
        let mut refused = 0;
        for call in futures::future::join_all((0..50).map(|_| pool.send(&address, request()))).await {
            refused += usize::from(call.unwrap() != Ack::Accepted);
        }
        refused
    };
    let (_stream, refused) = tokio::join!(worker, calls);
    assert_eq!(refused, 25);
}

/// Each stage has its own limit and its own error.
#[tokio::test]
async fn a_worker_that_never_acknowledges_is_a_timeout_of_that_stage() {
    let (pool, _listener, address) =
        pool(Config::builder().tcp_request_timeout(Duration::from_millis(50))).await;
    assert!(matches!(pool.send(&address, request()).await, Err(AckError::AckTimeout)));
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let (pool, listener, address) = pool(Config::builder()).await;
    drop(listener);
    assert!(matches!(pool.send(&address, request()).await, Err(AckError::NotSent(_))));
    assert!(matches!(pool.send("worker.example:1", request()).await, Err(AckError::NotSent(_))));
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_acknowledgement_may_have_delivered() {
    let (pool, listener, address) = pool(Config::builder()).await;
    let worker = async {
        let mut stream = listener.accept().await;
        read_request(&mut stream).await;
    };
    let ((), sent) = tokio::join!(worker, pool.send(&address, request()));
    assert!(matches!(sent, Err(AckError::Lost(_))), "{sent:?}");
    // The next call opens a new connection.
    let worker = async {
        let mut stream = listener.accept().await;
        read_request(&mut stream).await;
        stream.write_all(&[0; 4]).await.unwrap();
        stream
    };
    let (_stream, sent) = tokio::join!(worker, pool.send(&address, request()));
    assert_eq!(sent.unwrap(), Ack::Accepted);
}

#[tokio::test]
async fn a_second_connection_is_opened_only_when_the_first_is_full() {
    let (pool, listener, address) =
        pool(Config::builder().tcp_channel_buffer(2_usize).tcp_pool_size(2_usize)).await;
    let calls = futures::future::join_all((0..5).map(|_| pool.send(&address, request())));
    let worker = async {
        let mut one = listener.accept().await;
        let mut two = listener.accept().await;
        // Both connections are full, but the pool opens no third: further calls wait.
        for stream in [&mut one, &mut two] {
            read_request(stream).await;
            stream.write_all(&[0; 20]).await.unwrap();
        }
        (one, two)
    };
    let (calls, _streams) = tokio::join!(calls, worker);
    let accepted = calls.iter().filter(|call| matches!(call, Ok(Ack::Accepted))).count();
    assert!(accepted >= 2, "{calls:?}");
}

const LIMIT: Duration = Duration::from_millis(100);
const SOON: Duration = Duration::from_secs(10);

/// A request that no socket buffer takes as a whole.
fn large() -> EncodedFrame {
    EncodedFrame { head: Bytes::from_static(b"12345"), payload: Bytes::from(vec![b'x'; 16 * 1024 * 1024]) }
}

async fn is_closed(stream: &mut Stream) {
    let mut rest = Vec::new();
    // A reset is an end as well.
    let _ = timeout(SOON, stream.read_to_end(&mut rest)).await.expect("the connection to be closed");
}

/// The peer of a pooled connection may be gone without a trace (a moved machine, a forgetful NAT).
#[tokio::test]
async fn after_a_missed_acknowledgement_the_next_call_dials_anew_and_the_old_connection_ends_with_its_last_call()
 {
    let (pool, listener, address) = pool(Config::builder().tcp_request_timeout(LIMIT)).await;
    let worker = async {
        let mut silent = listener.accept().await;
        read_request(&mut silent).await;
        let mut fresh = listener.accept().await;
        read_request(&mut fresh).await;
        fresh.write_all(&[0; 4]).await.unwrap();
        is_closed(&mut silent).await;
        fresh
    };
    let calls = async {
        assert!(matches!(pool.send(&address, request()).await, Err(AckError::AckTimeout)));
        assert_eq!(pool.send(&address, request()).await.unwrap(), Ack::Accepted);
    };
    tokio::join!(worker, calls);
}

/// The limit of the acknowledgement starts when the request is written: a slow link is not a silent worker.
#[tokio::test]
async fn a_large_request_may_take_longer_to_send_than_its_acknowledgement_and_small_calls_pass_it() {
    let limit = 5 * LIMIT;
    let (pool, listener, address) = pool(Config::builder().tcp_request_timeout(limit)).await;
    let began = tokio::sync::Notify::new();
    let worker = async {
        let mut slow = listener.accept().await;
        slow.read_exact(&mut [0; 5]).await.unwrap();
        began.notify_one();
        let mut other = listener.accept().await;
        read_request(&mut other).await;
        other.write_all(&[0; 4]).await.unwrap();
        let (mut left, mut chunk) = (16 * 1024 * 1024, vec![0; 64 * 1024]);
        let start = Instant::now();
        while left > 0 {
            let read = slow.read(&mut chunk).await.unwrap();
            assert!(read > 0, "{left} bytes are missing");
            left -= read;
            // The pace of a slow link, with progress within the limit.
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        assert!(start.elapsed() > limit);
        slow.write_all(&[0; 4]).await.unwrap();
        (slow, other)
    };
    let small = async {
        began.notified().await;
        pool.send(&address, request()).await
    };
    let (_streams, large, small) = tokio::join!(worker, pool.send(&address, large()), small);
    assert_eq!((large.unwrap(), small.unwrap()), (Ack::Accepted, Ack::Accepted));
}

#[tokio::test]
async fn a_request_that_is_given_up_while_it_is_written_is_broken_off_and_harms_no_other() {
    let (pool, listener, address) = pool(Config::builder().tcp_pool_size(1_usize)).await;
    let pool = &pool;
    let first = pool.send(&address, request());
    let given_up = timeout(LIMIT, pool.send(&address, large()));
    let worker = async {
        let mut one = listener.accept().await;
        read_request(&mut one).await;
        // The acknowledgement of what was sent before arrives although the next request breaks off.
        tokio::time::sleep(2 * LIMIT).await;
        one.write_all(&[0; 4]).await.unwrap();
        let mut rest = Vec::new();
        timeout(SOON, one.read_to_end(&mut rest)).await.expect("the connection to be closed").unwrap();
        assert!(rest.len() < 5 + 16 * 1024 * 1024, "the request is not whole");
        let mut two = listener.accept().await;
        read_request(&mut two).await;
        two.write_all(&[0; 4]).await.unwrap();
        two
    };
    let behind = async {
        tokio::time::sleep(LIMIT / 2).await;
        pool.send(&address, request()).await
    };
    let (first, given_up, behind, _two) = tokio::join!(first, given_up, behind, worker);
    assert_eq!(first.unwrap(), Ack::Accepted);
    assert!(given_up.is_err());
    assert_eq!(behind.unwrap(), Ack::Accepted, "it was not written, so it goes over another connection");
}

#[tokio::test]
async fn a_worker_that_does_not_read_is_given_up_and_the_request_cannot_have_run() {
    let (pool, listener, address) = pool(Config::builder().tcp_request_timeout(LIMIT)).await;
    let (_stream, sent) = tokio::join!(listener.accept(), pool.send(&address, large()));
    let Err(AckError::NotSent(why)) = sent else { panic!("{sent:?}") };
    assert!(why.to_string().contains("could be written for"), "{why}");
}

/// A host that swallows SYNs: its queue of new connections is full.
#[tokio::test]
async fn one_dial_serves_all_calls_that_wait_and_so_does_its_failure() {
    let (pool, _, _) = pool(Config::builder().tcp_connect_timeout(2 * LIMIT)).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) = timeout(LIMIT, tokio::net::TcpStream::connect(address)).await {
        queued.push(stream);
    }
    let (address, start) = (address.to_string(), Instant::now());
    let calls = futures::future::join_all((0..50).map(|_| pool.send(&address, request()))).await;
    assert!(calls.iter().all(|call| matches!(call, Err(AckError::ConnectTimeout))), "{calls:?}");
    assert!(start.elapsed() < 4 * LIMIT, "{:?}: the calls waited one after the other", start.elapsed());
}
