//! The images of digits that come with the page.

use crate::request::Refused;
use gradlens::{Dataset, Images};
use ndarray::Array2;

/// Rows and columns of an image.
const SIDE: usize = 28;

/// Images to train on and to test on. Each part is a number of images, in four bytes from the low one on, the pixels of
/// all, a byte each, and a byte for the class of each.
pub fn read(bytes: &[u8]) -> Result<Images<f32>, Refused> {
    let (train, rest) = part(bytes)?;
    let (test, rest) = part(rest)?;
    if !rest.is_empty() {
        return Err(format!("the images: {} bytes behind the last, but must be none", rest.len()));
    }
    Images::new(train, test, [SIDE, SIDE]).map_err(|error| error.to_string())
}

/// One part, and the bytes behind it.
fn part(bytes: &[u8]) -> Result<(Dataset<f32>, &[u8]), Refused> {
    let cut = || "the images: fewer bytes than they say, but must be whole".to_string();
    let (count, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
    let count = u32::from_le_bytes(*count) as usize;
    let (pixels, rest) = rest.split_at_checked(count.saturating_mul(SIDE * SIDE)).ok_or_else(cut)?;
    let (classes, rest) = rest.split_at_checked(count).ok_or_else(cut)?;
    let pixels = Array2::from_shape_vec((count, SIDE * SIDE), pixels.to_vec()).map_err(|_| cut())?;
    let classes = classes.iter().map(|&class| class.into()).collect();
    let data = Dataset::bytes(pixels, (1.0 / 255.0, 0.0), classes, 10).map_err(|error| error.to_string())?;
    Ok((data, rest))
}
