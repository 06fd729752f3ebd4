//! The images of MNIST, in the folder that a flag names or where the sources have them.

use gradlens::Mnist;
use std::path::{Path, PathBuf};

/// The folder that was named. Without one, the folder of the sources, or `data/mnist` where an installed
/// program has no sources beside it.
pub fn folder(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.into();
    }
    let of_sources = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("data").join("mnist");
    if of_sources.is_dir() { of_sources } else { ["data", "mnist"].iter().collect() }
}

/// Reads the images. Errors mention `flag`, which names the folder.
pub fn load(named: Option<&Path>, flag: &str) -> anyhow::Result<Mnist<f32>> {
    Mnist::load(folder(named)).map_err(|error| anyhow::anyhow!("{error} (another folder: {flag} DIR)"))
}
