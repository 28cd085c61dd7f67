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
> ::dynamo_sdk::AsyncEngine<
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
#[allow(clippy::unused_async)]
impl Echo {
    /// Counts words.
    async fn count(&self, words: Vec<String>) -> u32 {
        words.len() as u32
    }
}
impl ::dynamo_sdk::Endpoints for Echo {
    fn mount(list: &mut ::dynamo_sdk::__private::Mount<Self>) {
        list.piped_unary::<
                String,
                u32,
                Vec<String>,
                u32,
                ::core::convert::Infallible,
            >("count", |source| source.link(Tokenize).link(Limit::new(8)))
            .handler(|this, _, request, out| out.value(Self::count(this, request)))
            .docs("Counts words.");
    }
}
#[allow(dead_code, private_interfaces)]
impl EchoClient {
    /// Counts words.
    pub fn count(&self, words: String) -> ::dynamo_sdk::Call<String, u32> {
        self.0.call("count", words)
    }
}
