//! Random texts and numbers, from the operating system's generator.

use base64::Engine as _;

use super::Error;
use super::limits::{check_items, check_text};

/// Returns `count` random bytes.
pub(super) fn random_bytes(count: usize) -> Result<Vec<u8>, Error> {
    check_text(count.checked_mul(4))?;
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)
        .map_err(|err| Error::from(format!("cannot read random bytes: {err}")))?;
    Ok(bytes)
}

/// Returns a random number below `limit`, each as likely.
fn below(limit: u64) -> Result<u64, Error> {
    // Numbers from the last, incomplete round would make the small ones more likely.
    let complete = u64::MAX - u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .map_err(|err| Error::from(format!("cannot read random bytes: {err}")))?;
        let number = u64::from_le_bytes(bytes);
        if number < complete {
            return Ok(number % limit);
        }
    }
}

/// Returns a text of `count` printable ASCII characters that are `wanted`; none for a negative count.
pub(super) fn random_text(count: i64, wanted: fn(&u8) -> bool) -> Result<String, Error> {
    let alphabet: Vec<u8> = (b' '..=b'~').filter(wanted).collect();
    let count = usize::try_from(count).unwrap_or_default();
    let complete = 256 - 256 % alphabet.len();
    let mut out = String::new();
    while out.len() < count {
        let bytes = random_bytes(count - out.len())?;
        let usable = bytes.into_iter().map(usize::from).filter(|&byte| byte < complete);
        out.extend(usable.map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    Ok(out)
}

/// Returns a random integer from `low` to before `high`.
pub(super) fn rand_int(low: i64, high: i64) -> Result<i64, Error> {
    match u64::try_from(high.wrapping_sub(low)) {
        Ok(span) if span > 0 => Ok(low.wrapping_add(below(span)?.cast_signed())),
        _ => Err(Error::from("invalid argument to Intn")),
    }
}

/// Returns `count` random bytes as base64.
pub(super) fn rand_bytes(count: i64) -> Result<String, Error> {
    let count = usize::try_from(count)
        .map_err(|_| Error::from("runtime error: makeslice: len out of range"))?;
    Ok(base64::engine::general_purpose::STANDARD.encode(random_bytes(count)?))
}

/// Returns the characters in random order.
pub(super) fn shuffle(text: &str) -> Result<String, Error> {
    let mut characters: Vec<char> = text.chars().collect();
    check_items(characters.len())?;
    for last in (1..characters.len()).rev() {
        characters.swap(last, below(last as u64 + 1)? as usize);
    }
    Ok(characters.into_iter().collect())
}

/// Returns a random UUID (RFC 9562, version 4).
pub(super) fn uuidv4() -> Result<String, Error> {
    let mut bytes = random_bytes(16)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let groups = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
    Ok(groups.map(super::encoding::hex).join("-"))
}
