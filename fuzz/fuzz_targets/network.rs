//! libFuzzer's way into `network`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::network::run(data));
