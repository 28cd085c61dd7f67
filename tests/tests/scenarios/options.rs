//! The options of endpoints and the hooks of components, sentence by sentence, in memory and over TCP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ailing;
mod busy;
mod calls;
mod hooks;
mod setup;

dynamo_rig::suite! {
    in options;
    [memory = Setup::Memory, tcp = Setup::Tcp(dynamo_sdk::config::Codec::MsgPack)];
    {
        calls {
            a_handler_is_ended_at_its_own_limit_and_the_caller_is_told
            the_earlier_of_both_deadlines_is_in_the_context
            one_more_than_running_and_waiting_is_refused_and_others_go_on
            a_call_in_the_queue_of_an_endpoint_takes_no_place_of_the_process
            the_place_comes_back_however_a_call_ends
            an_idempotent_call_is_made_again_elsewhere
            a_call_that_is_not_idempotent_is_not_repeated
            an_idempotent_stream_is_not_repeated_behind_its_first_item
            a_lost_caller_ends_the_handler_by_default
            a_lost_caller_stops_a_handler_that_wants_to_be_stopped
            a_handler_that_ignores_its_caller_runs_to_its_end
            a_handler_that_ignores_its_caller_is_in_flight_and_heeds_a_shutdown
            a_stream_that_nobody_reads_lets_others_run_and_heeds_a_shutdown
            items_of_a_handler_apart_arrive_in_order_and_its_errors_too
            a_handler_that_blocks_does_not_hold_the_others_up
            a_stream_that_blocks_does_not_hold_the_others_up
            a_lost_caller_ends_a_stream_that_blocks_between_its_items
            a_kill_reaches_a_blocking_handler_between_its_await_points
        }
        ailing {
            a_no_withdraws_the_component_and_a_yes_puts_it_back
            a_canary_that_hangs_is_ended_and_its_endpoint_withdrawn
            a_stop_hook_that_hangs_is_ended_at_its_limit
        }
        busy {
            a_busy_endpoint_is_not_taken_for_a_dead_one
            callers_that_left_hold_no_place_in_the_queue
            a_place_is_free_before_the_caller_learns_of_the_end
        }
        hooks {
            hooks_run_before_the_records_and_after_the_last_call
            a_component_that_does_not_start_leaves_nothing
            an_ill_component_is_withdrawn_and_put_back
            an_endpoint_whose_canary_fails_is_withdrawn_and_put_back
            traffic_that_succeeds_puts_the_canary_off
            a_withdrawn_component_ends_in_order
        }
    }
}
