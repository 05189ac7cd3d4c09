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
}
