//! Every kind of call between our processes and those of the real Dynamo, both ways, on every combination of plane, codec
//! and discovery. The result is in docs/interop.md, and a cell that differs from it fails.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod known;
mod ours;
pub(crate) mod place;
mod rows;
mod table;
mod values;

use std::collections::BTreeMap;

use dynamo_harness::{PEER, Process, Python, Signal, documented, eventually};
use dynamo_sdk::config::{Codec, RequestPlane};
use dynamo_sdk::prelude::*;
use place::{Place, Servers};
use table::{Column, Table};
use tokio::time::Instant;

/// What their client says of the rows: from their names to what went wrong, which is nothing if the row has passed.
fn said(peer: &Process) -> BTreeMap<String, Result<(), String>> {
    let rows = peer.stdout().into_iter().filter_map(|line| {
        let (name, result) = line.strip_prefix("ROW ")?.split_once(": ")?;
        Some((name.to_owned(), if result == "pass" { Ok(()) } else { Err(result.to_owned()) }))
    });
    rows.collect()
}

/// All rows of one column, both ways at once.
#[expect(clippy::print_stdout, reason = "a run that takes long shows where")]
async fn column(python: &Python, place: &Place<'_>) -> Column {
    let begun = Instant::now();
    let (worker, caller) = tokio::join!(place.join(), place.join());
    let theirs = caller.client(rows::THEIRS).await.unwrap();
    let serving = worker.serve(ours::Ours::new(theirs.clone())).start().await.unwrap();
    let odd = worker.serve(ours::Odd).start().await.unwrap();
    let mut peer = place.settings(python.peer()).arg("ours.matrix").spawn();
    peer.wait_for_line("READY", PEER).await;
    let ready = begun.elapsed();
    let from_us = rows::call_all(&caller, &theirs, place.title()[0] == "nats").await;
    let done = begun.elapsed();
    peer.wait_for_line("DONE", PEER).await;
    let to_us = said(&peer);
    // Their record goes first when they end, ours goes when we do.
    peer.signal(Signal::TERM);
    let status = peer.wait(PEER).await;
    assert!(status.success(), "{status}");
    let name = dynamo_sdk::address::EndpointName::from_static("count");
    eventually(PEER, "their record to be gone", async || theirs.instances(&name).instances.is_empty()).await;
    drop((serving, odd));
    assert!(worker.shutdown().await && caller.shutdown().await);
    let title = place.title().join(" ");
    println!("{title}: ready {ready:?}, ours {done:?}, end {:?}", begun.elapsed());
    for (side, rows) in [("theirs", &to_us), ("ours", &from_us)] {
        for (row, result) in rows.iter().filter_map(|(row, result)| Some((row, result.as_ref().err()?))) {
            println!("{title}: {side}: {row}: {result}");
        }
    }
    Column { title: place.title(), to_us, from_us }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the table is what the test is for")]
async fn every_cell_of_the_matrix() {
    let Some(python) = Python::find() else { return };
    let servers = Servers::start().await;
    let lane = async |etcd: bool| {
        let mut columns = Vec::new();
        for plane in [RequestPlane::Tcp, RequestPlane::Nats] {
            for codec in [Codec::MsgPack, Codec::Json] {
                columns.push(column(&python, &servers.place(etcd, plane, codec)).await);
            }
        }
        columns
    };
    let begun = Instant::now();
    let (etcd, file) = tokio::join!(lane(true), lane(false));
    let table = Table::new(python.version(), etcd.into_iter().chain(file).collect());
    let text = table.to_string();
    println!("Dynamo {} in {:?}\n\n{text}", python.version(), begun.elapsed());
    table.check();
    documented("docs/interop.md", &format!("matrix {}", python.version()), &text, str::to_owned);
}
