//! libFuzzer's way into `access_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::access_token::run(data));
