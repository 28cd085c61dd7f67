//! What an operator of a pipeline costs, for each item and for each request, beside a plain combinator of a boxed stream.
//!
//! `cargo bench -p dynamo-sdk --bench operator [ROUNDS]`. Both sides run in turn, in pairs; what is printed is the median
//! of the rounds, in nanoseconds of CPU time and of wall time, and the ratio of the two sides in each pair.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a program that measures"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
use dynamo_sdk::pipeline::{Pipeline, Source, map_items};
use dynamo_sdk::prelude::*;
use futures::executor::block_on;
use rustix::time::{ClockId, clock_gettime};

const ITEMS: u64 = 1_000_000;
const REQUESTS: u64 = 50_000;

type Items = BoxStream<'static, std::result::Result<u64, CallError>>;

fn numbers(n: u64) -> Items {
    stream::iter(0..n).map(Ok).boxed()
}

fn add(n: u64) -> u64 {
    black_box(n + 1)
}

/// Streams with this many combinators, each in a box, as a function that returns streams would give them.
fn combinators(count: usize, n: u64) -> Items {
    (0..count).fold(numbers(n), |items, _| items.map_ok(add).boxed())
}

/// The same as a pipeline with this many operators.
fn operators(count: usize) -> Pipeline<u64, ManyOut<u64>> {
    let sink = engine_fn(|request: SingleIn<u64>| async move {
        let (n, cx) = request.into_parts();
        Ok(ResponseStream::new(numbers(n), cx))
    });
    (0..count).fold(Source::open().sink(sink), |below, _| {
        Source::open().link(map_items(|n| Ok(add(n)))).sink(below)
    })
}

/// Operators in one pipeline, without a source between them.
fn linked() -> [Pipeline<u64, ManyOut<u64>>; 3] {
    let sink = || {
        engine_fn(|request: SingleIn<u64>| async move {
            let (n, cx) = request.into_parts();
            Ok(ResponseStream::new(numbers(n), cx))
        })
    };
    let node = || map_items(|n: u64| Ok(add(n)));
    [
        Source::open().sink(sink()),
        Source::open().link(node()).sink(sink()),
        Source::open().link(node()).link(node()).link(node()).link(node()).sink(sink()),
    ]
}

async fn drain(mut items: impl Stream<Item = std::result::Result<u64, CallError>> + Unpin) -> u64 {
    let mut sum = 0;
    while let Some(item) = items.next().await {
        sum += item.unwrap();
    }
    black_box(sum)
}

/// CPU and wall time of `work`, per unit, in nanoseconds.
fn measure(units: u64, work: impl FnOnce()) -> (f64, f64) {
    let cpu = || {
        let now = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    };
    let (cpu_before, wall) = (cpu(), Instant::now());
    work();
    let per_unit = |time: Duration| time.as_nanos() as f64 / units as f64;
    (per_unit(cpu() - cpu_before), per_unit(wall.elapsed()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints both sides of `rounds` pairs.
fn compare(what: &str, rounds: usize, units: u64, ours: impl Fn(), theirs: impl Fn()) -> (f64, f64) {
    ours();
    theirs();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // The side that comes first takes turns.
        if round % 2 == 0 {
            a.push(measure(units, &ours));
            b.push(measure(units, &theirs));
        } else {
            b.push(measure(units, &theirs));
            a.push(measure(units, &ours));
        }
    }
    let ratio = median(a.iter().zip(&b).map(|(a, b)| a.0 / b.0).collect());
    let cpu = |side: &[(f64, f64)]| median(side.iter().map(|times| times.0).collect());
    let wall = |side: &[(f64, f64)]| median(side.iter().map(|times| times.1).collect());
    println!(
        "{what}: {:.1} ns CPU, {:.1} ns wall; plain {:.1} ns CPU, {:.1} ns wall; ratio {ratio:.2}",
        cpu(&a),
        wall(&a),
        cpu(&b),
        wall(&b)
    );
    (cpu(&a), cpu(&b))
}

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(15);
    println!("{ITEMS} items, {REQUESTS} requests, {rounds} rounds");
    let [none, one, four] = linked();
    let run = |pipeline: &Pipeline<u64, ManyOut<u64>>| {
        block_on(async { drain(pipeline.generate(Context::of(ITEMS)).await.unwrap()).await });
    };
    let plain = |count| {
        block_on(drain(combinators(count, ITEMS)));
    };
    let per_item = [
        compare("an item, no operator", rounds, ITEMS, || run(&none), || plain(0)),
        compare("an item, one operator", rounds, ITEMS, || run(&one), || plain(1)),
        compare("an item, four operators", rounds, ITEMS, || run(&four), || plain(4)),
    ];
    let each = |from: (f64, f64), to: (f64, f64), n: f64| ((to.0 - from.0) / n, (to.1 - from.1) / n);
    let (operator, combinator) = each(per_item[1], per_item[2], 3.0);
    println!(
        "one more operator: {operator:.1} ns for an item; one more combinator: {combinator:.1} ns; ratio {:.2}",
        operator / combinator
    );
    let ask = |pipeline: &Pipeline<u64, ManyOut<u64>>| {
        block_on(async {
            for _ in 0..REQUESTS {
                drain(pipeline.generate(Context::of(1)).await.unwrap()).await;
            }
        });
    };
    let plain = |count| {
        block_on(async {
            for _ in 0..REQUESTS {
                black_box(Context::of(1_u64));
                drain(combinators(count, 1)).await;
            }
        });
    };
    let one = compare("a request, one operator", rounds, REQUESTS, || ask(&one), || plain(1));
    let four = compare("a request, four operators", rounds, REQUESTS, || ask(&four), || plain(4));
    println!("one more operator: {:.0} ns for a request", each(one, four, 3.0).0);
    let nested = operators(4);
    compare(
        "an item, four pipelines in each other",
        rounds,
        ITEMS,
        || run(&nested),
        || {
            block_on(drain(combinators(4, ITEMS)));
        },
    );
}
