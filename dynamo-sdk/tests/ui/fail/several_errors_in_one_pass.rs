use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(nam = "x")]
    async fn say(&mut self, request: &str) -> u32 {
        1
    }

    #[endpoint(name = "No")]
    fn tell(self, a: u32, b: u32, c: u32) {}
}

fn main() {}
