//! A place between a program and the API server at which requests wait until the test has decided.

use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use tokio::sync::watch;

use super::Request;

/// When something happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the API server gets it.
    Before,
    /// After the API server has answered, before the program learns of it.
    After,
}

/// Holds requests; when it is dropped, those that wait are cut and all later ones pass.
pub(crate) struct Gate {
    reached: Receiver<Request>,
    passes: watch::Sender<bool>,
}

impl Gate {
    /// Makes a gate and what stands for it at the proxy.
    pub(super) fn new(moment: Moment) -> (Self, Bar) {
        let (sender, reached) = std::sync::mpsc::channel();
        let (passes, decided) = watch::channel(false);
        (Self { reached, passes }, Bar { moment, first: Some(sender), decided })
    }

    /// Waits until the request that is meant stands at the gate; nothing when it does not come in time.
    pub(crate) fn reached(&self, patience: Duration) -> Option<Request> {
        self.reached.recv_timeout(patience).ok()
    }

    /// Lets through those that wait, and all later ones.
    pub(crate) fn open(self) {
        // Nobody waits when nobody receives.
        let _ = self.passes.send(true);
    }
}

/// The gate as requests see it.
#[derive(Clone)]
pub(super) struct Bar {
    moment: Moment,
    first: Option<Sender<Request>>,
    decided: watch::Receiver<bool>,
}

impl Bar {
    /// When requests wait at it.
    pub(super) fn moment(&self) -> Moment {
        self.moment
    }

    /// Whether the test has still to decide.
    pub(super) fn is_closed(&self) -> bool {
        self.decided.has_changed().is_ok() && !*self.decided.borrow()
    }

    /// Whether the request that closes it has come.
    pub(super) fn was_reached(&self) -> bool {
        self.first.is_none()
    }

    /// Closes the gate for good, and returns what the closing request passes.
    pub(super) fn reach(&mut self) -> Self {
        let closing = self.clone();
        self.first = None;
        self.moment = Moment::Before;
        closing
    }

    /// Waits for the decision; true means to go on.
    pub(super) async fn pass(mut self, request: &Request) -> bool {
        if let Some(first) = self.first {
            // A test that asks no more has dropped the gate, which is a decision.
            let _ = first.send(request.clone());
        }
        self.decided.wait_for(|&passes| passes).await.is_ok()
    }
}
