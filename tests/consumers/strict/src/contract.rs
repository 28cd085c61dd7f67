//! Contracts, from public to private, in every form of their methods.

use dynamo_sdk::prelude::*;

/// What a store does for whoever knows of it.
#[component(namespace = "strict")]
pub trait Store: std::fmt::Debug {
    /// How much a key may hold.
    const LIMIT: usize = 8;

    /// Puts a value.
    ///
    /// # Errors
    /// If nobody stores it.
    #[endpoint(idempotent, timeout = "1s")]
    async fn put(&self, request: (String, u64)) -> std::result::Result<(), CallError>;

    /// Gives the values of a key.
    ///
    /// # Errors
    /// If there is no such key.
    #[endpoint]
    async fn values(
        &self,
        cx: Context,
        request: String,
    ) -> std::result::Result<impl Stream<Item = std::result::Result<u64, CallError>>, EndpointError>;

    /// Gives the keys.
    #[endpoint]
    async fn keys(&self) -> impl Stream<Item = std::result::Result<String, EndpointError>>;

    /// Replaced.
    ///
    /// # Errors
    /// As it was.
    #[deprecated(note = "use `put`")]
    #[endpoint]
    async fn set(&self, request: u64) -> Result<u64>;

    /// Not in every build.
    ///
    /// # Errors
    /// Never.
    #[cfg(feature = "slow")]
    #[endpoint]
    async fn slow(&self) -> std::result::Result<u64, EndpointError>;

    /// No endpoint.
    fn describe(&self) -> String {
        format!("{self:?} of {}", Self::LIMIT)
    }
}

/// Forgets what it is given.
#[derive(Clone, Debug, Default)]
pub struct Forgetful;

impl Store for Forgetful {
    async fn put(&self, _: (String, u64)) -> std::result::Result<(), CallError> {
        Ok(())
    }

    async fn values(
        &self,
        _: Context,
        request: String,
    ) -> std::result::Result<impl Stream<Item = std::result::Result<u64, CallError>>, EndpointError> {
        match request.as_str() {
            "" => Err(EndpointError::invalid_request("no key")),
            key => Ok(stream::iter([Ok(key.len() as u64)])),
        }
    }

    async fn keys(&self) -> impl Stream<Item = std::result::Result<String, EndpointError>> {
        stream::empty()
    }

    async fn set(&self, request: u64) -> Result<u64> {
        Ok(request)
    }

    #[cfg(feature = "slow")]
    async fn slow(&self) -> std::result::Result<u64, EndpointError> {
        Ok(1)
    }
}

mod private {
    use dynamo_sdk::prelude::*;

    #[component(namespace = "strict", name = "private-contract")]
    pub(super) trait Hidden {
        #[endpoint]
        async fn only(&self) -> std::result::Result<u32, CallError>;
    }

    impl Hidden for u32 {
        async fn only(&self) -> std::result::Result<u32, CallError> {
            Ok(*self)
        }
    }
}

/// Serves what is not public, so that nothing is unused.
///
/// # Errors
/// If it cannot be served.
pub async fn serve(runtime: &DistributedRuntime) -> Result<()> {
    runtime.serve(private::HiddenServer::new(7)).await
}

#[dynamo_sdk::test]
async fn a_contract_is_served_and_called(runtime: DistributedRuntime) -> Result<()> {
    async fn behaves(store: impl Store) {
        assert!(store.put(("a".to_owned(), 1)).await.is_ok());
        let Ok(values) = store.values(Context::new(), "abc".to_owned()).await else {
            panic!("the stream starts")
        };
        assert_eq!(values.filter_map(|item| async { item.ok() }).collect::<Vec<_>>().await, [3]);
        assert!(store.values(Context::new(), String::new()).await.is_err());
        assert_eq!(store.keys().await.count().await, 0);
        assert!(store.describe().ends_with("of 8"));
    }
    behaves(Forgetful).await;
    behaves(StoreClient::local(StoreServer::new(Forgetful))).await;
    let _serving = runtime.serve(StoreServer::new(Forgetful)).start().await?;
    behaves(StoreClient::connect(&runtime).await?).await;
    assert_eq!(StoreClient::ID.to_string(), "strict.store");
    Ok(())
}
