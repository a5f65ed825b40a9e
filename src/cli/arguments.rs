//! The command line as pflag takes it, turned into what clap takes.
//!
//! Flags may stand before the command (`windlass -n web list`), every boolean may have a value
//! (`--wait-for-jobs=false`), a flag's value may start with a dash, and the last one of several wins.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::flag_value;

/// The words of a command line in clap's order, and the command that they name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    /// The words, without the program's name.
    pub(super) words: Vec<OsString>,
    /// The names of the command and its subcommand; empty if none is named.
    pub(super) command: Vec<String>,
}

/// Lets every flag of a command take its value as pflag does.
pub(super) fn like_pflag(command: Command) -> Command {
    command.args_override_self(true).mut_args(flag_like_pflag).mut_subcommands(like_pflag)
}

fn flag_like_pflag(flag: Arg) -> Arg {
    match flag.get_action() {
        ArgAction::SetTrue => flag
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true")
            .value_parser(flag_value::boolean),
        ArgAction::Set | ArgAction::Append if !flag.is_positional() => {
            flag.allow_hyphen_values(true)
        }
        _ => flag,
    }
}

/// Shows the flags whose value is seldom given without it.
pub(super) fn for_help(root: Command) -> Command {
    root.mut_args(|flag| match flag.get_id().as_str() {
        "debug" | "kube_insecure_skip_tls_verify" => {
            flag.action(ArgAction::SetTrue).num_args(0).require_equals(false)
        }
        _ => flag,
    })
}

/// Puts the command first, and `help COMMAND` into the form of `COMMAND --help`.
pub(super) fn in_order(root: &Command, words: Vec<OsString>) -> Arguments {
    let mut words = words.into_iter().peekable();
    let mut flags = Vec::new();
    let mut command = Vec::new();
    let mut node = root;
    let mut help = false;
    while let Some(word) = words.next_if(|word| word != "--") {
        let text = word.to_string_lossy().into_owned();
        if text.len() > 1 && text.starts_with('-') {
            flags.push(word);
            if takes_next(root, &text) {
                flags.extend(words.next());
            }
        } else if let Some(subcommand) = node.find_subcommand(&text) {
            command.push(subcommand.get_name().to_owned());
            node = subcommand;
        } else if text == "help" && command.is_empty() && !help {
            help = true;
        } else {
            flags.push(word);
            break;
        }
        if !command.is_empty() && !node.has_subcommands() {
            break;
        }
    }
    let mut ordered: Vec<OsString> = command.iter().map(OsString::from).collect();
    ordered.extend(flags);
    ordered.extend(words);
    if !command.is_empty() {
        drop_needless_end(&mut ordered);
    }
    if help {
        ordered.push("--help".into());
    }
    Arguments { words: ordered, command }
}

/// Takes out a `--` with no flag behind it: clap takes the next word for the last argument then,
/// which is not the first one where that may be missing (`install [NAME] CHART`).
fn drop_needless_end(words: &mut Vec<OsString>) {
    let is_flag = |word: &OsString| word.to_string_lossy().starts_with('-');
    if let Some(end) = words.iter().position(|word| word == "--")
        && !words[end + 1..].iter().any(is_flag)
    {
        words.remove(end);
    }
}

/// Says whether a flag in front of the command has its value in the next word.
///
/// Of a flag that is not global nobody knows yet; cobra takes it for one that has a value.
fn takes_next(root: &Command, flag: &str) -> bool {
    let (name, is_long) = match flag.strip_prefix("--") {
        Some(name) => (name, true),
        None => (&flag[1..], false),
    };
    if flag.contains('=') || (!is_long && name.chars().count() > 1) {
        return false;
    }
    let is_switch = |arg: &Arg| match arg.get_action() {
        ArgAction::SetTrue | ArgAction::Help => true,
        _ => arg.is_require_equals_set(),
    };
    let mut known = root.get_arguments();
    let found = known.find(|arg| match is_long {
        true => {
            arg.get_long() == Some(name)
                || arg.get_all_aliases().is_some_and(|names| names.contains(&name))
        }
        false => arg.get_short() == name.chars().next(),
    });
    match found {
        Some(arg) => !is_switch(arg),
        None => !matches!(name, "h" | "help"),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn root() -> Command {
        let flag = |name: &'static str| Arg::new(name).long(name).global(true);
        let switch = |name: &'static str| flag(name).action(ArgAction::SetTrue);
        Command::new("windlass")
            .args([flag("namespace").short('n'), switch("debug")])
            .subcommand(
                Command::new("list").alias("ls").arg(switch("short").short('q').global(false)),
            )
            .subcommand(Command::new("get").subcommand(Command::new("values")))
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words = line.split(' ').map(OsString::from).collect();
        let ordered = in_order(&root(), words).words;
        let ordered: Vec<_> = ordered.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(ordered.join(" "), expected, "{line}");
    }

    #[test]
    fn flags_in_front_of_the_command_go_behind_it() {
        check("-n web --debug list -q", "list -n web --debug -q");
        check("--namespace web ls", "list --namespace web");
        check("--output=json -nweb list x", "list --output=json -nweb x");
        check("get -n a values web", "get values -n a web");
        check("get nothing values", "get nothing values");
        check("--revision 1 get values web", "get values --revision 1 web");
        check("lst -n a list", "lst -n a list");
        check("list get", "list get");
        check("-n a", "-n a");
        check("-- list", "-- list");
        check("list -q -- -x a", "list -q -- -x a");
        check("list -- x a", "list x a");
    }

    #[test]
    fn help_about_a_command_is_its_help_flag() {
        check("help", "--help");
        check("help get values", "get values --help");
        check("-h list", "list -h");
    }

    #[test]
    fn booleans_take_values_and_the_last_one_wins() {
        let command = like_pflag(root());
        let read = |line: &str| {
            let matches = command.clone().try_get_matches_from(line.split(' ')).unwrap();
            let (_, list) = matches.subcommand().unwrap();
            (*list.get_one::<bool>("short").unwrap(), *list.get_one::<bool>("debug").unwrap())
        };
        assert_eq!(read("windlass list"), (false, false));
        assert_eq!(read("windlass list -q --debug"), (true, true));
        assert_eq!(read("windlass list --short=T --debug=false"), (true, false));
        assert_eq!(read("windlass list --short --short=0 --debug"), (false, true));
        assert!(
            command.clone().try_get_matches_from(["windlass", "list", "--short", "true"]).is_err()
        );
    }

    #[test]
    fn a_value_may_start_with_a_dash() {
        let matches =
            like_pflag(root()).try_get_matches_from(["windlass", "list", "-n", "--debug"]);
        let matches = matches.unwrap();
        let (_, list) = matches.subcommand().unwrap();
        assert_eq!(list.get_one::<String>("namespace").unwrap(), "--debug");
    }
}
