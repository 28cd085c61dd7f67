#[dynamo_sdk::main]
async fn main(_port: u16) -> dynamo_sdk::Result<()> {
    Ok(())
}
