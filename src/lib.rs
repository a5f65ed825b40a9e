//! windlass renders charts and installs, upgrades, tracks and rolls back releases on Kubernetes.
//!
//! The library is built in floors; a module imports only from a lower one:
//!
//! - floor 4, [`action`]: what a user can ask for; the only module that joins the others.
//! - floor 3, [`engine`] (chart + values → text), [`release`] (records), [`cluster`] (the API).
//! - floor 2, [`chart`]: a chart as data, and its values laid over its defaults.
//! - floor 1, [`values`] (one tree, no chart) and [`manifest`] (rendered text as objects).
//! - floor 0, [`yaml`]: plain data and its text.
//!
//! The terminal (`cli`) stands on top of all of them and is part of the binary only.

pub mod action;
pub mod chart;
pub mod cluster;
pub mod engine;
pub mod manifest;
pub mod release;
pub mod values;
pub mod yaml;
