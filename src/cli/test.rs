//! `test`: flags to [`action::Test`], how the tests went to standard output.

use std::io::Write;
use std::time::Duration;

use windlass::action::{self, Context, Event, Tested};
use windlass::cluster::{Container, Pod};

use super::error::Error;
use super::flag_value::{self, List};
use super::flags::flat;
use super::globals::Settings;
use super::progress::Progress;
use super::release_text::{self, Parts};
use super::session;

/// Run the tests that a release's chart has
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass test web --logs --filter name=web-connection")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Print what the tests' pods wrote
    #[arg(long)]
    logs: bool,
    /// Tests to run (name=a,name=b) or to leave out (!name=a), by name
    #[arg(long, value_name = "FILTER", value_parser = flag_value::list)]
    filter: Vec<List>,
    /// How long to wait for each test, such as 90s or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = flag_value::duration)]
    timeout: Duration,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let (only, except) = filters(flat(args.filter))?;
    let request = action::Test { name: args.name, only, except, timeout: args.timeout };
    let tested = action::test(&ctx, request).await?;
    let shown = show(&tested, &ctx, args.logs, settings, out).await;
    // What the tests made goes, whether or not it could be shown.
    tested.clear(&ctx).await?;
    shown
}

/// Returns the names of the tests to run, and of those to leave out.
fn filters(filters: Vec<String>) -> Result<(Vec<String>, Vec<String>), Error> {
    let (mut only, mut except) = (Vec::new(), Vec::new());
    for filter in filters {
        let left_out = ["!name=", "! name="].iter().find_map(|start| filter.strip_prefix(start));
        match (filter.strip_prefix("name="), left_out) {
            (Some(name), _) => only.push(name.to_owned()),
            (None, Some(name)) => except.push(name.to_owned()),
            (None, None) => {
                return Err(Error::usage(format!(
                    "invalid filter \"{filter}\": it must be name=TEST or !name=TEST"
                )));
            }
        }
    }
    Ok((only, except))
}

async fn show(
    tested: &Tested,
    ctx: &Context<'_>,
    logs: bool,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let parts = Parts { details: settings.debug, hide_notes: true, ..Parts::default() };
    out.write_all(release_text::text(&tested.release, &parts, settings.paint)?.as_bytes())?;
    if !logs {
        return Ok(());
    }
    writeln!(out)?;
    let mut unread = Ok(());
    for pod in tested.pods(ctx).await? {
        for container in &pod.containers {
            unread = unread.and(print_log(ctx, &pod, container, out).await?);
        }
    }
    unread
}

/// Prints what a container wrote; that it cannot be read does not keep the others from it.
async fn print_log(
    ctx: &Context<'_>,
    pod: &Pod,
    container: &Container,
    out: &mut dyn Write,
) -> Result<Result<(), Error>, Error> {
    let mut head = Some(format!("POD LOGS: {} ({})\n", pod.name, container.name));
    let mut written = Ok(());
    let mut print = |piece: &[u8]| {
        if written.is_ok() {
            let head = head.take().unwrap_or_default();
            written = out.write_all(head.as_bytes()).and_then(|()| out.write_all(piece));
        }
    };
    let read = ctx.cluster.read_log(pod, &container.name, &mut print).await;
    if read.is_ok() {
        print(b"\n");
    }
    written?;
    Ok(read.map_err(|error| action::Error::from(error).into()))
}

#[cfg(test)]
mod tests {
    use super::filters;

    #[test]
    fn filters_name_the_tests_to_run_and_to_leave_out() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (only, except) = filters(texts(&["name=a", "!name=b", "! name=c", "name=d"])).unwrap();
        assert_eq!((only, except), (texts(&["a", "d"]), texts(&["b", "c"])));
        assert!(filters(texts(&["nmae=a"])).is_err());
    }
}
