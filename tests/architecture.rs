//! Keeps what docs/architecture.md promises: the floors, a first line in every file, short files, none forgotten.
//!
//! Each rule is one sentence of that document, and a breach prints the place, the line and the sentence.
//! The checks work on text alone, so each is tried on a few lines first to show that it can fail.

use std::path::Path;

const FLOORS_RULE: &str =
    "A module imports only from a lower floor, and only what its row of the table names.";
const CLIMB_RULE: &str =
    "A path that leaves its module starts with `crate::`, never with `super::`.";
const FOREIGN_RULE: &str = "An outside crate with a border is named only behind that border.";
const ROOT_RULE: &str = "`src/` holds one folder for each module of the table, and the two files `main.rs` and `lib.rs`.";
const FIRST_LINE_RULE: &str = "Every Rust file opens with a `//!` line that says what is here.";
const LENGTH_RULE: &str = "A file has at most 600 lines without its tests.";
const FOLDER_RULE: &str = "A module with children is a folder with a `mod.rs`.";
const DRAWER_RULE: &str =
    "No module is called `util`, `utils`, `common`, `helpers`, `core`, `misc` or `types`.";
const FORGOTTEN_RULE: &str = "Every Rust file is named by a `mod` line of its parent.";

/// Every rule, for the check that the document states it.
const RULES: [&str; 9] = [
    FLOORS_RULE,
    CLIMB_RULE,
    FOREIGN_RULE,
    ROOT_RULE,
    FIRST_LINE_RULE,
    LENGTH_RULE,
    FOLDER_RULE,
    DRAWER_RULE,
    FORGOTTEN_RULE,
];

/// The modules from the lowest floor up, each with what it may import: a whole module, or one item of it.
const MODULES: [(&str, &[&str]); 8] = [
    ("yaml", &[]),
    ("values", &["yaml"]),
    ("manifest", &["yaml"]),
    ("chart", &["values", "yaml"]),
    ("engine", &["chart", "values", "manifest::ObjectRef", "yaml"]),
    ("release", &["chart", "values", "manifest", "yaml"]),
    ("cluster", &["chart::Capabilities", "manifest", "yaml"]),
    ("action", &["engine", "release", "cluster", "chart", "values", "manifest", "yaml"]),
];

/// Outside crates with a border, each with the places under `src/` that may name it.
const BORDERS: [(&str, &[&str]); 9] = [
    ("granit_parser", &["yaml/"]),
    ("tera", &["engine/"]),
    ("kube", &["cluster/", "release/store"]),
    ("k8s_openapi", &["cluster/", "release/store"]),
    ("tokio", &["cluster/", "release/store", "action/", "cli/", "main.rs"]),
    ("reqwest", &["cluster/", "action/", "cli/"]),
    ("serde_yaml", &["cluster/", "cli/"]),
    ("clap", &["cli/", "main.rs"]),
    ("anstream", &["cli/", "main.rs"]),
];

/// Files that may be longer than the cap, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

const LINE_CAP: usize = 600;
const DRAWERS: [&str; 7] = ["util", "utils", "common", "helpers", "core", "misc", "types"];

/// One line that breaks one rule; line 0 means the file itself.
#[derive(Debug, PartialEq)]
struct Breach {
    path: String,
    line: usize,
    rule: &'static str,
}

/// A Rust file: its path from the root of the project, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    fn breach(&self, offset: usize, rule: &'static str) -> Breach {
        let line = self.text[..offset].matches('\n').count() + 1;
        Breach { path: self.path.clone(), line, rule }
    }

    /// The names of the modules from the crate's root to this file.
    fn module_path(&self) -> Vec<&str> {
        let inner = self.path.split_once('/').map_or("", |(_, inner)| inner);
        let inner = inner.trim_end_matches(".rs");
        let names =
            inner.strip_suffix("/mod").or_else(|| inner.strip_suffix("/main")).unwrap_or(inner);
        names.split('/').filter(|name| !matches!(*name, "main" | "lib")).collect()
    }

    /// Where the tests at the end of the file begin, or the end of the file.
    fn tests_start(&self) -> usize {
        self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len())
    }
}

/// Blanks comments and the insides of strings, so that only code is searched; offsets stay as they are.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut in_string = false;
        let mut previous = ' ';
        let mut comment = false;
        for (at, letter) in line.char_indices() {
            comment |= !in_string && line[at..].starts_with("//");
            let quote = letter == '"' && previous != '\\' && previous != '\'' && !comment;
            in_string ^= quote;
            let keep = letter == '\n' || !(comment || in_string || quote);
            if keep {
                code.push(letter)
            } else {
                (0..letter.len_utf8()).for_each(|_| code.push(' '))
            }
            previous = if previous == '\\' && letter == '\\' { ' ' } else { letter };
        }
    }
    code
}

/// Spells out the paths of a `use` tree such as `a::{b, c::D}`, with the offset of each one's last name.
fn spell_out(prefix: &str, code: &str, at: usize, paths: &mut Vec<(String, usize)>) -> usize {
    let name_end = |from: usize| {
        code[from..]
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*')
            .map_or(code.len(), |n| from + n)
    };
    if !code[at..].starts_with('{') {
        let end = name_end(at);
        let path = format!("{prefix}{}", &code[at..end]);
        let more =
            code[end..].strip_prefix("::").is_some_and(|rest| rest.starts_with(|c: char| c != '<'));
        if more {
            return spell_out(&format!("{path}::"), code, end + 2, paths);
        }
        paths.push((path, at));
        return end;
    }
    let mut at = at + 1;
    while at < code.len() {
        match code.as_bytes()[at] {
            b'}' => return at + 1,
            byte if byte == b'{' || byte == b'_' || byte.is_ascii_alphabetic() => {
                at = spell_out(prefix, code, at, paths);
            }
            _ => at += code[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    at
}

/// Finds the places where `word` starts a path: not inside a longer name, not behind `::`.
fn path_starts<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !code[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$'))
    })
}

/// Says whether the module may import `path`, by its row of the table.
fn may_import(module: &str, path: &str) -> bool {
    let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == module) else { return false };
    let names: Vec<&str> = path.split("::").collect();
    names[0] == module
        || allowed.iter().any(|entry| match entry.split_once("::") {
            Some((other, item)) => names[0] == other && names[1..].contains(&item),
            None => names[0] == *entry,
        })
}

/// Checks the imports of one file under `src/`.
fn import_breaches(source: &Source) -> Vec<Breach> {
    let Some(inner) = source.path.strip_prefix("src/") else { return Vec::new() };
    let code = code_of(&source.text);
    let modules = source.module_path();
    let mut breaches = Vec::new();
    // The binary's own tree stands above the library and may use all of it.
    if let Some(module) = modules.first().filter(|module| **module != "cli") {
        let mut paths = Vec::new();
        for at in path_starts(&code, "crate::") {
            spell_out("", &code, at + "crate::".len(), &mut paths);
        }
        for (_, at) in paths.iter().filter(|(path, _)| !may_import(module, path)) {
            breaches.push(source.breach(*at, FLOORS_RULE));
        }
    }
    for at in path_starts(&code, "super::") {
        let climbs = code[at..].split("super::").take_while(|part| part.is_empty()).count();
        let depth = modules.len() + usize::from(at > source.tests_start());
        if !modules.is_empty() && climbs >= depth {
            breaches.push(source.breach(at, CLIMB_RULE));
        }
    }
    for (name, places) in BORDERS {
        if !places.iter().any(|place| inner.starts_with(place)) {
            let starts =
                path_starts(&code, name).filter(|at| code[at + name.len()..].starts_with("::"));
            breaches.extend(starts.map(|at| source.breach(at, FOREIGN_RULE)));
        }
    }
    breaches
}

/// Checks the form of one file: first line, length, name and place.
fn form_breaches(source: &Source, long_files: &[(&str, &str)]) -> Vec<Breach> {
    let whole = |rule| Breach { path: source.path.clone(), line: 0, rule };
    let mut breaches = Vec::new();
    if !source.text.starts_with("//!") {
        breaches.push(source.breach(0, FIRST_LINE_RULE));
    }
    let is_tests = source.path.starts_with("tests/") || source.path.ends_with("/tests.rs");
    let length = source.text[..source.tests_start()].lines().count();
    let excused = long_files.iter().any(|(path, _)| *path == source.path);
    // An excuse that is no longer needed is a breach too, so the list stays true.
    if !is_tests && (length > LINE_CAP) != excused {
        breaches.push(whole(LENGTH_RULE));
    }
    if source.module_path().iter().any(|name| DRAWERS.contains(name)) {
        breaches.push(whole(DRAWER_RULE));
    }
    let top =
        source.path.strip_prefix("src/").map(|inner| inner.split('/').next().unwrap_or_default());
    if top.is_some_and(|top| {
        !matches!(top, "main.rs" | "lib.rs" | "cli")
            && !MODULES.iter().any(|(name, _)| *name == top)
    }) {
        breaches.push(whole(ROOT_RULE));
    }
    breaches
}

/// Finds files that no `mod` line names, and files with children that are no folder.
fn tree_breaches(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let whole = |rule| Breach { path: source.path.clone(), line: 0, rule };
        let (folder, file) = source.path.rsplit_once('/').unwrap_or_default();
        let is_root = file == "main.rs"
            || source.path == "src/lib.rs"
            || matches!(folder, "tests" | "benches");
        let children = format!("{}/", source.path.trim_end_matches(".rs"));
        if source.path.starts_with("src/")
            && sources.iter().any(|other| other.path.starts_with(&children))
        {
            breaches.push(whole(FOLDER_RULE));
        }
        let (home, name) = match file {
            "mod.rs" => folder.rsplit_once('/').unwrap_or_default(),
            _ => (folder, file.trim_end_matches(".rs")),
        };
        let line = format!("mod {name};");
        let target = source.path.rsplit('/').take(2).collect::<Vec<_>>();
        let named = sources.iter().any(|other| {
            let (other_folder, other_file) = other.path.rsplit_once('/').unwrap_or_default();
            let parent = other_folder == home
                && (matches!(other_file, "mod.rs" | "main.rs" | "lib.rs")
                    || matches!(home, "tests" | "benches"));
            (parent && other.text.lines().any(|text| text.ends_with(&line)))
                || other.text.contains(&format!("{}/{}\"]", target[1], target[0]))
        });
        if !is_root && !named {
            breaches.push(whole(FORGOTTEN_RULE));
        }
    }
    breaches
}

/// Reads every Rust file below `folder`, in the order of their paths.
fn read_sources(folder: &Path, sources: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable source file");
            sources.push(Source::new(&path.to_string_lossy(), &text));
        }
    }
}

#[test]
fn the_sources_keep_the_rules() {
    let mut sources = Vec::new();
    ["src", "tests", "benches"]
        .iter()
        .for_each(|folder| read_sources(Path::new(folder), &mut sources));
    assert!(
        sources.iter().any(|source| source.path == "src/main.rs"),
        "run from the root of the project"
    );
    let mut breaches = tree_breaches(&sources);
    breaches.extend(sources.iter().flat_map(import_breaches));
    breaches.extend(sources.iter().flat_map(|source| form_breaches(source, LONG_FILES)));
    let report: String = breaches
        .iter()
        .map(|breach| {
            let source = sources.iter().find(|source| source.path == breach.path);
            let line =
                source.and_then(|source| source.text.lines().nth(breach.line.checked_sub(1)?));
            format!(
                "{}:{}: {}\n    {}\n",
                breach.path,
                breach.line,
                line.unwrap_or("(the whole file)").trim(),
                breach.rule
            )
        })
        .collect();
    assert!(breaches.is_empty(), "{} breaches of docs/architecture.md:\n{report}", breaches.len());
}

#[test]
fn the_document_states_every_rule_and_every_row() {
    let document = std::fs::read_to_string("docs/architecture.md").expect("docs/architecture.md");
    for rule in RULES {
        assert!(document.contains(rule), "docs/architecture.md does not say: {rule}");
    }
    for (module, allowed) in MODULES {
        let allowed: Vec<String> = allowed.iter().map(|entry| format!("`{entry}`")).collect();
        let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        let row = format!("| `{module}` | {allowed} |");
        assert!(document.contains(&row), "docs/architecture.md has no row that starts with: {row}");
    }
}

/// Checks that the imports in `text` break `expected` at the given lines, and nothing else.
#[track_caller]
fn check_imports(path: &str, text: &str, expected: &[(usize, &str)]) {
    let found = import_breaches(&Source::new(path, text));
    let found: Vec<_> = found.iter().map(|breach| (breach.line, breach.rule)).collect();
    assert_eq!(found, expected, "{path}: {text}");
}

#[test]
fn imports_from_a_higher_or_the_same_floor_are_found() {
    check_imports("src/yaml/parse.rs", "use crate::chart::Chart;", &[(1, FLOORS_RULE)]);
    check_imports("src/values/mod.rs", "//! x\nuse crate::manifest;\n", &[(2, FLOORS_RULE)]);
    check_imports(
        "src/engine/mod.rs",
        "use crate::{\n    yaml,\n    release::{Info, Status},\n};",
        &[(3, FLOORS_RULE); 2],
    );
    check_imports("src/engine/mod.rs", "fn f() -> crate::cluster::Plan {}", &[(1, FLOORS_RULE)]);
    check_imports(
        "src/engine/a.rs",
        "use crate::manifest::{ObjectRef, Manifest};",
        &[(1, FLOORS_RULE)],
    );
    check_imports("src/cluster/a.rs", "use crate::chart;", &[(1, FLOORS_RULE)]);
    check_imports("src/engine/mod.rs", "use super::release::Status;", &[(1, CLIMB_RULE)]);
}

#[test]
fn imports_from_a_lower_floor_pass() {
    check_imports(
        "src/engine/a.rs",
        "use crate::{engine::b, chart::Chart, manifest::ObjectRef};",
        &[],
    );
    check_imports("src/cluster/a.rs", "use crate::chart::capabilities::Capabilities;", &[]);
    check_imports("src/action/mod.rs", "use crate::{cluster, engine, release, yaml::Value};", &[]);
    check_imports(
        "src/yaml/a.rs",
        "//! See [`crate::chart`].\nlet x = \"crate::chart\"; // crate::chart\n",
        &[],
    );
    check_imports(
        "src/engine/a.rs",
        "use super::b;\n#[cfg(test)]\nmod tests {\n    use super::super::b;\n}",
        &[],
    );
    check_imports("src/cli/list.rs", "use crate::cli::output;\nuse windlass::action;", &[]);
}

#[test]
fn outside_crates_stay_behind_their_borders() {
    check_imports(
        "src/chart/mod.rs",
        "use serde_yaml::Value;\nkube::Client::x();",
        &[(2, FOREIGN_RULE), (1, FOREIGN_RULE)],
    );
    check_imports("src/action/list.rs", "use clap::Parser;", &[(1, FOREIGN_RULE)]);
    check_imports("src/release/codec.rs", "use kube::Api;", &[(1, FOREIGN_RULE)]);
    check_imports("src/release/store/kubernetes.rs", "use kube::Api;", &[]);
    check_imports("src/cli/list.rs", "use clap::Parser;", &[]);
}

#[test]
fn files_out_of_form_are_found() {
    let rules = |path: &str, text: &str, long: &[(&str, &str)]| -> Vec<&str> {
        form_breaches(&Source::new(path, text), long).iter().map(|breach| breach.rule).collect()
    };
    let long = format!("//! x\n{}", "\n".repeat(LINE_CAP));
    let tested = format!("//! x\n#[cfg(test)]\nmod tests {{\n{long}}}");
    assert_eq!(rules("src/yaml/a.rs", "// x\n", &[]), [FIRST_LINE_RULE]);
    assert_eq!(rules("src/yaml/a.rs", &long, &[]), [LENGTH_RULE]);
    assert_eq!(rules("src/yaml/a.rs", &long, &[("src/yaml/a.rs", "a table")]), [""; 0]);
    assert_eq!(rules("src/yaml/a.rs", "//! x", &[("src/yaml/a.rs", "a table")]), [LENGTH_RULE]);
    assert_eq!(rules("src/yaml/a.rs", &tested, &[]), [""; 0]);
    assert_eq!(rules("src/yaml/util.rs", "//! x", &[]), [DRAWER_RULE]);
    assert_eq!(rules("src/plans/mod.rs", "//! x", &[]), [ROOT_RULE]);
}

#[test]
fn forgotten_files_and_loose_folders_are_found() {
    let rules = |files: &[(&str, &str)]| -> Vec<&str> {
        let sources: Vec<_> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        tree_breaches(&sources).iter().map(|breach| breach.rule).collect()
    };
    assert_eq!(rules(&[("tests/cli/main.rs", "mod list;"), ("tests/cli/list.rs", "")]), [""; 0]);
    assert_eq!(rules(&[("tests/cli/main.rs", ""), ("tests/cli/list.rs", "")]), [FORGOTTEN_RULE]);
    assert_eq!(
        rules(&[
            ("tests/cli/main.rs", "#[path = \"../support/mod.rs\"]\nmod s;"),
            ("tests/support/mod.rs", "")
        ]),
        [""; 0]
    );
    assert_eq!(
        rules(&[
            ("src/yaml/mod.rs", "pub mod a;"),
            ("src/lib.rs", "pub mod yaml;"),
            ("src/yaml/a.rs", "")
        ]),
        [""; 0]
    );
    assert_eq!(
        rules(&[("src/lib.rs", "mod a;"), ("src/a.rs", ""), ("src/a/b.rs", "")]),
        [FOLDER_RULE, FORGOTTEN_RULE]
    );
}
