//! What people say of a run: configs and flags.

use crate::files::halves;
use gradlens::config::{Grid, KEYS, RunConfig};
use gradlens::runs::run_id;

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

/// The ids of the first runs.
fn ids(grid: &Grid) -> Vec<String> {
    (0..grid.runs().min(50)).filter_map(|run| grid.config(run).ok()).map(|config| run_id(&config)).collect()
}

/// A grid as TOML: printed and read again it has the same runs.
pub fn grid(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Grid::from_toml(text) {
        Ok(grid) => {
            let printed = grid.to_toml();
            let again = Grid::from_toml(&printed).unwrap_or_else(|error| panic!("{error}\n{printed}"));
            assert_eq!((again.runs(), ids(&again)), (grid.runs(), ids(&grid)), "{printed}");
            assert_eq!(again.to_toml(), printed);
            (0..grid.runs().min(50)).for_each(|run| assert!(grid.label(run).len() >= grid.axes().len()));
        }
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
