//! The demo's sample upstream.
