//! libFuzzer's way into `route`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::route::run(data));
