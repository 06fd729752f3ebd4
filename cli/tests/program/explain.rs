//! `gradlens explain`.

use crate::{gradlens, refused};

fn explained(term: &str) -> String {
    let output = gradlens(&format!("explain {term}"));
    assert!(output.status.success(), "{term}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_verdict_is_explained() {
    let pages =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/diagnostics/verdict.rs"))
            .unwrap();
    let names = pages.lines().filter_map(|line| line.trim().strip_prefix("Illness::")?.split_once(" => \""));
    let names: Vec<&str> = names.filter_map(|(_, text)| text.strip_suffix("\",")).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(explained(name).len() > name.len() + 20, "{name}");
    }
}

#[test]
fn a_term_is_found_by_any_of_its_names_and_another_is_answered_with_those_there_are() {
    assert!(explained("Dead Units").starts_with("dead (dead unit, dead-units): a unit whose"));
    assert!(explained("gradient-ratio").starts_with("gradient ratio (ratio): "));
    assert!(explained("snapshot").starts_with("look (snapshot, probe): "));
    assert!(explained("").contains("\nlogit\n"));
    refused("explain colour", "there is no word \"colour\" in the glossary, but batch");
}
