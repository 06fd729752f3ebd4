//! Transposing numbers: what lies row by row comes to lie column by column.

use super::width::Width;

/// Columns that are transposed in registers at a time.
const COLUMNS: usize = 4;

/// How some rows of four columns are transposed, for one number type.
pub(super) trait Transpose: Copy {
    /// Copies `ROWS` rows, 4, 8 or with AVX-512 16, of 4 columns: the rows lie `from_row` apart, the columns
    /// come to lie `to_column` apart.
    ///
    /// # Safety
    /// All must be readable and writable.
    #[inline(always)]
    unsafe fn transpose_rows<W: Width, const ROWS: usize>(
        _: W,
        from: (*const Self, isize),
        to: (*mut Self, isize),
    ) {
        // SAFETY: the caller's promise.
        unsafe { one_by_one([ROWS, COLUMNS], from, to) };
    }
}

/// Transposes four vectors of four numbers, or of several times four: of every four numbers at the same place
/// the first vector has a row, the second the next, and so on; then the first has a column.
macro_rules! transpose_fours {
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
    unsafe fn transpose_rows<W: Width, const ROWS: usize>(
        _: W,
        (from, from_row): (*const Self, isize),
        (to, to_column): (*mut Self, isize),
    ) {
        use std::arch::x86_64::*;
        // SAFETY: the caller's promise; a `Width` is the proof that the processor has these instructions.
        unsafe {
            let four = |row: usize| _mm_loadu_ps(from.offset(row as isize * from_row));
            let column = |column: usize| to.offset(column as isize * to_column);
            match ROWS {
                4 => {
                    let rows: [__m128; 4] = std::array::from_fn(four);
                    let columns = transpose_fours!(rows, _mm_unpacklo_ps, _mm_unpackhi_ps, _mm_shuffle_ps);
                    for (index, numbers) in columns.into_iter().enumerate() {
                        _mm_storeu_ps(column(index), numbers);
                    }
                }
                8 => {
                    let rows: [__m256; 4] = std::array::from_fn(|i| {
                        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(four(i)), four(i + 4))
                    });
                    let columns =
                        transpose_fours!(rows, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps);
                    for (index, numbers) in columns.into_iter().enumerate() {
                        _mm256_storeu_ps(column(index), numbers);
                    }
                }
                16 if W::AVX512 => {
                    let rows: [__m512; 4] = std::array::from_fn(|i| {
                        let rows = _mm512_castps128_ps512(four(i));
                        let rows = _mm512_insertf32x4::<1>(rows, four(i + 4));
                        let rows = _mm512_insertf32x4::<2>(rows, four(i + 8));
                        _mm512_insertf32x4::<3>(rows, four(i + 12))
                    });
                    let columns =
                        transpose_fours!(rows, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps);
                    for (index, numbers) in columns.into_iter().enumerate() {
                        _mm512_storeu_ps(column(index), numbers);
                    }
                }
                _ => one_by_one([ROWS, COLUMNS], (from, from_row), (to, to_column)),
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
unsafe fn one_by_one<T: Copy>(
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

/// Copies `rows` x `columns` numbers: those of a row are neighbours in `from`, those of a column in `to`.
///
/// # Safety
/// All must be readable and writable.
#[inline(always)]
pub(super) unsafe fn transpose<W: Width, T: Transpose>(
    simd: W,
    [rows, columns]: [usize; 2],
    (from, from_row): (*const T, isize),
    (to, to_column): (*mut T, isize),
) {
    let mut row = 0;
    while row < rows {
        let left = rows - row;
        let height = match left {
            16.. if W::AVX512 => 16,
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
                    16 => T::transpose_rows::<W, 16>(simd, (from, from_row), (to, to_column)),
                    8 => T::transpose_rows::<W, 8>(simd, (from, from_row), (to, to_column)),
                    _ => T::transpose_rows::<W, 4>(simd, (from, from_row), (to, to_column)),
                }
            }
            if in_fours < columns {
                let (from, to) = at(in_fours);
                one_by_one([height, columns - in_fours], (from, from_row), (to, to_column));
            }
        }
        row += height;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transposes<W: Width, T: Transpose + Default + PartialEq + std::fmt::Debug>(
        simd: W,
        number: fn(usize) -> T,
    ) {
        for (rows, columns) in [(1, 1), (3, 8), (4, 4), (8, 8), (7, 9), (12, 32), (16, 24), (33, 50)] {
            let from: Vec<T> = (0..rows * columns).map(number).collect();
            let mut to = vec![T::default(); rows * columns];
            let (source, target) = ((from.as_ptr(), columns as isize), (to.as_mut_ptr(), rows as isize));
            // SAFETY: as many numbers.
            unsafe { transpose(simd, [rows, columns], source, target) };
            for row in 0..rows {
                for column in 0..columns {
                    assert_eq!(to[column * rows + row], from[row * columns + column], "{rows} x {columns}");
                }
            }
        }
    }

    #[test]
    fn every_number_is_found_where_row_and_column_have_changed_places() {
        if let Some(simd) = pulp::x86::V3::try_new() {
            transposes::<_, f32>(simd, |i| i as f32);
            transposes::<_, f64>(simd, |i| i as f64);
        }
        #[cfg(feature = "avx512")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            transposes::<_, f32>(simd, |i| i as f32);
            transposes::<_, f64>(simd, |i| i as f64);
        }
    }
}
