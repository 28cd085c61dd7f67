//! The component and data types that the two processes of the hello example share.

use std::time::Duration;

use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// A name to greet, and the pace.
#[derive(Debug, Serialize, Deserialize)]
pub struct Greet {
    /// A name.
    pub name: String,
    /// Milliseconds between two words.
    pub pause_ms: u64,
}

/// One word of a greeting.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word.
    pub text: String,
}

/// Greets people.
#[component(namespace = "demo")]
#[derive(Debug)]
pub struct Hello {
    /// The words before the name.
    pub greeting: String,
}

#[endpoints]
impl Hello {
    /// Streams a greeting, word by word.
    #[endpoint]
    pub async fn greet(&self, request: Greet) -> impl Stream<Item = Word> {
        let words = self.greeting.split(' ').map(str::to_owned).chain([request.name]);
        stream::iter(words).then(move |text| async move {
            tokio::time::sleep(Duration::from_millis(request.pause_ms)).await;
            Word { text }
        })
    }
}
