#[allow(clippy::unused_async)]
/// Splits a text into words.
pub async fn tokenize(
    request: SingleIn<String>,
    next: Edge<Vec<String>, u32>,
) -> Result<u32, CallError> {
    next.generate(request.map(words)).await
}
/// Splits a text into words.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct Tokenize;
#[::dynamo_sdk::__private::async_trait]
impl ::dynamo_sdk::pipeline::Operator<
    <SingleIn<String> as ::dynamo_sdk::__private::Request>::Payload,
    <Result<u32, CallError> as ::dynamo_sdk::__private::Answer>::Value,
    <Edge<Vec<String>, u32> as ::dynamo_sdk::__private::Next>::In,
    <Edge<Vec<String>, u32> as ::dynamo_sdk::__private::Next>::Out,
> for Tokenize {
    async fn generate(
        &self,
        request: SingleIn<String>,
        next: Edge<Vec<String>, u32>,
    ) -> ::core::result::Result<
        <Result<u32, CallError> as ::dynamo_sdk::__private::Answer>::Value,
        ::dynamo_sdk::CallError,
    > {
        ::dynamo_sdk::__private::answered(tokenize(request, next).await)
    }
}
impl<T: Model> Answer<T> {
    async fn generate(&self, request: SingleIn<String>) -> Result<T::Output, CallError> {
        self.model.run(request).await
    }
}
#[::dynamo_sdk::__private::async_trait]
impl<
    T: Model,
> ::dynamo_sdk::engine::AsyncEngine<
    SingleIn<String>,
    <Result<T::Output, CallError> as ::dynamo_sdk::__private::Answer>::Value,
    <Result<T::Output, CallError> as ::dynamo_sdk::__private::Answer>::Error,
> for Answer<T> {
    async fn generate(
        &self,
        request: SingleIn<String>,
    ) -> ::core::result::Result<
        <Result<T::Output, CallError> as ::dynamo_sdk::__private::Answer>::Value,
        <Result<T::Output, CallError> as ::dynamo_sdk::__private::Answer>::Error,
    > {
        Self::generate(self, request).await
    }
}
#[::core::prelude::v1::test]
#[should_panic]
fn fails() {
    #[allow(clippy::unused_async)]
    async fn fails() {
        panic!()
    }
    ::dynamo_sdk::__private::test(|_| fails())
}
#[::core::prelude::v1::test]
fn says_it() -> Result<()> {
    #[allow(clippy::unused_async)]
    async fn says_it(runtime: DistributedRuntime) -> Result<()> {
        Ok(())
    }
    ::dynamo_sdk::__private::test(|runtime| says_it(runtime))
}
#[::core::prelude::v1::test]
fn finds_it() {
    #[allow(clippy::unused_async)]
    async fn finds_it(server: DistributedRuntime, client: DistributedRuntime) {}
    ::dynamo_sdk::__private::test_cluster(|[runtime_0, runtime_1]| finds_it(
        runtime_0,
        runtime_1,
    ))
}
