//! Turning numbers over: what lies row by row comes to lie column by column.

/// Rows and columns that are turned over in registers.
pub(super) const BLOCK: usize = 8;

/// How a block is turned over, for one number type.
pub trait Turn: Copy {
    /// Copies 8 x 8 numbers, rows that lie `from_row` apart, to columns that lie `to_column` apart.
    ///
    /// # Safety
    /// All must be readable and writable, and the processor must have AVX.
    #[doc(hidden)]
    unsafe fn turn_block(from: *const Self, from_row: isize, to: *mut Self, to_column: isize);
}

impl Turn for f32 {
    #[inline(always)]
    unsafe fn turn_block(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            let rows: [__m256; 8] =
                std::array::from_fn(|i| _mm256_loadu_ps(from.offset(i as isize * from_row)));
            // Pairs of rows, then of pairs, each 128 bits by itself; then the halves.
            let pairs: [__m256; 8] = std::array::from_fn(|i| {
                let (a, b) = (rows[i / 2 * 2], rows[i / 2 * 2 + 1]);
                if i % 2 == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
            });
            let fours: [__m256; 8] = std::array::from_fn(|i| {
                let first = i / 4 * 4 + i % 4 / 2;
                let (a, b) = (pairs[first], pairs[first + 2]);
                if i % 2 == 0 { _mm256_shuffle_ps::<0x44>(a, b) } else { _mm256_shuffle_ps::<0xee>(a, b) }
            });
            for column in 0..8 {
                let (a, b) = (fours[column % 4], fours[column % 4 + 4]);
                let numbers = if column < 4 {
                    _mm256_permute2f128_ps::<0x20>(a, b)
                } else {
                    _mm256_permute2f128_ps::<0x31>(a, b)
                };
                _mm256_storeu_ps(to.offset(column as isize * to_column), numbers);
            }
        }
    }
}

impl Turn for f64 {
    #[inline(always)]
    unsafe fn turn_block(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        for row in 0..BLOCK as isize {
            for column in 0..BLOCK as isize {
                // SAFETY: the caller's promise.
                unsafe { *to.offset(column * to_column + row) = *from.offset(row * from_row + column) };
            }
        }
    }
}

/// Copies `rows` x `columns` numbers; those of a row are neighbours here, those of a column there.
///
/// # Safety
/// As for [`Turn::turn_block`].
#[inline(always)]
pub(super) unsafe fn turn_over<T: Turn>(
    [rows, columns]: [usize; 2],
    (from, from_row): (*const T, isize),
    (to, to_column): (*mut T, isize),
) {
    let at = |[row, column]: [usize; 2]| [row as isize, column as isize];
    let copy = |place: [usize; 2]| {
        let [row, column] = at(place);
        // SAFETY: among those that the caller vouches for.
        unsafe { *to.offset(column * to_column + row) = *from.offset(row * from_row + column) };
    };
    for row in (0..rows).step_by(BLOCK) {
        for column in (0..columns).step_by(BLOCK) {
            if row + BLOCK <= rows && column + BLOCK <= columns {
                let [row, column] = at([row, column]);
                // SAFETY: as above, and so is AVX.
                unsafe {
                    T::turn_block(
                        from.offset(row * from_row + column),
                        from_row,
                        to.offset(column * to_column + row),
                        to_column,
                    );
                }
            } else {
                for row in row..rows.min(row + BLOCK) {
                    for column in column..columns.min(column + BLOCK) {
                        copy([row, column]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned<T: Turn + Default + PartialEq + std::fmt::Debug>(
        rows: usize,
        columns: usize,
        number: fn(usize) -> T,
    ) {
        let from: Vec<T> = (0..rows * columns).map(number).collect();
        let mut to = vec![T::default(); rows * columns];
        // SAFETY: as many numbers; the test runs where there is AVX.
        unsafe {
            turn_over([rows, columns], (from.as_ptr(), columns as isize), (to.as_mut_ptr(), rows as isize))
        };
        for row in 0..rows {
            for column in 0..columns {
                assert_eq!(to[column * rows + row], from[row * columns + column], "{rows} x {columns}");
            }
        }
    }

    #[test]
    fn every_number_is_found_where_row_and_column_have_changed_places() {
        if is_x86_feature_detected!("avx") {
            for (rows, columns) in [(1, 1), (8, 8), (7, 9), (16, 24), (33, 50)] {
                turned::<f32>(rows, columns, |i| i as f32);
                turned::<f64>(rows, columns, |i| i as f64);
            }
        }
    }
}
