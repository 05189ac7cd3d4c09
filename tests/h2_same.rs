//! What holds over HTTP/1.1 holds over HTTP/2: the very same tests, each in streams of one connection that all visitors
//! of a gate share (PITFALLS T1 to T8, T20, T23, T24, T26).

/// Runs tests of other modules anew.
macro_rules! over_http2 {
    ($($module:ident { $($test:ident)* })*) => {$(
        mod $module {
            $(#[test]
            fn $test() {
                crate::support::over_http2(crate::$module::$test);
            })*
        }
    )*};
}

over_http2! {
    revocation {
        deleting_a_session_cuts_its_streams_and_no_others
        deleting_a_user_cuts_all_their_streams_on_this_app_and_no_others
        suspending_a_user_or_signing_them_out_cuts_them_everywhere_and_nobody_else
        signing_out_cuts_this_browser_and_no_other
        a_stricter_mode_cuts_the_app_and_no_other
        a_new_master_password_cuts_the_app_and_no_other
        switching_an_app_off_cuts_it_and_no_other
        deleting_an_app_cuts_it_and_no_other
        a_setting_that_concerns_nobody_cuts_nobody
        deleting_a_device_of_a_public_app_cuts_its_streams_and_no_others
        a_public_device_keeps_its_streams_when_the_mode_still_lets_it_through
        a_websocket_whose_101_is_still_on_its_way_is_never_switched
        a_paused_client_is_cut_at_the_upstream_too
        what_of_an_upload_the_upstream_has_not_taken_is_thrown_away
        a_kept_alive_connection_is_judged_anew_after_a_revocation
        a_sign_in_that_is_half_done_when_its_user_is_deleted_gives_no_session
        hundreds_of_sockets_of_one_user_are_all_cut
    }
    classifier {
        forms_from_elsewhere_are_refused
        the_classifier_tells_a_navigation_from_everything_else
        requests_that_are_no_navigation_are_never_redirected
        a_post_that_meets_no_session_is_never_turned_into_a_get
        ten_tabs_sign_in_at_once_and_each_lands_on_its_own_page
        a_browser_without_cookies_is_told_so_and_not_sent_round_in_circles
        addresses_of_every_kind_work
    }
    modes {
        every_cell_of_the_truth_table_holds_for_fetch_and_websocket
        every_switch_of_modes_bites_on_live_sessions_and_open_websockets
        turning_stricter_and_back_keeps_users_and_sessions
        a_new_master_password_voids_the_older_proof_and_the_new_one_opens
        a_user_of_another_app_registers_at_first_sign_in_but_never_in_invite_only
        a_session_of_one_app_never_opens_another
    }
    headers {
        no_spelling_of_an_identity_header_arrives_in_any_mode
        a_stranger_cannot_say_where_a_request_comes_from
        a_trusted_proxy_is_believed_and_its_word_reaches_the_sessions_list
        the_standard_forwarded_header_is_there_when_asked_for
        the_upstream_sees_the_visitors_host_or_its_own
        authorization_passes_untouched
        the_gateways_cookies_never_reach_an_upstream_and_others_do
        an_upstream_cannot_set_the_gateways_cookies
        answers_of_protected_apps_are_private_to_caches
    }
    identity {
        the_name_of_the_plain_copy_can_be_chosen_and_is_guarded_too
        a_user_is_named_in_every_configured_way
        without_presets_only_the_own_names_are_set
        user_info_says_who_in_the_words_of_oidc
        a_device_has_no_email_and_its_own_id_as_subject
        the_identity_token_is_signed_by_the_published_key_for_this_app
        the_identity_token_can_be_switched_off_and_is_still_guarded
        any_name_works_over_http_and_websocket_in_ascii
        an_address_outside_ascii_is_percent_encoded
    }
    entering {
        a_stranger_signs_up_and_lands_on_the_page_that_was_asked_for
        signing_in_and_out_works_and_ends_the_session_on_the_server
        the_master_password_alone_opens_a_master_password_app
        both_proofs_can_be_given_on_one_page_or_one_after_the_other
        an_uninvited_user_is_told_so
        return_to_is_always_a_path_on_this_app
        me_tells_the_front_end_who_is_there
        an_app_that_is_switched_off_says_so_with_retry_after
    }
    routing {
        an_unknown_host_reaches_no_app_and_hears_of_none
        nothing_but_host_and_path_choose_the_app
        no_agent_method_or_path_opens_a_closed_app
        the_path_that_is_judged_is_the_path_that_is_sent
        dot_segments_do_not_leave_a_path_prefix
        no_spelling_of_the_reserved_prefix_reaches_an_upstream
    }
    evil_upstream {
        a_wrong_head_is_a_502_and_touches_nobody_else
        a_wrong_head_on_a_lasting_connection_poisons_no_pool
        what_follows_an_answer_never_reaches_the_next_visitor
        a_body_behind_the_answer_to_head_never_reaches_the_next_visitor
        a_body_that_breaks_off_is_aborted_and_not_ended_politely
        a_head_without_end_is_a_502
        a_stale_pooled_connection_costs_a_retry_and_no_error
        connections_that_the_upstream_closed_while_idle_are_not_used
        a_post_is_never_sent_twice
        an_upstream_that_is_down_is_a_502_that_names_the_app_and_no_secret
        an_upstream_that_says_nothing_is_a_504
        an_upstream_that_swallows_connections_is_a_504
        a_broken_upstream_harms_no_other_app
        trouble_before_the_head_is_a_page_for_people_and_a_problem_for_programs
        an_upstream_may_answer_before_the_request_is_whole
    }
    forwarding {
        head_gets_the_headers_of_get_and_no_body
        answers_without_body_leave_the_connection_usable
        every_method_and_status_passes
        bodies_pass_with_a_length_and_in_chunks_in_both_directions
        a_body_until_close_is_passed_whole
        expect_continue_lets_the_body_come
        expect_continue_of_a_stranger_is_answered_without_taking_the_body
        early_hints_pass_or_vanish_but_never_confuse
        events_arrive_one_by_one_as_they_are_said
        an_upload_reaches_the_upstream_as_it_is_sent
        an_upload_that_the_visitor_gives_up_ends_at_the_upstream
        a_long_poll_waits_as_long_as_it_likes
        large_bodies_leave_memory_flat
        a_visitor_who_does_not_read_slows_the_upstream_and_fills_no_memory
        a_websocket_ends_when_either_side_ends
        a_visitor_who_leaves_is_noticed_behind_bytes_that_came_early
    }
    sessions {
        two_different_cookies_of_our_name_mean_nobody_and_dead_ones_are_cleared
        signing_in_renews_the_token_and_a_planted_one_stays_dead
        the_cookie_is_as_strict_as_it_can_be
        over_tls_the_cookie_is_secure_and_bound_to_the_host
        a_session_ends_at_its_idle_or_absolute_limit_when_the_app_has_one
        a_session_in_use_outlives_a_short_idle_limit
    }
    devices {
        a_device_is_the_same_for_as_long_as_it_keeps_its_cookie
        a_device_gets_its_cookie_with_the_first_navigation_and_not_with_other_requests
        strangers_who_keep_no_cookies_make_nothing_grow
        a_device_that_comes_back_is_listed_with_what_is_known_of_it
        a_forged_device_cookie_is_worth_nothing
        a_device_cookie_of_one_app_is_nobody_at_another
        the_master_password_keeps_the_devices_id
        the_number_of_devices_has_a_limit_and_visitors_pass_beyond_it
        an_answer_with_a_device_cookie_is_for_nobody_else
    }
    addressing {
        an_upstream_on_a_unix_socket_works
        an_upstream_over_tls_is_verified_against_its_own_ca
        a_port_of_its_own_is_opened_for_an_app
        a_path_prefix_is_stripped_and_mended_by_default
        a_path_prefix_is_kept_when_asked_for
        a_prefix_is_a_path_segment_and_not_a_beginning_of_letters
        an_app_at_a_prefix_has_its_own_sign_in_below_it
    }
    limits {
        a_plant_behind_one_address_is_not_locked_out_by_one_guesser
        timers_of_idle_connections_do_not_end_streams
        no_secret_reaches_the_log_at_any_level
        the_access_log_tells_who_asked_for_what_and_what_became_of_it
    }
    smuggling {
        one_hosts_connection_is_not_another_hosts_pass
        a_body_that_is_not_forwarded_is_never_read_as_a_request
        bytes_sent_before_the_101_are_held_until_it_comes
        an_upgrade_asked_by_post_or_with_a_body_switches_nothing
    }
    operations {
        health_and_readiness_answer_on_any_host
        sigterm_finishes_requests_and_ends_streams_last
        sigterm_does_not_wait_for_ever
        a_reload_takes_up_changes_and_drops_no_stream
        reloads_under_load_fail_no_request
        sigterm_waits_for_requests_and_not_for_websockets
    }
}
