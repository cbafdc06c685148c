//! libFuzzer's way into `token_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::token_text::run(data));
