//! Whether there is room for what a setting asks for, before it is asked for in earnest.

use crate::error::{Error, Result};
use std::hint::black_box;

/// Fails where the system has no room for `count` numbers of `size` bytes, `None` being more than can be counted.
///
/// The room is taken and given back at once. Under a limit on memory, and where a request is beyond all there is, the
/// system says no here, where what was asked for has a name; without one, Rust ends the program.
pub(crate) fn check(what: impl Into<String>, count: Option<usize>, size: usize, less: &str) -> Result<()> {
    let bytes = count.and_then(|count| count.checked_mul(size));
    let mut room = Vec::<u8>::new();
    // What nobody looks at, the compiler leaves out.
    if bytes.is_some_and(|bytes| black_box(&mut room).try_reserve_exact(bytes).is_ok()) {
        return Ok(());
    }
    Err(Error::Memory { what: what.into(), bytes: bytes.map(|bytes| bytes as u64), remedy: less.into() })
}

/// The product of these, if it can be counted.
pub(crate) fn product(factors: &[usize]) -> Option<usize> {
    factors.iter().try_fold(1_usize, |product, &factor| product.checked_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_named_with_its_size_and_a_way_to_ask_for_less() {
        assert!(check("the weights", product(&[784, 128]), 4, "take fewer units").is_ok());
        let error = |count| check("the weights", count, 8, "take fewer units").unwrap_err().to_string();
        assert_eq!(
            error(Some(1 << 52)),
            "the weights would take 36028797.0 GB, and there is no room for that; take fewer units"
        );
        let most = "the weights would take more than a machine can address, and there is no room for that; take fewer units";
        assert_eq!(error(product(&[usize::MAX, 2])), most);
        assert_eq!(error(Some(usize::MAX)), most);
    }
}
