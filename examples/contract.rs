//! A trait as the contract between client and server: callers run against the implementation, its client or a
//! test double. `contract` would be a separate crate, the other two modules programs that depend on it.
//!
//! Run with: `cargo run --example contract`

use dynamo_sdk::prelude::*;

mod contract {
    use dynamo_sdk::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(crate) struct Say {
        pub(crate) text: String,
    }

    #[component(namespace = "demo")]
    pub(crate) trait Backend {
        /// Says it politely.
        #[endpoint]
        async fn say(&self, request: Say) -> Result<String, CallError>;

        /// Streams the words of the text, one by one.
        #[endpoint]
        async fn words(&self, request: Say) -> impl Stream<Item = Result<String, CallError>> + Unpin;
    }
}

mod server {
    use crate::contract::{Backend, Say};
    use dynamo_sdk::prelude::*;

    pub(crate) struct Polite {
        pub(crate) suffix: String,
    }

    impl Backend for Polite {
        async fn say(&self, request: Say) -> Result<String, CallError> {
            Ok(format!("{}{}", request.text, self.suffix))
        }

        async fn words(&self, request: Say) -> impl Stream<Item = Result<String, CallError>> + Unpin {
            let words: Vec<String> = request.text.split_whitespace().map(str::to_owned).collect();
            stream::iter(words).map(|word| Ok(format!("{word}{}", self.suffix)))
        }
    }
}

mod client {
    use crate::contract::{Backend, Say};
    use dynamo_sdk::prelude::*;

    /// Depends on the contract alone, so that a test can pass a double.
    pub(crate) async fn greet(backend: &impl Backend) -> Result<(), CallError> {
        println!("{}", backend.say(Say { text: "hello".into() }).await?);
        let mut words = backend.words(Say { text: "one after the other".into() }).await;
        while let Some(word) = words.try_next().await? {
            println!("{word}");
        }
        Ok(())
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<()> {
    // A plain function call.
    client::greet(&server::Polite { suffix: ", please".into() }).await?;

    // The same call through discovery. Another process would change nothing here.
    let served = contract::BackendServer::new(server::Polite { suffix: ", please".into() });
    let serving = runtime.serve(served).start().await?;
    let backend = contract::BackendClient::connect(&runtime).await?;
    client::greet(&backend).await?;

    // The client's inherent methods take options.
    let request = contract::Say { text: "in time".into() };
    println!("{}", backend.say(request).timeout(std::time::Duration::from_secs(1)).await?);
    serving.shutdown().await;
    Ok(())
}
