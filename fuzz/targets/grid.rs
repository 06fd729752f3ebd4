#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gradlens_fuzz::grid(bytes));
