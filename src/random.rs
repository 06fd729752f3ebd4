//! Every random number of a run comes from here: one seed, and apart from one another a
//! stream for each purpose, so that adding a dropout layer does not change the shuffle.
//!
//! The generator is ChaCha with 8 rounds, whose output stream is specified and the same on
//! every platform (`StdRng` and `SmallRng` promise neither).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a random stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Starting weights; one stream for each parameter.
    Init = 1,
    /// The order of the samples; one stream for each epoch.
    Shuffle = 2,
    /// What a layer draws while training; one stream for each layer.
    Layer = 3,
    /// Which samples are set aside for validation.
    Split = 4,
    /// The logistic teacher: its parameters, and one stream for each part.
    Teacher = 5,
    /// Digits laid over one another; one stream for each part.
    Overlay = 6,
    /// XOR labels; one stream for each part.
    Xor = 7,
    /// Which images are set aside to test on, where a file has no test set.
    #[cfg_attr(not(feature = "data"), allow(dead_code))]
    SetAside = 8,
}

/// The generator of `purpose`, number `index` (below 2^56), at its beginning.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) | (index & ((1 << 56) - 1)));
    rng
}

/// As [`stream`], but far enough along it for each step to have 2^32 words of its own.
pub(crate) fn stream_at(seed: u64, purpose: Purpose, index: u64, step: u64) -> ChaCha8Rng {
    let mut rng = stream(seed, purpose, index);
    rng.set_word_pos(u128::from(step) << 32);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn every_purpose_index_and_step_has_numbers_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        use Purpose::*;
        for purpose in [Init, Shuffle, Layer, Split, Teacher, Overlay, Xor, SetAside] {
            for index in 0..20 {
                for step in 0..20 {
                    assert!(seen.insert(stream_at(7, purpose, index, step).next_u64()));
                }
            }
        }
    }

    #[test]
    fn the_stream_is_the_same_on_every_platform() {
        // The published key stream of ChaCha with 8 rounds for a key and a nonce of zeros (J.
        // Strombergson, *Test vectors for the stream cipher ChaCha*, TC1).
        let mut bytes = [0; 16];
        ChaCha8Rng::from_seed([0; 32]).fill_bytes(&mut bytes);
        assert_eq!(u128::from_be_bytes(bytes), 0x3e00ef2f_895f40d6_7f5bb8e8_1f09a5a1);
        // How a seed becomes a key, and a purpose a stream, is ours to keep: measured once.
        let mut rng = stream(7, Purpose::Init, 0);
        assert_eq!([rng.next_u32(), rng.next_u32()], [1754359794, 1570232548]);
    }
}
