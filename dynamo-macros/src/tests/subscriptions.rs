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
            "missing `topic`: write `#[subscribe(topic = \"…\")]`",
            "`#[subscribe]` has no key `topc`, did you mean `topic`?",
            "`topic` takes a string: `topic = \"…\"`",
            "missing key: write `topic = \"load\"`",
            "topic name \"Load\": 'L' at position 0",
            "namespace name \"a.b\": '.' at position 1",
            "write `scope = namespace`, `scope = component` or `scope = endpoint`",
            "missing `endpoint`: write `scope = endpoint, endpoint = \"…\"`",
            "`scope = namespace` covers the whole namespace: remove `component`",
            "`scope = namespace` covers the whole namespace: remove `endpoint`",
            "`scope = component` excludes the events of endpoints",
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
            "a method cannot be an endpoint and a subscription: remove one",
            "a subscription must be async: write `async fn blocking(&self, event: Event<T>)`",
            "a subscription must take `&self`: one component serves many requests at a time; put what changes",
            "a payload must own its data, which is decoded from the wire: write `Load`",
            "a subscription must take the event: write `async fn without(&self, event: Event<T>)`",
            "a subscription cannot be `unsafe`",
            "a subscription cannot be generic",
            "a subscription must take `&self`: write `async fn generic",
            "a subscription takes only the event",
            "a payload needs a concrete type, which the publisher names too: write it instead of",
            "a method cannot be a hook and a subscription",
            "a subscription must take the event: write `async fn hook",
            "`#[subscribe]` marks a method: ",
            "the method `first` subscribes to these events already",
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
        &["a contract cannot subscribe", "a contract cannot have hooks"],
    );
}
