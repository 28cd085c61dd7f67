//! Several blocks of endpoints of one component, in several modules, on one client.

use dynamo_sdk::prelude::*;

/// Says things, and is managed.
#[component(namespace = "strict")]
#[derive(Debug)]
pub struct Split<T> {
    said: T,
}

#[endpoints(parts(admin, metrics))]
impl<T: Copy + Into<u64> + Send + Sync + 'static> Split<T> {
    /// Says it.
    #[endpoint]
    pub async fn say(&self) -> u64 {
        self.said.into()
    }
}

/// Has no endpoint of its own.
#[component(namespace = "strict")]
#[derive(Debug, Default)]
pub struct Outside;

#[endpoints(parts(inside))]
impl Outside {}

mod admin {
    use dynamo_sdk::prelude::*;

    #[endpoints(part = admin)]
    impl<T: Copy + Into<u64> + Send + Sync + 'static> super::Split<T> {
        /// Stops it.
        #[endpoint]
        pub(crate) async fn stop(
            &self,
            cx: Context,
            request: (),
        ) -> std::result::Result<String, EndpointError> {
            drop((cx, request));
            Ok("stopped".to_owned())
        }
    }

    #[endpoints(part = inside)]
    impl super::Outside {
        #[endpoint]
        async fn only(&self) -> u32 {
            1
        }
    }
}

#[endpoints(part = metrics)]
impl<T: Copy + Into<u64> + Send + Sync + 'static> Split<T> {
    /// Counts.
    #[endpoint]
    pub async fn counts(&self) -> impl Stream<Item = u64> {
        stream::iter([self.said.into()])
    }

    /// Is not there.
    #[cfg(any())]
    #[endpoint(name = "say")]
    pub async fn gone(&self) {}
}

#[dynamo_sdk::test]
async fn all_blocks_are_served_and_on_one_client(runtime: DistributedRuntime) -> Result<()> {
    let _split = runtime.serve(Split { said: 7_u32 }).start().await?;
    let _outside = runtime.serve(Outside).start().await?;
    let split = SplitClient::connect(&runtime).await?;
    assert_eq!(split.say().await.ok(), Some(7));
    assert_eq!(split.stop(()).await.ok().as_deref(), Some("stopped"));
    let Ok(counts) = split.counts().await else { panic!("the stream starts") };
    assert_eq!(counts.filter_map(|item| async { item.ok() }).collect::<Vec<_>>().await, [7]);
    assert_eq!(OutsideClient::connect(&runtime).await?.only().await.ok(), Some(1));
    Ok(())
}
