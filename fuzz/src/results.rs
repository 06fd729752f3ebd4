//! Results of sweeps, as a process that was killed or somebody else has left them.

use crate::files::{put, told};
use gradlens::runs::Results;

const LINE: &str = r#"{"id":"0123456789abcdef","config":{},"error":"none"}"#;

/// The ids of the lines that count.
fn ids(path: &std::path::Path) -> Vec<String> {
    let lines = Results::read(path).expect("a file that is there");
    lines.filter_map(|found| found.expect("a file that can be read").run.ok()).map(|run| run.id).collect()
}

/// A file of results: what is whole counts, also after more was written.
pub fn results(bytes: &[u8]) {
    let path = put("results.jsonl", bytes);
    let mut end = 0;
    for (number, found) in (1..).zip(Results::read(&path).expect("a file that is there")) {
        let found = found.expect("a file that can be read");
        assert_eq!((found.number, found.start), (number, end));
        end += found.length as u64 + u64::from(found.ended);
        let line = &bytes[found.start as usize..found.start as usize + found.length];
        assert!(!line.contains(&b'\n'));
        match found.run {
            Ok(run) => assert!(found.ended && run.id.len() == 16),
            Err(wrong) => assert!(!wrong.is_empty()),
        }
    }
    assert_eq!(end, bytes.len() as u64);
    let mut whole = ids(&path);
    match Results::open(&path) {
        Err(error) => told(&error),
        Ok((mut results, torn)) => {
            assert_eq!(torn, bytes.last().is_some_and(|&last| last != b'\n'));
            results.append(LINE).expect("room for a line");
            drop(results);
            whole.push("0123456789abcdef".into());
            assert_eq!(ids(&path), whole);
            assert!(Results::open(&path).is_ok_and(|(_, torn)| !torn));
        }
    }
}
