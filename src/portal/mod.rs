//! Control plane HTTP: pages for visitors, the API for programs.

pub mod api;
