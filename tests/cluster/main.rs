//! Runs windlass against a real control plane, one file per action; `tests/README.md` says how to add a case.

#![expect(clippy::panic, reason = "tests fail by panicking, their own functions too")]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod credentials;
mod interop;
mod lock;
mod plane;
mod readme;
mod refusals;
mod rolling;
mod seed;
