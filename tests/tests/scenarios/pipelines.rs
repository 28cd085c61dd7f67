//! Pipelines over the network: the four shapes, and one pipeline whole and cut into three processes' worth of runtimes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod causes;
mod cut;
mod shapes;

macro_rules! suite {
    ($($module:ident { $($test:ident)+ })+) => {
        suite!(@ direct, crate::calls::world::Setup::Direct; $($module { $($test)+ })+);
        suite!(@ memory, crate::calls::world::Setup::Memory; $($module { $($test)+ })+);
        suite!(@ tcp_msgpack, crate::calls::world::Setup::Tcp(dynamo_sdk::Codec::MsgPack); $($module { $($test)+ })+);
        suite!(@ tcp_json, crate::calls::world::Setup::Tcp(dynamo_sdk::Codec::Json); $($module { $($test)+ })+);
        suite!(@ nats, crate::calls::world::Setup::Nats; $($module { $($test)+ })+);
    };
    (@ $name:ident, $setup:expr; $($module:ident { $($test:ident)+ })+) => {
        mod $name {
            $(mod $module {

                $(
                    #[tokio::test]
                    async fn $test() {
                        crate::pipelines::$module::$test(crate::pipelines::cut::Cut::InThree($setup)).await;
                    }
                )+
            })+
        }
    };
}

suite! {
    causes {
        a_caller_that_is_gone_is_the_cause
        a_deadline_is_the_cause
        a_shutdown_is_the_cause_and_its_caller_is_told
        the_reason_of_an_operator_reaches_its_caller
    }
    shapes {
        an_engine_of_every_shape_answers
        a_caller_of_another_shape_is_told
        a_typed_client_ends_a_pipeline
    }
    cut {
        a_pipeline_gives_the_same_however_it_is_cut
        the_error_of_every_node_reaches_the_source
        a_request_is_the_same_on_both_sides_of_a_cut
        cancellation_reaches_the_leaf_before_the_first_item
        cancellation_reaches_the_leaf_after_the_first_item
        a_stop_reaches_the_leaf_and_the_rest_is_delivered
        a_deadline_ends_every_segment
    }
}

/// The same sentences on a pipeline in one piece.
mod whole {
    macro_rules! whole {
        ($($test:ident)+) => { $(
            #[tokio::test]
            async fn $test() {
                crate::pipelines::cut::$test(crate::pipelines::cut::Cut::Nowhere).await;
            }
        )+ };
    }

    whole! {
        a_pipeline_gives_the_same_however_it_is_cut
        the_error_of_every_node_reaches_the_source
        a_request_is_the_same_on_both_sides_of_a_cut
        cancellation_reaches_the_leaf_before_the_first_item
        cancellation_reaches_the_leaf_after_the_first_item
        a_stop_reaches_the_leaf_and_the_rest_is_delivered
        a_deadline_ends_every_segment
    }
}
