//! See `windlass_fuzz::gotemplate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| windlass_fuzz::gotemplate(data));
