//! The examples as processes: finding each other, dying, leaving in order, and saying what is wrong with their settings.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocked;
mod etcd;
mod files;
mod files_short;
mod lines;
mod nats;
mod secrets;
mod settings;
mod signals;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use dynamo_examples::{Greet, HelloClient, Word};
use dynamo_harness::{AT_ONCE, Etcd, LIMIT, Process, Program, eventually, within};
use dynamo_sdk::config::{ConfigBuilder, DiscoveryBackend};
use dynamo_sdk::prelude::*;
use dynamo_sdk::{Config, Runtime};

/// How long the record of a dead process stays, in these tests.
const TTL: Duration = Duration::from_secs(2);

/// A directory of file discovery of its own.
struct Directory(tempfile::TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// An example, as a newcomer builds it, that uses this directory.
    fn program(&self, example: &str) -> Program {
        self.used_by(Program::example(example))
    }

    fn used_by(&self, program: Program) -> Program {
        program.env("DYN_FILE_KV", self.path()).env("DYN_SDK_FILE_TTL_SECS", TTL.as_secs().to_string())
    }

    /// The names of the records.
    fn records(&self) -> Vec<String> {
        records_in(&self.path())
    }

    async fn wait_for_records(&self, number: usize, limit: Duration) {
        eventually(limit, &format!("{number} records"), async || self.records().len() == number).await;
    }

    fn config(&self) -> ConfigBuilder {
        Config::builder().discovery_backend(DiscoveryBackend::File).file_kv(self.path()).file_ttl(TTL)
    }

    /// A client of the hello component, in this process.
    async fn client(&self) -> HelloClient {
        client_of(self.config()).await
    }
}

/// The files of records below a directory of file discovery.
fn records_in(directory: &std::path::Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(directory.join("v1/instances")) else { return Vec::new() };
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect()
}

async fn client_of(config: ConfigBuilder) -> HelloClient {
    let runtime = DistributedRuntime::new(Runtime::from_current().unwrap(), config.build().unwrap()).await;
    HelloClient::connect(&runtime.unwrap()).await.unwrap()
}

/// Starts a server and returns when it can be found.
async fn start(program: Program) -> Process {
    let process = program.spawn();
    process.wait_for_line("registered", LIMIT).await;
    process
}

fn greet(pause: Duration) -> Greet {
    Greet { name: "world".into(), pause_ms: u64::try_from(pause.as_millis()).unwrap() }
}

/// What the hello server says.
const GREETING: [&str; 5] = ["nice", "to", "meet", "you,", "world"];

fn texts(words: Vec<Word>) -> Vec<String> {
    words.into_iter().map(|word| word.text).collect()
}

/// Calls and gets the whole greeting.
async fn check_greeting(hello: &HelloClient) {
    let call = async { hello.greet(greet(Duration::ZERO)).await?.try_collect::<Vec<_>>().await };
    assert_eq!(texts(within(LIMIT, "a greeting", call).await.unwrap()), GREETING);
}

/// Waits for `number` more lines with `pattern` than there were.
async fn wait_for_more(process: &Process, pattern: &str, number: usize, limit: Duration) {
    let count = || process.stdout().iter().filter(|line| line.contains(pattern)).count();
    let before = count();
    eventually(limit, &format!("{number} more lines with `{pattern}`"), async || count() >= before + number)
        .await;
}

/// The variables of a process that uses `etcd`.
fn on_etcd(program: Program, etcd: &Etcd) -> Program {
    program.env("ETCD_ENDPOINTS", etcd.endpoints()).env("ETCD_LEASE_TTL", TTL.as_secs().to_string())
}

fn etcd_config(etcd: &Etcd) -> ConfigBuilder {
    Config::builder()
        .discovery_backend(DiscoveryBackend::Etcd)
        .etcd_endpoints(vec![etcd.url()])
        .etcd_lease_ttl(TTL)
}

/// The keys below `v1/instances`.
async fn keys(etcd: &Etcd) -> Vec<String> {
    let keys = etcd.etcdctl(&["get", "v1/instances/", "--prefix", "--keys-only"]).await;
    keys.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

async fn wait_for_keys(etcd: &Etcd, number: usize, limit: Duration) {
    eventually(limit, &format!("{number} records"), async || keys(etcd).await.len() == number).await;
}
