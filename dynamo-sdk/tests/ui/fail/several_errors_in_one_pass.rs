use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint(nam = "x")]
    async fn say(&mut self, _request: &str) -> u32 {
        1
    }

    #[endpoint(name = "No")]
    fn tell(self, _a: u32, _b: u32, _c: u32) {}
}

fn main() {}
