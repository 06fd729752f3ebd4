//! `gradlens zoo` scores the diagnosis.

use crate::{json, refused};

#[test]
fn one_seed_of_the_zoo_keeps_the_gate() {
    let found = json("zoo --seeds 1");
    let all = &found["scores"][2];
    let rate = |key: &str| all[key]["hits"].as_f64().unwrap() / all[key]["of"].as_f64().unwrap();
    assert!(rate("found") >= 0.95 && rate("cause") >= 0.90 && rate("false_alarms") <= 0.02, "{all}");
}

#[test]
fn flags_that_make_no_sense_say_so() {
    for (flags, expected) in [
        ("--html page.html", "unexpected argument '--html'"),
        ("--seeds 0", "must be at least 1"),
        ("--only unicorn", "no kind has this in its name"),
    ] {
        refused(&format!("zoo {flags}"), expected);
    }
}
