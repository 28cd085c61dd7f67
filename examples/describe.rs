//! Prints the description of a component as JSON. Needs neither an instance nor a runtime.
//!
//! Run with: `cargo run --example describe`, and with `--features schemars` for the schemas of its types.

use dynamo_sdk::Component;
use dynamo_sdk::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whom to greet.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Greet {
    /// A name.
    name: String,
}

/// One word of a greeting.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Word {
    text: String,
}

/// Greets people.
#[component(namespace = "demo")]
struct Greeter;

#[endpoints]
impl Greeter {
    /// Streams a greeting, word by word.
    #[endpoint]
    async fn greet(&self, request: Greet) -> impl Stream<Item = Word> {
        stream::iter(["hello".to_owned(), request.name]).map(|text| Word { text })
    }

    /// How many languages it knows.
    #[endpoint]
    async fn languages(&self) -> u32 {
        1
    }
}

fn main() -> serde_json::Result<()> {
    let description = Greeter::describe();
    println!("{}", serde_json::to_string_pretty(&description)?);
    println!("contract {}", description.fingerprint());
    Ok(())
}
