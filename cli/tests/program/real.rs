//! Networks that people asked about: every one can be said and ends in a verdict or a clear refusal, no healthy one is
//! called sick, and the accepted cause is found as often as the page on the diagnosis says.

use crate::{gradlens, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A list of texts in a line `key = ["a", "b"]`.
fn list(expected: &str, key: &str) -> Vec<String> {
    let line = expected.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    let inside = line.and_then(|line| line.split(['[', ']']).nth(1)).unwrap_or_default();
    inside
        .split(',')
        .map(|word| word.trim().trim_matches('"').to_string())
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn the_causes_of_real_faults_are_found_and_no_healthy_network_is_called_sick() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/real/cases");
    let (mut right, mut all) = (0, 0);
    for case in fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()) {
        let expected = fs::read_to_string(case.join("expected.toml")).unwrap();
        let answers = list(&expected, "answers");
        let output = gradlens(&format!("diagnose {} --json -", case.join("run.toml").display()));
        let error = text(&output.stderr);
        assert!(!error.contains("panicked"), "{}: {error}", case.display());
        let found = if output.status.success() {
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            found["verdict"]["illness"].as_str().unwrap().to_string()
        } else {
            let named = list(&expected, "words")
                .iter()
                .any(|word| error.to_lowercase().contains(&word.to_lowercase()));
            assert!(named, "{} is refused without naming the cause: {error}", case.display());
            answers[0].clone()
        };
        if answers[0] == "healthy" {
            assert_eq!(found, "healthy", "{}", case.display());
        }
        right += usize::from(answers.contains(&found));
        all += 1;
    }
    assert_eq!((right, all), (27, 34), "docs/diagnosis.md and tests/real/README.md say how many are right");
}
