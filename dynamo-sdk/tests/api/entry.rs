//! What `main` may return, as far as the programs of `examples` do not show it. That it compiles is most of the test: a
//! process is what runs it.

use std::error::Error;
use std::process::ExitCode;

use dynamo_sdk::__private::{IntoMainResult, boxed};
use futures::executor::block_on;

/// A program with the error that most programs have. It may hold what stays in one thread.
mod program {
    use std::error::Error;
    use std::rc::Rc;

    use dynamo_sdk::prelude::*;

    #[dynamo_sdk::main]
    pub(super) async fn main(runtime: DistributedRuntime) -> Result<(), Box<dyn Error>> {
        let local = Rc::new("no");
        runtime.shutdown().await;
        let number: u32 = local.parse()?;
        println!("{number}");
        Ok(())
    }
}

const _: fn() -> ExitCode = program::main;

#[test]
fn a_boxed_error_of_main_is_kept_with_its_causes() {
    let failed = async {
        let invalid = dynamo_sdk::address::ComponentName::new("No").unwrap_err();
        let cause = std::io::Error::other(invalid);
        Err::<(), Box<dyn Error>>(Box::new(cause))
    };
    let outcome = block_on(boxed(failed)).into_failure().map(|error| error.to_string());
    assert!(outcome.as_ref().is_some_and(|text| text.contains("\"No\"")), "{outcome:?}");
    assert!(block_on(boxed(async { Ok(()) })).into_failure().is_none());
}
