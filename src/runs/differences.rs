//! Settings that are not what they were.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Refuses to go on where something is not as it was.
pub(super) fn same(
    folder: &Path,
    before: &BTreeMap<String, String>,
    here: &BTreeMap<String, String>,
) -> Result<()> {
    let none = String::from("not set");
    let names = before.keys().chain(here.keys().filter(|name| !before.contains_key(*name)));
    let differences: Vec<String> = names
        .map(|name| (name, before.get(name).unwrap_or(&none), here.get(name).unwrap_or(&none)))
        .filter(|(_, before, here)| before != here)
        .map(|(name, before, here)| format!("{name} = {before} (here {here})"))
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    let found = format!("another run, with {}", differences.join(", "));
    Err(Error::file(folder, found, "the same run", "give the same settings, or choose another folder"))
}
