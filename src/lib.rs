//! Millgate stands at the gate of a network and lets the right people through. This page is the map.
//!
//! # Floors
//!
//! A module imports only from floors below its own; `tests/tidy.rs` checks it.
//!
//! | floor | modules | what they do |
//! | --- | --- | --- |
//! | roof | [`config`], [`run`], [`control`], `main` | read the configuration, put the parts together, start, reload, stop |
//! | 4 | [`edge`], [`portal`], [`sample`] | the data plane; the pages, the console (`portal::console`) and the API; the demo's sample app |
//! | 3 | [`desk`] | the verbs: sign up, sign in, invite, end a session, change an app |
//! | 2 | [`ledger`], [`passwords`], [`throttle`], [`tokens`], [`mail`], [`federation`], [`tls`], [`upstreams`] | the one writer; hashing within bounds; limits on guessing; what we sign; what is sent, and how it gets out; sign-in by identity providers; which certificates are shown; how upstreams are reached and how they fare |
//! | 1 | [`store`], [`directory`], [`handoff`], [`observe`] | durable truth; its live view; the counter between the planes; logs |
//! | 0 | [`domain`], [`policy`] | the nouns; the decision, pure |
//!
//! # Life of a request
//!
//! `edge::acceptor` hands a connection to the worker that has the fewest. `edge::wire` reads the head and refuses what
//! two readers could take differently. `edge::admission` finds the app by host, port and path, the session by its
//! cookie, and asks [`policy::decide`]. `Forward`: `edge::forward` consumes the permit, `edge::request_out` removes what
//! the visitor claimed and sets what the gateway knows, `edge::pump` streams both ways. Anything else is a short
//! answer, or a page that the control plane makes ([`handoff`]).
//!
//! # Life of a change
//!
//! A page or the API calls a verb of [`desk`], which proposes changes with guards to the [`ledger`]. The ledger makes a
//! batch durable with one synchronization ([`store`]), applies it to the [`directory`], has every worker judge its open
//! exchanges anew, and only then answers: durable, then visible, then enforced, then answered. The entry of the audit
//! record rides in the same proposal: what is kept is recorded, and nothing else is.
//!
//! # What does not happen here
//!
//! - No request reaches an upstream without a `Permit`: forwarding takes one by value and only `decide` makes them.
//! - Nothing on the hot path (`edge`, `directory`, `policy`, `domain`) imports `ledger`, `store`, `desk` or `portal`.
//! - From facts to verdict there is no await, no store and no lock.
//! - Nothing below the roof reads the configuration or the environment; nothing but `domain::time` asks for the time.
//! - No secret is kept in plain text: tokens as SHA-256, passwords as Argon2id.
//! - No `unsafe`, and no panic that one visitor could provoke for all.
//!
//! # Where this differs from the first design
//!
//! - HTTP/1.1 is read and written by an engine of our own (`edge::wire`, `edge::pump`) on `httparse`, not by hyper: a gate
//!   must judge the bytes that arrive, and hyper repairs some of what it reads before one can look (both lengths, bare
//!   line feeds, doubled codings). hyper, by way of axum, serves the sample app only.
//! - HTTP/2 (`edge::http2`) has its frames from the `h2` crate, which repairs nothing that could be read in two ways: a
//!   stream becomes one more kind of socket to that engine, and its head is judged by the same rules. After a revocation a
//!   client of HTTP/2 has to prove by a PONG that it has read what was sent before, or loses its connection.
//! - `Journal` has a second trait beside it, `Archive`, for reads of what is too cold for memory.
//! - Cookies of devices that are not recorded yet are keyed anew at every start and void once any device is deleted,
//!   so that a deleted device never comes back as itself and no tombstones are kept.
//! - Of an `[[app]]` in the configuration, every key that is written there follows the file (but for the access mode and
//!   the master password); what is not written there belongs to the API. So a title set by the API survives a restart.
//! - Links are made when they are needed: the code of a mail is minted when it is sent, so that no secret waits in the
//!   queue, and an invitation has one code that was handed out and one that was mailed.
//! - One sign-in per workspace needs no central place: a browser shows by the other app's own cookie that it is signed in
//!   there. Which app to ask is a hint kept in memory, and no proof of anything.
//! - The same person signing in again in the same browser within half a minute keeps the session from just before beside
//!   the new one: tabs that come back from a provider together must not end each other's first page.
//! - People without an address have a user name; `$USER` is then that name.
//! - The console is an app as far as sign-in goes (`AppId::CONSOLE`, invite-only, in the account realm): members sign in
//!   by the same pages and have sessions of the same kind. It has no upstream; `portal::console` answers.
//! - Who acts is task-local (`desk::acting`), set where the API, the console or a page takes a request: no verb is
//!   handed it for the record, and outside of a request it is the machine.
//! - Entries of the audit record are chained when the ledger's batch is judged (`store::chain`), not when a verb
//!   proposes them: only then is it known which of them are kept, and in what order.
//! - `decide` takes no request facts yet: method and path come with areas.
//!
//! # Reading order
//!
//! [`policy`], [`domain::change`], [`directory`], [`ledger`], `edge::connection`, `edge::forward`, [`desk`], [`run`].

pub mod config;
pub mod control;
pub mod desk;
pub mod directory;
pub mod domain;
pub mod edge;
pub mod federation;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod handoff;
pub mod ledger;
pub mod mail;
pub mod observe;
pub mod passwords;
pub mod policy;
pub mod portal;
pub mod run;
pub mod sample;
pub mod store;
pub mod throttle;
pub mod tls;
pub mod tokens;
pub mod upstreams;
