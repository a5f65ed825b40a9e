//! Requests that the API server could not take are sent again, and fewer at once when it is busy.
//!
//! Every request of windlass may be sent twice: what it applies and deletes is the same the second
//! time, and whoever creates something knows what it created.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full};
use kube::client::{AuthError, Body, DynBody};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tower::buffer::Buffer;
use tower::{BoxError, Service, ServiceExt};

/// How long a request is sent again: an API server is upgraded and started within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a request is sent again of which the API server says that it failed inside: that may
/// pass, as when its store has a new leader, and may not.
const INTERNAL_ERRORS: u32 = 4;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How many requests are under way at once: as many as hide the latency of a distant API server, a
/// quarter of what one allows for everybody by default (400 that read, 200 that write).
pub(super) const MOST_REQUESTS: usize = 64;

/// How many answers without a complaint let one request more be under way.
const ANSWERS_FOR_ONE_MORE: usize = 16;

type Answer = Response<Either<Full<Bytes>, Box<DynBody>>>;

/// How many requests may be under way, and whether the API server was ever there.
struct Flow {
    permits: Semaphore,
    limit: AtomicUsize,
    answers: AtomicUsize,
    /// Before the first answer a broken connection is a wrong address rather than a passing fault.
    was_there: AtomicBool,
}

impl Flow {
    fn complained(&self) {
        let limit = self.limit.load(Ordering::Relaxed);
        let forgotten = self.permits.forget_permits(limit / 2);
        self.limit.fetch_sub(forgotten, Ordering::Relaxed);
    }

    fn answered(&self) {
        self.was_there.store(true, Ordering::Relaxed);
        let answers = self.answers.fetch_add(1, Ordering::Relaxed);
        let may_grow = self.limit.load(Ordering::Relaxed) < MOST_REQUESTS;
        if may_grow && answers.is_multiple_of(ANSWERS_FOR_ONE_MORE) {
            self.limit.fetch_add(1, Ordering::Relaxed);
            self.permits.add_permits(1);
        }
    }
}

/// The service of a client, with requests repeated; `F` is what the service within answers.
pub(super) struct Retrying<F> {
    inner: Buffer<Request<Body>, F>,
    flow: Arc<Flow>,
}

impl<F> Retrying<F>
where
    F: Future<Output = Result<Response<Box<DynBody>>, BoxError>> + Send + 'static,
{
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Error = BoxError, Response = Response<Box<DynBody>>, Future = F>
            + Send
            + 'static,
    {
        let flow = Flow {
            permits: Semaphore::new(MOST_REQUESTS),
            limit: AtomicUsize::new(MOST_REQUESTS),
            answers: AtomicUsize::new(0),
            was_there: AtomicBool::new(false),
        };
        Self { inner: Buffer::new(service, 2 * MOST_REQUESTS), flow: Arc::new(flow) }
    }
}

impl<F> Service<Request<Body>> for Retrying<F>
where
    F: Future<Output = Result<Response<Box<DynBody>>, BoxError>> + Send + 'static,
{
    type Response = Answer;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let retrying = Self { inner: self.inner.clone(), flow: self.flow.clone() };
        Box::pin(retrying.send(request))
    }
}

impl<F> Retrying<F>
where
    F: Future<Output = Result<Response<Box<DynBody>>, BoxError>> + Send + 'static,
{
    async fn send(self, request: Request<Body>) -> Result<Answer, BoxError> {
        if is_stream(&request) {
            let answer = self.inner.clone().oneshot(request).await?;
            return Ok(answer.map(Either::Right));
        }
        let started = Instant::now();
        let deadline = started + PATIENCE;
        let mut pause = SHORTEST_PAUSE;
        for attempt in 1.. {
            let Some(again) = copy(&request) else { break };
            let result = self.once(again).await;
            let is_early = attempt == 1 && started.elapsed() < LONGEST_PAUSE;
            let wait = match &result {
                Ok(answer) => wait_of_answer(answer, attempt, pause),
                Err(error) => self.wait_of_error(error, is_early, pause),
            };
            match wait {
                Some(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => return result,
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        self.once(request).await
    }

    /// Sends a request once and reads the whole answer, or the connection may break in its middle.
    async fn once(&self, request: Request<Body>) -> Result<Answer, BoxError> {
        let permit = self.flow.permits.acquire().await?;
        let answer = self.inner.clone().oneshot(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(permit);
        match head.status {
            StatusCode::TOO_MANY_REQUESTS => self.flow.complained(),
            _ => self.flow.answered(),
        }
        Ok(Response::from_parts(head, Either::Left(Full::new(body))))
    }

    fn wait_of_error(&self, error: &BoxError, is_early: bool, pause: Duration) -> Option<Duration> {
        let is_final = error.downcast_ref::<AuthError>().is_some();
        // Of the first requests, which go at once, another may have been answered meanwhile.
        let is_passing = is_early || self.flow.was_there.load(Ordering::Relaxed);
        (!is_final && is_passing).then_some(pause)
    }
}

fn wait_of_answer(answer: &Answer, attempt: u32, pause: Duration) -> Option<Duration> {
    match answer.status() {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::BAD_GATEWAY
        | StatusCode::GATEWAY_TIMEOUT => Some(retry_after(answer).unwrap_or(pause).max(pause)),
        StatusCode::INTERNAL_SERVER_ERROR if attempt <= INTERNAL_ERRORS => Some(pause),
        _ => None,
    }
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Says whether the answer comes bit by bit for as long as the caller listens.
fn is_stream(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|part| part == "watch=true" || part == "follow=true")
}

fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}
