//! Noise at every listening port.

use dynamo_harness::{eventually, within};
use dynamo_sdk::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bad_peers::wire::{ack, item, last, prologue, read_ack, request, sentinel};
use crate::bad_peers::worker::{Fake, Ours, SOON, meeting};

const STRINGS: usize = 10_000;

/// A random byte string: often short, sometimes like a frame.
fn noise(random: &mut fastrand::Rng) -> Vec<u8> {
    let len = if random.u8(..) < 8 { random.usize(..20_000) } else { random.usize(..200) };
    let mut bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(len).collect();
    if random.bool() && len >= 24 {
        // Plausible lengths get further.
        let fields = if random.bool() { [0, 4, 0, 2] } else { [0, 0, 0, 0] };
        bytes[..4].copy_from_slice(&fields);
        bytes[4..24].fill(0);
        bytes[7] = random.u8(..30);
    }
    bytes
}

/// Sends many strings to `address`, over connections that end in every way.
async fn make_noise(address: &str, seed: u64, count: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..count {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            panic!("{address} does not listen any more")
        };
        let _ = stream.write_all(&noise(&mut random)).await;
        if random.u8(..) < 50 {
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = within(SOON, "the close", stream.take(1 << 20).read_to_end(&mut answer)).await;
        }
    }
}

#[tokio::test]
async fn ten_thousand_random_strings_at_the_request_port() {
    let meeting = meeting().await;
    let ours = Ours::serve(&meeting, |config| config).await;
    let idle = TcpStream::connect(ours.port).await.unwrap();
    for seed in 0..10 {
        make_noise(&ours.port.to_string(), seed, STRINGS / 10).await;
        ours.still_works().await;
    }
    // The same on one connection: it stays in step, or ends.
    let mut stream = TcpStream::connect(ours.port).await.unwrap();
    let mut random = fastrand::Rng::with_seed(99);
    for _ in 0..100 {
        if stream.write_all(&noise(&mut random)).await.is_err() {
            break;
        }
    }
    ours.still_works().await;
    drop((idle, stream));
    eventually(SOON, "no call to be left", async || dynamo_rig::in_flight(&ours.runtime) == 0).await;
    assert!(ours.runtime.shutdown().await);
}

/// The port is known to whoever gets a request.
#[tokio::test]
async fn ten_thousand_random_strings_at_the_response_port() {
    let fake = Fake::new().await;
    let call = async { fake.client.numbers(3).await.unwrap().try_collect::<Vec<_>>().await.unwrap() };
    let worker = async {
        let (mut stream, home) = fake.request().await;
        stream.write_all(&ack("")).await.unwrap();
        for seed in 0..10 {
            make_noise(&home.address, seed, STRINGS / 10).await;
        }
        // The one that is expected is not disturbed.
        let mut back = TcpStream::connect(&home.address).await.unwrap();
        back.write_all(&[home.handshake(), prologue(), item(1), last(), sentinel()].concat()).await.unwrap();
        (stream, back)
    };
    let both = futures::future::join(call, worker);
    let (items, _kept) = within(SOON * 4, "the call", both).await;
    assert_eq!(items, [1]);
}

/// An idle connection that never sends costs nothing and hurts nobody.
#[tokio::test]
async fn connections_that_never_send_are_no_trouble() {
    let meeting = meeting().await;
    let ours = Ours::serve(&meeting, |config| config).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(ours.port).await.unwrap());
    }
    ours.still_works().await;
    let last = idle.last_mut().unwrap();
    last.write_all(&request(b"no/such", b"")).await.unwrap();
    assert_eq!(
        within(SOON, "an answer", read_ack(last)).await,
        "Server unavailable: unknown endpoint no/such"
    );
    assert!(within(SOON, "the end", ours.runtime.shutdown()).await, "nor do they hold the end up");
}
