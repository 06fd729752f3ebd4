//! Where the samples of a run come from.

use gradlens::config::RunConfig;
use gradlens::runs::Samples;

/// How much of a SHA-256 is shown.
const SHOWN: usize = 16;

/// What says which samples a run has: the section `[data]`, how many outputs the layers have, and the seed, unless they are known
/// not to depend on it.
pub fn name(config: &RunConfig) -> String {
    let data = &config.data;
    let drawn =
        data.test_share > 0.0 || [data.elastic, data.rotate, data.rescale].iter().any(|&much| much > 0.0);
    let seed = if is_read(config) && !drawn { String::new() } else { config.training.seed.to_string() };
    format!("{} {seed}", contents(config))
}

/// The same without the seed.
pub fn contents(config: &RunConfig) -> String {
    format!("{} {:?}", config.section_to_json("data"), config.network.outputs())
}

/// Whether the samples come from files.
fn is_read(config: &RunConfig) -> bool {
    let data = &config.data;
    data.mnist || data.file.is_some() || data.images.is_some()
}

/// What the samples of runs are made of, which is the same for all that name it: files, or all that samples are drawn by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// Files as the config has them.
    pub name: String,
    /// Whether there are files.
    pub is_read: bool,
}

impl Source {
    pub fn of(config: &RunConfig) -> Self {
        let data = &config.data;
        let name = match (&data.file, &data.test, &data.images) {
            (Some(file), Some(test), _) => format!("{file} and {test}"),
            (Some(file), ..) => file.clone(),
            (.., Some(images)) => images.clone(),
            _ if data.mnist => "MNIST".into(),
            _ => format!("[data] {}", name(config)),
        };
        Source { name, is_read: is_read(config) }
    }
}

/// In words, for errors.
pub fn in_words(samples: &Samples) -> String {
    let digits = samples.sha256.get(..SHOWN).unwrap_or(&samples.sha256);
    format!("{} bytes with the SHA-256 {digits}...", samples.bytes)
}
