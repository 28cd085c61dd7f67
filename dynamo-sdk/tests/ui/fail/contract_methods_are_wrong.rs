use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
pub trait Backend {
    #[endpoint]
    async fn bare(&self, text: String) -> String;

    #[endpoint]
    fn not_async(&self) -> Result<(), CallError>;

    #[endpoint]
    async fn mutable(&mut self) -> Result<(), CallError>;

    #[endpoint]
    async fn body(&self) -> Result<(), CallError> {
        Ok(())
    }

    async fn no_endpoint(&self);
}

fn main() {}
