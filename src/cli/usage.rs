//! What is wrong with a command line, in Helm's words, with a hint at what was probably meant.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::Error;

/// Commands of Helm's that windlass does not have yet.
const MISSING_COMMANDS: [&str; 14] = [
    "completion",
    "dependency",
    "dep",
    "docs",
    "package",
    "plugin",
    "pull",
    "fetch",
    "push",
    "registry",
    "repo",
    "search",
    "verify",
    "dependencies",
];

/// Flags of Helm's that windlass does not have yet, on the commands that windlass has.
const MISSING_FLAGS: [&str; 27] = [
    "burst-limit",
    "ca-file",
    "cert-file",
    "chart-api-version",
    "content-cache",
    "dependency-update",
    "devel",
    "enable-dns",
    "insecure-skip-tls-verify",
    "key-file",
    "keyring",
    "name-template",
    "pass-credentials",
    "password",
    "plain-http",
    "post-renderer",
    "post-renderer-args",
    "qps",
    "registry-config",
    "repo",
    "repository-cache",
    "repository-config",
    "starter",
    "template",
    "username",
    "verify",
    "version",
];

/// Turns clap's error about a command line into ours.
///
/// `command` is the command that the line names, below the program itself.
pub(super) fn explain(error: &clap::Error, root: &Command, command: &[String]) -> Error {
    let node = command.iter().fold(root, |node, name| node.find_subcommand(name).unwrap_or(node));
    let path = std::iter::once(root.get_name()).chain(command.iter().map(String::as_str));
    let path = path.collect::<Vec<_>>().join(" ");
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!(
                "unknown command \"{}\" for \"{path}\"",
                text(error, ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::UnknownArgument if argument.starts_with("--") => {
            format!("unknown flag: {argument}")
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let letter: String = argument.chars().skip(1).take(1).collect();
            format!("unknown shorthand flag: '{letter}' in {argument}")
        }
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => {
            format!("{}\n\n{}", wrong_number(node, &path), usage(node, &path))
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{}\n\n{}", wrong_number(node, &path), usage(node, &path))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("flag needs an argument: {}", flag_names(&argument))
        }
        ErrorKind::InvalidValue => format!(
            "invalid argument \"{value}\" for {}: it must be one of {}",
            flag(&argument),
            text(error, ContextKind::ValidValue)
        ),
        ErrorKind::ValueValidation => {
            let cause =
                std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            match argument.starts_with('-') {
                true => format!("invalid argument \"{value}\" for {}: {cause}", flag(&argument)),
                false => format!("{cause}: \"{value}\""),
            }
        }
        _ => first_paragraph(error),
    };
    Error::Usage { message, hint: hint(error, &argument, node, root.get_name()) }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

/// Returns the names of a flag out of clap's form `-m, --max <MAX>`.
fn flag_names(argument: &str) -> &str {
    argument.split([' ', '[']).find(|word| word.starts_with("--")).unwrap_or(argument)
}

fn flag(argument: &str) -> String {
    format!("\"{}\" flag", flag_names(argument))
}

/// Says how many arguments a command takes, as cobra does.
fn wrong_number(command: &Command, path: &str) -> String {
    let most = command.get_positionals().map(most_values).fold(0, usize::saturating_add);
    let least = command.get_positionals().filter(|argument| is_required(argument)).count();
    let arguments = |number: usize| if number == 1 { "argument" } else { "arguments" };
    match (least, most) {
        (_, 0) => format!("\"{path}\" accepts no arguments"),
        (least, most) if least == most => {
            format!("\"{path}\" requires {least} {}", arguments(least))
        }
        (least, usize::MAX) => {
            format!("\"{path}\" requires at least {least} {}", arguments(least))
        }
        (0, most) => format!("\"{path}\" accepts at most {most} {}", arguments(most)),
        (least, most) => format!("\"{path}\" requires {least} to {most} arguments"),
    }
}

/// Says whether an argument is required by Helm: a chart is, though not by `upgrade --repair`.
fn is_required(argument: &clap::Arg) -> bool {
    argument.is_required_set() || argument.get_id() == "chart"
}

fn most_values(argument: &clap::Arg) -> usize {
    let one = match argument.get_action() {
        clap::ArgAction::Append => usize::MAX,
        _ => 1,
    };
    argument
        .get_num_args()
        .map_or(one, |range| if range.max_values() > 1 { usize::MAX } else { one })
}

fn usage(command: &Command, path: &str) -> String {
    let name = |argument: &clap::Arg| {
        let name = argument.get_value_names().and_then(|names| names.first());
        let name = name.map_or_else(|| argument.get_id().to_string(), ToString::to_string);
        let name = if is_required(argument) { name } else { format!("[{name}]") };
        if most_values(argument) > 1 { format!("{name}...") } else { name }
    };
    let words: Vec<String> = command.get_positionals().map(name).collect();
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = std::iter::once(path).chain(words).chain(["[flags]"]).collect();
    format!("Usage:  {}", words.join(" "))
}

fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.split("\n\n").next().unwrap_or_default().trim_end().to_owned()
}

fn hint(error: &clap::Error, argument: &str, node: &Command, program: &str) -> Option<String> {
    let command = text(error, ContextKind::InvalidSubcommand);
    let known = argument.strip_prefix("--").is_some_and(|name| MISSING_FLAGS.contains(&name));
    if known || MISSING_COMMANDS.contains(&command.as_str()) {
        let name = if known { argument } else { &command };
        return Some(format!("windlass does not have Helm's `{name}` here yet"));
    }
    let commands: Vec<&str> = node.get_subcommands().map(Command::get_name).collect();
    let similar = match error.get(ContextKind::SuggestedSubcommand) {
        // The last one is the most similar; aliases would only repeat it.
        Some(ContextValue::Strings(names)) => {
            names.iter().rfind(|name| commands.contains(&name.as_str())).cloned()
        }
        _ => Some(text(error, ContextKind::SuggestedArg)).filter(|name| !name.is_empty()),
    };
    match similar {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if command.is_empty() => None,
        None => Some(format!("`{program} --help` shows all commands")),
    }
}
