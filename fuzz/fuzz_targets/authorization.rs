//! libFuzzer's way into `authorization`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::authorization::run(data));
