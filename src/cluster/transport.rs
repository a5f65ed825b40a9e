//! The way of requests to the API server: over one connection, on which they go side by side.
//!
//! kube's own client speaks HTTP/1.1, so that sixty requests at once are sixty connections, each with
//! a handshake that costs both sides more than the request. Where a proxy or another name for the
//! server is asked for, kube's client goes on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt;
use kube::client::{Body, ClientBuilder, ConfigExt, DynBody};
use kube::{Client, Config};
use reqwest::redirect::Policy;
use tower::util::{BoxService, option_layer};
use tower::{BoxError, Layer, Service, ServiceExt};

use super::retry::Retrying;

/// How long a connection may be silent before it is tried, and how long that may take; the times of
/// client-go.
const SILENT: Duration = Duration::from_secs(30);
const NO_ANSWER: Duration = Duration::from_secs(15);

/// How much may be on its way of one answer, so that lists do not wait for each piece to be confirmed.
const WINDOW: u32 = 4 * 1024 * 1024;

type Way = BoxService<Request<Body>, Response<Box<DynBody>>, BoxError>;

/// Builds the client of a configuration around which requests are repeated.
pub(super) fn client(mut config: Config) -> Result<Client, kube::Error> {
    // It waits for minutes, and repeats nothing whose connection broke.
    config.default_retry = false;
    let repeated = tower::layer::layer_fn(Retrying::new::<Way>);
    if config.proxy_url.is_some() || config.tls_server_name.is_some() {
        return Ok(ClientBuilder::try_from(config)?.with_layer(&repeated).build());
    }
    let way = way(&config)?;
    Ok(ClientBuilder::new(repeated.layer(way), config.default_namespace).build())
}

fn way(config: &Config) -> Result<Way, kube::Error> {
    let mut tls = config.rustls_client_config()?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .gzip(!config.disable_compression)
        .no_proxy()
        .redirect(Policy::none())
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(4 * WINDOW)
        .http2_keep_alive_interval(SILENT)
        .http2_keep_alive_timeout(NO_ANSWER);
    if let Some(timeout) = config.connect_timeout {
        builder = builder.connect_timeout(timeout);
    }
    let sender = builder.build().map_err(|error| kube::Error::Service(error.into()))?;
    let with_headers = config.extra_headers_layer()?.layer(Sender(sender));
    let authorized = option_layer(config.auth_layer()?).layer(with_headers);
    Ok(config.base_uri_layer().layer(authorized).boxed())
}

/// Sends requests of kube by reqwest.
#[derive(Clone)]
struct Sender(reqwest::Client);

impl Service<Request<Body>> for Sender {
    type Response = Response<Box<DynBody>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let request = Request::from_parts(head, body.collect_bytes().await?);
            // The URL is in the text of every error of ours.
            let sent = client.execute(request.try_into()?).await;
            let answer: Response<reqwest::Body> = sent.map_err(reqwest::Error::without_url)?.into();
            Ok(answer.map(|body| {
                Box::new(body.map_err(|error| error.without_url().into())) as Box<DynBody>
            }))
        })
    }
}
