//! A component and its client in one process, without any server.
//!
//! Run with: `cargo run --example hello_world`

use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Say {
    text: String,
}

#[derive(Serialize, Deserialize)]
struct Said {
    text: String,
}

#[component(namespace = "demo")]
struct Echo {
    prefix: String,
}

#[endpoints]
impl Echo {
    /// Returns the text behind the configured prefix.
    #[endpoint]
    async fn say(&self, request: Say) -> Result<Said, EndpointError> {
        Ok(Said { text: format!("{}{}", self.prefix, request.text) })
    }

    /// Streams the words of the text, one by one.
    #[endpoint]
    async fn words(&self, request: Say) -> impl Stream<Item = Said> {
        let words: Vec<String> = request.text.split_whitespace().map(str::to_owned).collect();
        stream::iter(words).map(|word| Said { text: format!("{}{word}", self.prefix) })
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    let serving = runtime.serve(Echo { prefix: "> ".into() }).start().await?;

    let echo = EchoClient::connect(&runtime).await?;
    println!("{}", echo.say(Say { text: "hello".into() }).await?.text);
    let mut words = echo.words(Say { text: "one word after the other".into() }).await?;
    while let Some(word) = words.try_next().await? {
        println!("{}", word.text);
    }

    serving.shutdown().await;
    Ok(())
}
