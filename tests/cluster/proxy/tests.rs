//! The proxy itself, against the real API server: what it forwards, what it breaks, and when.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Fault, Moment, Proxy, Reply, Request, Signal, When};
use crate::support::{Namespace, Output, eventually};

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {color: {{ .Values.color }}}
";

fn chart(namespace: &Namespace) {
    namespace.sandbox().write("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    namespace.sandbox().write("app/values.yaml", "color: blue\n");
    namespace.sandbox().write("app/templates/config.yaml", CONFIG);
}

/// Opens a connection and sends a request.
fn open(proxy: &Proxy, method: &str, path: &str, headers: &str, body: &str) -> TcpStream {
    let address = proxy.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: proxy\r\nconnection: close\r\n{headers}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .expect("the proxy reads");
    stream
}

/// Sends a request, and returns everything that comes until the connection ends.
fn ask(proxy: &Proxy, method: &str, path: &str, body: &str) -> String {
    let mut answer = Vec::new();
    open(proxy, method, path, "", body).read_to_end(&mut answer).expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

fn create(proxy: &Proxy, namespace: &Namespace, name: &str) -> String {
    let path = format!("/api/v1/namespaces/{}/configmaps", namespace.name());
    ask(proxy, "POST", &path, &format!(r#"{{"metadata": {{"name": "{name}"}}}}"#))
}

#[test]
fn windlass_and_helm_work_through_the_proxy_and_their_requests_are_recorded() {
    let (namespace, proxy) = (Namespace::new("proxy"), Proxy::new());
    chart(&namespace);
    Output::of(proxy.windlass(&namespace, &["install", "app", "app", "--wait"])).success();
    let requests = proxy.requests();
    assert!(requests.iter().all(|request| request.user_agent.starts_with("windlass/")));
    assert!(requests.iter().all(|request| request.told == request.answered));
    let numbers: Vec<_> = requests.iter().map(|request| request.number).collect();
    assert_eq!(numbers, (1..=requests.len()).collect::<Vec<_>>());
    assert!(requests.is_sorted_by_key(|request| request.at));
    // The lock is renewed whenever its time comes.
    let writes: Vec<_> = proxy.writes().into_iter().filter(|write| write.method != "PUT").collect();
    let lease = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", namespace.name());
    let secrets = format!("/api/v1/namespaces/{}/secrets", namespace.name());
    for (write, path) in writes.iter().zip([&lease, &secrets]) {
        assert_eq!((&*write.method, write.answered), ("POST", Some(201)), "{write:?}");
        assert!(write.path.starts_with(path), "{write:?}");
    }

    proxy.forget();
    let upgrade = ["upgrade", "app", "app", "--set", "color=red", "--wait"];
    Output::of(proxy.helm(&namespace, &upgrade)).success();
    assert_eq!(namespace.get("v1/configmaps", "app")["data"]["color"], "red");
    assert!(proxy.requests().iter().all(|request| request.user_agent.starts_with("Helm/4")));
    assert!(proxy.writes().iter().any(|request| request.method == "PATCH"));
}

#[test]
fn a_watch_is_passed_on_as_it_comes_and_ends_with_the_program() {
    let (namespace, proxy) = (Namespace::new("watch"), Proxy::new());
    let path = format!("/api/v1/namespaces/{}/configmaps?watch=true", namespace.name());
    let mut watch = open(&proxy, "GET", &path, "", "");
    create(&proxy, &namespace, "seen-while-it-runs");
    let mut text = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&text).contains("seen-while-it-runs") {
        let length = watch.read(&mut part).expect("the watch goes on");
        assert!(length > 0, "the watch ended: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&part[..length]);
    }
    proxy.disconnect();
    while watch.read(&mut part).is_ok_and(|length| length > 0) {}
}

#[test]
fn compressed_answers_stay_compressed() {
    let proxy = Proxy::new();
    let mut answer = Vec::new();
    open(&proxy, "GET", "/openapi/v2", "accept-encoding: gzip\r\n", "")
        .read_to_end(&mut answer)
        .expect("the connection ends");
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head ends") + 4;
    let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    assert!(text.contains("content-encoding: gzip"), "{text}");
    assert!(answer[head..].windows(2).any(|start| start == [0x1f, 0x8b]));
}

#[test]
fn faults_before_forwarding_change_nothing_and_those_after_it_do() {
    let (namespace, proxy) = (Namespace::new("faults"), Proxy::new());
    for (name, fault, told, happened) in [
        ("answer", Fault::Answer(Reply::status(503)), "HTTP/1.1 503", false),
        ("answer-after", Fault::AnswerAfter(Reply::status(500)), "HTTP/1.1 500", true),
        ("cut", Fault::Cut, "", false),
        ("cut-after", Fault::CutAfter, "", true),
        ("midway", Fault::CutMidway, "HTTP/1.1 201", true),
        ("too-many", Fault::Answer(Reply::too_many(7)), "HTTP/1.1 429", false),
    ] {
        proxy.clear();
        proxy.fault(When::any().method("POST").first(1), fault);
        let answer = create(&proxy, &namespace, name);
        assert!(answer.starts_with(told) && answer.is_empty() == told.is_empty(), "{answer}");
        assert_eq!(namespace.find("v1/configmaps", name).is_some(), happened, "{name}");
        assert_eq!(proxy.requests().last().map(|request| request.forwarded), Some(happened));
        match name {
            "answer" => assert!(answer.contains("\"reason\":\"ServiceUnavailable\""), "{answer}"),
            "too-many" => assert!(answer.contains("retry-after: 7\r\n"), "{answer}"),
            "midway" => assert!(answer.contains("\"ConfigMap\"") && !answer.ends_with("}\n")),
            _ => {}
        }
    }
    assert!(create(&proxy, &namespace, "fine").starts_with("HTTP/1.1 201"));
}

#[test]
fn a_stale_watch_is_told_that_its_start_is_gone() {
    let (namespace, proxy) = (Namespace::new("stale"), Proxy::new());
    proxy.fault(When::any(), Fault::StaleWatch);
    let path = format!("/api/v1/namespaces/{}/configmaps", namespace.name());
    let answer = ask(&proxy, "GET", &format!("{path}?watch=1&resourceVersion=1"), "");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"code\":410"), "{answer}");
    assert!(ask(&proxy, "GET", &path, "").contains("ConfigMapList"));
}

#[test]
fn delays_add_up_and_do_not_hide_another_fault() {
    let proxy = Proxy::new();
    proxy.fault(When::any(), Fault::Delay(Duration::from_millis(100)));
    proxy.fault(When::any().path("^/version"), Fault::Delay(Duration::from_millis(100)));
    proxy.fault(When::any().nth(2), Fault::Answer(Reply::status(500)));
    let started = Instant::now();
    assert!(ask(&proxy, "GET", "/version", "").starts_with("HTTP/1.1 200"));
    assert!(ask(&proxy, "GET", "/version", "").starts_with("HTTP/1.1 500"));
    assert!(started.elapsed() >= Duration::from_millis(400));
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let pattern = |seed| -> String {
        let proxy = Proxy::new();
        proxy.fault(When::any().chance(0.3, seed), Fault::Answer(Reply::status(500)));
        let told = (0..60).map(|_| ask(&proxy, "GET", "/version", ""));
        told.map(|answer| if answer.starts_with("HTTP/1.1 500") { 'x' } else { '.' }).collect()
    };
    let first = pattern(1);
    assert_eq!(first, pattern(1));
    assert_ne!(first, pattern(2));
    let share = first.matches('x').count();
    assert!((8..=30).contains(&share), "{first}");
}

#[test]
fn a_restart_refuses_connections_for_a_while() {
    let proxy = Proxy::new();
    proxy.fault(When::any().nth(2), Fault::Restart(Duration::from_millis(300)));
    assert!(ask(&proxy, "GET", "/version", "").starts_with("HTTP/1.1 200"));
    let address = proxy.url().trim_start_matches("http://");
    assert_eq!(ask(&proxy, "GET", "/version", ""), "");
    assert!(TcpStream::connect(address).is_err(), "connections are refused");
    eventually("the proxy listens again", || TcpStream::connect(address).ok());
    proxy.restart(Duration::ZERO);
    eventually("the proxy listens again", || TcpStream::connect(address).ok());
    assert!(ask(&proxy, "GET", "/version", "").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_gate_holds_its_request_and_all_that_come_later() {
    let (namespace, proxy) = (Namespace::new("gate"), Proxy::new());
    let gate = proxy.gate(When::write().nth(2), Moment::After);
    std::thread::scope(|scope| {
        assert!(create(&proxy, &namespace, "one").starts_with("HTTP/1.1 201"));
        let two = scope.spawn(|| create(&proxy, &namespace, "two"));
        let reached = gate.reached(Duration::from_secs(60)).expect("the second write comes");
        assert_eq!((reached.number, reached.answered), (2, Some(201)));
        let three = scope.spawn(|| create(&proxy, &namespace, "three"));
        eventually("the third has come", || proxy.requests().get(2).cloned());
        assert!(namespace.find("v1/configmaps", "two").is_some());
        assert_eq!(namespace.find("v1/configmaps", "three"), None);
        gate.open();
        for answer in [two, three] {
            assert!(answer.join().expect("it is answered").starts_with("HTTP/1.1 201"));
        }
    });
    drop(proxy.gate(When::any(), Moment::Before));
    assert!(create(&proxy, &namespace, "four").starts_with("HTTP/1.1 201"));
}

#[test]
fn a_program_killed_at_a_request_leaves_exactly_what_was_forwarded() {
    for (turn, moment, records, objects) in [
        (1, Moment::Before, 0, 0),
        (1, Moment::After, 1, 0),
        (2, Moment::Before, 1, 0),
        (2, Moment::After, 1, 1),
    ] {
        let (namespace, proxy) = (Namespace::new("killed"), Proxy::new());
        chart(&namespace);
        let install = proxy.windlass(&namespace, &["install", "app", "app"]);
        let when = When::write().path("secrets|configmaps").nth(turn);
        let (at, output) = proxy.run_with_signal(install, Signal::Kill, when, moment);
        let at = at.expect("an install writes more than twice");
        assert_eq!(output.code, -1, "{output}");
        assert_eq!((at.forwarded, at.told), (moment == Moment::After, None), "{at}");
        let found = namespace.list("v1/configmaps", "app.kubernetes.io/managed-by=Helm").len();
        let place = format!("{moment:?} write {turn}");
        assert_eq!(namespace.list("v1/secrets", "owner=helm").len(), records, "{place}");
        assert_eq!(found, objects, "{place}");
        let is_ours = |request: &Request| request.forwarded && !request.path.contains("/leases");
        let forwarded = proxy.writes().into_iter().filter(is_ours).count();
        assert_eq!(forwarded, records + objects, "{place}");
    }
}

#[test]
fn a_signal_for_a_request_that_never_comes_is_not_sent() {
    let (namespace, proxy) = (Namespace::new("unsent"), Proxy::new());
    chart(&namespace);
    for command in [
        proxy.windlass(&namespace, &["install", "app", "app"]),
        proxy.helm(&namespace, &["upgrade", "app", "app"]),
    ] {
        let when = When::any().nth(1000);
        let (at, output) = proxy.run_with_signal(command, Signal::Kill, when, Moment::Before);
        assert_eq!(at, None);
        output.success();
    }
}

#[test]
fn an_interrupted_program_learns_of_it_and_its_requests_go_on() {
    let (namespace, proxy) = (Namespace::new("interrupted"), Proxy::new());
    chart(&namespace);
    let install = proxy.helm(&namespace, &["install", "app", "app"]);
    let when = When::write().nth(2);
    let (at, output) = proxy.run_with_signal(install, Signal::Interrupt, when, Moment::Before);
    let at = at.expect("an install writes more than twice");
    assert!(output.stdout.contains("Release app has been cancelled."), "{output}");
    assert!(proxy.requests()[at.number - 1].forwarded, "the gate has opened");
}
