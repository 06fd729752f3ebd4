//! What stands in for [`containers`](super) where the crate is built without the feature `data`: a refusal that says so.

use super::array::Array;
use super::idx::What;
use super::samples::{Samples, Sets};
use crate::error::{Error, Result};
use std::path::Path;

pub(super) fn of_table(path: &Path) -> Result<Samples> {
    Err(not_built_in(path, "a table"))
}

pub(super) fn of_archive(path: &Path) -> Result<Sets> {
    Err(not_built_in(path, "an archive of arrays"))
}

pub(super) fn only_array(path: &Path, _: What) -> Result<Array> {
    Err(not_built_in(path, "an archive of arrays"))
}

fn not_built_in(path: &Path, found: &str) -> Error {
    let expected = "IDX or .npy, which are all that gradlens reads without its feature data";
    Error::file(path, found, expected, "build with that feature: features = [\"data\"] in Cargo.toml")
}

#[cfg(test)]
mod tests {
    use crate::Images;

    #[test]
    fn a_table_of_images_is_refused_by_the_name_of_the_feature_that_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shapes.csv");
        std::fs::write(&path, "label,a,b,c,d\n0,0,255,0,51\n1,255,0,255,0\n").unwrap();
        let error = Images::<f32>::load(&path).unwrap_err().to_string();
        assert!(error.contains("shapes.csv") && error.contains("features = [\"data\"]"), "{error}");
    }
}
