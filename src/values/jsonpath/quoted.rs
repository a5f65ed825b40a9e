//! Quoted texts: Go's escapes in single or double quotes.

/// Returns what a text says that may have escapes; `quote` is the sign around it.
pub(super) fn unquote(text: &str, quote: char) -> Option<String> {
    if !text.contains(['\\', quote]) {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if first == quote {
            return None;
        }
        if first != '\\' {
            bytes.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        rest = escape(letter, rest, quote, &mut bytes)?;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds what an escape stands for, and returns the text behind it.
fn escape<'a>(letter: char, rest: &'a str, quote: char, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let byte = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '\'' | '"' if letter == quote => letter as u8,
        'x' => number(rest, 2, 16)? as u8,
        '0'..='7' => {
            let rest_of = number(rest, 2, 8)?;
            u8::try_from(letter.to_digit(8)? * 64 + rest_of).ok()?
        }
        'u' | 'U' => {
            let digits = if letter == 'u' { 4 } else { 8 };
            let character = char::from_u32(number(rest, digits, 16)?)?;
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return rest.get(digits..);
        }
        _ => return None,
    };
    bytes.push(byte);
    match letter {
        'x' | '0'..='7' => rest.get(2..),
        _ => Some(rest),
    }
}

fn number(text: &str, digits: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..digits).filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}
