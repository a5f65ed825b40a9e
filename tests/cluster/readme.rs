//! The README's commands, run one after the other as a reader would, and their output compared.

use crate::support::{Elsewhere, Namespace, Output};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// The namespace that the README's commands name; no other test uses it.
const NAMESPACE: &str = "pipelines";

#[test]
fn the_readmes_commands_print_what_it_shows() {
    let text = std::fs::read_to_string(README).expect("there is a README");
    let namespace = Namespace::new("readme");
    let _made_by_the_readme = Elsewhere::new(NAMESPACE);
    let steps = steps(&text);
    assert!(steps.len() >= 5, "the README has too few commands: {steps:#?}");
    for (command, expected) in steps {
        let output = shell(&namespace, &command);
        assert_eq!(without_times(&output), without_times(&expected), "$ {command}");
    }
}

/// Returns each line after a `$ ` in a console block, with the output shown below it.
fn steps(text: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line, inside) {
            ("```console", false) => inside = true,
            ("```", true) => inside = false,
            (line, true) => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command.to_owned(), String::new())),
                (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
                (None, None) => panic!("a console block starts with a command, not `{line}`"),
            },
            _ => {}
        }
    }
    steps
}

/// Runs a line as a shell does, in the project's folder, both streams as a terminal shows them.
fn shell(namespace: &Namespace, line: &str) -> String {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_windlass"));
    let folder = binary.parent().expect("a file has a folder").display().to_string();
    let mut command = namespace.command("sh");
    let path = format!("{folder}:/usr/bin:/bin");
    command
        .env_remove("HELM_NAMESPACE")
        .env("PATH", path)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-c", &format!("{line} 2>&1")]);
    Output::of(command).stdout
}

/// Blanks times, and trailing spaces, which no reader sees.
fn without_times(text: &str) -> String {
    let clock = regex::Regex::new(
        r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) +[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}",
    )
    .expect("the pattern is fixed");
    let text = clock.replace_all(text, "TIME");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
