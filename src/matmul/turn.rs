//! Turning numbers over: what lies row by row comes to lie column by column.

/// Rows and columns that are turned over in registers.
const BLOCK: usize = 8;

/// How a block is turned over, for one number type.
pub(super) trait Turn: Copy {
    /// Copies 8 x 8 numbers, rows that lie `from_row` apart, to columns that lie `to_column` apart.
    ///
    /// # Safety
    /// All must be readable and writable, and the processor must have AVX.
    unsafe fn turn_block(from: *const Self, from_row: isize, to: *mut Self, to_column: isize);
}

impl Turn for f32 {
    #[inline(always)]
    unsafe fn turn_block(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            // Halves of two rows, four apart, side by side; then pairs of them, and pairs of pairs.
            let halves: [__m256; 8] = std::array::from_fn(|i| {
                let at = from.offset((i % 4) as isize * from_row + (i / 4 * 4) as isize);
                let low = _mm256_castps128_ps256(_mm_loadu_ps(at));
                _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(at.offset(4 * from_row)))
            });
            for half in 0..2 {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| halves[4 * half + i]);
                let low = [_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)];
                let high = [_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)];
                let columns = [
                    _mm256_shuffle_ps::<0x44>(low[0], low[1]),
                    _mm256_shuffle_ps::<0xee>(low[0], low[1]),
                    _mm256_shuffle_ps::<0x44>(high[0], high[1]),
                    _mm256_shuffle_ps::<0xee>(high[0], high[1]),
                ];
                for (column, numbers) in columns.into_iter().enumerate() {
                    _mm256_storeu_ps(to.offset((4 * half + column) as isize * to_column), numbers);
                }
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
    // In the order in which they are written.
    for column in (0..columns).step_by(BLOCK) {
        for row in (0..rows).step_by(BLOCK) {
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
