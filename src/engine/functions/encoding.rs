//! Base64, base32 and checksums.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Error;
use super::limits::check_text;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Encodes as base64.
pub(super) fn b64enc(text: &[u8]) -> Result<String, Error> {
    check_text(text.len().checked_mul(2))?;
    Ok(STANDARD.encode(text))
}

/// Decodes base64; the answer to a text that is none is Go's message.
pub(super) fn b64dec(text: &[u8]) -> Vec<u8> {
    decode_base64(text).unwrap_or_else(String::into_bytes)
}

/// Decodes base64, line breaks left aside; the error says where it stops being any.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = Reader { text, at: 0 };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut ended = false;
    while !ended {
        let (mut bits, mut digits) = (0_u32, 0);
        while digits < 4 && !ended {
            match reader.next() {
                None if digits == 0 => return Ok(out),
                None => return Err(corrupt(64, text.len() - digits)),
                Some(b'=') => {
                    reader.end_base64(digits).map_err(|at| corrupt(64, at))?;
                    ended = true;
                }
                Some(byte) => {
                    let value = base64_value(byte).ok_or_else(|| corrupt(64, reader.at - 1))?;
                    bits = bits << 6 | value;
                    digits += 1;
                }
            }
        }
        bits <<= 24 - 6 * digits;
        out.extend_from_slice(&bits.to_be_bytes()[1..1 + digits * 3 / 4]);
    }
    Ok(out)
}

fn corrupt(base: u32, at: usize) -> String {
    format!("illegal base{base} data at input byte {at}")
}

fn base64_value(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Reads bytes that are no line breaks.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn skip_line_breaks(&mut self) {
        while matches!(self.text.get(self.at), Some(b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.skip_line_breaks();
        let byte = self.text.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    /// Checks what follows the first `=` of a group; the error is the place that Go blames.
    fn end_base64(&mut self, digits: usize) -> Result<(), usize> {
        match digits {
            0 | 1 => return Err(self.at - 1),
            2 => {
                self.skip_line_breaks();
                match self.text.get(self.at) {
                    None => return Err(self.text.len()),
                    Some(b'=') => self.at += 1,
                    Some(_) => return Err(self.at - 1),
                }
            }
            _ => {}
        }
        self.skip_line_breaks();
        if self.at < self.text.len() { Err(self.at) } else { Ok(()) }
    }
}

/// Encodes as base32.
pub(super) fn b32enc(text: &[u8]) -> Result<String, Error> {
    check_text(text.len().checked_mul(2))?;
    let mut out = String::with_capacity(text.len().div_ceil(5) * 8);
    for chunk in text.chunks(5) {
        let bits =
            (0..5).fold(0_u64, |bits, at| bits << 8 | u64::from(*chunk.get(at).unwrap_or(&0)));
        let digits = (chunk.len() * 8).div_ceil(5);
        out.extend((0..8).map(|at| match at < digits {
            true => char::from(BASE32[(bits >> (35 - 5 * at) & 31) as usize]),
            false => '=',
        }));
    }
    Ok(out)
}

/// Decodes base32; the answer to a text that is none is Go's message.
pub(super) fn b32dec(text: &[u8]) -> Vec<u8> {
    let clean: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    decode_base32(&clean).unwrap_or_else(|at| corrupt(32, at).into_bytes())
}

/// Decodes base32 without line breaks; the error is the place where it stops being any.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    let mut ended = false;
    while at < text.len() && !ended {
        let (mut bits, mut digits) = (0_u64, 0);
        while digits < 8 && !ended {
            let byte = *text.get(at).ok_or(text.len() - digits)?;
            at += 1;
            if byte == b'=' && digits >= 2 && text.len() - at < 8 {
                check_base32_padding(text, at, digits)?;
                ended = true;
            } else {
                let value = BASE32.iter().position(|&digit| digit == byte).ok_or(at - 1)?;
                bits = bits << 5 | value as u64;
                digits += 1;
            }
        }
        bits <<= 40 - 5 * digits;
        out.extend_from_slice(&bits.to_be_bytes()[3..3 + digits * 5 / 8]);
    }
    Ok(out)
}

/// Checks what follows the first `=`, which is the byte before `at`.
fn check_base32_padding(text: &[u8], at: usize, digits: usize) -> Result<(), usize> {
    if text.len() - at + digits < 7 {
        return Err(text.len());
    }
    let wrong = text[at..].iter().take(7 - digits).position(|&byte| byte != b'=');
    match wrong {
        Some(index) => Err(at + index - 1),
        None if matches!(digits, 3 | 6) => Err(at - 1),
        None => Ok(()),
    }
}

/// Returns the SHA-1 of a text in hexadecimal.
pub(super) fn sha1sum(text: &[u8]) -> String {
    hex(&Sha1::digest(text))
}

/// Returns the SHA-256 of a text in hexadecimal.
pub(super) fn sha256sum(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

/// Returns the SHA-512 of a text in hexadecimal.
pub(super) fn sha512sum(text: &[u8]) -> String {
    hex(&Sha512::digest(text))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Returns the Adler-32 checksum of a text as a decimal number.
pub(super) fn adler32sum(text: &[u8]) -> String {
    // 65521 is the largest prime below 2^16 (RFC 1950).
    let (a, b) = text.iter().fold((1_u32, 0_u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16 | a).to_string()
}
