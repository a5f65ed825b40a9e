//! See `windlass_fuzz::semver`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| windlass_fuzz::semver(data));
