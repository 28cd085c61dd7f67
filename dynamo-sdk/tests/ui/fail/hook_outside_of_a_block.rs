use dynamo_sdk::on_start;

#[on_start]
async fn warm_up() {}

fn main() {}
