//! The run that an operation is part of: who and where it is, and the signals that stop it.

use std::time::Duration;

use windlass::action::{Run, Signal, Stop, Stopper};

use super::environment::Environment;
use super::error::Error;
use super::flag_value;
use super::live;

/// The variables in which CI systems give the URL of a job.
const JOB_URLS: [&str; 7] = [
    // GitLab, Jenkins, CircleCI, Buildkite, Travis, Drone, Woodpecker.
    "CI_JOB_URL",
    "BUILD_URL",
    "CIRCLE_BUILD_URL",
    "BUILDKITE_BUILD_URL",
    "TRAVIS_JOB_WEB_URL",
    "DRONE_BUILD_LINK",
    "CI_PIPELINE_URL",
];

/// How long a lock outlives a run that died; Kubernetes' own components take the same time.
const LEASE: Duration = Duration::from_secs(15);

/// Describes this process for those who have to wait for it.
pub(super) fn describe(environment: &Environment) -> Result<Run, Error> {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| environment.get(name));
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    Ok(Run {
        identity: format!("{user}{} pid {}", host(environment), std::process::id()),
        job: job(environment),
        lease: lease(environment)?,
        listen,
    })
}

fn host(environment: &Environment) -> String {
    let from_file = |path| std::fs::read_to_string(path).ok();
    let name = from_file("/proc/sys/kernel/hostname").or_else(|| from_file("/etc/hostname"));
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let by_variable = || {
        let name = environment.get("HOSTNAME").or_else(|| environment.get("COMPUTERNAME"));
        name.unwrap_or("unknown-host").to_owned()
    };
    name.unwrap_or_else(by_variable)
}

fn job(environment: &Environment) -> Option<String> {
    let variable = |name| environment.get(name);
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{repository}/actions/runs/{}", variable("GITHUB_RUN_ID")?))
    };
    let azure = || {
        let server = variable("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")?.trim_end_matches('/');
        let (project, id) = (variable("SYSTEM_TEAMPROJECT")?, variable("BUILD_BUILDID")?);
        Some(format!("{server}/{project}/_build/results?buildId={id}"))
    };
    let given = || JOB_URLS.iter().find_map(|name| variable(name)).map(str::to_owned);
    github().or_else(azure).or_else(given)
}

fn lease(environment: &Environment) -> Result<Duration, Error> {
    let Some(text) = environment.get("WINDLASS_LEASE_DURATION") else { return Ok(LEASE) };
    let wrong =
        |reason: &str| Error::usage(format!("WINDLASS_LEASE_DURATION is `{text}`, but {reason}"));
    let duration = flag_value::duration(text).map_err(|error| wrong(&error))?;
    // A Lease counts in whole seconds.
    let is_right = (1..=3600).contains(&duration.as_secs()) && duration.subsec_nanos() == 0;
    is_right.then_some(duration).ok_or_else(|| wrong("it must be 1s to 1h, in whole seconds"))
}

/// Listens for the signals that ask to stop; the second one ends the process at once.
fn listen() -> Stop {
    let (stopper, stop) = Stopper::new();
    tokio::spawn(async move {
        let Ok(mut signals) = Signals::new() else { return };
        stopper.stop(signals.next().await);
        exit(signals.next().await)
    });
    stop
}

#[expect(clippy::exit, reason = "the user asked twice, and what is awaited may never come")]
fn exit(signal: Signal) {
    live::end();
    std::process::exit(match signal {
        Signal::Interrupt => 130,
        Signal::Terminate => 143,
    })
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables)
    }

    #[test]
    fn a_run_says_which_job_of_which_system_it_is() {
        for (variables, expect) in [
            (&[][..], None),
            (
                &[("BUILD_URL", "https://ci.example.com/job/7/")],
                Some("https://ci.example.com/job/7/"),
            ),
            (&[("CI_JOB_URL", "https://git.example.com/j/1")], Some("https://git.example.com/j/1")),
            (
                &[
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "a/b"),
                    ("GITHUB_RUN_ID", "42"),
                ],
                Some("https://github.com/a/b/actions/runs/42"),
            ),
            (&[("GITHUB_RUN_ID", "42")], None),
            (
                &[
                    ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/org/"),
                    ("SYSTEM_TEAMPROJECT", "shop"),
                    ("BUILD_BUILDID", "9"),
                ],
                Some("https://dev.azure.com/org/shop/_build/results?buildId=9"),
            ),
        ] {
            assert_eq!(job(&environment(variables)).as_deref(), expect, "{variables:?}");
        }
    }

    #[test]
    fn a_run_is_named_by_user_host_and_process() {
        let run = describe(&environment(&[("USER", "ann")])).unwrap();
        assert!(run.identity.starts_with("ann@"), "{}", run.identity);
        assert!(run.identity.ends_with(&format!(" pid {}", std::process::id())));
        assert!(!describe(&environment(&[])).unwrap().identity.contains('@'));
    }

    #[test]
    fn the_duration_of_a_lock_is_checked() {
        let lease = |text| lease(&environment(&[("WINDLASS_LEASE_DURATION", text)]));
        assert_eq!(lease("2s").unwrap(), Duration::from_secs(2));
        for wrong in ["0", "500ms", "1500ms", "2h", "x"] {
            assert!(lease(wrong).is_err(), "{wrong}");
        }
    }
}
