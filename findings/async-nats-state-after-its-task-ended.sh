#!/usr/bin/env bash
# async-nats 0.51.0 with nats-server 2.9: how a program learns that the connection task of the client has ended.
#
# Setting: the client runs one task that owns the connection. `Client::drain` ends it. (It also ends after the last of a
# limited number of reconnects.) Clones of the client live on.
#
# Guess: `Client::connection_state` leaves `Connected`, since there is no connection any more.
# True:  it keeps its last value for good: `Connected`. What does change: `publish` fails with "channel closed", and the
#        library drops the `event_callback`, so that a guard captured by the callback is dropped. The guard is the only
#        notice that needs no polling and also comes when the task ends without an event.
#
# Needs cargo and nats-server on the path. Starts one server on a loopback port of its own.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
nats-server --version
nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$dir" >"$dir/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    ports=$(find "$dir" -name '*.ports' -print -quit)
    [[ -z $ports ]] || break
    sleep 0.1
done
url=$(grep -o 'nats://[0-9.:]*' "$ports" | head -1)

mkdir -p "$dir/src"
cat >"$dir/Cargo.toml" <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
async-nats = "=0.51.0"
tokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }
tokio-util = "0.7"
TOML
cat >"$dir/src/main.rs" <<'RUST'
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let ended = CancellationToken::new();
    let guard = ended.clone().drop_guard();
    let options = async_nats::ConnectOptions::new().event_callback(move |_| {
        let _ = &guard;
        std::future::ready(())
    });
    let client = options.connect(url).await.unwrap();
    println!("before: {:?}, callback dropped: {}", client.connection_state(), ended.is_cancelled());
    client.drain().await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), ended.cancelled()).await.expect("the callback to be dropped");
    let published = client.publish("x", "".into()).await;
    println!("after: {:?}, callback dropped: {}", client.connection_state(), ended.is_cancelled());
    println!("publish: {}", published.map_or_else(|error| error.to_string(), |()| "ok".to_owned()));
}
RUST
output=$(cd "$dir" && cargo run -q -- "$url")
echo "$output"
grep -q 'after: Connected, callback dropped: true' <<<"$output" || { echo "CHANGED: the state" >&2; exit 1; }
grep -q '^publish: .*' <<<"$output" && ! grep -q '^publish: ok' <<<"$output" || { echo "CHANGED: publish" >&2; exit 1; }
echo "as described"
