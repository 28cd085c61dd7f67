use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[on_start]
    fn not_async(&self) {}

    #[on_stop]
    async fn with_argument(&self, why: String) {
        drop(why);
    }

    #[health]
    async fn one(&self) -> bool {
        true
    }

    #[health]
    async fn two(&self) -> bool {
        true
    }

    #[health]
    #[endpoint]
    async fn both(&self) -> bool {
        true
    }
}

fn main() {}
