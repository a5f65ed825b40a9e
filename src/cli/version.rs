//! `version`: which windlass this is, and which Helm it stands in for.

use std::io::Write;

use super::error::Error;
use super::globals::Settings;

/// Show the version
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass version --short")]
pub(super) struct Args {
    /// Print the number alone
    #[arg(long)]
    short: bool,
    /// Print this text, with fields such as {{.Version}} filled in
    #[arg(long, value_name = "TEXT")]
    template: Option<String>,
}

/// The version of Helm that windlass does the same as.
const HELM: &str = "v4.3.1";
/// The Kubernetes version that charts see without a cluster.
const KUBE_CLIENT: &str = "v1.37";

/// Runs the command.
pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let own = format!("v{}", env!("CARGO_PKG_VERSION"));
    let fields = [
        // Who calls windlass by Helm's name asks which Helm this is.
        ("Version", if settings.program.is_helm { HELM.to_owned() } else { own.clone() }),
        ("GitCommit", String::new()),
        ("GitTreeState", String::new()),
        ("GoVersion", String::new()),
        ("KubeClientVersion", KUBE_CLIENT.to_owned()),
        ("HelmVersion", HELM.to_owned()),
        ("WindlassVersion", own),
    ];
    if let Some(template) = args.template.as_ref().filter(|text| !text.is_empty()) {
        return Ok(write!(out, "{}", filled_in(template, &fields)?)?);
    }
    if args.short {
        return Ok(writeln!(out, "{}", fields[0].1)?);
    }
    let fields = fields.iter().map(|(name, value)| format!("{name}:\"{value}\""));
    Ok(writeln!(out, "version.BuildInfo{{{}}}", fields.collect::<Vec<_>>().join(", "))?)
}

/// Puts fields in place of `{{.Name}}`, the only kind of action that is understood.
fn filled_in(template: &str, fields: &[(&str, String)]) -> Result<String, Error> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let unknown = || {
            Error::usage(format!(
                "`{template}` has more in it than fields such as {{{{.Version}}}}"
            ))
        };
        let (action, after) = after.split_once("}}").ok_or_else(unknown)?;
        let name = action.trim().strip_prefix('.').ok_or_else(unknown)?;
        let (_, value) = fields.iter().find(|(field, _)| *field == name).ok_or_else(unknown)?;
        text.push_str(before);
        text.push_str(value);
        rest = after;
    }
    Ok(text + rest)
}
