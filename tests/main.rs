//! Millgate from outside: the real binary on real sockets, judged by what a browser, a program and the app behind see.
//!
//! One binary, one file per theme. `support` holds the typed cast: `Gate`, `Recorder`, `Visitor`, `Api`, `RawClient`.
//! Every wait has a deadline and no test asserts a time: a deadline passes only when something never happens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// A test binary exports nothing, so `pub` here means "for the other test modules".
#![allow(unreachable_pub)]

mod support;

mod account;
mod account_mail;
mod account_reset;
mod account_sessions;
mod acme;
mod addressing;
mod api;
mod app_moves;
mod approval;
mod audit;
mod cast;
mod cast_people;
mod ceilings;
mod checklist;
mod checklist_lines;
mod classifier;
mod command_line;
mod console_api;
mod console_app_pages;
mod console_apps;
mod console_fares;
mod console_first_run;
mod console_german;
mod console_pages;
mod console_sign_in;
mod console_stale_forms;
mod demo;
mod devices;
mod domain_rule;
mod entering;
mod events;
mod evil_upstream;
mod federated;
mod federated_attacks;
mod federated_linking;
mod federated_rules;
mod federated_trouble;
mod figures;
mod forward_auth;
mod forward_auth_proxies;
mod forwarding;
mod guard;
mod guard_heads;
mod h2_attacks;
mod h2_conformance;
mod h2_conformance_streams;
mod h2_rules;
mod h2_same;
mod h2_upstreams;
mod hand_over;
mod hand_over_rules;
mod headers;
mod health_checks;
mod health_lists;
mod identity;
mod invites;
mod keys;
mod limits;
mod live;
mod mail;
mod mail_real;
mod members;
mod metrics;
mod modes;
mod name_question;
mod neighbors;
mod openapi;
mod operations;
mod packaging;
mod pages;
mod people_api;
mod people_api_rules;
mod people_invite_links;
mod people_invites;
mod people_usernames;
mod permissions;
mod power_loss;
mod readme;
mod revocation;
mod roles;
mod routing;
mod same_bytes;
mod schemathesis;
mod sessions;
mod smuggling;
mod store_harm;
mod take_over;
mod tidy;
mod tls_files;
mod tls_internal;
mod tls_listeners;
mod workspace_leaks;
mod workspaces;
