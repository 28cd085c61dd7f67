//! Pipelines over the network: the four shapes, and one pipeline whole and cut into three processes' worth of runtimes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod causes;
mod cut;
mod shapes;

dynamo_rig::suite! {
    in pipelines;
    [
        direct = crate::pipelines::cut::Cut::InThree(Setup::Direct),
        memory = crate::pipelines::cut::Cut::InThree(Setup::Memory),
        tcp_msgpack = crate::pipelines::cut::Cut::InThree(Setup::Tcp(dynamo_sdk::config::Codec::MsgPack)),
        tcp_json = crate::pipelines::cut::Cut::InThree(Setup::Tcp(dynamo_sdk::config::Codec::Json)),
        nats = crate::pipelines::cut::Cut::InThree(Setup::Nats),
    ];
    {
        causes {
            a_caller_that_is_gone_is_the_cause
            a_deadline_is_the_cause
            a_shutdown_is_the_cause_and_its_caller_is_told
            the_reason_of_an_operator_reaches_its_caller
        }
        shapes {
            an_engine_of_every_shape_answers
            a_call_of_another_shape_is_an_error
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
