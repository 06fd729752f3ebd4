//! Every random number of a run comes from here: one seed, and apart from one another a
//! stream for each purpose, so that adding a dropout layer does not change the shuffle.
//!
//! The generator is ChaCha with 8 rounds, whose output stream is specified and the same on
//! every platform (`StdRng` and `SmallRng` promise neither).

use rand::{RngCore, SeedableRng};
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
    /// How images are distorted; one stream for each sample.
    Distortion = 9,
    /// Points in the plane; one stream for each set and part.
    Planar = 10,
    /// Which images are set aside to test on, where a file has no test set.
    #[cfg_attr(not(feature = "mnist"), allow(dead_code))]
    SetAside = 8,
    /// The values of an axis of a grid; one stream for each key.
    #[cfg_attr(not(feature = "config"), allow(dead_code))]
    Grid = 32,
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

/// Puts items into a random order, each equally likely (Fisher and Yates; Durstenfeld, CACM 7(7), 1964): item after
/// item changes places with one up to itself. Written out here, as the orders of a crate may change with its version, and
/// a run that goes on would go on in another order.
pub(crate) fn shuffle<I>(items: &mut [I], rng: &mut impl RngCore) {
    // One draw serves several items: a number below n (n + 1) (n + 2) ... has a digit below each of these.
    let (mut digits, mut left) = (0, 0);
    for last in 1..items.len() {
        let n = u32::try_from(last + 1).expect("fewer items than 2^32");
        if left == 0 {
            let mut bound = n;
            left = 1;
            while let Some(product) = bound.checked_mul(n.saturating_add(left)) {
                (bound, left) = (product, left + 1);
            }
            digits = below(bound, || rng.next_u32());
        }
        items.swap(last, (digits % n) as usize);
        (digits, left) = (digits / n, left - 1);
    }
}

/// A number below `bound`: the whole part of `bound` times a fraction of 64 random bits, so that none is more likely than
/// another by more than 2^-32 of its share. The last 32 bits are drawn only where they can matter.
fn below(bound: u32, mut draw: impl FnMut() -> u32) -> u32 {
    let mut times = || u64::from(bound) * u64::from(draw());
    let product = times();
    let (whole, fraction) = ((product >> 32) as u32, product as u32);
    if fraction <= bound.wrapping_neg() {
        return whole;
    }
    let carry = fraction.checked_add((times() >> 32) as u32).is_none();
    whole + u32::from(carry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_index_and_step_has_numbers_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        use Purpose::*;
        for purpose in [Init, Shuffle, Layer, Split, Teacher, Overlay, Xor, SetAside, Planar, Grid] {
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

    /// An order of so many.
    fn order(len: usize, rng: &mut impl RngCore) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        shuffle(&mut order, rng);
        order
    }

    #[test]
    fn a_shuffle_is_the_same_in_every_version() {
        let rng = |index| stream(7, Purpose::Shuffle, index);
        assert_eq!(order(12, &mut rng(1)), [4, 3, 1, 2, 8, 0, 5, 7, 10, 11, 6, 9]);
        // Of many the positions count, weighted so that no two that change places leave the sum.
        let sum = |order: Vec<usize>| {
            order.iter().zip(1u64..).fold(0u64, |sum, (&item, place)| {
                sum.wrapping_mul(1_000_003).wrapping_add(item as u64 * place)
            })
        };
        assert_eq!(sum(order(1000, &mut rng(2))), 3_421_225_613_351_568_989);
        assert_eq!(sum(order(60_000, &mut rng(3))), 7_201_293_745_487_264_794);
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::HashMap::new();
        let mut rng = stream(1, Purpose::Shuffle, 0);
        let draws = 24_000;
        for _ in 0..draws {
            *counts.entry(order(4, &mut rng)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        let expected = f64::from(draws) / 24.0;
        let chi_square: f64 =
            counts.values().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
        // The 99.9 % quantile with 23 degrees of freedom.
        assert!(chi_square < 49.73, "{chi_square}");
        // Each item at each place, where one draw does not serve all.
        let mut places = [[0; 20]; 20];
        for _ in 0..20_000 {
            order(20, &mut rng).into_iter().enumerate().for_each(|(place, item)| places[place][item] += 1);
        }
        let far = |count: &i32| (f64::from(*count) - 1000.0).abs() > 5.0 * 950.0_f64.sqrt();
        assert_eq!(places.iter().flatten().filter(|count| far(count)).count(), 0);
    }

    #[test]
    fn a_bounded_number_is_the_whole_part_of_a_fraction_of_64_bits() {
        for bound in [1, 2, 3, 7, 1000, 3_000_000_000, u32::MAX] {
            for high in [0, 1, 0x5555_5555, 0x5555_5556, 0x8000_0000, 0xdead_beef, u32::MAX] {
                for low in [0, 1, 0x5555_5555, 0x8000_0000, u32::MAX] {
                    let fraction = u128::from(high) << 32 | u128::from(low);
                    let slow = (u128::from(bound) * fraction) >> 64;
                    let mut drawn = [high, low].into_iter();
                    assert_eq!(u128::from(below(bound, || drawn.next().unwrap())), slow);
                }
            }
        }
    }
}
