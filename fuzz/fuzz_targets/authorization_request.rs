//! libFuzzer's way into `authorization_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::authorization_request::run(data));
