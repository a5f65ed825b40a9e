//! Lines on standard error: as Helm logs them, or as JSON for those who collect logs.

use serde_json::{Map, Value as Json};
use tracing::field::Visit;
use tracing_subscriber::layer::{self, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::live;

/// How lines on standard error are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum LogFormat {
    /// As Helm writes them.
    #[default]
    Text,
    /// One JSON object for each line.
    Json,
}

impl LogFormat {
    /// Reads the name of a form.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it must be text or json"),
        }
    }
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Shown with `--debug`.
    Debug,
    /// What happens, for collectors of JSON lines.
    Info,
    /// What the user should know.
    Warn,
    /// Why the command failed.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// A name and a value that belong to a message.
pub(super) type Field<'a> = (&'static str, &'a str);

/// Writes lines to standard error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    /// How lines are written.
    pub(super) format: LogFormat,
    /// Whether debug lines are shown.
    pub(super) debug: bool,
}

impl Log {
    /// Writes a warning.
    pub(super) fn warn(self, message: &str) {
        self.write(Level::Warn, message, &[]);
    }

    /// Writes a line, unless it is a debug line and they are not wanted.
    pub(super) fn write(self, level: Level, message: &str, fields: &[Field<'_>]) {
        if level == Level::Debug && !self.debug {
            return;
        }
        print(&match self.format {
            LogFormat::Text => text_line(level, message, fields),
            LogFormat::Json => json_line(level, message, fields),
        });
    }
}

impl Log {
    /// Shows what a container wrote: as it wrote it, or as lines that say which one it was.
    pub(super) fn output(self, pod: &str, container: &str, text: &[u8]) {
        match self.format {
            LogFormat::Text => live::print(text),
            LogFormat::Json => {
                let text = String::from_utf8_lossy(text);
                let fields = [("pod", pod), ("container", container)];
                self.write(Level::Info, text.trim_end_matches('\n'), &fields);
            }
        }
    }
}

/// Shows what the library logs: warnings, and with `--debug` everything.
pub(super) fn forward(log: Log) {
    // A second call finds the first one's work done.
    let _ = tracing_subscriber::registry().with(Forward(log)).try_init();
}

struct Forward(Log);

impl<S: tracing::Subscriber> Layer<S> for Forward {
    fn enabled(&self, event: &tracing::Metadata<'_>, _: layer::Context<'_, S>) -> bool {
        let least = if self.0.debug { tracing::Level::DEBUG } else { tracing::Level::WARN };
        *event.level() <= least && event.target().starts_with("windlass")
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        let mut found = Found::default();
        event.record(&mut found);
        let fields: Vec<Field<'_>> =
            found.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.0.write(level(*event.metadata().level()), &found.message, &fields);
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// What an event of the library holds.
#[derive(Default)]
struct Found {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Found {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.fields.push((name, format!("{value:?}"))),
        }
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.fields.push((field.name(), value.to_owned()));
    }

    fn record_error(
        &mut self,
        field: &tracing::field::Field,
        value: &(dyn std::error::Error + 'static),
    ) {
        let mut text = value.to_string();
        let mut next = value.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        self.fields.push((field.name(), text));
    }
}

/// Writes a line to standard error.
pub(super) fn print(line: &str) {
    live::print(format!("{line}\n").as_bytes());
}

/// Writes a line as Go's `slog` does without times.
fn text_line(level: Level, message: &str, fields: &[Field<'_>]) -> String {
    let mut line = format!("level={} msg={}", level.as_str(), quoted(message));
    for (name, value) in fields {
        line.push_str(&format!(" {name}={}", quoted(value)));
    }
    line
}

/// Quotes a text where `slog` does.
fn quoted(text: &str) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=');
    if !text.is_empty() && !text.contains(odd) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

fn json_line(level: Level, message: &str, fields: &[Field<'_>]) -> String {
    let mut line = Map::new();
    line.insert("time".to_owned(), jiff::Timestamp::now().to_string().into());
    line.insert("level".to_owned(), level.as_str().into());
    line.insert("msg".to_owned(), message.into());
    line.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    Json::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    // What Helm 4.3 logs.
    #[test]
    fn text_lines_are_those_of_slog() {
        let line = text_line(Level::Warn, "this chart is deprecated", &[]);
        assert_eq!(line, "level=WARN msg=\"this chart is deprecated\"");
        let line =
            text_line(Level::Debug, "done", &[("name", "web"), ("error", "a \"b\"\n"), ("x", "")]);
        assert_eq!(line, "level=DEBUG msg=done name=web error=\"a \\\"b\\\"\\n\" x=\"\"");
    }

    #[test]
    fn json_lines_hold_time_level_message_and_fields_in_this_order() {
        let line = json_line(Level::Error, "no \"luck\"", &[("kind", "failed")]);
        let object: Map<String, Json> = serde_json::from_str(&line).unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), ["time", "level", "msg", "kind"]);
        assert_eq!((&object["level"], &object["msg"]), (&"ERROR".into(), &"no \"luck\"".into()));
    }
}
