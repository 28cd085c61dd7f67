//! Sockets: what breaks, what is strange, and who is slow.

use std::time::Duration;

use dynamo_harness::{eventually, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::place::{Beat, LIMIT, Place, handle, meet, next, publish};

/// What a socket of libzmq sends first.
fn greeting() -> Vec<u8> {
    let mut bytes = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL".to_vec();
    bytes.resize(64, 0);
    bytes
}

const SUB: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB";
const PUB: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB";

/// The address in the only record of an event channel.
fn address(place: &Place) -> String {
    let record = place.read_record("event_channels");
    let endpoint = record["transport"]["config"]["endpoint"].as_str().unwrap();
    endpoint.strip_prefix("tcp://").unwrap().to_owned()
}

/// A connection that has said hello as a subscriber.
async fn raw_subscriber(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&greeting()).await.unwrap();
    stream.write_all(SUB).await.unwrap();
    let mut theirs = vec![0; 64 + PUB.len()];
    within(LIMIT, "the greeting", stream.read_exact(&mut theirs)).await.unwrap();
    assert_eq!(theirs[..64], greeting());
    assert_eq!(theirs[64..], *PUB);
    stream
}

/// Every byte of a conversation with a plain socket.
#[tokio::test]
async fn the_bytes_of_a_publisher_are_pinned() {
    let place = Place::zmq().await;
    let worker = place.join().await;
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    let mut stream = raw_subscriber(&address(&place)).await;
    stream.write_all(b"\0\x05\x01beat").await.unwrap();
    let mut event = [0; 6];
    let heard = async {
        loop {
            publish(&publisher, 5..6).await;
            let reading = stream.read_exact(&mut event);
            if tokio::time::timeout(Duration::from_millis(50), reading).await.is_ok() {
                return;
            }
        }
    };
    within(LIMIT, "an event", heard).await;
    assert_eq!(event, *b"\x01\x04beat");
    let mut rest = vec![0; 20 + 2 + 1 + 4 + 1];
    stream.read_exact(&mut rest).await.unwrap();
    let id = publisher.id().0.to_be_bytes();
    assert_eq!((rest[..2].to_vec(), &rest[2..10]), (vec![1, 8], &id[..]));
    assert_eq!(rest[10..12], [1, 8]);
    let sequence = u64::from_be_bytes(rest[12..20].try_into().unwrap());
    // The last part: its length, version, the length of the envelope, a map of five.
    let size = usize::from(rest[21]);
    assert_eq!(
        (rest[20], rest[22], rest[23..27].to_vec(), rest[27]),
        (0, 1, vec![0, 0, 0, rest[21] - 5], 0x85)
    );
    let mut envelope = vec![0; size - 6];
    stream.read_exact(&mut envelope).await.unwrap();
    let expected = [
        b"\xacpublisher_id\xcf".to_vec(),
        id.to_vec(),
        b"\xa8sequence".to_vec(),
        vec![u8::try_from(sequence).unwrap()],
        b"\xacpublished_at\xcf".to_vec(),
    ]
    .concat();
    assert!(envelope.starts_with(&expected), "{envelope:x?}");
    assert!(envelope.ends_with(b"\xa5topic\xa4beat\xa7payload\xc4\x04\x81\xa1n\x05"), "{envelope:x?}");
    place.end([worker]).await;
}

/// What ended a process that used the crate for these sockets; here it costs the connection that says it.
#[tokio::test]
async fn whatever_reaches_the_port_costs_nobody_but_itself() {
    let place = Place::zmq().await;
    let (worker, reader) = (place.join().await, place.join().await);
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    meet(&publisher, &mut beats).await;
    let address = address(&place);
    let hello = [&greeting()[..], SUB].concat();
    for (name, bytes) in [
        ("another protocol", b"GET / HTTP/1.1\r\n\r\n".repeat(10)),
        ("an old version", [&b"\xff\0\0\0\0\0\0\0\x01\x7f\x01"[..], &[0; 53]].concat()),
        ("a command of 64 TiB", [&greeting()[..], &[6, 0, 0, 0x40, 0, 0, 0, 0, 0]].concat()),
        ("a publisher", [&greeting()[..], PUB].concat()),
        ("a topic of 16 EiB", [&hello[..], &[2], &[0xff; 8], &[0; 100_000]].concat()),
        ("unknown flags", [&hello[..], b"\x80\x01x"].concat()),
        ("too many topics", [&hello[..], &b"\0\x02\x01x".repeat(5000)].concat()),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // The other side may be gone before all is written.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = within(LIMIT, name, stream.read_to_end(&mut answer)).await;
        publish(&publisher, 1..2).await;
        let event = next(&mut beats).await;
        assert_eq!((event.payload.n, event.missed_before), (1, 0), "after {name}");
    }
    // One that says nothing is in nobody's way either.
    let _silent = TcpStream::connect(&address).await.unwrap();
    publish(&publisher, 2..3).await;
    assert_eq!(next(&mut beats).await.payload.n, 2);
    place.end([worker, reader]).await;
}

#[tokio::test]
async fn a_subscriber_that_does_not_read_makes_nobody_wait_and_is_counted() {
    let place = Place::zmq().await;
    let worker = place.join_with(|config| config.event_queue(100_usize)).await;
    let reader = place.join().await;
    let publisher = handle(&worker).publisher::<String>("text").await.unwrap();
    let mut stuck = raw_subscriber(&address(&place)).await;
    stuck.write_all(b"\0\x05\x01text").await.unwrap();
    let mut texts = handle(&reader).subscribe::<String>("text").await.unwrap();
    eventually(LIMIT, "the reader to hear", async || {
        publisher.publish(&"first".to_owned()).await.unwrap();
        texts.counts().received > 0
    })
    .await;
    let large = "x".repeat(100_000);
    let (mut sent, mut heard) = (0, 0);
    // More than the system buffers for a connection; each one is read by the other subscriber before the next.
    let flood = async {
        while publisher.dropped() == 0 {
            publisher.publish(&large).await.unwrap();
            sent += 1;
            while texts.recv().await.unwrap().unwrap().payload.len() != large.len() {}
            heard += 1;
        }
    };
    within(Duration::from_secs(30), "the slow one to lose something", flood).await;
    assert_eq!(sent, heard);
    assert!(sent > 100, "{sent}");
    let lost = publisher.dropped();
    drop(stuck);
    eventually(LIMIT, "the publisher to go on without it", async || {
        let text = format!("{publisher:?}");
        text.contains("subscribers: 1 ")
    })
    .await;
    assert!(publisher.dropped() >= lost);
    place.end([worker, reader]).await;
}

#[tokio::test]
async fn malformed_messages_are_counted_and_the_next_event_arrives() {
    let place = Place::zmq().await;
    let reader = place.join().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let channel = "namespace%2Fdemo%2Fcomponent%2Fworker%2Ftopic%2Fbeat%2F";
    let record = |id: u64, endpoint: &str| {
        serde_json::json!({
            "type": "EventChannel", "scope": {"kind": "component", "namespace": "demo", "component": "worker"},
            "topic": "beat", "instance_id": id, "transport": {"kind": "Zmq", "config": {"endpoint": endpoint}},
        })
    };
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    place.put_record("event_channels", &format!("{channel}7"), &record(7, &endpoint));
    // Records that lead nowhere are in nobody's way.
    place.put_record("event_channels", &format!("{channel}8"), &record(8, "ipc:///nowhere"));
    place.put_record("event_channels", &format!("{channel}9"), &serde_json::json!({"type": "EventChannel"}));
    let (mut stream, _) = within(LIMIT, "the subscriber", listener.accept()).await.unwrap();
    stream.write_all(&[&greeting()[..], PUB].concat()).await.unwrap();
    let mut theirs = vec![0; 64 + SUB.len() + 7];
    within(LIMIT, "the subscription", stream.read_exact(&mut theirs)).await.unwrap();
    assert_eq!(theirs[64..], [SUB, b"\0\x05\x01beat"].concat());
    let envelope = |n: u8| {
        let head = b"\x85\xacpublisher_id\x07\xa8sequence";
        let tail = b"\xacpublished_at\x01\xa5topic\xa4beat\xa7payload\xc4\x04\x81\xa1n";
        [&head[..], &[n], &tail[..], &[n]].concat()
    };
    let message = |envelope: &[u8]| {
        let size = u8::try_from(envelope.len()).unwrap();
        let numbers = b"\x01\x08\0\0\0\0\0\0\0\x07\x01\x08\0\0\0\0\0\0\0\0";
        [&b"\x01\x04beat"[..], numbers, &[0, size + 5, 1, 0, 0, 0, size], envelope].concat()
    };
    let good = message(&envelope(3));
    let strange: [&[u8]; 5] = [
        b"\0\x04beat",
        b"\x01\x04beat\x01\x01x\x01\x01x\x01\x01x\0\x01x",
        &[&b"\x01\x05beats"[..], &good[6..]].concat(),
        &message(b"\x85no envelope"),
        b"\0\0",
    ];
    for (count, bytes) in (1..).zip(strange) {
        stream.write_all(bytes).await.unwrap();
        eventually(LIMIT, "it to be counted", async || beats.counts().malformed == count).await;
    }
    stream.write_all(&good).await.unwrap();
    // Byte by byte, with a command in between.
    for byte in [&b"\x04\x08\x04PING\0\x0ax"[..], &message(&envelope(5))].concat() {
        stream.write_all(&[byte]).await.unwrap();
    }
    let (first, second) = (next(&mut beats).await, next(&mut beats).await);
    assert_eq!((first.payload.n, first.publisher.0, first.missed_before), (3, 7, 0));
    assert_eq!((second.payload.n, second.missed_before), (5, 1));
    // The connection breaks; the subscriber comes again and sees what it missed.
    drop(stream);
    let (mut stream, _) = within(LIMIT, "the subscriber once more", listener.accept()).await.unwrap();
    stream.write_all(&[&greeting()[..], PUB, &message(&envelope(9))].concat()).await.unwrap();
    let third = next(&mut beats).await;
    assert_eq!((third.payload.n, third.missed_before), (9, 3));
    place.end([reader]).await;
}

/// Contract 6 of discovery, for publishers.
#[tokio::test]
async fn a_publisher_whose_record_is_lost_is_registered_and_heard_again() {
    let place = Place::zmq().await;
    let lease = Duration::from_secs(2);
    let worker = place.join_with(|config| config.file_ttl(lease)).await;
    let reader = place.join_with(|config| config.file_ttl(lease)).await;
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    meet(&publisher, &mut beats).await;
    let records = place.records("event_channels").unwrap();
    place.remove_record("event_channels", &records[0]);
    eventually(LIMIT, "the subscriber to leave", async || beats.counts().publishers == 0).await;
    eventually(LIMIT, "the record to be back", async || beats.counts().publishers == 1).await;
    assert_eq!(place.records("event_channels").unwrap(), records);
    meet(&publisher, &mut beats).await;
    place.end([worker, reader]).await;
}

// Elsewhere there is one loopback address, which is the default.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_publisher_is_reached_where_the_setting_says() {
    let place = Place::zmq().await;
    let worker = place.join_with(|config| config.event_plane_host(Some("127.0.0.2".to_owned()))).await;
    let reader = place.join().await;
    let publisher = handle(&worker).publisher::<Beat>("beat").await.unwrap();
    assert!(address(&place).starts_with("127.0.0.2:"));
    let mut beats = handle(&reader).subscribe::<Beat>("beat").await.unwrap();
    meet(&publisher, &mut beats).await;
    let wrong = place.join_with(|config| config.event_plane_host(Some("nosuch0".to_owned()))).await;
    let error = handle(&wrong).publisher::<Beat>("beat").await.unwrap_err();
    assert!(error.to_string().starts_with("DYN_EVENT_PLANE_HOST=nosuch0: "), "{error}");
    place.end([worker, reader, wrong]).await;
}
