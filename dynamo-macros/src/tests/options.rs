//! What options and hooks become, and what is said about those that are wrong.

use quote::quote;

use super::{assert_messages, assert_snapshot, endpoints};
use crate::attr::grammar::Attribute;
use crate::driver::run;

#[test]
fn options_are_a_chain_behind_the_mount_and_hooks_and_subscriptions_a_statement_each() {
    let block = quote! {
        impl Worker {
            #[endpoint(timeout = "250ms", max_in_flight = 8, queue = 32, idempotent, canary = Query { text: "x".into() })]
            async fn ask(&self, query: Query) -> u64 { 0 }
            #[endpoint(on_disconnect = stop, max_in_flight = 2, cpu)]
            async fn grind(&self, cx: Context, query: Query) -> impl Stream<Item = u64> { rows() }
            #[endpoint(on_disconnect = kill)]
            async fn plain(&self) {}
            #[endpoint(on_disconnect = ignore)]
            async fn lasting(&self) {}
            /// Counts words.
            #[endpoint(pipeline = [Tokenize, Limit::new(8)], request = String)]
            async fn count(&self, words: Vec<String>) -> u32 { 0 }
            #[on_start]
            async fn warm_up(&self, runtime: &DistributedRuntime) -> Result<()> { Ok(()) }
            #[on_stop]
            async fn bye(&self) {}
            #[cfg(unix)]
            #[health]
            async fn health(&self) -> bool { true }
            /// Hears it.
            #[subscribe(topic = "load")]
            async fn on_load(&self, event: dynamo_sdk::Event<Load>) {}
            #[cfg(unix)]
            #[subscribe(topic = "kv_metrics", scope = endpoint, namespace = "interop", component = "backend", endpoint = "echo")]
            #[subscribe(topic = "load", scope = namespace)]
            async fn on_metrics(&self, metrics: Vec<u64>) -> Result<(), Failed> { Ok(()) }
            #[subscribe(topic = "own", component = "other", scope = component)]
            async fn on_own_type(&self, event: Event) {}
        }
    };
    assert_snapshot("options", endpoints(quote!(), block));
}

#[test]
fn wrong_options_are_told_with_the_remedy() {
    let block = quote! {
        impl Worker {
            #[endpoint(timeout = 5)]
            async fn number(&self) {}
            #[endpoint(timeout = "5 min")]
            async fn unit(&self) {}
            #[endpoint(timeout)]
            async fn nothing(&self) {}
            #[endpoint(queue = 3)]
            async fn queue(&self) {}
            #[endpoint(max_in_flight = 0)]
            async fn none(&self) {}
            #[endpoint(max_in_flight = "8")]
            async fn text(&self) {}
            #[endpoint(idempotent = true)]
            async fn flag(&self) {}
            #[endpoint(on_disconnect = drop)]
            async fn word(&self) {}
            #[endpoint(on_disconnect = stop)]
            async fn deaf(&self, request: Query) {}
            #[endpoint(canary)]
            async fn canary(&self) {}
            #[endpoint(cpu, time_out = "1s")]
            async fn near(&self) {}
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &[
            "`timeout` takes a number with its unit: `timeout = \"5s\"` or `timeout = \"5ms\"`",
            "timeout \"5 min\": `min` is not a unit; write a whole number and `ms`, `s`, `m` or `h`",
            "`timeout` must be written `timeout = \"5s\"`",
            "`queue` requires `max_in_flight`",
            "`max_in_flight = 0` would reject every call",
            "`max_in_flight` takes a whole number: `max_in_flight = 8`",
            "`idempotent` takes no value: write `idempotent`",
            "write `on_disconnect = kill`, `on_disconnect = stop` or `on_disconnect = ignore`",
            "only a handler with a `Context` can observe a stop",
            "`canary` must be written `canary = request`",
            "`#[endpoint]` has no key `time_out`, did you mean `timeout`?",
        ],
    );
}

#[test]
fn wrong_hooks_are_told_with_the_form_to_write() {
    let block = quote! {
        impl Worker {
            #[endpoint]
            async fn fine(&self) {}
            #[on_start]
            fn warm_up(&mut self, name: String) {}
            #[on_stop(after = 3)]
            async fn bye() -> u32 { 1 }
            #[health]
            async fn health(&self) {}
            #[on_stop]
            async fn bye_again(&self) {}
            #[on_stop]
            async fn and_again(&self) {}
            #[endpoint]
            #[health]
            async fn both(&self) -> bool { true }
        }
    };
    assert_messages(
        endpoints(quote!(), block),
        &[
            "a method cannot be an endpoint and a hook",
            "`#[on_start]` must be async: write `async fn warm_up(&self, runtime",
            "`#[on_start]` must take `&self`: one component serves many requests at a time; put what changes",
            "unexpected argument of `#[on_start]`: write `async fn warm_up(&self, runtime",
            "`#[on_stop]` takes no keys: remove `after`",
            "`#[on_stop]` must take `&self`: write `async fn bye(&self)`",
            "`#[on_stop]` cannot return a value",
            "`#[health]` must return the health of the component: write `async fn health(&self) -> Result<(), E>`",
            "this block has a `#[on_stop]` already, the method `bye_again`",
        ],
    );
}

#[test]
fn a_hook_outside_of_a_block_says_where_it_belongs() {
    let item = quote!(
        async fn warm_up(&self) {}
    );
    assert_messages(
        run(Attribute::OnStart, quote!(), item),
        &[
            "`#[on_start]` marks a method in the `impl` block of a component; put `#[endpoints]` on that block",
        ],
    );
}

#[test]
fn a_hook_under_a_condition_is_told_how_to_have_one() {
    let block = quote! {
        impl Echo {
            #[endpoint]
            async fn say(&self) {}
            #[cfg_attr(all(unix, feature = "warm"), on_start)]
            async fn warm_up(&self) {}
            #[cfg_attr(unix, inline, dynamo_sdk::health)]
            async fn health(&self) -> bool { true }
        }
    };
    let code = endpoints(quote!(), block);
    assert!(!code.to_string().contains("cfg_attr"), "{code}");
    assert_messages(
        code,
        &[
            "a marker cannot be conditional on its own: write `#[cfg(all(unix, feature = \"warm\"))] #[on_start]`",
            "a marker cannot be conditional on its own: write `#[cfg(unix)] #[dynamo_sdk::health]`",
        ],
    );
}
