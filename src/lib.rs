#![doc = "Millgate."]
pub mod directory;
pub mod domain;
pub mod handoff;
pub mod ledger;
pub mod policy;
pub mod store;
pub mod tokens;
