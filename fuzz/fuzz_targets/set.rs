//! See `windlass_fuzz::set`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| windlass_fuzz::set(data));
