//! libFuzzer's way into `client_address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::client_address::run(data));
