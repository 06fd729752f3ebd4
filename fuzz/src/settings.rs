//! What people say of a run: configs and flags.

use crate::files::halves;
use gradlens::config::{KEYS, RunConfig};

/// A config, printed and read again, is the same.
fn lasts(config: &RunConfig) {
    let text = config.to_toml();
    let again = RunConfig::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(text, again.to_toml());
}

/// A config as TOML.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match RunConfig::from_toml(text) {
        Ok(config) => lasts(&config),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Texts for flags, one after the other: a byte for the key, two for the length of the text.
pub fn flags(bytes: &[u8]) {
    let mut config = RunConfig::default();
    let mut rest = bytes;
    while let Some((&key, after)) = rest.split_first() {
        let (text, after) = halves(after);
        rest = after;
        let Ok(text) = std::str::from_utf8(text) else { return };
        let _ = config.set(KEYS[usize::from(key) % KEYS.len()].name, text);
    }
    lasts(&config);
}
