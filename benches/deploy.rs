//! Times installs and upgrades of many objects beside real Helm's, near the API server and far from it.
//!
//! `cargo bench --bench deploy` starts the control plane of the cluster tests, or takes the one that
//! `WINDLASS_TEST_KUBECONFIG` names; with a number of objects behind `--` it is another number, and
//! with `requests` it prints every request of windlass in place of times.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints what it measured, and stops when it cannot"
)]

#[path = "support/cpu.rs"]
mod cpu;
#[expect(dead_code, unused_imports, reason = "the tests' proxy is used in part")]
#[path = "../tests/cluster/proxy/mod.rs"]
mod proxy;
#[expect(dead_code, unused_imports, reason = "the tests' harness is used in part")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cpu::children_cpu;
use proxy::{Fault, Proxy, When};
use support::{Namespace, Output, WINDLASS};

/// How many objects the chart has unless the command line says so.
const OBJECTS: usize = 200;
/// A row is the mean of so many runs.
const RUNS: u32 = 3;
/// The latency of a distant API server, of each request.
const LATENCY: Duration = Duration::from_millis(20);

const CHART: &str = "apiVersion: v2\nname: many\nversion: 1.0.0\n";

/// Five kinds in turn, so that the order of kinds is part of what is measured.
const TEMPLATE: &str = r#"
{{- range $i := until (int .Values.objects) }}
{{- $kind := mod $i 5 }}
---
{{- if eq $kind 0 }}
apiVersion: v1
kind: ConfigMap
metadata: {name: many-{{ $i }}}
data: {color: {{ $.Values.color }}, text: {{ repeat 40 "some text " | quote }}}
{{- else if eq $kind 1 }}
apiVersion: v1
kind: Secret
metadata: {name: many-{{ $i }}}
stringData: {color: {{ $.Values.color }}}
{{- else if eq $kind 2 }}
apiVersion: v1
kind: ServiceAccount
metadata: {name: many-{{ $i }}, labels: {color: {{ $.Values.color }}}}
{{- else if eq $kind 3 }}
apiVersion: v1
kind: Service
metadata: {name: many-{{ $i }}, labels: {color: {{ $.Values.color }}}}
spec: {selector: {app: many}, ports: [{name: http, port: 80, targetPort: 8080}]}
{{- else }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: many-{{ $i }}, labels: {color: {{ $.Values.color }}}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
{{- end }}
{{- end }}
"#;

#[derive(Clone, Copy)]
enum Tool {
    Windlass,
    Helm,
}

fn main() {
    let number = std::env::args().find_map(|argument| argument.parse().ok());
    let objects = number.unwrap_or(OBJECTS);
    // The first to ask starts the control plane.
    support::plane();
    let proxy = Proxy::new();
    if std::env::args().any(|argument| argument == "requests") {
        return requests(&proxy, objects);
    }
    println!("{objects} objects; mean of {RUNS} runs, milliseconds");
    println!("| operation | latency | windlass | Helm | ratio | windlass CPU | Helm CPU |");
    println!("|---|---|---|---|---|---|---|");
    for latency in [Duration::ZERO, LATENCY] {
        proxy.clear();
        if !latency.is_zero() {
            proxy.fault(When::any(), Fault::Delay(latency));
        }
        let ours = measure(&proxy, Tool::Windlass, objects, latency);
        let theirs = measure(&proxy, Tool::Helm, objects, latency);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            println!(
                "| {} | {} | {:.0} | {:.0} | {:.1} | {:.0} | {:.0} |",
                ours.operation,
                latency.as_millis(),
                ours.wall,
                theirs.wall,
                theirs.wall / ours.wall,
                ours.cpu,
                theirs.cpu,
            );
        }
    }
}

/// Prints the requests of an install and of an upgrade that changes nothing, in the order in which
/// they came; what comes within one latency of another does not wait for its answer.
fn requests(proxy: &Proxy, objects: usize) {
    proxy.fault(When::any(), Fault::Delay(LATENCY));
    let namespace = namespace(objects);
    for operation in ["install", "upgrade"] {
        proxy.forget();
        Output::of(proxy.windlass(&namespace, &[operation, "many", "many"])).success();
        let requests = proxy.requests();
        println!("{operation}: {} requests", requests.len());
        let started = requests.first().map_or(Duration::ZERO, |first| first.at);
        for request in &requests {
            println!("{:6} ms  {request}", (request.at - started).as_millis());
        }
    }
}

fn namespace(objects: usize) -> Namespace {
    let namespace = Namespace::new("deploy");
    namespace.sandbox().write("many/Chart.yaml", CHART);
    namespace.sandbox().write("many/values.yaml", &format!("objects: {objects}\ncolor: red\n"));
    namespace.sandbox().write("many/templates/objects.yaml", TEMPLATE);
    namespace
}

/// Milliseconds of one run.
struct Cost {
    operation: &'static str,
    wall: f64,
    cpu: f64,
}

/// Measures each operation on releases of its own; without latency the API server is asked directly.
fn measure(proxy: &Proxy, tool: Tool, objects: usize, latency: Duration) -> [Cost; 3] {
    let namespace = namespace(objects);
    let command = |args: &[&str]| -> Command {
        let program = match tool {
            Tool::Windlass => PathBuf::from(WINDLASS),
            Tool::Helm => support::tool("helm"),
        };
        let mut command = if latency.is_zero() {
            namespace.command(&program)
        } else {
            proxy.command(&namespace, Path::new(&program))
        };
        command.args(args);
        command
    };
    let run = |args: &[&str]| drop(Output::of(command(args)).success());
    let uninstall = || drop(namespace.windlass(["uninstall", "many", "--wait"]).success());
    let install = cost("install", || run(&["install", "many", "many"]), uninstall);
    run(&["install", "many", "many"]);
    let unchanged =
        cost("upgrade that changes nothing", || run(&["upgrade", "many", "many"]), || {});
    let color = std::cell::Cell::new(0);
    let changed = cost(
        "upgrade of every object",
        || {
            color.set(color.get() + 1);
            run(&["upgrade", "many", "many", "--set", &format!("color=c{}", color.get())]);
        },
        || {},
    );
    [install, unchanged, changed]
}

/// Times an operation; what comes after each run is not counted.
fn cost(operation: &'static str, run: impl Fn(), after: impl Fn()) -> Cost {
    let (mut wall, mut cpu) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..RUNS {
        let (before, started) = (children_cpu(), Instant::now());
        run();
        wall += started.elapsed();
        cpu += children_cpu() - before;
        after();
    }
    let per_run = |total: Duration| total.as_secs_f64() * 1000.0 / f64::from(RUNS);
    Cost { operation, wall: per_run(wall), cpu: per_run(cpu) }
}
