//! The images, in the place that a flag names or where the sources have MNIST.

use gradlens::{Images, Mnist};
use std::path::{Path, PathBuf};

/// The place that was named. Without one, the folder of the sources, or `data/mnist` where an installed
/// program has no sources beside it.
pub fn place(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.into();
    }
    let of_sources = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("data").join("mnist");
    if of_sources.is_dir() { of_sources } else { ["data", "mnist"].iter().collect() }
}

/// Reads a set of images of any size. Errors mention `flag`, which names it.
pub fn load(named: Option<&Path>, flag: &str) -> anyhow::Result<Images<f32>> {
    Images::load(place(named)).map_err(|error| anyhow::anyhow!("{error} (another set: {flag} PATH)"))
}

/// Reads MNIST, or a set of its size. Errors mention `flag`, which names the folder.
pub fn mnist(named: Option<&Path>, flag: &str) -> anyhow::Result<Mnist<f32>> {
    Mnist::load(place(named)).map_err(|error| anyhow::anyhow!("{error} (another folder: {flag} DIR)"))
}
