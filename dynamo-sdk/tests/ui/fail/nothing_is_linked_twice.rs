use dynamo_sdk::engine::engine_fn;
use dynamo_sdk::pipeline::{Source, map_request};
use dynamo_sdk::engine::SingleIn;

fn main() {
    let open = Source::open().link(map_request(|n: u32| Ok(n + 1)));
    let one = open.sink(engine_fn(|request: SingleIn<u32>| async move { Ok(*request.payload()) }));
    let two = open.sink(engine_fn(|request: SingleIn<u32>| async move { Ok(*request.payload()) }));
}
