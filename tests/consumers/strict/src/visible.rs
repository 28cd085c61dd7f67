//! Visibility, deprecation and docs, from private to public.

use dynamo_sdk::prelude::*;

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Private;

/// Public, with endpoints of every visibility.
#[component(namespace = "strict")]
#[derive(Debug, Default)]
pub struct Visible;

#[endpoints]
impl Visible {
    /// Makes one.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    #[endpoint]
    async fn private(&self, request: Private) -> Private {
        request
    }

    /// For this crate.
    #[endpoint]
    pub(crate) async fn internal(&self) -> u32 {
        1
    }

    /// Replaced.
    #[deprecated(note = "use `public`")]
    #[endpoint]
    pub async fn old(&self) -> u32 {
        1
    }

    /// For everybody.
    ///
    /// # Errors
    /// Never.
    #[endpoint]
    pub async fn public(&self, request: String) -> std::result::Result<u32, EndpointError> {
        drop(request);
        Ok(1)
    }

    #[endpoint]
    #[doc(hidden)]
    pub async fn hidden(&self) {}
}

/// Replaced, and not in the docs.
#[component(namespace = "strict")]
#[deprecated]
#[doc(hidden)]
#[derive(Debug)]
pub struct Old;

#[endpoints]
#[allow(deprecated)]
impl Old {
    #[endpoint]
    async fn say(&self) {}
}

mod inner {
    use dynamo_sdk::prelude::*;

    #[component(namespace = "strict")]
    #[derive(Debug)]
    pub(super) struct Within;

    #[endpoints]
    impl Within {
        #[endpoint]
        async fn words(&self, request: super::Private) -> impl Stream<Item = super::Private> {
            stream::iter([request])
        }

        #[endpoint]
        pub(super) async fn fails(
            &self,
            request: super::Private,
        ) -> std::result::Result<super::Private, EndpointError> {
            Ok(request)
        }
    }
}

/// Serves what is not public, so that nothing is unused.
///
/// # Errors
/// If it cannot be served.
pub async fn serve(runtime: &DistributedRuntime) -> Result<()> {
    runtime.serve(inner::Within).await
}
