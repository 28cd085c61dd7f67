//! Components that call components: `#[client]` fields.

use dynamo_sdk::Component;
use dynamo_sdk::component::Double;
use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Tokenizer;

#[endpoints]
impl Tokenizer {
    #[endpoint]
    async fn cut(&self, text: String) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }
}

#[component(namespace = "demo")]
struct Backend;

#[endpoints]
impl Backend {
    #[endpoint]
    async fn generate(&self, tokens: Vec<String>) -> impl Stream<Item = String> {
        stream::iter(tokens.into_iter().rev())
    }
}

#[component(namespace = "demo")]
struct Frontend {
    #[client]
    tokenizer: TokenizerClient,
    limit: usize,
    #[client]
    backend: BackendClient,
    #[cfg(any())]
    #[client]
    absent: AbsentClient,
    runtime: &'static str,
}

#[endpoints]
impl Frontend {
    #[endpoint]
    async fn chat(&self, text: String) -> Result<Vec<String>, EndpointError> {
        let tokens = self.tokenizer.cut(text).await?;
        let words = self.backend.generate(tokens).await?.take(self.limit);
        Ok(words.try_collect().await?)
    }
}

#[dynamo_sdk::test]
async fn the_constructor_connects_the_clients_and_takes_the_rest(
    front: DistributedRuntime,
    back: DistributedRuntime,
) {
    back.serve(Tokenizer).start().await.unwrap().detach();
    front.serve(Backend).start().await.unwrap().detach();
    let frontend = Frontend::connect(&front, 2, "a field may have any name").await.unwrap();
    assert_eq!(frontend.runtime, "a field may have any name");
    front.serve(frontend).start().await.unwrap().detach();
    let chat = FrontendClient::connect(&back).await.unwrap();
    assert_eq!(chat.chat("one two three".into()).await.unwrap(), ["three", "two"]);
}

#[test]
fn the_dependencies_are_known_without_an_instance() {
    assert_eq!(Frontend::dependencies(), [TokenizerClient::ID, BackendClient::ID]);
    assert!(Tokenizer::DEPENDENCIES.is_empty());
}

#[tokio::test]
async fn a_component_is_tested_with_its_neighbours_and_a_double() {
    let double = Double::new().stream("generate", |tokens: Vec<String>| stream::iter(tokens));
    let frontend = Frontend {
        tokenizer: TokenizerClient::local(Tokenizer),
        backend: BackendClient::from_double(double),
        limit: 9,
        runtime: "",
    };
    let chat = FrontendClient::local(frontend);
    assert_eq!(chat.chat("one two".into()).await.unwrap(), ["one", "two"]);
}
