use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Echo(std::rc::Rc<u32>);

#[endpoints]
impl Echo {
    #[endpoint]
    async fn say(&self) {}

    #[endpoint]
    async fn tell(&self) {}
}

fn main() {}
