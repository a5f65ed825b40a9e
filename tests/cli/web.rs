//! What comes from the web: schemas that a chart's schema names.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Place;

/// A web server that has one text, and counts how often it was asked.
struct Web {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Web {
    fn with(path: &'static str, text: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::Relaxed);
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let _ = lines.find(String::is_empty);
                let (status, text) = match first.split(' ').nth(1) == Some(path) {
                    true => ("200 OK", text),
                    false => ("404 Not Found", ""),
                };
                let length = text.len();
                let _ = write!(
                    &stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
                );
            }
        });
        Self { address, asked }
    }

    /// Returns what was said, without the port.
    fn says(&self, place: &Place, line: &str) -> String {
        place.says(line).replace(&self.address, "[web]")
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

/// Makes a chart with a subchart, the schemas of which both name one address.
fn chart(schema: &str) -> Place {
    let schema = format!(r##"{{"properties": {{"color": {{"$ref": "{schema}"}}}}}}"##);
    Place::with_chart("values.schema.json", &schema)
        .with(
            "web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.2.3\ndependencies: [{name: sub, version: 1.0.0}]\n",
        )
        .with("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n")
        .with("web/charts/sub/values.schema.json", &schema)
}

const COLORS: &str = r#"{"$defs": {"color": {"enum": ["red", "green"]}}}"#;

#[test]
fn schemas_of_the_web_are_fetched_only_on_demand() {
    let web = Web::with("/colors.json", COLORS);
    let place = chart(&format!("{}/colors.json#/$defs/color", web.address));
    let ignored = "remote schema reference ignored; using permissive schema \
                   (--enable-schema-fetch fetches it) url=[web]/colors.json";
    for line in [
        "template web",
        "install web web --dry-run=client",
        "lint web",
        "explain web configmap/release-name .data",
    ] {
        let said = web.says(&place, line);
        assert!(said.starts_with("exit code 0\n"), "{said}");
        assert_eq!(said.matches(ignored).count(), 1, "{said}");
        assert_eq!(web.asked(), 0, "{line}");

        let said = web.says(&place, &format!("{line} --enable-schema-fetch"));
        assert!(!said.starts_with("exit code 0\n"), "{said}");
        assert!(said.contains("at '/color': value must be one of 'red', 'green'"), "{said}");
        assert_eq!(web.asked(), 1, "{line}");

        let said =
            web.says(&place, &format!("{line} --enable-schema-fetch --skip-schema-validation"));
        assert!(said.starts_with("exit code 0\n"), "{said}");
        assert_eq!(web.asked(), 0, "{line}");
    }
    let said = web.says(&place, "template web --enable-schema-fetch --set color=red");
    assert!(said.starts_with("exit code 0\n") && !said.contains("stderr"), "{said}");
}

#[test]
fn a_schema_that_cannot_be_fetched_is_an_error() {
    let web = Web::with("/colors.json", COLORS);
    let place = chart(&format!("{}/none.json", web.address));
    let said = web.says(&place, "template web --enable-schema-fetch");
    assert!(said.contains(r#"failing loading "[web]/none.json": "#), "{said}");
    assert!(said.contains("404 Not Found"), "{said}");
    assert_eq!(web.asked(), 1);
}

#[test]
fn names_have_addresses_with_enable_dns() {
    let template = "a: {{ getHostByName \"localhost\" | quote }}\n";
    let place = Place::with_chart("templates/a.yaml", template).with(
        "web/templates/b.yaml.tera",
        "b: {{ get_host_by_name(name=\"localhost\") | quote }}\n",
    );
    let without = place.says("template web");
    assert!(without.contains("a: \"\"") && without.contains("b: \"\""), "{without}");
    for line in ["template web", "install web web --dry-run=client"] {
        let with = place.says(&format!("{line} --enable-dns"));
        assert!(with.contains("a: \"127.0.0.1\"") && with.contains("b: \"127.0.0.1\""), "{with}");
    }
    place.sandbox.write("web/templates/a.yaml", "{{ getHostByName \"no.invalid\" }}");
    let said = place.says("template web --enable-dns");
    assert!(said.contains("error calling getHostByName: invalid argument to Intn"), "{said}");
}
