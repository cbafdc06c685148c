//! libFuzzer's way into `json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::json::run(data));
