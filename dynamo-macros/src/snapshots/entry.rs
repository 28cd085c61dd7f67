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
