//! The order in which go-yaml writes keys: as a reader would sort them, `a2` before `a10`.

use std::cmp::Ordering;

use super::Layout;
use crate::yaml::value::{Map, Value};

/// Returns the entries of a mapping in go-yaml's order.
pub(super) fn in_natural_order(map: &Map, layout: Layout) -> Vec<(&str, &Value)> {
    let mut entries: Vec<(&str, &Value)> =
        map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    if !entries.is_sorted_by(|a, b| !precedes(b.0, a.0, layout)) {
        merge_sort(&mut entries, layout);
    }
    entries
}

/// Sorts by `precedes`. The standard sort may panic here, because go-yaml's order runs in circles:
/// `2` is before `12`, `12` before `1a`, and `1a` before `2`.
fn merge_sort(entries: &mut [(&str, &Value)], layout: Layout) {
    let (left, right) = entries.split_at_mut(entries.len() / 2);
    if left.is_empty() {
        return;
    }
    merge_sort(left, layout);
    merge_sort(right, layout);
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        merged.extend(if precedes(b.0, a.0, layout) { right.next() } else { left.next() });
    }
    merged.extend(left.chain(right));
    entries.copy_from_slice(&merged);
}

/// Says whether go-yaml writes the key `a` before `b`: letters after all else, digits by the
/// number they make. Version 3 has letters before all else where they follow a digit.
fn precedes(a: &str, b: &str, layout: Layout) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    // The first difference may be inside a character.
    let same = a.floor_char_boundary(same);
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.len() < rest_b.len();
    };
    match (first_a.is_alphabetic(), first_b.is_alphabetic()) {
        (true, true) => return first_a < first_b,
        (false, false) => {}
        (a_is_letter, b_is_letter) => {
            let follow_digit = a[..same].ends_with(char::is_numeric);
            return if layout == Layout::Pretty && follow_digit {
                a_is_letter
            } else {
                b_is_letter
            };
        }
    }
    let continues_number = (first_a == '0' || first_b == '0') && ends_in_number(&a[..same]);
    let (digits_a, digits_b) = (digits(rest_a), digits(rest_b));
    compare_numbers(digits_a, digits_b, continues_number)
        .then(digits_a.len().cmp(&digits_b.len()))
        .then(first_a.cmp(&first_b))
        .is_lt()
}

/// Says whether the text ends in digits that are not all zero.
fn ends_in_number(text: &str) -> bool {
    text.bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0')
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

/// Compares two runs of digits as numbers of any size; if they continue a number, zeros at their
/// start count.
fn compare_numbers(a: &str, b: &str, continues_number: bool) -> Ordering {
    if continues_number {
        return a.len().cmp(&b.len()).then(a.cmp(b));
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then(a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(keys: &[&str]) -> Vec<String> {
        let map: Map = keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        in_natural_order(&map, Layout::Plain).into_iter().map(|(key, _)| key.to_owned()).collect()
    }

    fn check(expected: &[&str]) {
        assert_eq!(order(expected), expected);
    }

    #[test]
    fn numbers_in_keys_count_as_numbers() {
        check(&["a2", "a10", "b1"]);
        check(&["1", "01", "2", "19", "100"]);
        check(&["101", "1009", "1029", "1030"]);
        check(&["99999999999999999998", "99999999999999999999", "100000000000000000000"]);
    }

    #[test]
    fn letters_come_after_everything_else() {
        check(&["_x", "1", "A", "Z", "a", "a-b", "a.b", "a_b", "a1", "ab", "é"]);
    }

    #[test]
    fn keys_that_run_in_circles_are_sorted_somehow() {
        let keys: Vec<String> = (0..500).flat_map(|n| [n.to_string(), format!("{n}a")]).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut sorted = order(&keys);
        sorted.sort();
        let mut all = keys.clone();
        all.sort_unstable();
        assert_eq!(sorted, all);
    }
}
