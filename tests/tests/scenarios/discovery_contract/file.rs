//! What only the file store can do, or suffer.

use std::fs;
use std::time::{Duration, SystemTime};

use dynamo_harness::{eventually, within};
use dynamo_sdk::Config;
use dynamo_sdk::config::DiscoveryBackend;
use dynamo_sdk::error::ErrorKind;

use crate::discovery_contract::AT_ONCE;
use crate::discovery_contract::cluster::{Cluster, Files, Member, Seen, record};

#[tokio::test]
async fn a_file_of_another_process_is_seen_also_when_it_is_written_in_place() {
    let cluster = Files::start().await;
    let client = cluster.join().await;
    let mut seen = Seen::new(&client).await;
    seen.next().await;
    let file = cluster.directory().join("demo%2fecho%2Fsay%2F1");
    fs::write(&file, "").unwrap();
    fs::write(&file, &record(1).value).unwrap();
    seen.until(AT_ONCE, "the record", |records| records.get(&record(1).key) == Some(&record(1).value)).await;
    let temporary = cluster.directory().join(".tmp_0123456789abcdef");
    fs::write(&temporary, "{}").unwrap();
    fs::rename(&temporary, &file).unwrap();
    seen.until(AT_ONCE, "the new value", |records| {
        records.get(&record(1).key).is_some_and(|value| value == "{}")
    })
    .await;
    assert_eq!(seen.records.len(), 1);
}

/// Contract 4: a member that was killed is expired by the others, and nobody else is.
#[tokio::test]
async fn what_a_dead_process_left_is_expired_by_the_living() {
    let cluster = Files::start().await;
    let worker = cluster.join().await;
    worker.register(record(1)).await.unwrap();
    let dead = cluster.directory().join("demo%2Fecho%2Fsay%2F2");
    fs::write(&dead, "{}").unwrap();
    let old = SystemTime::now() - Files::TTL;
    fs::File::options().write(true).open(&dead).unwrap().set_modified(old).unwrap();
    let mut seen = Seen::new(&worker).await;
    seen.until(AT_ONCE, "both", |records| records.contains_key(&record(1).key)).await;
    seen.until(Files::TTL * 2, "the end of the dead", |records| records.len() == 1).await;
    within(Files::TTL * 4, "two lease periods", tokio::time::sleep(Files::TTL * 2)).await;
    assert_eq!(fs::read_dir(cluster.directory()).unwrap().count(), 1);
}

/// Contract 6.
#[tokio::test]
async fn a_directory_that_is_removed_is_made_again_with_all_that_live() {
    let cluster = Files::start().await;
    let (worker, client) = (cluster.join().await, cluster.join().await);
    worker.register(record(1)).await.unwrap();
    let mut seen = Seen::new(&client).await;
    seen.until(AT_ONCE, "the record", |records| records.len() == 1).await;
    for n in 2..4 {
        fs::remove_dir_all(cluster.directory()).unwrap();
        let file = cluster.directory().join("demo%2Fecho%2Fsay%2F1");
        eventually(Files::TTL * 2, "the file", async || file.exists()).await;
        worker.register(record(n)).await.unwrap();
        let expected = usize::try_from(n).unwrap();
        seen.until(Files::TTL * 2, "all records", |records| records.len() == expected).await;
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_to_is_named_with_its_setting() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let root = file.path().join("store");
    let config = Config::builder().discovery_backend(DiscoveryBackend::File).file_kv(root.clone());
    let error = within(Duration::from_secs(2), "the error", Member::open(config)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let text = format!("{error:?}");
    assert!(text.contains("DYN_FILE_KV") && text.contains(root.to_str().unwrap()), "{text}");
}
