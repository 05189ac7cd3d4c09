//! Millgate from outside: the real binary on real sockets, judged by what a browser, a program and the app behind see.
//!
//! One binary, one file per theme. `support` holds the typed cast: `Gate`, `Recorder`, `Visitor`, `Api`, `RawClient`.
//! Every wait has a deadline and no test asserts a time: a deadline passes only when something never happens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// A test binary exports nothing, so `pub` here means "for the other test modules".
#![allow(unreachable_pub)]

mod support;

mod addressing;
mod api;
mod cast;
mod classifier;
mod command_line;
mod demo;
mod devices;
mod entering;
mod evil_upstream;
mod forwarding;
mod guard;
mod guard_heads;
mod headers;
mod identity;
mod invites;
mod limits;
mod mail_real;
mod modes;
mod operations;
mod pages;
mod power_loss;
mod readme;
mod revocation;
mod routing;
mod sessions;
mod smuggling;
mod store_harm;
mod tidy;
mod tls_files;
mod tls_internal;
mod tls_listeners;
