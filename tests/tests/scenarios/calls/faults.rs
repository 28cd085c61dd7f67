//! What goes wrong on either side is a typed error at the caller, and nothing else.

use std::collections::BTreeMap;

use dynamo_sdk::config::Codec;
use dynamo_sdk::error::CallErrorKind;
use dynamo_sdk::prelude::*;

use dynamo_rig::{Bench, Setup};
use dynamo_rig::{Picky, Say, Then, plan};

async fn still_serves(bench: &Bench) {
    assert_eq!(bench.lab.fail(false).await.unwrap(), 7);
}

fn panic_of(error: &CallError) -> &str {
    let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
    assert!(error.is_panic(), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Internal);
    error.message()
}

pub(crate) async fn a_panic_is_an_error_and_the_worker_goes_on(setup: Setup) {
    let bench = Bench::new(setup).await;
    for _ in 0..3 {
        let error = bench.lab.blow(3).await.unwrap_err();
        assert!(panic_of(&error).contains("blown up by 3"));
        assert!(!error.is_safe_to_retry());
        for n in [0, 3] {
            let items: Vec<_> = bench.lab.play(plan("p", n, Then::Panic)).await.unwrap().collect().await;
            assert_eq!(items.len() as u64, n + 1);
            assert!(panic_of(items[n as usize].as_ref().unwrap_err()).contains("as planned"));
        }
        let items: Vec<_> = bench.lab.stumble(1).await.unwrap().collect().await;
        assert!(panic_of(items[0].as_ref().unwrap_err()).contains("stumbled"));
        still_serves(&bench).await;
    }
}

pub(crate) async fn an_undecodable_request_is_refused_and_safe_to_retry(setup: Setup) {
    let bench = Bench::new(setup).await;
    let errors = [
        bench.lab.client().call::<_, Say>("echo", 5_u64).await.unwrap_err(),
        bench.lab.client().stream::<_, u64>("count", "five").await.unwrap_err(),
        bench.lab.client().call::<_, ()>("echo", BTreeMap::from([("test", 1)])).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_safe_to_retry(), "{error:?}");
        let error = error.endpoint_error().unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!(error.class(), ErrorClass::InvalidRequest);
        assert!(error.message().contains("cannot be decoded"), "{error}");
    }
    still_serves(&bench).await;
}

pub(crate) async fn an_undecodable_item_is_named_by_its_number(setup: Setup) {
    let bench = Bench::new(setup).await;
    // Items of 0, 1, 2, … and 300 is no `u8`.
    let items: Vec<_> = bench.lab.client().stream::<_, u8>("count", 1000_u64).await.unwrap().collect().await;
    assert_eq!(items.len(), 257);
    let error = items[256].as_ref().unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Decode { item: 256, expected: "u8", .. }), "{error:?}");
    assert!(!error.is_safe_to_retry());
    still_serves(&bench).await;
}

pub(crate) async fn an_item_that_cannot_be_encoded_ends_the_stream_with_an_error(setup: Setup) {
    let bench = Bench::new(setup).await;
    let items = bench.lab.client().stream::<_, u64>("picky", vec![3, 2, 0, 1]).await.unwrap();
    let items: Vec<_> = items.collect().await;
    assert_eq!(items.len(), 3);
    assert_eq!((items[0].as_ref().unwrap(), items[1].as_ref().unwrap()), (&3, &2));
    let error = items[2].as_ref().unwrap_err().endpoint_error().unwrap();
    assert_eq!(error.class(), ErrorClass::Internal);
    assert!(
        error.message().contains("item 2") && error.message().contains("zero is not for others"),
        "{error}"
    );

    let error = bench.lab.client().call::<_, u64>("picky_one", 0_u64).await.unwrap_err();
    assert!(error.endpoint_error().unwrap().message().contains("cannot be encoded"), "{error:?}");

    let maps: Vec<_> = bench.lab.pairs().await.unwrap().collect().await;
    assert!(maps[0].as_ref().unwrap().is_empty());
    if setup == Setup::Tcp(Codec::Json) {
        assert!(maps[1].as_ref().unwrap_err().endpoint_error().unwrap().message().contains("json"));
    } else {
        assert_eq!(maps[1].as_ref().unwrap(), &BTreeMap::from([((1, 2), 3)]));
    }
    still_serves(&bench).await;
}

pub(crate) async fn a_request_that_cannot_be_encoded_is_not_sent(setup: Setup) {
    let bench = Bench::new(setup).await;
    let error = bench.lab.wants_picky(Picky(0)).await.unwrap_err();
    assert_eq!(error.kind(), &CallErrorKind::Encode);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("Picky") && source.contains("zero is not"), "{source}");
    assert_eq!(bench.lab.wants_picky(Picky(4)).await.unwrap(), 4);
}

/// Inside of a process there is no limit to check; that of NATS is the server's (`nats_plane.rs`).
pub(crate) async fn a_request_over_the_limit_is_not_sent(setup: Setup) {
    let bench = Bench::tuned(setup, |config| config.tcp_max_message_size(100_000_usize)).await;
    let large = Say { text: "x".repeat(100_000) };
    let outcome = bench.lab.echo(large).await;
    if matches!(setup, Setup::Tcp(_)) {
        let error = outcome.unwrap_err();
        assert!(!error.is_safe_to_retry());
        let CallErrorKind::PayloadTooLarge { size, limit, plane } = error.kind() else { panic!("{error:?}") };
        assert!((100_001..110_000).contains(size), "{size}");
        assert_eq!((*limit, *plane), (100_000, "tcp"));
    } else {
        assert_eq!(outcome.unwrap().text.len(), 100_000);
    }
    still_serves(&bench).await;
}
