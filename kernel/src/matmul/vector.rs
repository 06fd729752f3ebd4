//! Products of which a side, or the depth, is one, as in a step or a prediction of one sample. They read each
//! number of a matrix once, so the kernel's copies would be most of the work.

use super::product::Product;
use super::{Kernel, LANES};
use crate::simd::widest;
use crate::store::Store;

/// The product of rows that are in one piece and columns that are in one piece.
///
/// # Panics
/// If they are not.
pub(super) fn dots<T: Kernel>(product: Product<T>) {
    widest(
        #[inline(always)]
        || {
            let (rows, columns) = (product.numbers(), product.panel());
            for row in 0..product.rows() {
                for column in 0..product.lanes() {
                    product.put(row, column, dot(rows.row(row), columns.row(column)));
                }
            }
        },
    );
}

/// The sum of the products, in as many sums as keep the processor's adders busy.
#[inline(always)]
fn dot<T: Kernel>(a: &[T], b: &[T]) -> T {
    const SUMS: usize = 4 * LANES;
    let (mut many, mut few, mut rest) = ([T::zero(); SUMS], [T::zero(); LANES], T::zero());
    let ((blocks_a, a), (blocks_b, b)) = (a.as_chunks::<SUMS>(), b.as_chunks::<SUMS>());
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        add_products(&mut many, a, b);
    }
    let ((blocks_a, a), (blocks_b, b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        add_products(&mut few, a, b);
    }
    for (&a, &b) in a.iter().zip(b) {
        rest += a * b;
    }
    for block in many.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            few[lane] += block[lane];
        }
    }
    for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
        for lane in 0..half {
            few[lane] += few[lane + half];
        }
    }
    few[0] + rest
}

#[inline(always)]
fn add_products<T: Kernel, const N: usize>(sums: &mut [T; N], a: &[T; N], b: &[T; N]) {
    for lane in 0..N {
        sums[lane] += a[lane] * b[lane];
    }
}

/// Adds `scale` times the outer product of two vectors to a matrix whose rows are contiguous: a product of
/// depth 1 without a bias.
///
/// Some numbers are left alone where adding to them would change nothing: all numbers are finite, and the
/// scale is negative. These are rows for which the column has a zero, as a rectifier's gradients do for half
/// of the units, and blocks for which the row has zeros alone.
///
/// # Panics
/// If it is another product.
pub(super) fn add_outer<T: Kernel>(product: Product<T>, scale: T) {
    let [_, lane_stride] = product.strides();
    let (column, panel) = (product.numbers(), product.panel());
    assert!(
        product.depth() == 1 && lane_stride == 1 && panel.across() == 1 && product.lanes() == panel.len(),
        "add_outer: another product"
    );
    // SAFETY: as many numbers, which are neighbours.
    let row = unsafe { std::slice::from_raw_parts(panel.at(0, 0), panel.len()) };
    widest(
        #[inline(always)]
        || {
            for (part, row) in row.chunks(PART).enumerate() {
                let (blocks, rest) = row.as_chunks::<LANES>();
                // Of 0 a negative scale makes -0, and that changes nothing, not even -0.
                let may_skip = finite(row) && scale.is_finite() && scale.is_sign_negative();
                let (all, nonzero) = ((1_u64 << blocks.len()) - 1, nonzero_blocks(blocks));
                for index in 0..product.rows() {
                    // SAFETY: one of the rows, whose lanes are neighbours in the result, and this part of
                    // them; no other reference to them is in use.
                    let (factor, to) = unsafe {
                        let to = product.to(index, part * PART);
                        (*column.at(index, 0), std::slice::from_raw_parts_mut(to, row.len()))
                    };
                    if may_skip && factor == T::zero() {
                        continue;
                    }
                    let (to, to_rest) = to.as_chunks_mut::<LANES>();
                    let mut left = if may_skip && factor.is_finite() { nonzero } else { all };
                    while left > 0 {
                        let block = left.trailing_zeros() as usize;
                        left &= left - 1;
                        to[block] = with_products(to[block], scale, factor, blocks[block]);
                    }
                    for (to, &x) in to_rest.iter_mut().zip(rest) {
                        [*to] = with_products([*to], scale, factor, [x]);
                    }
                }
            }
        },
    );
}

/// Numbers of a row whose blocks each have a bit.
const PART: usize = LANES * (u64::BITS as usize - 1);

/// Numbers to which a scale times those products is added. All are copies, which overlap nothing, so the
/// compiler uses vectors.
#[inline(always)]
fn with_products<T: Kernel, const N: usize>(mut to: [T; N], scale: T, factor: T, row: [T; N]) -> [T; N] {
    for lane in 0..N {
        // As 0 is added to every sum of a product.
        Store::Add(scale).put(factor * row[lane] + T::zero(), &mut to[lane]);
    }
    to
}

/// Which blocks have a number that is not zero.
#[inline(always)]
fn nonzero_blocks<T: Kernel>(blocks: &[[T; LANES]]) -> u64 {
    let mut nonzero = 0;
    for (block, numbers) in blocks.iter().enumerate() {
        let mut count = 0;
        for &x in numbers {
            count += u32::from(x != T::zero());
        }
        nonzero |= u64::from(count > 0) << block;
    }
    nonzero
}

/// Whether all numbers are finite.
#[inline(always)]
fn finite<T: Kernel>(numbers: &[T]) -> bool {
    let mut count = 0;
    for x in numbers {
        count += u32::from(x.is_finite());
    }
    count as usize == numbers.len()
}

#[cfg(test)]
mod tests {
    use super::super::product;
    use super::*;
    use crate::scalar::Scalar;
    use crate::threads::Threads;
    use ndarray::{Array2, s};

    fn an_outer_product_changes_what_its_definition_does<T: Scalar>() {
        let number = |i: usize| T::of(((i * 31) as f64).sin());
        for (rows, columns) in [(1, 1), (3, 15), (5, 16), (40, 784), (7, 1008), (2, 1009), (3, 2100)] {
            if cfg!(miri) && rows * columns > 100 {
                continue;
            }
            for case in 0..64 {
                let zeros = |i: usize| case & 1 > 0 && (!(i / 20).is_multiple_of(3) || i.is_multiple_of(7));
                let mut column = Array2::from_shape_fn((2 * rows, 3), |(i, j)| number(i + j));
                let mut row =
                    Array2::from_shape_fn(
                        (1, columns),
                        |(_, j)| if zeros(j) { T::zero() } else { number(j) },
                    );
                if case & 1 > 0 {
                    column.slice_mut(s![..;3, ..]).fill(if case & 32 > 0 { -T::zero() } else { T::zero() });
                }
                if case & 2 > 0 {
                    row[[0, columns / 2]] = T::infinity();
                }
                if case & 4 > 0 {
                    column[[2 * (rows / 2), 1]] = T::nan();
                }
                let column = column.slice(s![..;2, 1..2]);
                let mut to = Array2::from_shape_fn((rows, columns + 3), |(i, j)| match (i + j) % 5 {
                    0 => -T::zero(),
                    _ => number(i * 7 + j),
                });
                let scale = T::of([-0.3, 0.3, -0.0, f64::NEG_INFINITY][case / 8 % 4]);
                let mut expected = to.clone();
                for ((i, j), to) in expected.slice_mut(s![.., ..columns]).indexed_iter_mut() {
                    *to += scale * (column[[i, 0]] * row[[0, j]] + T::zero());
                }
                let store = Store::Add(scale);
                product(
                    &Threads::new(1 + case % 2),
                    &column,
                    &row.view(),
                    None,
                    store,
                    &mut to.slice_mut(s![.., ..columns]),
                );
                for (to, expected) in to.iter().zip(&expected) {
                    let same = to == expected && to.is_sign_negative() == expected.is_sign_negative();
                    assert!(
                        same || to.is_nan() && expected.is_nan(),
                        "{rows} x {columns}, {case}: {to} is not {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_outer_product_that_skips_zeros_changes_what_its_definition_does() {
        an_outer_product_changes_what_its_definition_does::<f32>();
        an_outer_product_changes_what_its_definition_does::<f64>();
    }
}
