#[dynamo_sdk::main]
async fn main(port: u16) -> dynamo_sdk::Result<()> {
    Ok(())
}
