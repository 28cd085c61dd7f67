use dynamo_sdk::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Question {
    text: String,
}

#[derive(Serialize)]
struct Answer {
    text: String,
}

#[component(namespace = "demo")]
struct Echo;

#[endpoints]
impl Echo {
    #[endpoint]
    async fn ask(&self, question: Question) -> String {
        question.text
    }

    #[endpoint]
    async fn answer(&self, question: String) -> Answer {
        Answer { text: question }
    }

    #[endpoint]
    async fn answers(&self, question: String) -> impl Stream<Item = Answer> {
        stream::iter([Answer { text: question }])
    }
}

async fn call(echo: EchoClient) {
    let _ = echo.ask(Question { text: "why?".into() }).await;
    let _ = echo.answer("why?".into()).await;
    let _ = echo.answers("why?".into()).await;
}

fn main() {}
