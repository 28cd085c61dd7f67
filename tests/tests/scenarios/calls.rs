//! How calls behave, sentence by sentence, on every way from a caller to a worker.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod cancellation;
mod context;
mod faults;
mod flow;
mod instances;
mod leaks;
mod limits;
mod overload;
mod request_faults;
mod requests;
mod shutdown;

dynamo_rig::suite! {
    in calls;
    [
        direct = Setup::Direct,
        memory = Setup::Memory,
        tcp_msgpack = Setup::Tcp(dynamo_sdk::config::Codec::MsgPack),
        tcp_json = Setup::Tcp(dynamo_sdk::config::Codec::Json),
        nats = Setup::Nats,
    ];
    {
        answers {
            a_request_has_one_response
            a_bare_value_and_nothing_are_responses
            an_error_keeps_its_class_reason_message_public_detail_and_cause
            a_stream_has_no_one_or_ten_thousand_items
            a_fallible_stream_ends_with_its_error
            a_stream_that_refuses_to_start_says_why
            a_stream_may_borrow_from_the_component
            items_and_requests_of_two_mebibytes_arrive
            a_slow_reader_holds_the_producer_back
            a_finished_stream_says_so_a_hundred_times
        }
        context {
            a_handler_sees_id_metadata_and_deadline
            metadata_trace_and_request_id_reach_the_third_hop
            a_trace_that_is_set_reaches_the_third_hop
            a_detached_call_inherits_nothing
        }
        faults {
            a_panic_is_an_error_and_the_worker_goes_on
            an_undecodable_request_is_refused_and_safe_to_retry
            an_undecodable_item_is_named_by_its_number
            an_item_that_cannot_be_encoded_ends_the_stream_with_an_error
            a_request_that_cannot_be_encoded_is_not_sent
            a_request_over_the_limit_is_not_sent
        }
        cancellation {
            dropping_a_call_before_its_first_item_ends_the_handler
            dropping_a_call_before_its_stream_starts_ends_the_handler
            dropping_a_stream_midway_ends_the_handler
            dropping_a_call_at_once_leaves_no_handler
            cancellation_reaches_the_third_hop
            a_detached_call_outlives_the_context_it_was_made_in
            a_stop_lets_a_handler_with_context_finish
            a_stop_ends_a_handler_without_context
            a_kill_ends_a_handler_that_ignores_everything
        }
        limits {
            the_longest_duration_means_never
            a_deadline_kills_the_handler_and_says_so
            a_deadline_ends_a_stream_midway
            a_deadline_reaches_nested_calls
            the_first_item_has_a_limit
            silence_has_a_limit
            limits_that_are_off_do_not_end_a_call
        }
        instances {
            a_call_without_instances_fails_after_its_wait
            a_call_waits_for_an_instance_that_comes
            a_call_can_name_its_instance
            instances_over_another_transport_are_not_picked
            waiting_for_instances_succeeds_or_says_what_is_missing
            a_call_moves_on_when_an_instance_is_gone
            a_call_moves_on_when_an_instance_is_draining
            no_call_fails_while_one_of_two_workers_leaves
            a_pending_call_fails_when_its_instance_leaves_discovery
            equal_endpoint_names_never_meet
        }
        overload {
            one_call_too_many_is_refused_and_the_others_go_on
            the_count_comes_back_however_a_call_ends
            a_full_worker_is_passed_over
        }
        shutdown {
            a_stream_in_flight_ends_with_its_end_mark
            the_record_goes_first_and_new_calls_are_refused
            a_leftover_call_is_stopped_then_killed_and_told
            dropping_the_handle_takes_the_component_away
            serving_a_component_twice_is_a_conflict_and_changes_nothing
            a_runtime_that_shuts_down_serves_nothing_new
        }
        requests {
            each_request_is_answered_before_the_next_is_made
            many_requests_have_one_response
            no_request_at_all_is_a_stream_of_them
            ten_thousand_requests_have_ten_thousand_items
            a_request_of_two_mebibytes_arrives
            the_end_of_the_requests_leaves_the_response_alone
            a_response_may_end_before_the_requests
            a_handler_may_drop_its_requests_and_answer_on
            a_handler_that_does_not_read_holds_its_caller_back
            a_handler_that_does_not_read_holds_the_first_of_two_hops_back
            a_slow_reader_holds_the_producer_behind_two_hops_back
            dropping_the_call_ends_the_requests_and_the_handler
            a_stop_is_the_end_of_the_requests_on_both_sides
            requests_move_on_with_their_call_until_one_is_sent
            a_call_whose_requests_were_read_is_not_repeated
            the_requests_are_part_of_the_call
            calls_with_requests_leave_nothing
        }
        request_faults {
            a_request_that_cannot_be_decoded_ends_the_call
            a_request_that_cannot_be_encoded_ends_the_call
            a_request_over_the_limit_is_not_sent_and_ends_the_call
            requests_that_break_off_are_the_error_of_the_call
            a_call_of_the_wrong_shape_is_refused
            a_handler_that_is_mute_is_late_and_a_caller_that_is_not_asked_is_not
            a_panic_in_the_requests_is_the_error_of_the_call
        }
        leaks {
            calls_that_end_in_every_way_leave_nothing
        }
    }
}
