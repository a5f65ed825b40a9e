//! The harness of the cluster tests: one cluster for the run, a namespace for each test, programs in a folder of their own.
//! The tests of the command line need no cluster and take `sandbox.rs` alone.

#![expect(clippy::panic, reason = "a harness fails tests by panicking")]

mod api;
mod certificates;
mod launch;
mod namespace;
mod plane;
mod processes;
mod sandbox;
mod tools;

pub(crate) use api::eventually;
pub(crate) use namespace::{Elsewhere, Namespace};
pub(crate) use plane::{plane, tool};
pub(crate) use sandbox::{Output, WINDLASS};
pub(crate) use tools::variable;
