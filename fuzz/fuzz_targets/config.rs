//! libFuzzer's way into `config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::config::run(data));
