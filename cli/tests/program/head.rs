//! `gradlens head` shows the pull of each pairing of output and loss.

use crate::{gradlens, json, text};

#[test]
fn the_pull_of_the_heads_is_that_of_the_formulas() {
    let found = json("head");
    let at_ten = found["gradient"].as_array().unwrap().iter().find(|row| row["z"] == 10.0).unwrap();
    let s = 1.0 / (1.0 + (-10.0_f64).exp());
    // Two classes under softmax: p (p - t) terms of both outputs add up to twice the sigmoid's.
    let expected = [
        ("sigmoid+mse", s * s * (1.0 - s)),
        ("sigmoid+bce", s),
        ("softmax+mse", 2.0 * s * s * (1.0 - s)),
        ("softmax+ce", s),
    ];
    for (name, expected) in expected {
        let found = at_ten[name].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-6 * expected, "{name}: {found}, expected {expected}");
    }
    let escape = &found["escape"][0];
    assert!((escape["output"].as_f64().unwrap() - 0.8176).abs() < 5e-5);
    assert!(escape["steps_mse"].as_u64().unwrap() < 300 && escape["steps_bce"].as_u64().unwrap() < 60);
}

#[test]
fn the_page_begins_with_how_much_weaker_the_squared_error_pulls_and_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.html");
    let output = gradlens(&format!("head --html {}", path.display()));
    assert!(text(&output.stdout).contains(&format!("Pictures: {}", path.display())));
    let page = std::fs::read_to_string(path).unwrap();
    assert_eq!(page.matches("<svg").count(), 2);
    // At 10 cross-entropy pulls 1 / s (1 - s) times as hard under sigmoid, half of that under softmax.
    assert!(page.contains(
        "<h1>A logit that is wrong by 10 is pulled 22\u{202f}000 times less by the squared error than by cross-entropy under sigmoid, \
         11\u{202f}000 times less under softmax</h1>"
    ));
    let found = json("head");
    let steps = found["escape"].as_array().unwrap().last().unwrap();
    let escape = format!(
        "is right after {} steps with the squared error, and after {} with",
        steps["steps_mse"], steps["steps_bce"]
    );
    assert!(page.contains(&escape), "{escape}");
    assert!(page.find("<svg").unwrap() < page.find("<details>").unwrap(), "the picture is not folded");
}
