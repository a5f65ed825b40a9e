//! Runs windlass against a real control plane, one file per action; `tests/README.md` says how to add a case.

#![expect(clippy::panic, reason = "tests fail by panicking, their own functions too")]

#[path = "../support/mod.rs"]
mod support;

mod admission;
mod apply;
mod client_side;
mod crds;
mod credentials;
mod drift;
mod faults;
mod hints;
mod hooks;
mod incident;
mod interop;
mod kills;
mod lock;
mod outcome;
mod plan;
mod plane;
mod preflight;
mod proxy;
mod race;
mod readme;
mod records;
mod recover;
mod refusals;
mod report;
mod rolling;
mod seed;
mod snapshot;
mod tree;
mod uninstall;
mod verdicts;
