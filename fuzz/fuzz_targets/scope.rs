//! libFuzzer's way into `scope`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::scope::run(data));
