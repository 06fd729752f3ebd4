//! Labels of which some are made wrong.

use gradlens::Dataset;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The same samples, each with a probability of `share` as another class, drawn at random from the others.
pub fn with_wrong_labels(data: &Dataset, share: f64, seed: u64) -> anyhow::Result<Dataset> {
    let labels = data.labels().ok_or_else(|| anyhow::anyhow!("samples without classes"))?;
    let (classes, mut rng) = (data.output_len(), ChaCha8Rng::seed_from_u64(seed ^ 0x6c61_6265_6c73));
    let other = |label: usize, rng: &mut ChaCha8Rng| (label + rng.random_range(1..classes)) % classes;
    let noisy = |&label: &usize| if rng.random::<f64>() < share { other(label, &mut rng) } else { label };
    Ok(data.with_labels(labels.iter().map(noisy).collect(), classes)?)
}
