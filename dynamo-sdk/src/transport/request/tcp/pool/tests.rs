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
