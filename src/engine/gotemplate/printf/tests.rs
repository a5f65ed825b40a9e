//! What the oracle cannot have in a template: values that hold themselves, texts without end.

use super::*;
use crate::engine::value::Map;

#[test]
fn a_value_that_holds_itself_is_an_error() {
    let map = Map::default();
    map.set("self", Value::Map(map.clone()));
    assert!(
        matches!(sprint(&Value::Map(map)), Err(Error::Message(message)) if message.contains("nested"))
    );
}

#[test]
fn a_text_without_end_is_an_error() {
    let format = b"%999999d".repeat(1000);
    let arguments = vec![Value::Int(1); 1000];
    assert!(
        matches!(sprintf(&format, &arguments), Err(Error::Message(message)) if message.contains("longer"))
    );
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let text = Value::String(Text::from_bytes(b"\xffa"));
    assert_eq!(
        sprintf(b"%s|%q|%x|%5s|%.1s", &vec![text; 5]).unwrap().as_bytes(),
        b"\xffa|\"\\xffa\"|ff61|   \xffa|\xff"
    );
}
