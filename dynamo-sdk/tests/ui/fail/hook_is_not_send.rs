use std::rc::Rc;

use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[on_stop]
    async fn bye(&self) {
        let shared = Rc::new(1);
        self.say().await;
        drop(shared);
    }
}

fn main() {}
