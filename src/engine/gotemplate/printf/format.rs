//! Flags of one directive, and the padding and digits that they ask for: Go's `fmt/format.go`.

use super::super::number::append_float;
use super::super::quote::{can_backquote, is_print, push_quoted, quote_rune};
use super::{Failure, Printer};
use crate::engine::value::MAX_TEXT;

/// What stands between `%` and the verb.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Format {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`, which Go keeps apart from `+`.
    pub(super) plus_v: bool,
    /// `%#v`: Go syntax.
    pub(super) sharp_v: bool,
}

impl Format {
    /// Moves `+` and `#` to their meaning for `%v`.
    pub(super) fn go_syntax(&mut self, verb: char) {
        if matches!(verb, 'v' | 'w') {
            self.sharp_v = std::mem::take(&mut self.sharp);
            self.plus_v = std::mem::take(&mut self.plus);
        }
    }
}

pub(super) const LOWER: &[u8; 17] = b"0123456789abcdefx";
pub(super) const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

impl Printer {
    pub(super) fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn write_padding(&mut self, count: usize) {
        if self.out.len() + count > MAX_TEXT {
            self.failure = Some(Failure::TooLong);
            return;
        }
        let byte = if self.format.zero && !self.format.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, byte);
    }

    /// Writes `text` in the width that is asked for.
    pub(super) fn pad(&mut self, text: &[u8]) {
        if self.out.len() + text.len() > MAX_TEXT {
            self.failure = Some(Failure::TooLong);
            return;
        }
        let Some(width) = self.format.width.filter(|width| *width > 0) else {
            self.out.extend_from_slice(text);
            return;
        };
        let padding = width.saturating_sub(rune_count(text));
        if self.format.minus {
            self.out.extend_from_slice(text);
            self.write_padding(padding);
        } else {
            self.write_padding(padding);
            self.out.extend_from_slice(text);
        }
    }

    /// Pads with spaces even where `0` is set.
    fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.format.zero);
        self.pad(text);
        self.format.zero = zero;
    }

    pub(super) fn format_unicode(&mut self, code: u64) {
        let width = self.format.precision.filter(|precision| *precision > 4).unwrap_or(4);
        let digits = format!("{code:X}");
        // Rust itself pads to no more than 65,535.
        let zeros = "0".repeat(width.saturating_sub(digits.len()));
        let mut text = format!("U+{zeros}{digits}");
        let rune = u32::try_from(code).ok().and_then(char::from_u32);
        if let Some(rune) = rune.filter(|rune| self.format.sharp && is_print(*rune)) {
            text.push_str(&format!(" '{rune}'"));
        }
        self.pad_with_spaces(text.as_bytes());
    }

    /// Writes an integer, given as sign and magnitude.
    pub(super) fn format_integer(
        &mut self,
        negative: bool,
        magnitude: u64,
        base: u32,
        verb: char,
        digits: &[u8; 17],
    ) {
        let format = self.format;
        if format.precision == Some(0) && magnitude == 0 {
            let zero = std::mem::take(&mut self.format.zero);
            self.write_padding(format.width.unwrap_or(0));
            self.format.zero = zero;
            return;
        }
        let signed = negative || format.plus || format.space;
        let zeros = match (format.precision, format.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if format.zero && !format.minus => {
                width.saturating_sub(usize::from(signed))
            }
            _ => 0,
        };
        // Right to left, as digits come.
        let mut text = Vec::with_capacity(24);
        let mut rest = magnitude;
        loop {
            text.push(digits[(rest % u64::from(base)) as usize]);
            rest /= u64::from(base);
            if rest == 0 {
                break;
            }
        }
        if text.len() < zeros {
            text.resize(zeros, b'0');
        }
        match base {
            2 if format.sharp => text.extend_from_slice(b"b0"),
            8 if format.sharp && text.last() != Some(&b'0') => text.push(b'0'),
            16 if format.sharp => text.extend_from_slice(&[digits[16], b'0']),
            _ => {}
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        if negative {
            text.push(b'-');
        } else if format.plus {
            text.push(b'+');
        } else if format.space {
            text.push(b' ');
        }
        text.reverse();
        self.pad_with_spaces(&text);
    }

    fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        match self.format.precision {
            Some(precision) => &text[..byte_length(text, precision)],
            None => text,
        }
    }

    pub(super) fn format_string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        self.pad(text);
    }

    /// Writes bytes as hexadecimal digits.
    pub(super) fn format_hex(&mut self, text: &[u8], digits: &[u8; 17]) {
        let format = self.format;
        let text = &text[..format.precision.unwrap_or(text.len()).min(text.len())];
        if text.is_empty() {
            self.write_padding(format.width.unwrap_or(0));
            return;
        }
        let mut width = 2 * text.len();
        if format.space {
            width = width * if format.sharp { 2 } else { 1 } + text.len() - 1;
        } else if format.sharp {
            width += 2;
        }
        let padding = format.width.unwrap_or(0).saturating_sub(width);
        if !format.minus {
            self.write_padding(padding);
        }
        for (index, byte) in text.iter().enumerate() {
            if format.space && index > 0 {
                self.out.push(b' ');
            }
            if format.sharp && (format.space || index == 0) {
                self.out.extend_from_slice(&[b'0', digits[16]]);
            }
            self.out.push(digits[usize::from(byte >> 4)]);
            self.out.push(digits[usize::from(byte & 0xf)]);
        }
        if format.minus {
            self.write_padding(padding);
        }
    }

    pub(super) fn format_quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.format.sharp && can_backquote(text) {
            let quoted = [b"`", text, b"`"].concat();
            self.pad(&quoted);
        } else if self.format.width.is_none() {
            push_quoted(&mut self.out, text, self.format.plus);
        } else {
            let mut quoted = Vec::new();
            push_quoted(&mut quoted, text, self.format.plus);
            self.pad(&quoted);
        }
    }

    pub(super) fn format_rune(&mut self, code: u64) {
        let rune = rune(code);
        self.pad(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }

    pub(super) fn format_quoted_rune(&mut self, code: u64) {
        let quoted = quote_rune(rune(code), self.format.plus);
        self.pad(quoted.as_bytes());
    }

    pub(super) fn format_float(&mut self, number: f64, verb: char, precision: Option<usize>) {
        let format = self.format;
        let precision = format.precision.or(precision);
        let mut text = vec![b'+'];
        append_float(&mut text, number, verb, precision);
        if matches!(text[1], b'-' | b'+') {
            text.remove(0);
        }
        if format.space && text[0] == b'+' && !format.plus {
            text[0] = b' ';
        }
        if matches!(text[1], b'I' | b'N') {
            let unsigned = text[1] == b'N' && !format.space && !format.plus;
            return self.pad_with_spaces(&text[usize::from(unsigned)..]);
        }
        if format.sharp && verb != 'b' {
            text = with_point(text, verb, precision);
        }
        if !format.plus && text[0] == b'+' {
            return self.pad(&text[1..]);
        }
        let width = format.width.unwrap_or(0);
        if format.zero && !format.minus && width > text.len() {
            self.out.push(text[0]);
            self.write_padding(width - text.len());
            self.out.extend_from_slice(&text[1..]);
            return;
        }
        self.pad(&text);
    }
}

/// Adds the decimal point and the zeros that `#` keeps.
fn with_point(text: Vec<u8>, verb: char, precision: Option<usize>) -> Vec<u8> {
    let mut digits = match verb {
        'v' | 'g' | 'G' | 'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let hexadecimal = matches!(verb, 'x' | 'X');
    let is_exponent = |byte: &u8| match byte {
        b'p' | b'P' => true,
        b'e' | b'E' => !hexadecimal,
        _ => false,
    };
    let split = text.iter().position(is_exponent).unwrap_or(text.len());
    let (mantissa, tail) = text.split_at(split);
    let mut mantissa = mantissa.to_vec();
    let mut significant = false;
    for byte in mantissa[1..].iter().filter(|byte| **byte != b'.') {
        significant |= *byte != b'0';
        digits -= i64::from(significant);
    }
    if !mantissa.contains(&b'.') {
        if mantissa.len() == 2 && mantissa[1] == b'0' {
            digits -= 1;
        }
        mantissa.push(b'.');
    }
    mantissa.resize(mantissa.len() + usize::try_from(digits).unwrap_or(0), b'0');
    mantissa.extend_from_slice(tail);
    mantissa
}

/// Returns the character with the number `code`; one that does not exist is U+FFFD.
fn rune(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Counts characters; a byte that is no UTF-8 is one.
fn rune_count(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Returns how many bytes the first `runes` characters take.
fn byte_length(text: &[u8], runes: usize) -> usize {
    let mut left = runes;
    let mut length = 0;
    for chunk in text.utf8_chunks() {
        for rune in
            chunk.valid().chars().map(char::len_utf8).chain(chunk.invalid().iter().map(|_| 1))
        {
            if left == 0 {
                return length;
            }
            left -= 1;
            length += rune;
        }
    }
    length
}
