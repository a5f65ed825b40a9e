//! How long a large Go template takes to parse and to render; prints the best of many runs.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::{Duration, Instant};

use windlass::engine::gotemplate::on_large_stack;

#[expect(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests' world is used in part"
)]
#[path = "../tests/gotemplate/world.rs"]
mod world;

/// 1,117 lines: Go 1.26 parses it in 1.3 ms and renders it in 0.74 ms.
const TEMPLATE: &str = include_str!("data/large.tmpl");
/// Enough that the best run is undisturbed, and few enough for the work that one rendering may do.
const RUNS: usize = 1_000;
const DATA: &str = include_str!("data/large.json");

fn main() {
    on_large_stack(|| {
        let data = serde_json::from_str(DATA).expect("the data is JSON");
        let parse = best(|| {
            world::World::parsed(TEMPLATE).expect("it is well-formed");
        });
        let world = world::World::parsed(TEMPLATE).expect("it is well-formed");
        let root = world::from_json(&data);
        let render = best(|| {
            world.render(root.clone()).expect("it renders");
        });
        println!("parse {parse:?}, render {render:?}");
    })
    .expect("a thread is there");
}

fn best(mut work: impl FnMut()) -> Duration {
    (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}
