//! The proxy at work: connections, what happens to each request on them, and what all of them share.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{Response, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::fault::{Effect, Rule};
use super::gate::Bar;
use super::wire;
use super::{Fault, Gate, Moment, Reply, Request, When};

/// A wish that all connections end, how long new ones are refused, and whom to tell when it is done.
type Reconnect = (Option<Duration>, oneshot::Sender<()>);

/// What the connections and the test share.
pub(super) struct Shared {
    client: Client,
    started: Instant,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<Record>>,
    under_way: AtomicUsize,
    reconnects: mpsc::UnboundedSender<Reconnect>,
}

type Record = Arc<Mutex<Request>>;

impl Shared {
    pub(super) fn new(client: Client) -> (Arc<Self>, mpsc::UnboundedReceiver<Reconnect>) {
        let (reconnects, receiver) = mpsc::unbounded_channel();
        let shared = Self {
            client,
            started: Instant::now(),
            rules: Mutex::default(),
            requests: Mutex::default(),
            under_way: AtomicUsize::new(0),
            reconnects,
        };
        (Arc::new(shared), receiver)
    }

    pub(super) fn fault(&self, when: When, fault: Fault) {
        lock(&self.rules).push(Rule::new(when, Effect::Fault(fault)));
    }

    pub(super) fn gate(&self, when: When, moment: Moment) -> Gate {
        let (gate, bar) = Gate::new(moment);
        lock(&self.rules).push(Rule::new(when, Effect::Gate(bar)));
        gate
    }

    pub(super) fn clear(&self) {
        lock(&self.rules).retain(Rule::is_closed_gate);
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.requests).iter().map(|record| lock(record).clone()).collect()
    }

    pub(super) fn forget(&self) {
        lock(&self.requests).clear();
    }

    /// How many requests have come that the API server has still to answer; those at a gate do not count.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// Ends all connections, and refuses new ones for a while; returns when they have ended.
    pub(super) async fn reconnect(&self, refusing: Option<Duration>) {
        let (done, is_done) = oneshot::channel();
        // Only a proxy that has ended does not listen, and it has no connections.
        let _ = self.reconnects.send((refusing, done));
        let _ = is_done.await;
    }

    /// Notes a request, and decides what happens to it: all in one step, so that gates are exact.
    fn arrive(
        self: &Arc<Self>,
        request: &http::Request<Vec<u8>>,
    ) -> (Record, Vec<Effect>, UnderWay) {
        let mut rules = lock(&self.rules);
        let mut requests = lock(&self.requests);
        let user_agent = request.headers().get(header::USER_AGENT);
        let request = Request {
            number: requests.len() + 1,
            method: request.method().to_string(),
            path: request.uri().to_string(),
            user_agent: user_agent.and_then(|name| name.to_str().ok()).unwrap_or_default().into(),
            at: self.started.elapsed(),
            forwarded: false,
            answered: None,
            told: None,
        };
        let effects = rules.iter_mut().filter_map(|rule| rule.meets(&request)).collect();
        let record = Arc::new(Mutex::new(request));
        requests.push(record.clone());
        (record, effects, UnderWay::new(self))
    }
}

/// Counts a request as one whose outcome is open, as long as it lives.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        Self(shared.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Listens on a port of this machine, 0 for any.
pub(super) async fn bind(port: u16) -> TcpListener {
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return listener,
            // Somebody may have been given the port while nobody listened.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Serves connections until the proxy ends.
pub(super) async fn listen(
    shared: Arc<Shared>,
    mut listener: TcpListener,
    mut reconnects: mpsc::UnboundedReceiver<Reconnect>,
) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                while connections.try_join_next().is_some() {}
                connections.spawn(serve(shared.clone(), stream));
            }
            Some((refusing, done)) = reconnects.recv() => {
                if let Some(refusing) = refusing {
                    drop(listener);
                    connections.shutdown().await;
                    // Whoever asked may have been one of the connections.
                    let _ = done.send(());
                    tokio::time::sleep(refusing).await;
                    listener = bind(port).await;
                } else {
                    connections.shutdown().await;
                    let _ = done.send(());
                }
            }
        }
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream) {
    // Every write is a whole piece.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let mut connection = Connection { shared, reader: BufReader::new(reader), writer };
    while let Ok(Some(request)) = wire::read(&mut connection.reader).await {
        let is_last = request.headers().get(header::CONNECTION).is_some_and(|it| it == "close");
        if connection.exchange(request).await.is_none() || is_last {
            return;
        }
    }
}

struct Connection {
    shared: Arc<Shared>,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Connection {
    /// Answers a request; nothing when the connection is to be cut.
    async fn exchange(&mut self, request: http::Request<Vec<u8>>) -> Option<()> {
        let (record, effects, mut under_way) = self.shared.arrive(&request);
        let (mut before, mut after, mut faults) = (None, None, Vec::new());
        for effect in effects {
            match effect {
                Effect::Gate(bar) if bar.moment() == Moment::Before => before = Some(bar),
                Effect::Gate(bar) => after = Some(bar),
                Effect::Fault(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
                Effect::Fault(fault) => faults.push(fault),
            }
        }
        if let Some(bar) = before {
            drop(under_way);
            pass(bar, &record).await?;
            under_way = UnderWay::new(&self.shared);
        }
        if let Some(fault) = faults.iter().find(|fault| !comes_after(fault)) {
            return self.instead(&record, fault).await;
        }
        lock(&record).forwarded = true;
        let response = self.shared.client.send(forwarded(request)).await.ok();
        drop(under_way);
        let response = response?;
        lock(&record).answered = Some(response.status().as_u16());
        if let Some(bar) = after {
            pass(bar, &record).await?;
        }
        match faults.first() {
            Some(Fault::CutAfter) => None,
            Some(Fault::AnswerAfter(reply)) => self.tell(&record, reply).await,
            midway => self.pass_on(&record, response, midway.is_some()).await,
        }
    }

    /// Does what a fault says in place of asking the API server.
    async fn instead(&mut self, record: &Record, fault: &Fault) -> Option<()> {
        match fault {
            Fault::Answer(reply) => self.tell(record, reply).await,
            Fault::StaleWatch => {
                let event = json!({"type": "ERROR", "object": Reply::status(410).body()});
                let response = json_response(200).body(format!("{event}\n"));
                self.write(record, response.ok()?).await
            }
            Fault::Restart(refusing) => {
                // It ends this connection, too.
                self.shared.reconnect(Some(*refusing)).await;
                None
            }
            _ => None,
        }
    }

    async fn tell(&mut self, record: &Record, reply: &Reply) -> Option<()> {
        let mut response = json_response(reply.code);
        if let Some(seconds) = reply.retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        self.write(record, response.body(reply.body().to_string()).ok()?).await
    }

    async fn write(&mut self, record: &Record, response: Response<String>) -> Option<()> {
        self.pass_on(record, response.map(|text| Body::from(text.into_bytes())), false).await
    }

    /// Passes an answer on as it comes, until the program is gone.
    async fn pass_on(
        &mut self,
        record: &Record,
        response: Response<Body>,
        midway: bool,
    ) -> Option<()> {
        let method = lock(record).method.clone();
        lock(record).told = Some(response.status().as_u16());
        let (head, mut body) = response.into_parts();
        let framing = wire::write_head(&mut self.writer, &method, &head).await.ok()?;
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                // The program sends nothing before it has its answer, so this is its end.
                _ = self.reader.fill_buf() => return None,
            };
            let Some(frame) = frame else { break };
            let Ok(part) = frame.ok()?.into_data() else { continue };
            let part = if midway { &part[..part.len() / 2] } else { &part[..] };
            wire::write_part(&mut self.writer, framing, part).await.ok()?;
            if midway {
                return None;
            }
        }
        wire::write_end(&mut self.writer, framing).await.ok()
    }
}

fn comes_after(fault: &Fault) -> bool {
    matches!(fault, Fault::CutAfter | Fault::AnswerAfter(_) | Fault::CutMidway)
}

async fn pass(bar: Bar, record: &Record) -> Option<()> {
    let request = lock(record).clone();
    bar.pass(&request).await.then_some(())
}

/// The request as the API server gets it: without what belongs to the connection, and without the program's own credentials.
fn forwarded(request: http::Request<Vec<u8>>) -> http::Request<Body> {
    let mut request = request.map(Body::from);
    for name in [
        header::HOST,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::AUTHORIZATION,
    ] {
        request.headers_mut().remove(name);
    }
    request
}

fn json_response(code: u16) -> http::response::Builder {
    Response::builder().status(code).header(header::CONTENT_TYPE, "application/json")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panics elsewhere has its verdict already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
