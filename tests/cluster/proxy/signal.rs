//! Runs a program and sends it a signal at exactly one of its requests.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Moment, Proxy, Request, When};
use crate::support::Output;

/// A signal, by the name that `kill` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ends the program at once; no request that came later is forwarded.
    Kill,
    /// Asks it to end, as Ctrl-C does; its requests go on.
    Interrupt,
}

impl Proxy {
    /// Runs a command and sends it a signal when the first request that is meant comes to the moment given.
    ///
    /// Returns that request with what the command said; no request when the command ended before.
    /// When this returns, the API server has answered whatever it got.
    #[track_caller]
    pub(crate) fn run_with_signal(
        &self,
        mut command: Command,
        signal: Signal,
        when: When,
        moment: Moment,
    ) -> (Option<Request>, Output) {
        let gate = self.gate(when, moment);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.unwrap_or_else(|err| panic!("cannot start {command:?}: {err}"));
        let id = child.id();
        let end = std::thread::spawn(move || Output::told(&command, child.wait_with_output()));
        let mut request = None;
        while request.is_none() && !end.is_finished() {
            request = gate.reached(Duration::from_millis(10));
        }
        if request.is_some() {
            send(signal, id);
        }
        if signal != Signal::Kill {
            gate.open();
            let output = end.join().expect("waiting does not fail");
            self.settle();
            return (request, output);
        }
        let output = end.join().expect("waiting does not fail");
        self.settle();
        // While the gate still holds what the program sent with its last breath.
        self.disconnect();
        (request, output)
    }
}

#[track_caller]
fn send(signal: Signal, id: u32) {
    let name = match signal {
        Signal::Kill => "-KILL",
        Signal::Interrupt => "-INT",
    };
    let sent = Command::new("kill").args([name, &id.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal:?} to {id}");
}
