use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Frontend {
    #[client]
    tokenizer: String,
}

#[endpoints]
impl Frontend {
    #[endpoint]
    async fn say(&self) -> String {
        self.tokenizer.clone()
    }
}

fn main() {}
