//! Mulan's XML files, which say which attributes of an ARFF file are labels (Tsoumakas et al., JMLR 12, 2011).

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The names of the labels in the XML file beside an ARFF file, if there is one: `emotions.xml` beside
/// `emotions.arff`, `emotions-train.arff` or `emotions-test-sparse.arff`.
pub(super) fn labels_beside(arff: &Path) -> Result<Option<(PathBuf, Vec<String>)>> {
    let Some(stem) = arff.file_stem().and_then(|stem| stem.to_str()) else { return Ok(None) };
    // The whole stem first, then what stands before its last dash, and so on.
    let stems = std::iter::successors(Some(stem), |stem| Some(stem.rsplit_once(['-', '_'])?.0));
    let Some(path) = stems.map(|stem| arff.with_file_name(format!("{stem}.xml"))).find(|path| path.is_file())
    else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path).map_err(|error| Error::Io {
        path: path.clone(),
        action: "read the file",
        error,
        remedy: "check its permissions, or name the labels yourself".into(),
    })?;
    let wrong = |found: String| Error::File {
        path: path.clone(),
        found,
        expected: "<labels> with a <label name=\"...\"/> for each label".into(),
        remedy: "mend the file, or move it away and name the labels yourself".into(),
    };
    let document = roxmltree::Document::parse(&text).map_err(|error| wrong(format!("no XML ({error})")))?;
    let labels = document.descendants().filter(|node| node.tag_name().name() == "label");
    let names: Option<Vec<String>> = labels.map(|label| label.attribute("name").map(String::from)).collect();
    match names {
        None => Err(wrong("a <label> without a name".into())),
        Some(names) if names.is_empty() => Err(wrong("no <label>".into())),
        Some(names) => Ok(Some((path, names))),
    }
}
