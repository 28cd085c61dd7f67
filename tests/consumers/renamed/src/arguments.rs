//! Arguments and methods called like what generated code calls its own.

use renamed::{ComponentClient, Context, DistributedRuntime, component, endpoints};

#[component(namespace = "renamed", crate = ::renamed)]
struct Client;

#[endpoints(crate = ::renamed)]
impl Client {
    #[endpoint]
    async fn call(&self, self_: u32) -> u32 {
        self_
    }

    #[endpoint]
    async fn stream(&self, ctx: u32) -> u32 {
        ctx
    }

    #[endpoint]
    async fn mount(&self, message: u32) -> u32 {
        message
    }

    #[endpoint]
    async fn list(&self, list: Context, request: u32) -> u32 {
        drop(list);
        request
    }

    #[endpoint]
    async fn instances(&self, instances: u32) -> u32 {
        instances
    }

    #[endpoint]
    async fn client(&self, out: u32) -> u32 {
        out
    }

    #[endpoint]
    async fn watch(&self, list: u32) -> u32 {
        list
    }

    #[endpoint]
    async fn wait_ready(&self, this: u32) -> u32 {
        this
    }

    #[endpoint]
    async fn from(&self, stream: u32) -> u32 {
        stream
    }

    #[endpoint]
    async fn clone(&self, tx: u32) -> u32 {
        tx
    }

    #[endpoint]
    async fn this(&self, this: Context, rx: u32) -> u32 {
        drop(this);
        rx
    }

    #[endpoint]
    async fn runtime(&self, runtime: Context, client: u32) -> u32 {
        drop(runtime);
        client
    }

    #[endpoint]
    async fn r#type(&self, r#type: u32) -> u32 {
        r#type
    }

    #[endpoint]
    async fn endpoints(&self, endpoints: u32) -> impl renamed::prelude::Stream<Item = u32> {
        renamed::prelude::stream::iter([endpoints])
    }

    #[endpoint]
    async fn out(&self, out: Context, cx: u32) -> impl renamed::prelude::Stream<Item = u32> {
        drop(out);
        renamed::prelude::stream::iter([cx])
    }

    #[endpoint]
    async fn ignored(&self, _ignored: u32) {}
}

#[renamed::test(crate = ::renamed)]
async fn every_name_is_the_users(runtime: DistributedRuntime) -> renamed::Result<()> {
    let _serving = runtime.serve(Client).start().await?;
    let client = ClientClient::connect(&runtime).await?;
    assert_eq!(client.call(1).await.ok(), Some(1));
    assert_eq!(client.clone(2).await.ok(), Some(2));
    assert_eq!(client.r#type(3).await.ok(), Some(3));
    assert_eq!(client.instances(4).await.ok(), Some(4));
    // What the client has by itself is there under its full name.
    assert_eq!(client.client(5).await.ok(), Some(5));
    assert_eq!(ComponentClient::client(&client).component(), &ClientClient::ID);
    Ok(())
}
