//! libFuzzer's way into `path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::path::run(data));
