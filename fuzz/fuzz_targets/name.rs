//! libFuzzer's way into `name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_fuzz::name::run(data));
