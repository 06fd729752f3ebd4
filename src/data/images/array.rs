//! Numbers with a shape, as files hold them.

use super::source::{FETCH_AGAIN, Source};
use crate::error::{Error, Result};
use ndarray::{ArrayD, IxDyn, ShapeBuilder};

/// Numbers, the last dimension changing fastest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    /// Images first: `[images, rows, columns]`, `[images, pixels]` or `[labels]`.
    pub shape: Vec<usize>,
    pub values: Values,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
}

/// How a file writes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub kind: Kind,
    /// In bytes.
    pub size: usize,
    pub big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Float,
}

impl Element {
    /// Whether [`values`](Self::values) can read it.
    pub fn is_known(self) -> bool {
        match self.kind {
            Kind::Unsigned | Kind::Signed => [1, 2, 4, 8].contains(&self.size),
            Kind::Float => [2, 4, 8].contains(&self.size),
        }
    }

    fn values(self, bytes: Vec<u8>) -> Values {
        use Values::*;
        let big = self.big_endian;
        match (self.kind, self.size) {
            (Kind::Unsigned, 1) => Bytes(bytes),
            (Kind::Unsigned, 2) => Integers(numbers(&bytes, big, |b| u16::from_le_bytes(b).into())),
            (Kind::Unsigned, 4) => Integers(numbers(&bytes, big, |b| u32::from_le_bytes(b).into())),
            // As a label or pixel, 2^63 and more are as wrong as 2^63 - 1.
            (Kind::Unsigned, _) => {
                Integers(numbers(&bytes, big, |b| u64::from_le_bytes(b).try_into().unwrap_or(i64::MAX)))
            }
            (Kind::Signed, 1) => Integers(numbers(&bytes, big, |b| i8::from_le_bytes(b).into())),
            (Kind::Signed, 2) => Integers(numbers(&bytes, big, |b| i16::from_le_bytes(b).into())),
            (Kind::Signed, 4) => Integers(numbers(&bytes, big, |b| i32::from_le_bytes(b).into())),
            (Kind::Signed, _) => Integers(numbers(&bytes, big, i64::from_le_bytes)),
            (Kind::Float, 2) => Floats(numbers(&bytes, big, |b| of_half(u16::from_le_bytes(b)))),
            (Kind::Float, 4) => Floats(numbers(&bytes, big, f32::from_le_bytes)),
            (Kind::Float, _) => Doubles(numbers(&bytes, big, f64::from_le_bytes)),
        }
    }
}

/// Each `N` bytes as a number.
fn numbers<const N: usize, A>(bytes: &[u8], big_endian: bool, little: impl Fn([u8; N]) -> A) -> Vec<A> {
    let (chunks, _) = bytes.as_chunks::<N>();
    let number = |chunk: &[u8; N]| {
        let mut chunk = *chunk;
        if big_endian {
            chunk.reverse();
        }
        little(chunk)
    };
    chunks.iter().map(number).collect()
}

/// A number of half precision (IEEE 754, binary16) from its bits.
fn of_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    sign * match exponent {
        0 => fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

pub(super) fn is_square(number: usize) -> bool {
    number.isqrt().pow(2) == number
}

/// The shape as text: 60000 x 28 x 28.
pub(super) fn times(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}

impl Array {
    /// Reads the numbers behind a head of `head` bytes, which said that there are `shape` of them, and that
    /// nothing comes after them.
    pub fn read(mut source: Source, head: usize, shape: Vec<usize>, element: Element) -> Result<Self> {
        let bytes = shape.iter().try_fold(element.size as u64, |n, &side| n.checked_mul(side as u64));
        let Some(bytes) = bytes.filter(|&bytes| bytes < isize::MAX as u64 - head as u64) else {
            let found = format!("a head that speaks of {} numbers", times(&shape));
            return Err(Error::file(&source.path, found, "what a memory can hold", FETCH_AGAIN));
        };
        let contents = source.take(bytes)?;
        let (found, whole) = ((head + contents.len()) as u64, head as u64 + bytes);
        let expected = format!("{whole}, of which {} numbers of its head take {bytes}", times(&shape));
        if found < whole {
            return Err(Error::file(&source.path, format!("{found} bytes"), expected, FETCH_AGAIN));
        }
        source.end(found, &expected)?;
        Ok(Array { shape, values: element.values(contents) })
    }

    /// The same numbers, of which the first dimension changed fastest.
    pub fn of_fortran_order(self) -> Self {
        fn reordered<A: Clone>(shape: &[usize], values: Vec<A>) -> Vec<A> {
            if values.is_empty() {
                return values; // the other sides may be longer than an array of any numbers can have
            }
            let array = ArrayD::from_shape_vec(IxDyn(shape).f(), values).expect("as many as the shape says");
            array.iter().cloned().collect() // in the order of the indices, the last fastest
        }
        let values = match self.values {
            Values::Bytes(values) => Values::Bytes(reordered(&self.shape, values)),
            Values::Integers(values) => Values::Integers(reordered(&self.shape, values)),
            Values::Floats(values) => Values::Floats(reordered(&self.shape, values)),
            Values::Doubles(values) => Values::Doubles(reordered(&self.shape, values)),
        };
        Array { shape: self.shape, values }
    }

    /// Each image with its rows as columns.
    pub fn transpose_images(&mut self, (height, width): (usize, usize)) {
        fn transpose<A: Copy>(values: &mut [A], height: usize, width: usize) {
            let mut from = vec![];
            for image in values.chunks_exact_mut((height * width).max(1)) {
                from.clear();
                from.extend_from_slice(image);
                for (column, to) in image.chunks_exact_mut(height).enumerate() {
                    let pixels = from.iter().skip(column).step_by(width);
                    to.iter_mut().zip(pixels).for_each(|(to, &pixel)| *to = pixel);
                }
            }
        }
        match &mut self.values {
            Values::Bytes(values) => transpose(values, height, width),
            Values::Integers(values) => transpose(values, height, width),
            Values::Floats(values) => transpose(values, height, width),
            Values::Doubles(values) => transpose(values, height, width),
        }
    }
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::Bytes(values) => values.len(),
            Values::Integers(values) => values.len(),
            Values::Floats(values) => values.len(),
            Values::Doubles(values) => values.len(),
        }
    }

    /// Number `at`. (Whole numbers above 2^53 lose their last digits.)
    pub fn get(&self, at: usize) -> f64 {
        match self {
            Values::Bytes(values) => values[at].into(),
            Values::Integers(values) => values[at] as f64,
            Values::Floats(values) => values[at].into(),
            Values::Doubles(values) => values[at],
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all are 1 or less.
    pub fn are_at_most_one(&self) -> bool {
        match self {
            Values::Bytes(values) => values.iter().all(|&value| value <= 1),
            _ => (0..self.len()).all(|at| self.get(at) <= 1.0),
        }
    }

    /// Whether all are whole numbers from 0 to 255.
    pub fn are_bytes(&self) -> bool {
        match self {
            Values::Bytes(_) => true,
            Values::Integers(values) => values.iter().all(|&value| u8::try_from(value).is_ok()),
            Values::Floats(values) => values.iter().all(|&value| f32::from(value as u8) == value),
            Values::Doubles(values) => values.iter().all(|&value| f64::from(value as u8) == value),
        }
    }

    /// Of numbers that [are bytes](Self::are_bytes).
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Values::Bytes(values) => values,
            Values::Integers(values) => values.into_iter().map(|value| value as u8).collect(),
            Values::Floats(values) => values.into_iter().map(|value| value as u8).collect(),
            Values::Doubles(values) => values.into_iter().map(|value| value as u8).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_half_precision_is_what_the_standard_says() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
            let size = match exponent {
                31 if fraction > 0.0 => f64::NAN,
                31 => f64::INFINITY,
                0 => fraction / 2f64.powi(24),
                _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
            };
            let expected = if bits & 0x8000 == 0 { size } else { -size };
            let found = f64::from(of_half(bits));
            assert!(found == expected || found.is_nan() && expected.is_nan(), "{bits:#06x}: {found}");
        }
    }
}
