//! libFuzzer's way into `jwt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::jwt::run(data));
