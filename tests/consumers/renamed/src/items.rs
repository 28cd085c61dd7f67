//! Items called like those of the standard library.

struct Option;

#[derive(serde::Serialize, serde::Deserialize)]
struct Result {}

#[derive(serde::Serialize, serde::Deserialize)]
struct String {}

trait Send {}
trait Sync {}
trait Deref {}
trait Clone {}
trait Debug {}
trait From {}

mod core {}
mod dynamo_sdk {}
mod std {}

#[allow(non_snake_case)]
fn Ok() {}

#[renamed::component(namespace = "renamed", crate = ::renamed)]
struct Items(Option);

#[renamed::endpoints(crate = ::renamed)]
impl Items {
    #[renamed::endpoint]
    async fn give(&self, request: String) -> Result {
        let _: &Option = &self.0;
        let String {} = request;
        Ok();
        Result {}
    }

    #[renamed::endpoint]
    async fn stream(&self, request: String) -> impl renamed::prelude::Stream<Item = String> {
        renamed::prelude::stream::iter([request])
    }

    #[renamed::endpoint]
    async fn fail(
        &self,
        cx: renamed::Context,
        request: String,
    ) -> ::core::result::Result<Result, renamed::EndpointError> {
        drop((cx, request));
        ::core::result::Result::Ok(Result {})
    }
}

impl Send for Items {}
impl Sync for Items {}
impl Deref for Items {}
impl Clone for Items {}
impl Debug for Items {}
impl From for Items {}

fn all(_: &(impl Send + Sync + Deref + Clone + Debug + From)) {}

#[renamed::test(crate = ::renamed)]
async fn items_of_the_user_are_not_taken_for_those_of_the_library(runtime: renamed::DistributedRuntime) {
    let items = Items(Option);
    all(&items);
    let serving = runtime.serve(items).start().await;
    let client = <ItemsClient as renamed::ComponentClient>::connect(&runtime).await;
    let answer = match client {
        renamed::Result::Ok(client) => client.give(String {}).await.is_ok(),
        renamed::Result::Err(_) => false,
    };
    assert!(answer && serving.is_ok());
}
