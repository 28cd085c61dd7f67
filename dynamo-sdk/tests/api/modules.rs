//! The blocks of one component in sibling modules, as in `src/echo.rs` and `src/admin.rs`.

use dynamo_sdk::prelude::*;

mod echo {
    use dynamo_sdk::prelude::*;

    #[component(namespace = "demo")]
    pub(crate) struct Echo {
        pub(crate) prefix: String,
    }
}

mod main_block {
    use super::echo::{Echo, EchoClient};
    use dynamo_sdk::prelude::*;

    #[endpoints(parts(admin))]
    impl Echo {
        #[endpoint]
        pub(crate) async fn say(&self, text: String) -> String {
            format!("{}{text}", self.prefix)
        }

        #[endpoint]
        pub(crate) async fn words(&self, text: String) -> impl Stream<Item = String> {
            stream::iter([self.prefix.clone(), text])
        }
    }
}

mod admin {
    use super::echo::{Echo, EchoClient};
    use dynamo_sdk::prelude::*;

    #[endpoints(part = admin)]
    impl Echo {
        #[endpoint]
        pub(crate) async fn prefix(&self) -> String {
            self.prefix.clone()
        }
    }
}

#[test]
fn a_block_may_stand_in_any_module() {
    futures::executor::block_on(async {
        let echo = echo::EchoClient::local(echo::Echo { prefix: "> ".to_owned() });
        assert_eq!(echo.say("x".to_owned()).await.unwrap(), "> x");
        assert_eq!(echo.prefix().await.unwrap(), "> ");
        let words: Vec<String> = echo.words("x".to_owned()).await.unwrap().try_collect().await.unwrap();
        assert_eq!(words, ["> ", "x"]);
    });
}
