//! libFuzzer's way into `time`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::time::run(data));
