//! Images and their labels, as the files of a set hold them.

use super::array::Array;
use std::path::PathBuf;

/// Images and their labels, and where they come from.
pub(super) struct Samples {
    pub images: Array,
    pub images_path: PathBuf,
    pub labels: Array,
    pub labels_path: PathBuf,
}

/// Those to train on and those to test on, if there are such.
pub(super) type Sets = (Samples, Option<Samples>);
