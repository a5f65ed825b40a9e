//! The wish that an operation stop, which a signal brings: it ends in order, and says so.

use tokio::sync::watch;

/// Why an operation is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C, SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Tells operations that they are to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Signal>>);

/// Learns that an operation is to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Signal>>);

impl Stopper {
    /// Makes the two ends.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(None);
        (Self(sender), Stop(receiver))
    }

    /// Tells that operations are to stop.
    pub fn stop(&self, signal: Signal) {
        self.0.send_replace(Some(signal));
    }
}

impl Stop {
    /// Waits until the operation is to stop.
    pub(super) async fn asked(&self) -> Signal {
        let mut receiver = self.0.clone();
        let asked = receiver.wait_for(Option::is_some).await.ok().and_then(|signal| *signal);
        match asked {
            Some(signal) => signal,
            // Nobody is left who could ask.
            None => std::future::pending().await,
        }
    }
}
