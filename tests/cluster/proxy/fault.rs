//! What can happen to a request, and to which.

use std::ops::RangeInclusive;
use std::time::Duration;

use regex::Regex;
use serde_json::{Value, json};

use super::Request;
use super::gate::Bar;

/// What happens to a request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It comes later; this alone changes nothing else.
    Delay(Duration),
    /// The program is told this, and the API server never hears of it.
    Answer(Reply),
    /// The API server does it, but the program is told this.
    AnswerAfter(Reply),
    /// The connection ends, and the API server never hears of it.
    Cut,
    /// The API server does it, and the connection ends without an answer.
    CutAfter,
    /// The connection ends in the middle of the answer's body.
    CutMidway,
    /// A watch is told that what it wants to start from is gone; other requests are not concerned.
    StaleWatch,
    /// The API server is gone for a while, as by [`super::Proxy::restart`].
    Restart(Duration),
}

/// An answer that the API server did not give.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// Its status code.
    pub(super) code: u16,
    /// After how many seconds the program may ask again.
    pub(super) retry_after: Option<u32>,
}

impl Reply {
    /// An answer with a status code, and a Status as Kubernetes words it.
    pub(crate) fn status(code: u16) -> Self {
        Self { code, retry_after: None }
    }

    /// An answer that there were too many requests, and when to come again.
    pub(crate) fn too_many(retry_after: u32) -> Self {
        Self { code: 429, retry_after: Some(retry_after) }
    }

    /// Its body.
    pub(super) fn body(&self) -> Value {
        let reason = match self.code {
            403 => "Forbidden",
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            500 => "InternalError",
            503 => "ServiceUnavailable",
            504 => "Timeout",
            _ => "",
        };
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": format!("the proxy says {}", self.code), "reason": reason, "code": self.code,
        });
        if let Some(seconds) = self.retry_after {
            status["details"] = json!({"retryAfterSeconds": seconds});
        }
        status
    }
}

/// Which requests are meant; all conditions must hold.
#[derive(Debug, Clone)]
pub(crate) struct When {
    method: Option<&'static str>,
    writes: bool,
    path: Option<Regex>,
    chance: Option<(f64, u64)>,
    turns: RangeInclusive<usize>,
}

impl When {
    /// Every request.
    pub(crate) fn any() -> Self {
        Self { method: None, writes: false, path: None, chance: None, turns: 1..=usize::MAX }
    }

    /// Every request that asks for a change.
    pub(crate) fn write() -> Self {
        Self { writes: true, ..Self::any() }
    }

    /// Of these, those with a method.
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Of these, those in whose path and query the pattern occurs.
    pub(crate) fn path(self, pattern: &str) -> Self {
        let pattern = Regex::new(pattern).expect("a test's pattern is a regular expression");
        Self { path: Some(pattern), ..self }
    }

    /// Of these, the nth alone, counted from 1.
    pub(crate) fn nth(self, turn: usize) -> Self {
        Self { turns: turn..=turn, ..self }
    }

    /// Of these, as many as come first.
    pub(crate) fn first(self, count: usize) -> Self {
        Self { turns: 1..=count, ..self }
    }

    /// Of these, a share: the same ones in every run with the same seed, as long as they come in the same order.
    pub(crate) fn chance(self, share: f64, seed: u64) -> Self {
        Self { chance: Some((share, seed)), ..self }
    }

    fn concerns(&self, request: &Request) -> bool {
        self.method.is_none_or(|method| request.method == method)
            && (!self.writes || request.is_write())
            && self.path.as_ref().is_none_or(|path| path.is_match(&request.path))
    }

    fn means(&self, turn: usize) -> bool {
        let lucky = self.chance.is_none_or(|(share, seed)| draw(seed, turn) < share);
        self.turns.contains(&turn) && lucky
    }
}

/// A number from 0 to 1 that looks random: SplitMix64.
pub(crate) fn draw(seed: u64, turn: usize) -> f64 {
    let mut bits = seed.wrapping_add((turn as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
}

/// A fault or a gate, and which requests it is for.
pub(super) struct Rule {
    when: When,
    effect: Effect,
    seen: usize,
}

/// What a rule does to a request.
#[derive(Clone)]
pub(super) enum Effect {
    Fault(Fault),
    Gate(Bar),
}

impl Rule {
    pub(super) fn new(when: When, effect: Effect) -> Self {
        Self { when, effect, seen: 0 }
    }

    /// Says whether it is a gate that still holds requests, or will.
    pub(super) fn is_closed_gate(&self) -> bool {
        matches!(&self.effect, Effect::Gate(bar) if bar.is_closed())
    }

    /// Returns what happens to a request that has come.
    pub(super) fn meets(&mut self, request: &Request) -> Option<Effect> {
        let concerned = self.when.concerns(request);
        self.seen += if concerned { 1 } else { 0 };
        let meant = concerned && self.when.means(self.seen);
        match &mut self.effect {
            Effect::Gate(bar) if !bar.is_closed() => None,
            Effect::Gate(bar) if bar.was_reached() => Some(Effect::Gate(bar.clone())),
            Effect::Gate(bar) => meant.then(|| Effect::Gate(bar.reach())),
            Effect::Fault(Fault::StaleWatch) if !request.is_watch() => None,
            Effect::Fault(fault) => meant.then(|| Effect::Fault(fault.clone())),
        }
    }
}
