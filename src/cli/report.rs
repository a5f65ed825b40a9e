//! Prints why a command failed: Helm's words first, then the place, the causes and a hint.
//!
//! The first line is what Helm prints for the same failure, so that scripts which read it go on
//! working. Where Helm joins causes to one line, so do we; causes that only we know follow one by one.

use std::error::Error as StdError;

use windlass::action::{self, Diagnosis, HookFailure, NotReady};
use windlass::cluster::{Container, ContainerState};
use windlass::engine::error::{Error as TemplateError, Frame};
use windlass::manifest::{self, Excerpt};
use windlass::values::{self, DocumentError};
use windlass::yaml;

use super::ci;
use super::environment::Environment;
use super::error::{Error, Outcome};
use super::log::{Field, Level, Log, LogFormat, print as print_line};
use super::verdict_text::{block, go_back};

/// How many lines of a long text, and calls of a long chain, are shown at each end.
const ENDS: usize = 10;

/// The column up to which the origins of rendered lines are aligned.
const ORIGIN_COLUMN: usize = 70;

/// How many letters of a long line are shown at each end.
const LINE_END: usize = 1000;

/// The lines and bytes up to which a text is shown whole: what a chart's author writes is, and the
/// chain of an endless include is not.
const WHOLE: (usize, usize) = (400, 64 * 1024);

/// Prints an error to standard error.
pub(super) fn print(error: &Error, log: Log) {
    let report = Report::new(error);
    match log.format {
        LogFormat::Text => print_line(&report.text()),
        LogFormat::Json => report.log(log),
    }
}

/// Returns what is printed of an error.
pub(super) fn text(error: &Error) -> String {
    Report::new(error).text()
}

/// Tells the CI system of an error, where there is one that puts it beside the log.
pub(super) fn annotate(error: &Error, environment: &Environment) {
    let report = Report::new(error);
    let place = report.place.as_ref().filter(|place| !place.is_rendered);
    let place = place.map(|place| (place.file.as_str(), place.line));
    let message = match &report.hint {
        Some(hint) => format!("{}\nhint: {hint}", report.message),
        None => report.message.clone(),
    };
    let title = format!("windlass: {}", report.kind);
    if let Some(line) = ci::annotation(environment, &title, &message, place) {
        print_line(&line);
    }
}

/// What there is to say about an error.
#[derive(Debug, Default)]
struct Report {
    kind: &'static str,
    message: String,
    place: Option<Place>,
    calls: Vec<String>,
    causes: Vec<String>,
    /// Which hook failed, and what it wrote.
    hook: Vec<String>,
    /// What keeps objects from becoming ready.
    verdict: Vec<String>,
    /// The name of the first of them.
    code: Option<&'static str>,
    hint: Option<String>,
    advice: Option<&'static str>,
}

/// Where the error is.
#[derive(Debug, Default)]
struct Place {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    /// The lines around it, and the number of the first of them.
    excerpt: Vec<String>,
    first: usize,
    /// The template line behind each of the lines, where they are rendered.
    origins: Vec<Option<String>>,
    /// How many columns of its line the error is about.
    width: usize,
    /// Whether it is a line of the rendered text, which no file has.
    is_rendered: bool,
}

impl Report {
    fn new(error: &Error) -> Self {
        let mut report = match error.action() {
            Some(cause) => Self::of_action(cause),
            None => Self::of(error.cause()),
        };
        if let Error::Usage { hint, .. } = error.cause() {
            report.hint.clone_from(hint);
        }
        if let Error::Operation { advice, .. } = error {
            report.advice = *advice;
        }
        report.kind = kind(error.outcome());
        report.message = format!("{}{}", error.prefix(), shortened(&report.message));
        report
    }

    /// Reports an error by its own text and its causes.
    fn of(error: &dyn StdError) -> Self {
        let message = error.to_string();
        let mut causes = causes(error);
        causes.retain(|cause| !message.contains(cause));
        Self { message, causes, ..Self::default() }
    }

    /// Reports an error whose causes Helm joins to one line.
    fn joined(error: &dyn StdError) -> Self {
        let mut message = error.to_string();
        for cause in causes(error).iter().filter(|cause| !error.to_string().contains(*cause)) {
            message = format!("{message}: {cause}");
        }
        Self { message, ..Self::default() }
    }

    fn of_action(error: &action::Error) -> Self {
        let report = match error {
            // The first failure is what its cause, its place and its logs are shown of.
            action::Error::Recovered { .. }
            | action::Error::NotRecovered { .. }
            | action::Error::NothingToRollBackTo { .. } => {
                Self { message: error.to_string(), ..Self::of_action(error.first()) }
            }
            action::Error::Engine(error) => Self::of_template(error),
            action::Error::Template { error, .. } => Self::of_template(error),
            action::Error::Manifest(error) => Self::of_manifest(error, &[]),
            action::Error::Rendered { error, origins, .. } => Self::of_manifest(error, origins),
            action::Error::Values(error) => Self::of_values(error),
            action::Error::Chart(error) => Self::joined(error),
            action::Error::Hook(failure) => Self::of_hook(failure),
            action::Error::NotReady(failure) => Self::of_verdicts(failure),
            error => Self::of(error),
        };
        Self { hint: error.hint(), ..report }
    }

    fn of_template(error: &TemplateError) -> Self {
        Self {
            message: error.to_string(),
            place: error.origin().map(Place::of_frame),
            calls: error.frames.iter().skip(1).map(call).collect(),
            ..Self::default()
        }
    }

    fn of_manifest(error: &manifest::Error, origins: &[Option<String>]) -> Self {
        let place = Place::of_excerpt(error.path(), error.excerpt(), origins);
        Self { place: Some(place), ..Self::joined(error) }
    }

    fn of_values(error: &values::Error) -> Self {
        match error {
            values::Error::File { name, source } => {
                let place = Place::in_file(name, document_position(source));
                Self { place: Some(place), ..Self::joined(error) }
            }
            // Helm repeats the whole text, which may hold a password.
            values::Error::SetJson { source, .. } => Self {
                message: format!("failed parsing --set-json data: {source}"),
                ..Self::default()
            },
            values::Error::SetJsonObject { .. } => Self {
                message: "failed parsing --set-json data: it is no JSON object".to_owned(),
                ..Self::default()
            },
            error => Self::joined(error),
        }
    }

    fn of_hook(failure: &HookFailure) -> Self {
        let (object, event) = (failure.object(), &failure.event);
        let mut hook = vec![format!("hook: {object}, {event}, from {}", failure.hook.path)];
        // The log is shown with the other containers of the pod.
        let verdict = blocks(&failure.diagnoses, failure.logs.is_none());
        let report = Self { verdict, code: code(&failure.diagnoses), ..Self::of(failure) };
        let Some(logs) = &failure.logs else { return Self { hook, ..report } };
        let pod = &logs.pod;
        let which =
            if logs.pods > 1 { format!(" (the last of {})", logs.pods) } else { String::new() };
        let problem = pod.problem.iter().map(|problem| format!(": {problem}"));
        hook.push(format!("pod: {}{which}{}", pod.name, problem.collect::<String>()));
        for (index, container) in pod.containers.iter().enumerate() {
            hook.push(state(container));
            match logs.lines.get(index) {
                Some(Ok(lines)) => {
                    hook.extend(lines.iter().map(|line| format!("  | {}", shortened_line(line))));
                }
                Some(Err(error)) => hook.push(format!("  {error}")),
                None => {}
            }
        }
        Self { hook, ..report }
    }

    fn of_verdicts(failure: &NotReady) -> Self {
        let mut verdict = blocks(&failure.diagnoses, true);
        let NotReady { name, namespace, before, .. } = failure;
        verdict.push(format!("next: windlass why {name} -n {namespace}"));
        verdict.extend(before.map(|_| go_back(name, namespace)));
        let code = code(&failure.diagnoses);
        Self { message: failure.to_string(), verdict, code, ..Self::default() }
    }

    /// Returns the block that people read.
    fn text(&self) -> String {
        let mut text = format!("Error: {}", self.message);
        if let Some(place) = &self.place {
            text.push_str(&place.text());
        }
        let calls: Vec<String> =
            self.calls.iter().map(|call| format!("called from {call}")).collect();
        for call in at_ends(&calls) {
            text.push_str(&format!("\n  {call}"));
        }
        for cause in &self.causes {
            text.push_str(&format!("\n  caused by: {}", cause.replace('\n', "\n    ")));
        }
        for line in self.hook.iter().chain(&self.verdict) {
            text.push_str(&format!("\n  {line}"));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\nhint: {hint}"));
        }
        if let Some(advice) = self.advice {
            text.push_str(&format!("\n\n{advice}"));
        }
        text
    }

    /// Writes one line for collectors of logs.
    fn log(&self, log: Log) {
        let place = self.place.as_ref();
        let number = |number: Option<usize>| number.map(|number| number.to_string());
        let line = number(place.and_then(|place| place.line));
        let column = number(place.and_then(|place| place.column));
        let causes = self.causes.join("\n");
        let hook = self.hook.join("\n");
        let verdict = self.verdict.join("\n");
        let fields: [(&'static str, Option<&str>); 9] = [
            ("kind", Some(self.kind)),
            ("file", place.map(|place| place.file.as_str())),
            ("line", line.as_deref()),
            ("column", column.as_deref()),
            ("causes", Some(causes.as_str()).filter(|causes| !causes.is_empty())),
            ("hook", Some(hook.as_str()).filter(|hook| !hook.is_empty())),
            ("code", self.code),
            ("verdict", Some(verdict.as_str()).filter(|verdict| !verdict.is_empty())),
            ("hint", self.hint.as_deref()),
        ];
        let fields: Vec<Field<'_>> =
            fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        log.write(Level::Error, &self.message, &fields);
    }
}

/// Returns the lines that say what keeps objects from becoming ready.
fn blocks(diagnoses: &[Diagnosis], with_log: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for diagnosis in diagnoses {
        let log = if with_log { diagnosis.log.clone() } else { Vec::new() };
        lines.extend(block(&Diagnosis { log, ..diagnosis.clone() }));
    }
    lines.iter().map(|line| shortened_line(line)).collect()
}

fn code(diagnoses: &[Diagnosis]) -> Option<&'static str> {
    diagnoses.first().map(|diagnosis| diagnosis.verdict.code.as_str())
}

impl Place {
    fn in_file(file: &str, at: Option<yaml::Position>) -> Self {
        Self {
            file: file.to_owned(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            ..Self::default()
        }
    }

    fn of_frame(frame: &Frame) -> Self {
        // The text that `tpl` renders comes from values, and may hold a password.
        let excerpt = if frame.file == "gotpl" { Vec::new() } else { vec![frame.excerpt.clone()] };
        let before = frame.excerpt.get(..frame.mark.start).unwrap_or_default();
        let marked = frame.excerpt.get(frame.mark.clone()).unwrap_or_default();
        Self {
            file: frame.file.clone(),
            line: Some(frame.line),
            column: Some(before.chars().count() + 1).filter(|_| !marked.is_empty()),
            excerpt,
            first: frame.line,
            width: marked.chars().count(),
            ..Self::default()
        }
    }

    fn of_excerpt(file: &str, excerpt: &Excerpt, origins: &[Option<String>]) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(excerpt.line),
            excerpt: excerpt.lines.clone(),
            first: excerpt.first,
            origins: origins.to_vec(),
            is_rendered: true,
            ..Self::default()
        }
    }

    fn text(&self) -> String {
        let numbers = [self.line, self.column].into_iter().flatten();
        let numbers: String = numbers.map(|number| format!(":{number}")).collect();
        let rendered = if self.is_rendered { " (as rendered)" } else { "" };
        let margin = (self.first + self.excerpt.len()).to_string().len();
        let mut text = format!("\n{:margin$}--> {}{numbers}{rendered}", "", self.file);
        if self.excerpt.is_empty() {
            return text;
        }
        text.push_str(&format!("\n{:margin$} |", ""));
        let widths = self.excerpt.iter().map(|line| line.chars().count());
        // Where one line is very long, the origins of the others stay near them.
        let widest = widths.filter(|width| *width <= ORIGIN_COLUMN).max().unwrap_or_default();
        for (number, line) in (self.first..).zip(&self.excerpt) {
            let here = Some(number) == self.line;
            let sign = if here && self.width == 0 { '>' } else { '|' };
            let column = self.column.filter(|_| here && self.width > 0);
            let shown = Shown::of(line, column.unwrap_or(1), self.width);
            text.push_str(&format!("\n{number:margin$} {sign} {}", shown.line));
            if let Some(Some(origin)) = self.origins.get(number - self.first) {
                let gap = widest.saturating_sub(shown.line.chars().count()) + 3;
                text.push_str(&format!("{:gap$}<- {origin}", ""));
            }
            if column.is_some() {
                text.push_str(&format!("\n{:margin$} | {}", "", shown.mark));
            }
        }
        text
    }
}

/// A line of an excerpt, and the mark that comes below it.
struct Shown {
    line: String,
    mark: String,
}

impl Shown {
    /// Shows a line whole, or what is around `column` if it is long.
    fn of(line: &str, column: usize, width: usize) -> Self {
        let skipped = (column - 1).saturating_sub(LINE_END);
        let mut rest = line.chars().skip(skipped);
        let mut shown: String = if skipped > 0 { "... ".to_owned() } else { String::new() };
        shown.extend(rest.by_ref().take(2 * LINE_END));
        let before = column - 1 - skipped + if skipped > 0 { 4 } else { 0 };
        let indent = shown.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' });
        let width = width.min(shown.chars().count().saturating_sub(before));
        let mark = indent.chain("^".repeat(width).chars()).collect();
        if rest.next().is_some() {
            shown.push_str(" ...");
        }
        Self { line: shown, mark }
    }
}

/// Says how far a container is.
fn state(container: &Container) -> String {
    let state = match &container.state {
        ContainerState::Waiting(why) if why.is_empty() => "has not started".to_owned(),
        ContainerState::Waiting(why) => format!("has not started: {why}"),
        ContainerState::Running => "still runs".to_owned(),
        ContainerState::Ended { exit_code, reason } if reason.is_empty() => {
            format!("exit code {exit_code}")
        }
        ContainerState::Ended { exit_code, reason } => format!("exit code {exit_code} ({reason})"),
    };
    format!("container {}: {state}", container.name)
}

fn call(frame: &Frame) -> String {
    let before = frame.excerpt.get(..frame.mark.start).unwrap_or_default();
    let column = before.chars().count() + 1;
    let place = format!("{}:{}:{column}", frame.file, frame.line);
    if frame.expression.is_empty() { place } else { format!("{place}: {}", frame.expression) }
}

/// Returns an error and its causes in one line.
pub(super) fn line(error: &dyn StdError) -> String {
    std::iter::once(error.to_string()).chain(causes(error)).collect::<Vec<_>>().join(": ")
}

/// Returns the texts of the causes, outermost first.
fn causes(error: &dyn StdError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

fn document_position(error: &DocumentError) -> Option<yaml::Position> {
    match error {
        DocumentError::Syntax { error } | DocumentError::Separator { error } => error.position(),
        _ => None,
    }
}

/// Leaves the middle of a long text out: an endless include makes a chain of a hundred thousand letters.
fn shortened(text: &str) -> String {
    if text.lines().count() <= WHOLE.0 && text.len() <= WHOLE.1 {
        return text.to_owned();
    }
    let lines: Vec<String> = text.lines().map(shortened_line).collect();
    at_ends(&lines).join("\n")
}

fn shortened_line(line: &str) -> String {
    let letters = line.chars().count();
    if letters <= 2 * LINE_END {
        return line.to_owned();
    }
    let start: String = line.chars().take(LINE_END).collect();
    let end: String = line.chars().skip(letters - LINE_END).collect();
    format!("{start} ... {end}")
}

fn at_ends(items: &[String]) -> Vec<String> {
    if items.len() <= 2 * ENDS + 1 {
        return items.to_vec();
    }
    let left_out = items.len() - 2 * ENDS;
    let mut shown = items[..ENDS].to_vec();
    shown.push(format!("... {left_out} more ..."));
    shown.extend_from_slice(&items[items.len() - ENDS..]);
    shown
}

fn kind(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Changes => "changes",
        Outcome::BadUsage => "bad-usage",
        Outcome::Failed(kind) => kind.as_str(),
    }
}
