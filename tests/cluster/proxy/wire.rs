//! HTTP/1.1 on the program's side: reads a request whole, writes an answer as it comes.
//! Written here because the crates in the tree are built as clients alone.

use std::io::{Error, ErrorKind, Result};

use http::response::Parts;
use http::{HeaderMap, Request, StatusCode, header};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Reads the next request; nothing when the program has closed the connection.
pub(super) async fn read(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<Request<Vec<u8>>>> {
    let first = line(reader).await?;
    if first.is_empty() {
        return Ok(None);
    }
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request::builder().method(method).uri(path);
    loop {
        let line = line(reader).await?;
        match line.split_once(':') {
            Some((name, value)) => request = request.header(name, value.trim()),
            None if line.is_empty() => break,
            None => return Err(bad("a header has a colon")),
        }
    }
    let mut request =
        request.body(Vec::new()).map_err(|err| Error::new(ErrorKind::InvalidData, err))?;
    *request.body_mut() = body(reader, request.headers()).await?;
    Ok(Some(request))
}

async fn body(reader: &mut (impl AsyncBufRead + Unpin), headers: &HeaderMap) -> Result<Vec<u8>> {
    let number = |text: &str, radix| {
        usize::from_str_radix(text.trim(), radix).map_err(|_| bad("a length is a number"))
    };
    let mut body = Vec::new();
    if headers.contains_key(header::TRANSFER_ENCODING) {
        loop {
            let length = number(&line(reader).await?, 16)?;
            let start = body.len();
            body.resize(start + length, 0);
            reader.read_exact(&mut body[start..]).await?;
            line(reader).await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
    if let Some(length) = headers.get(header::CONTENT_LENGTH) {
        body.resize(number(length.to_str().unwrap_or_default(), 10)?, 0);
        reader.read_exact(&mut body).await?;
    }
    Ok(body)
}

async fn line(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// How the end of a body is marked.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Framing {
    None,
    Length,
    Chunks,
}

/// Writes the head of an answer, and returns how its body is to be written.
pub(super) async fn write_head(
    writer: &mut (impl AsyncWrite + Unpin),
    method: &str,
    head: &Parts,
) -> Result<Framing> {
    let status = head.status;
    let length = head.headers.get(header::CONTENT_LENGTH);
    let framing = match length {
        _ if method == "HEAD" || status == StatusCode::NO_CONTENT => Framing::None,
        _ if status == StatusCode::NOT_MODIFIED => Framing::None,
        Some(_) => Framing::Length,
        None => Framing::Chunks,
    };
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in &head.headers {
        if ![header::TRANSFER_ENCODING, header::CONNECTION].contains(name) {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
    }
    if framing == Framing::Chunks {
        bytes.extend_from_slice(b"transfer-encoding: chunked\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    writer.write_all(&bytes).await?;
    Ok(framing)
}

/// Writes a part of a body at once.
pub(super) async fn write_part(
    writer: &mut (impl AsyncWrite + Unpin),
    framing: Framing,
    part: &[u8],
) -> Result<()> {
    match framing {
        Framing::None => Ok(()),
        Framing::Length => writer.write_all(part).await,
        // A chunk without content would be the end.
        Framing::Chunks if part.is_empty() => Ok(()),
        Framing::Chunks => {
            let mut chunk = format!("{:x}\r\n", part.len()).into_bytes();
            chunk.extend_from_slice(part);
            chunk.extend_from_slice(b"\r\n");
            writer.write_all(&chunk).await
        }
    }
}

/// Marks the end of a body.
pub(super) async fn write_end(
    writer: &mut (impl AsyncWrite + Unpin),
    framing: Framing,
) -> Result<()> {
    match framing {
        Framing::Chunks => writer.write_all(b"0\r\n\r\n").await,
        Framing::None | Framing::Length => Ok(()),
    }
}
