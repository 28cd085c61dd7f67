//! A frontend that calls a tokenizer and a backend, all in one process, and the graph of their calls.
//!
//! Run with: `cargo run --example composition`

use dynamo_sdk::Component;
use dynamo_sdk::describe::mermaid;
use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Tokenizer;

#[endpoints]
impl Tokenizer {
    /// Cuts a text into tokens.
    #[endpoint]
    async fn cut(&self, text: String) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

#[component(namespace = "demo")]
struct Backend;

#[endpoints]
impl Backend {
    /// Answers tokens with tokens.
    #[endpoint]
    async fn generate(&self, tokens: Vec<String>) -> impl Stream<Item = String> {
        stream::iter(tokens.into_iter().rev())
    }
}

/// The component that users call. Its clients find the other two wherever they are: here, in this process.
#[component(namespace = "demo")]
struct Frontend {
    #[client]
    tokenizer: TokenizerClient,
    #[client]
    backend: BackendClient,
    limit: usize,
}

#[endpoints]
impl Frontend {
    /// Streams the answer to a text.
    #[endpoint]
    async fn chat(&self, text: String) -> Result<impl Stream<Item = Result<String, CallError>>, CallError> {
        let tokens = self.tokenizer.cut(text).await?;
        Ok(self.backend.generate(tokens).await?.take(self.limit))
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    print!("{}", mermaid(&[Frontend::describe(), Tokenizer::describe(), Backend::describe()]));

    runtime.serve(Tokenizer).start().await?.detach();
    runtime.serve(Backend).start().await?.detach();
    runtime.serve(Frontend::connect(&runtime, 3).await?).start().await?.detach();

    let frontend = FrontendClient::connect(&runtime).await?;
    let mut answer = frontend.chat("a call goes straight to the engine".into()).await?;
    while let Some(token) = answer.try_next().await? {
        println!("{token}");
    }
    Ok(())
}
