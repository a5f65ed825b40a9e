//! `urlParse` and `urlJoin`, by the rules of Go's net/url.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Error;
use crate::engine::gotemplate::quote::quote;
use crate::engine::value::{Map, Value};

/// A part of a URL; each lets other characters stand as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    User,
    Host,
    Zone,
    Path,
    Fragment,
}

/// Takes a URL apart.
pub(super) fn url_parse(text: &[u8]) -> Result<Map, Error> {
    let (before, fragment) = cut(text, b'#');
    let parsed = parse(before).map_err(|why| parse_error(before, &why)).and_then(|mut parts| {
        parts.fragment = unescape(fragment.unwrap_or_default(), Part::Fragment)
            .map_err(|why| parse_error(text, &why))?;
        Ok(parts)
    });
    let parts = parsed.map_err(|why| Error::from(format!("unable to parse url: {why}")))?;
    let dict = Map::default();
    let set = |key, bytes: &[u8]| dict.set(key, text_value(bytes));
    set("scheme", &parts.scheme);
    set("host", &parts.host);
    set("hostname", hostname(&parts.host));
    set("path", &parts.path);
    set("query", &parts.query);
    set("opaque", &parts.opaque);
    set("fragment", &parts.fragment);
    set("userinfo", parts.user.as_deref().unwrap_or_default());
    Ok(dict)
}

/// Says whether a text is a URL with a scheme, as Go's `url.ParseRequestURI` reads it.
pub(crate) fn is_request_url(text: &str) -> bool {
    parse(text.as_bytes()).is_ok_and(|parts| !parts.scheme.is_empty())
}

/// Returns host and path of a URL, as Go's `url.Parse` reads it.
pub(crate) fn host_and_path(text: &str) -> Option<(String, String)> {
    let (before, fragment) = cut(text.as_bytes(), b'#');
    unescape(fragment.unwrap_or_default(), Part::Fragment).ok()?;
    let Parts { host, path, .. } = parse(before).ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some((text(host), text(path)))
}

fn text_value(bytes: &[u8]) -> Value {
    Value::String(crate::engine::value::Text::from_bytes(bytes))
}

fn parse_error(url: &[u8], why: &str) -> String {
    format!("parse {}: {why}", quote(url))
}

/// The parts of a URL; the user is escaped already.
#[derive(Default)]
struct Parts {
    scheme: Vec<u8>,
    user: Option<Vec<u8>>,
    host: Vec<u8>,
    path: Vec<u8>,
    opaque: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

fn parse(url: &[u8]) -> Result<Parts, String> {
    if url.iter().any(u8::is_ascii_control) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut parts = Parts::default();
    if url == b"*" {
        parts.path = url.to_vec();
        return Ok(parts);
    }
    let (scheme, rest) = split_scheme(url)?;
    parts.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    parts.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            parts.opaque = rest.to_vec();
            return Ok(parts);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let authority_follows = !scheme.is_empty() || !rest.starts_with(b"///");
    if let (true, Some(after)) = (authority_follows, rest.strip_prefix(b"//")) {
        let end = after.iter().position(|&byte| byte == b'/').unwrap_or(after.len());
        let (authority, path) = after.split_at(end);
        rest = path;
        parse_authority(authority, &mut parts)?;
    }
    parts.path = unescape(rest, Part::Path)?;
    Ok(parts)
}

/// Cuts at the first `byte`, which belongs to neither side.
fn cut(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&found| found == byte) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn split_scheme(url: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in url.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&url[..at], &url[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", url))
}

fn parse_authority(authority: &[u8], parts: &mut Parts) -> Result<(), String> {
    let at = authority.iter().rposition(|&byte| byte == b'@');
    parts.host = parse_host(&parts.scheme, &authority[at.map_or(0, |at| at + 1)..])?;
    if let Some(at) = at {
        parts.user = Some(parse_user(&authority[..at])?);
    }
    Ok(())
}

/// Checks name and password, and returns them as they are written in a URL.
fn parse_user(user: &[u8]) -> Result<Vec<u8>, String> {
    let valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(valid) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(user, b':');
    let mut written = escape(&unescape(name, Part::User)?, Part::User);
    if let Some(password) = password {
        written.push(b':');
        written.extend(escape(&unescape(password, Part::User)?, Part::User));
    }
    Ok(written)
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|&byte| byte == b'[') {
        Some(0) => return parse_ip_literal(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Several colons are one port too many for the web, but not for schemes such as a database's.
    let web = scheme == b"http" || scheme == b"https";
    let colon = |byte: &u8| *byte == b':';
    let port = if web { host.iter().position(colon) } else { host.iter().rposition(colon) };
    check_port(&host[port.unwrap_or(host.len())..])?;
    unescape(host, Part::Host)
}

fn parse_ip_literal(host: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = host.iter().rposition(|&byte| byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = &host[close + 1..];
    check_port(port)?;
    let literal = &host[1..close];
    let zone = literal.windows(3).position(|window| window == b"%25").unwrap_or(literal.len());
    let mut address = unescape(&literal[..zone], Part::Host)?;
    address.extend(unescape(&literal[zone..], Part::Zone)?);
    let text = String::from_utf8_lossy(&address);
    if text.parse::<Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if text.split('%').next().is_none_or(|address| address.parse::<Ipv6Addr>().is_err()) {
        let quoted = quote(&address);
        return Err(format!("invalid host: ParseAddr({quoted}): unable to parse IP"));
    }
    Ok([b"[", address.as_slice(), b"]", port].concat())
}

fn check_port(port: &[u8]) -> Result<(), String> {
    let digits = port.strip_prefix(b":").unwrap_or_default();
    let valid = port.is_empty() || port[0] == b':' && digits.iter().all(u8::is_ascii_digit);
    valid.then_some(()).ok_or_else(|| format!("invalid port {} after host", quote(port)))
}

/// Returns the host without its port and the brackets of an address.
fn hostname(host: &[u8]) -> &[u8] {
    let port =
        host.iter().rposition(|&byte| byte == b':').filter(|&at| check_port(&host[at..]).is_ok());
    let name = &host[..port.unwrap_or(host.len())];
    name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name)
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte != b'%' {
            let in_host = matches!(part, Part::Host | Part::Zone);
            if in_host && byte < 0x80 && must_escape(byte, part) {
                let byte = quote(&[byte]);
                return Err(format!("invalid character {byte} in host name"));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let code = text.get(at..at + 3).unwrap_or(&text[at..]);
        let value = decode_escape(code).filter(|&value| match part {
            // Only bytes beyond ASCII may be escaped in a host, and a percent sign before a zone.
            Part::Host => value >= 0x80 || code == b"%25",
            Part::Zone => code == b"%25" || value == b' ' || !must_escape(value, Part::Host),
            _ => true,
        });
        out.push(value.ok_or_else(|| format!("invalid URL escape {}", quote(code)))?);
        at += 3;
    }
    Ok(out)
}

fn decode_escape(code: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*code.get(at)?).to_digit(16);
    u8::try_from(digit(1)? << 4 | digit(2)?).ok()
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if must_escape(byte, part) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

fn must_escape(byte: u8, part: Part) -> bool {
    let allowed: &[u8] = match part {
        Part::User => b"$&+,;=",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::Path => b"$&+,/:;=@",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !byte.is_ascii_alphanumeric() && !b"-_.~".contains(&byte) && !allowed.contains(&byte)
}

/// Puts a URL together from the parts that `urlParse` gives.
pub(super) fn url_join(dict: &Map) -> Result<Vec<u8>, Error> {
    let get = |key| part_of(dict, key);
    let (scheme, host, path) = (get("scheme")?, get("host")?, get("path")?);
    let (query, opaque, fragment) = (get("query")?, get("opaque")?, get("fragment")?);
    let user = user_of(&get("userinfo")?)?;
    let mut out = scheme.clone();
    out.extend_from_slice(if scheme.is_empty() { b"" } else { b":" });
    if opaque.is_empty() {
        let has_authority = !host.is_empty() || user.is_some();
        if has_authority || !scheme.is_empty() && !path.is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = user {
            out.extend_from_slice(&user);
            out.push(b'@');
        }
        out.extend(escape(&host, Part::Host));
        let escaped = if path == b"*" { path } else { escape(&path, Part::Path) };
        if !escaped.is_empty() && !escaped.starts_with(b"/") && !host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&escaped, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(escaped);
    } else {
        out.extend_from_slice(&opaque);
    }
    if !query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&query);
    }
    if !fragment.is_empty() {
        out.push(b'#');
        out.extend(escape(&fragment, Part::Fragment));
    }
    Ok(out)
}

fn part_of(dict: &Map, key: &str) -> Result<Vec<u8>, Error> {
    match dict.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.as_bytes().to_vec()),
        Some(Value::Nil) => Err(Error::from(super::lists::NIL_DEREFERENCE)),
        Some(other) => {
            let kind = other.kind();
            let message =
                format!("unable to parse {key} key, must be of type string, but {kind} found");
            Err(Error::from(message))
        }
    }
}

fn user_of(userinfo: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    if userinfo.is_empty() {
        return Ok(None);
    }
    let url = [b"proto://", userinfo, b"@host"].concat();
    let (before, _) = cut(&url, b'#');
    let parsed = parse(before).map_err(|why| parse_error(before, &why));
    let parts =
        parsed.map_err(|why| Error::from(format!("unable to parse userinfo in dict: {why}")))?;
    Ok(parts.user)
}
