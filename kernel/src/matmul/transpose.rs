//! Turning numbers over: what lies row by row comes to lie column by column.

/// Columns that are turned over in registers at a time.
const COLUMNS: usize = 4;

/// How some rows of four columns are turned over, for one number type.
pub(super) trait Transpose: Copy {
    /// Copies 4 rows of 4 columns: rows that lie `from_row` apart, columns that come to lie `to_column` apart.
    ///
    /// # Safety
    /// All must be readable and writable.
    unsafe fn transpose_4(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        // SAFETY: the caller's promise.
        unsafe { turn_plainly([4, COLUMNS], (from, from_row), (to, to_column)) };
    }

    /// The same for 8 rows.
    ///
    /// # Safety
    /// As for [`transpose_4`](Self::transpose_4), and the processor must have AVX.
    unsafe fn transpose_8(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        // SAFETY: the caller's promise.
        unsafe { turn_plainly([8, COLUMNS], (from, from_row), (to, to_column)) };
    }

    /// The same for 16 rows.
    ///
    /// # Safety
    /// As for [`transpose_4`](Self::transpose_4), and the processor must have AVX-512.
    unsafe fn transpose_16(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        // SAFETY: the caller's promise.
        unsafe { turn_plainly([16, COLUMNS], (from, from_row), (to, to_column)) };
    }
}

/// Turns over four vectors of four numbers, or of several times four: of every four numbers at the same place the first
/// vector has a row, the second the next, and so on; then the first has a column.
macro_rules! turn_fours {
    ($rows:expr, $low:ident, $high:ident, $shuffle:ident) => {{
        let [a, b, c, d] = $rows;
        let (low, high) = ([$low(a, b), $low(c, d)], [$high(a, b), $high(c, d)]);
        [
            $shuffle::<0x44>(low[0], low[1]),
            $shuffle::<0xee>(low[0], low[1]),
            $shuffle::<0x44>(high[0], high[1]),
            $shuffle::<0xee>(high[0], high[1]),
        ]
    }};
}

impl Transpose for f32 {
    #[inline(always)]
    unsafe fn transpose_4(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promise.
        unsafe {
            let rows: [__m128; 4] = std::array::from_fn(|i| _mm_loadu_ps(from.offset(i as isize * from_row)));
            let columns = turn_fours!(rows, _mm_unpacklo_ps, _mm_unpackhi_ps, _mm_shuffle_ps);
            for (column, numbers) in columns.into_iter().enumerate() {
                _mm_storeu_ps(to.offset(column as isize * to_column), numbers);
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose_8(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            let rows: [__m256; 4] = std::array::from_fn(|i| {
                let four = |row: usize| _mm_loadu_ps(from.offset(row as isize * from_row));
                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(four(i)), four(i + 4))
            });
            let columns = turn_fours!(rows, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps);
            for (column, numbers) in columns.into_iter().enumerate() {
                _mm256_storeu_ps(to.offset(column as isize * to_column), numbers);
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose_16(from: *const Self, from_row: isize, to: *mut Self, to_column: isize) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promises.
        unsafe {
            let rows: [__m512; 4] = std::array::from_fn(|i| {
                let four = |row: usize| _mm_loadu_ps(from.offset(row as isize * from_row));
                let rows = _mm512_castps128_ps512(four(i));
                let rows = _mm512_insertf32x4::<1>(rows, four(i + 4));
                let rows = _mm512_insertf32x4::<2>(rows, four(i + 8));
                _mm512_insertf32x4::<3>(rows, four(i + 12))
            });
            let columns = turn_fours!(rows, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps);
            for (column, numbers) in columns.into_iter().enumerate() {
                _mm512_storeu_ps(to.offset(column as isize * to_column), numbers);
            }
        }
    }
}

impl Transpose for f64 {}

/// The same number by number.
///
/// # Safety
/// All must be readable and writable.
#[inline(always)]
unsafe fn turn_plainly<T: Copy>(
    [rows, columns]: [usize; 2],
    (from, from_row): (*const T, isize),
    (to, to_column): (*mut T, isize),
) {
    for row in 0..rows as isize {
        for column in 0..columns as isize {
            // SAFETY: the caller's promise.
            unsafe { *to.offset(column * to_column + row) = *from.offset(row * from_row + column) };
        }
    }
}

/// Copies `rows` x `columns` numbers; those of a row are neighbours here, those of a column there.
///
/// # Safety
/// All must be readable and writable; the processor must have AVX, and AVX-512 if it is to go by `sixteen` rows.
#[inline(always)]
pub(super) unsafe fn transpose<T: Transpose>(
    sixteen: bool,
    [rows, columns]: [usize; 2],
    (from, from_row): (*const T, isize),
    (to, to_column): (*mut T, isize),
) {
    let mut row = 0;
    while row < rows {
        let left = rows - row;
        let height = match left {
            16.. if sixteen => 16,
            8.. => 8,
            4.. => 4,
            _ => left,
        };
        // SAFETY: the caller's promise.
        unsafe {
            let (from, to) = (from.offset(row as isize * from_row), to.add(row));
            let at = |column: usize| (from.add(column), to.offset(column as isize * to_column));
            let in_fours = if height < 4 { 0 } else { columns / COLUMNS * COLUMNS };
            for column in (0..in_fours).step_by(COLUMNS) {
                let (from, to) = at(column);
                match height {
                    16 => T::transpose_16(from, from_row, to, to_column),
                    8 => T::transpose_8(from, from_row, to, to_column),
                    _ => T::transpose_4(from, from_row, to, to_column),
                }
            }
            if in_fours < columns {
                let (from, to) = at(in_fours);
                turn_plainly([height, columns - in_fours], (from, from_row), (to, to_column));
            }
        }
        row += height;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned<T: Transpose + Default + PartialEq + std::fmt::Debug>(
        sixteen: bool,
        rows: usize,
        columns: usize,
        number: fn(usize) -> T,
    ) {
        let from: Vec<T> = (0..rows * columns).map(number).collect();
        let mut to = vec![T::default(); rows * columns];
        // SAFETY: as many numbers; the processor was asked.
        unsafe {
            transpose(
                sixteen,
                [rows, columns],
                (from.as_ptr(), columns as isize),
                (to.as_mut_ptr(), rows as isize),
            )
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
            for (rows, columns) in [(1, 1), (3, 8), (4, 4), (8, 8), (7, 9), (12, 32), (16, 24), (33, 50)] {
                for sixteen in [false, is_x86_feature_detected!("avx512f")] {
                    turned::<f32>(sixteen, rows, columns, |i| i as f32);
                    turned::<f64>(sixteen, rows, columns, |i| i as f64);
                }
            }
        }
    }
}
