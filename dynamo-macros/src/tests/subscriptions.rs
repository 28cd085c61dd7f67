//! What is said about methods that hear events and are wrong.

use quote::quote;

use super::{assert_messages, component, endpoints};
use crate::attr::grammar::Attribute;
use crate::driver::run;

#[test]
fn wrong_keys_are_told_with_the_remedy() {
    let block = quote! {
        impl Watcher {
            #[subscribe]
            async fn nothing(&self, load: Load) {}
            #[subscribe(topc = "load")]
            async fn near(&self, load: Load) {}
            #[subscribe(topic = load)]
            async fn unquoted(&self, load: Load) {}
            #[subscribe("load")]
            async fn alone(&self, load: Load) {}
            #[subscribe(topic = "Load", namespace = "a.b")]
            async fn names(&self, load: Load) {}
            #[subscribe(topic = "load", scope = process)]
            async fn word(&self, load: Load) {}
            #[subscribe(topic = "load", scope = endpoint)]
            async fn which(&self, load: Load) {}
            #[subscribe(topic = "load", scope = namespace, component = "x", endpoint = "y")]
            async fn whole(&self, load: Load) {}
            #[subscribe(topic = "load", scope = component, endpoint = "y")]
            async fn component(&self, load: Load) {}
            #[subscribe(topic = "load", topic = "other")]
            async fn twice(&self, load: Load) {}
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &[
            "which events? Write `#[subscribe(topic = \"…\")]`",
            "`#[subscribe]` has no key `topc`, did you mean `topic`?",
            "`topic` takes a text: `topic = \"…\"`",
            "a topic is written `topic = \"load\"`",
            "topic name \"Load\": 'L' at position 0",
            "namespace name \"a.b\": '.' at position 1",
            "write `scope = namespace`, `scope = component` or `scope = endpoint`",
            "which endpoint? Write `scope = endpoint, endpoint = \"…\"`",
            "`scope = namespace` hears the namespace as a whole: remove `component`",
            "`scope = namespace` hears the namespace as a whole: remove `endpoint`",
            "`scope = component` hears no endpoint of it",
            "`topic` is given twice; remove one",
        ],
    );
}

#[test]
fn wrong_methods_are_told_with_the_form_to_write() {
    let block = quote! {
        impl Watcher {
            #[subscribe(topic = "a")]
            fn blocking(&mut self, load: &Load) {}
            #[subscribe(topic = "b")]
            async fn without(&self) {}
            #[subscribe(topic = "c")]
            async unsafe fn generic<T>(event: Event<T>) {}
            #[subscribe(topic = "d")]
            async fn much(&self, load: Load, more: Load) {}
            #[subscribe(topic = "e")]
            async fn any(&self, event: Event<impl Load>) {}
            #[subscribe(topic = "f")]
            #[endpoint]
            async fn both(&self, load: Load) {}
            #[subscribe(topic = "g")]
            #[on_start]
            async fn hook(&self) {}
            #[subscribe(topic = "h")]
            const LIMIT: u32 = 1;
            #[subscribe(topic = "i")]
            async fn first(&self, load: Load) {}
            #[subscribe(topic = "i")]
            async fn second(&self, load: Load) {}
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &[
            "a method is an endpoint or it hears events: remove one",
            "a method that hears events is asynchronous: write `async fn blocking(&self, event: Event<T>)`",
            "a method that hears events takes `&self`: one component serves many requests at a time; put what changes",
            "a payload is owned, as it is decoded from the wire: write `Load`",
            "a method that hears events takes the event: write `async fn without(&self, event: Event<T>)`",
            "a method that hears events is not `unsafe`",
            "a method that hears events is not generic",
            "a method that hears events takes `&self`: write `async fn generic",
            "a method that hears events takes the event and nothing else",
            "a payload has one type, which the publisher names too; write it instead of",
            "a method is a hook or it hears events",
            "a method that hears events takes the event: write `async fn hook",
            "`#[subscribe]` marks a method: ",
            "the method `first` hears these events already",
        ],
    );
}

#[test]
fn a_subscription_outside_of_a_block_says_where_it_belongs() {
    let item = quote!(
        async fn on_load(&self, load: Load) {}
    );
    assert_messages(
        run(Attribute::Subscribe, quote!(topic = "load"), item),
        &[
            "`#[subscribe]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block",
        ],
    );
    let contract = quote! {
        trait Backend {
            #[endpoint]
            async fn say(&self, text: String) -> Result<String, CallError>;
            #[subscribe(topic = "load")]
            async fn on_load(&self, load: Load);
            #[on_start]
            async fn warm_up(&self);
        }
    };
    assert_messages(
        component(quote!(namespace = "demo"), &contract),
        &["a contract hears no events", "a contract has no hooks"],
    );
}
