#[derive(Debug)]
pub(crate) struct Frontend<P: Policy> {
    /// Cuts texts.
    pub tokenizer: tokens::TokenizerClient,
    policy: P,
    #[cfg(feature = "cache")]
    cache: CacheClient,
}
/// Calls the endpoints of [`Frontend`] from anywhere in the system.
#[allow(dead_code)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct FrontendClient {
    client: ::dynamo_sdk::Client,
}
#[allow(dead_code, deprecated)]
impl FrontendClient {
    /// The component that this client calls.
    pub const ID: ::dynamo_sdk::ComponentId = ::dynamo_sdk::ComponentId::from_static(
        "demo",
        "frontend",
    );
    /// Finds the component through `runtime`.
    ///
    /// # Errors
    /// If its instances cannot be watched.
    pub async fn connect(
        runtime: &::dynamo_sdk::DistributedRuntime,
    ) -> ::dynamo_sdk::Result<Self> {
        ::core::result::Result::Ok(Self {
            client: ::dynamo_sdk::Client::connect(runtime, Self::ID).await?,
        })
    }
    /// Calls `component` itself, without a runtime.
    pub fn local<P: Policy>(component: Frontend<P>) -> Self
    where
        Frontend<P>: ::dynamo_sdk::Component,
    {
        Self {
            client: ::dynamo_sdk::Client::local(component),
        }
    }
    /// Calls engines made by hand.
    pub fn from_engine(double: ::dynamo_sdk::Double) -> Self {
        Self {
            client: ::dynamo_sdk::Client::from_engine(Self::ID, double),
        }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::ops::Deref for FrontendClient {
    type Target = ::dynamo_sdk::Client;
    fn deref(&self) -> &::dynamo_sdk::Client {
        &self.client
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl ::core::convert::From<::dynamo_sdk::Client> for FrontendClient {
    fn from(client: ::dynamo_sdk::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated)]
#[automatically_derived]
impl<P: Policy> ::dynamo_sdk::Component for Frontend<P>
where
    Self: ::dynamo_sdk::Endpoints,
{
    const ID: ::dynamo_sdk::ComponentId = FrontendClient::ID;
    const DEPENDENCIES: &'static [::dynamo_sdk::ComponentId] = &[
        <tokens::TokenizerClient>::ID,
        #[cfg(feature = "cache")]
        <CacheClient>::ID,
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
            tokenizer: <tokens::TokenizerClient>::connect(runtime).await?,
            policy,
            #[cfg(feature = "cache")]
            cache: <CacheClient>::connect(runtime).await?,
        })
    }
}
