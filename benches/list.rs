//! Times `list` beside real Helm's on many releases: 500, of 10 revisions each.
//!
//! `cargo bench --bench list` starts the control plane of the cluster tests, or takes the one that
//! `WINDLASS_TEST_KUBECONFIG` names; benches/README.md keeps the last table.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "support/cpu.rs"]
mod cpu;
#[expect(dead_code, unused_imports, reason = "the tests' harness is used in part")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::{TryStreamExt, stream};
use windlass::cluster::{Cluster, Connection};
use windlass::release::{Kubernetes, RecordKind, Release, Status, Store};

use cpu::children_cpu;
use support::{Namespace, Output, WINDLASS, plane, tool};

const RELEASES: usize = 500;
const REVISIONS: i64 = 10;
/// A row is the mean of so many runs.
const RUNS: u32 = 5;
/// How many records are made at once.
const CONCURRENCY: usize = 16;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts/data-pipeline");

fn main() {
    let namespace = Namespace::new("many");
    fill(&namespace);
    println!("{RELEASES} releases of {REVISIONS} revisions; mean of {RUNS} runs, milliseconds");
    println!("| command | windlass CPU | Helm CPU | ratio | windlass wall | Helm wall | ratio |");
    println!("|---|---|---|---|---|---|---|");
    row(&namespace, &["list"]);
    row(&namespace, &["list", "--all-namespaces"]);
    row(&namespace, &["list", "--max", "0"]);
    row(&namespace, &["list", "--filter", "^release-7$"]);
    row(&namespace, &["history", "release-7"]);
}

/// Makes the records, as copies of those of one release.
fn fill(namespace: &Namespace) {
    namespace.windlass(["install", "release", SEED]).success();
    let runtime = tokio::runtime::Runtime::new().expect("an asynchronous runtime can be started");
    runtime.block_on(async {
        let connection = Connection {
            kubeconfig: vec![plane().kubeconfig().to_owned()],
            namespace: Some(namespace.name().to_owned()),
            ..Connection::default()
        };
        let cluster = Cluster::connect(&connection).await.expect("the plane has a kubeconfig");
        let driver = Kubernetes::new(cluster.client().clone(), RecordKind::Secret);
        let store = Store::new(driver, namespace.name());
        let seed = store.last("release").await.expect("the API server answers");
        let seed = seed.expect("it was installed just now");
        let all = (0..RELEASES).flat_map(|release| (1..=REVISIONS).map(move |one| (release, one)));
        let made =
            stream::iter(all.map(Ok)).try_for_each_concurrent(CONCURRENCY, |(release, one)| {
                let mut record = copy(&seed, release, one);
                let store = &store;
                async move { store.create(&mut record).await }
            });
        made.await.expect("records can be made");
    });
}

fn copy(seed: &Release, release: usize, revision: i64) -> Release {
    let mut copy = Release::new(&format!("release-{release}"), &seed.namespace, revision);
    copy.info.clone_from(&seed.info);
    copy.info.status = if revision == REVISIONS { Status::Deployed } else { Status::Superseded };
    copy.chart.clone_from(&seed.chart);
    copy.manifest.clone_from(&seed.manifest);
    copy.apply_method = seed.apply_method;
    copy
}

fn row(namespace: &Namespace, args: &[&str]) {
    let ours = measure(namespace, Path::new(WINDLASS), args);
    let theirs = measure(namespace, &tool("helm"), args);
    assert_eq!(ours.lines, theirs.lines, "both print the same number of lines: {args:?}");
    println!(
        "| `{}` | {:.0} | {:.0} | {:.1} | {:.0} | {:.0} | {:.1} |",
        args.join(" "),
        ours.cpu,
        theirs.cpu,
        theirs.cpu / ours.cpu.max(0.01),
        ours.wall,
        theirs.wall,
        theirs.wall / ours.wall,
    );
}

/// Milliseconds of one run, and how much it printed.
struct Cost {
    cpu: f64,
    wall: f64,
    lines: usize,
}

fn measure(namespace: &Namespace, program: &Path, args: &[&str]) -> Cost {
    let run = || {
        let mut command = namespace.command(program);
        command.args(args);
        Output::of(command).success().stdout.lines().count()
    };
    let lines = run();
    let (cpu, started) = (children_cpu(), Instant::now());
    for _ in 0..RUNS {
        run();
    }
    let per_run = |total: Duration| total.as_secs_f64() * 1000.0 / f64::from(RUNS);
    Cost { cpu: per_run(children_cpu() - cpu), wall: per_run(started.elapsed()), lines }
}
