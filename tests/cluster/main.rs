//! Runs windlass against a real control plane, one file per action; `tests/README.md` says how to add a case.

#[path = "../support/mod.rs"]
mod support;

mod plane;
