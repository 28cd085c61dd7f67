use dynamo_sdk::prelude::*;

#[component(namespace = demo)]
trait Word {
    #[endpoint]
    async fn say(&self) -> Result<(), CallError>;
}

#[component("demo")]
trait Text {
    #[endpoint]
    async fn say(&self) -> Result<(), CallError>;
}

#[component(namespace)]
trait Nothing {
    #[endpoint]
    async fn say(&self) -> Result<(), CallError>;
}

#[component(namespace = "demo", "word")]
trait NameAlone {
    #[endpoint]
    async fn say(&self) -> Result<(), CallError>;
}

fn main() {}
