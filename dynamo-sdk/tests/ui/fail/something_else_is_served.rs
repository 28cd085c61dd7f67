use dynamo_sdk::prelude::*;

struct Plain;

fn serve(runtime: &DistributedRuntime) {
    let _ = runtime.serve(Plain);
}

fn main() {}
