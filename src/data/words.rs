//! What words say: their order, and yes or no.

/// Puts words into the order of their numbers, or no before yes, or that of their declaration or the alphabet.
pub(super) fn sort_words(words: &mut [String], declared: bool) {
    let numbers: Option<Vec<f64>> = words.iter().map(|word| word.parse().ok()).collect();
    match numbers {
        Some(_) => words.sort_by(|a, b| {
            let number = |word: &String| word.parse::<f64>().unwrap_or(f64::NAN);
            number(a).total_cmp(&number(b)).then(a.cmp(b))
        }),
        None if words.len() == 2 && words.iter().all(|word| truth(word).is_some()) => {
            words.sort_by_key(|word| truth(word));
        }
        None if declared => {}
        None => words.sort(),
    }
}

/// What a word says of a label.
pub(super) fn truth(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "0" | "-1" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}
