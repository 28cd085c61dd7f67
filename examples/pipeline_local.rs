//! A pipeline in one process: two operators in front of a model, which is unaware of them. One changes
//! requests and responses; the other is a cache and answers without the model when it can.
//!
//! Run with: `cargo run --example pipeline_local`

use std::collections::HashMap;
use std::sync::Mutex;

use dynamo_sdk::engine::{AsyncEngine, ManyOut, SingleIn};
use dynamo_sdk::pipeline::{Edge, engine, operator};
use dynamo_sdk::pipeline::{Source, map_items};
use dynamo_sdk::prelude::*;

/// Turns a prompt into tokens, and the numbers of the model into words.
#[operator]
async fn tokenize(
    request: SingleIn<String>,
    next: Edge<Vec<u32>, ManyOut<u32>>,
) -> Result<ManyOut<String>, CallError> {
    let cx = request.bare();
    let tokens = request.map(|prompt| prompt.split_whitespace().map(|word| word.len() as u32).collect());
    let answer = next.generate(tokens).await?;
    Ok(answer.transform(&cx, |tokens| tokens.map_ok(|token| "la".repeat(token as usize))))
}

/// Answers repeated prompts without calling the model.
#[derive(Default)]
struct Cache {
    answers: Mutex<HashMap<Vec<u32>, Vec<u32>>>,
}

#[operator]
impl Cache {
    async fn generate(
        &self,
        request: SingleIn<Vec<u32>>,
        next: Edge<Vec<u32>, ManyOut<u32>>,
    ) -> Result<ManyOut<u32>, CallError> {
        let (key, cx) = (request.payload().clone(), request.bare());
        let known =
            self.answers.lock().map_err(|_| EndpointError::internal("the cache broke"))?.get(&key).cloned();
        let answer = match known {
            Some(known) => known,
            None => next.generate(request).await?.try_collect::<Vec<_>>().await?,
        };
        self.answers
            .lock()
            .map_err(|_| EndpointError::internal("the cache broke"))?
            .insert(key, answer.clone());
        Ok(ResponseStream::new(stream::iter(answer).map(Ok), cx))
    }
}

/// A model with a small vocabulary.
#[engine]
async fn model(request: SingleIn<Vec<u32>>) -> Result<ManyOut<u32>, CallError> {
    println!("  the model is asked, after {:?}", request.stages());
    let (tokens, cx) = request.into_parts();
    Ok(ResponseStream::new(stream::iter(tokens.into_iter().rev()).map(Ok), cx))
}

#[tokio::main]
async fn main() -> Result<(), CallError> {
    // The compiler checks every edge; a pipeline is an engine like the model.
    let pipeline = Source::open()
        .link(map_items(|word: String| Ok(format!("{word}!"))))
        .link(Tokenize)
        .link(Cache::default())
        .sink(Model);

    for prompt in ["sing to me", "sing to me"] {
        println!("{prompt}");
        let mut words = pipeline.generate(Context::of(prompt.to_owned())).await?;
        while let Some(word) = words.try_next().await? {
            println!("  {word}");
        }
    }
    Ok(())
}
