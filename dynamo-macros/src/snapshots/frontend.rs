#[derive(Debug)]
pub(crate) struct Frontend<P: Policy> {
    /// Cuts texts.
    pub tokenizer: tokens::TokenizerClient,
    policy: P,
    #[cfg(feature = "cache")]
    cache: CacheClient,
}
/// Calls the endpoints of [`Frontend`] from anywhere in the system.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct FrontendClient(::dynamo_sdk::Client);
impl ::dynamo_sdk::ComponentClient for FrontendClient {
    const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::__private::id(
        "demo",
        "frontend",
    );
    const NEW: fn(::dynamo_sdk::Client) -> Self = Self;
    const CLIENT: fn(&Self) -> &::dynamo_sdk::Client = |this| &this.0;
}
impl<P: Policy> ::dynamo_sdk::Component for Frontend<P>
where
    Self: ::dynamo_sdk::Endpoints + ::core::marker::Send + ::core::marker::Sync
        + 'static,
{
    type Client = FrontendClient;
    const DEPENDENCIES: &'static [::dynamo_sdk::ComponentId] = &[
        <tokens::TokenizerClient as ::dynamo_sdk::ComponentClient>::ID,
        #[cfg(feature = "cache")]
        <CacheClient as ::dynamo_sdk::ComponentClient>::ID,
    ];
}
#[allow(dead_code, deprecated, clippy::too_many_arguments)]
impl<P: Policy> Frontend<P> {
    /// Makes the component: connects `tokenizer`, `cache` and takes the other fields.
    ///
    /// # Errors
    /// If the instances of a component cannot be watched.
    pub(crate) async fn connect(
        runtime: &::dynamo_sdk::DistributedRuntime,
        policy: P,
    ) -> ::dynamo_sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            tokenizer: <tokens::TokenizerClient as ::dynamo_sdk::ComponentClient>::connect(
                    runtime,
                )
                .await?,
            policy,
            #[cfg(feature = "cache")]
            cache: <CacheClient as ::dynamo_sdk::ComponentClient>::connect(runtime)
                .await?,
        })
    }
}
