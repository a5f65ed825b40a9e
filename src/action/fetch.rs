//! What is at an address of the web: values files, and the schemas that a chart's schema names.

use std::time::Duration;

/// Fetches a text of at most so many bytes, or says why that cannot be done.
pub(super) async fn fetch(url: &str, timeout: Duration, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| with_causes(&error.without_url());
    crate::cluster::prepare_tls();
    let client = reqwest::Client::builder().timeout(timeout).build().map_err(failed)?;
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() as u64 > most {
            return Err(format!("it has more than {most} bytes"));
        }
    }
    Ok(body)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
