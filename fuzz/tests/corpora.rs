//! What the fuzzer has learned, replayed.

use gradlens_fuzz::ATTACKS;
use std::fs;
use std::path::Path;

#[test]
fn every_attack_that_was_ever_kept_is_withstood() {
    for (name, attack) in ATTACKS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files: Vec<_> =
            fs::read_dir(&folder).expect("a corpus").map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            let withstood = std::panic::catch_unwind(|| attack(&bytes));
            assert!(withstood.is_ok(), "{}", file.display());
        }
    }
}
