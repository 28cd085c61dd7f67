//! A conversation: the caller streams its turns while the endpoint streams its answers. Ending the stream of
//! turns does not cancel the call: the remaining answers still arrive.
//!
//! Run with: `cargo run --example bidirectional`

use dynamo_sdk::prelude::*;

#[component(namespace = "demo")]
struct Stenographer;

#[endpoints]
impl Stenographer {
    /// Repeats each turn in capitals as it arrives, and closes with a last word.
    #[endpoint]
    async fn chat(&self, turns: RequestStream<String>) -> impl Stream<Item = Result<String, CallError>> {
        // A stream of requests yields `Result`s, because it may fail.
        turns.map_ok(|turn| turn.to_uppercase()).chain(stream::iter([Ok("that was all".to_owned())]))
    }

    /// Reads all turns and returns one response.
    #[endpoint]
    async fn words(&self, turns: RequestStream<String>) -> Result<usize, CallError> {
        turns.try_fold(0, async |words, turn| Ok(words + turn.split_whitespace().count())).await
    }
}

#[dynamo_sdk::main]
async fn main(runtime: DistributedRuntime) -> Result<(), dynamo_sdk::BoxError> {
    let _serving = runtime.serve(Stenographer).start().await?;
    let stenographer = StenographerClient::connect(&runtime).await?;

    // Any stream will do. A channel lets a turn reply to an answer.
    let (say, turns) = tokio::sync::mpsc::channel(1);
    let turns = stream::unfold(turns, async |mut turns| turns.recv().await.map(|turn| (turn, turns)));
    let mut answers = stenographer.chat(turns).await?;
    for turn in ["is anybody there", "write this down"] {
        say.send(turn.to_owned()).await?;
        println!("{turn}: {:?}", answers.try_next().await?);
    }
    drop(say);
    while let Some(answer) = answers.try_next().await? {
        println!("{answer}");
    }

    let turns = stream::iter(["one two".to_owned(), "three".to_owned()]);
    println!("{} words", stenographer.words(turns).await?);
    Ok(())
}
