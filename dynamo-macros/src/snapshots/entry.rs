fn main() -> ::std::process::ExitCode {
    #[allow(clippy::unused_async)]
    async fn main(runtime: DistributedRuntime) -> Result<()> {
        runtime.serve(Echo).await
    }
    ::dynamo_sdk::__private::run(|runtime| main(runtime))
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
fn finds_it() {
    #[allow(clippy::unused_async)]
    async fn finds_it(server: DistributedRuntime, client: DistributedRuntime) {}
    ::dynamo_sdk::__private::test_cluster(|[runtime_0, runtime_1]| finds_it(
        runtime_0,
        runtime_1,
    ))
}
