//! What `main` may return, as far as the README's programs and the processes of `tests` do not show it.
#![cfg(feature = "macros")]

use std::process::ExitCode;

/// A program with the error that most programs have. It may hold what stays in one thread.
mod program {
    use std::error::Error;
    use std::rc::Rc;

    use dynamo_sdk::prelude::*;

    #[dynamo_sdk::main]
    pub(super) async fn main(runtime: DistributedRuntime) -> Result<(), Box<dyn Error>> {
        let local = Rc::new("no");
        tokio::task::yield_now().await;
        runtime.namespace("demo")?;
        let number: u32 = local.parse()?;
        println!("{number}");
        Ok(())
    }
}

#[test]
fn main_may_return_a_boxed_error() {
    let code = program::main();
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
}
