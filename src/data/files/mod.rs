//! Tables from files: CSV and ARFF.

mod arff;
mod csv;
mod dialect;
mod growing;
mod labels_xml;
mod names;
mod number;
mod place;
mod text;

use crate::data::reading::Reading;
use crate::data::table::Table;
use crate::error::{Error, Result};
use std::path::Path;

impl Reading {
    /// Reads the file: ARFF where its name ends in `.arff`, CSV where it ends in `.csv`, `.tsv`, `.tab`,
    /// `.txt`, `.data`, `.dat`, `.test` or not at all.
    ///
    /// # Errors
    /// [`Error::Cell`], naming file, line and column, for whatever is wrong in the file; [`Error::File`] or
    /// [`Error::Io`] for one that cannot be read; [`Error::Setting`] for a setting that is not possible.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        for (name, decimal) in [("the sign before decimals", self.decimal)] {
            if let Some(wrong) = decimal.filter(|c| !['.', ','].contains(c)) {
                return Err(Error::setting(name, format!("{wrong:?}"), "\".\" or \",\""));
            }
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if !["csv", "tsv", "tab", "txt", "data", "dat", "test", "arff", ""].contains(&ending.as_str()) {
            return Err(Error::File {
                path: path.into(),
                found: format!("the ending .{ending}"),
                expected: ".csv, .tsv, .txt, .data or .arff".into(),
                remedy: match ending.as_str() {
                    "gz" | "zip" | "xz" | "zst" | "bz2" => "unpack it first".into(),
                    "toml" => "a config is given as it is: gradlens train run.toml, or --config".into(),
                    _ => "export it as CSV; if it is a table as text, call it .csv".into(),
                },
            });
        }
        let (text, note) = text::text(path, self.encoding.as_deref())?;
        let mut table = match ending.as_str() {
            "arff" => arff::read(path, &text, self)?,
            _ => csv::read(path, &text, self)?,
        };
        table.notes.splice(0..0, note);
        Ok(table)
    }
}

impl Table {
    /// Reads a CSV or ARFF file; [`Reading`] has settings for what should not be found out.
    ///
    /// **CSV**: a row for each sample. Separator, decimal comma, encoding and header are found out; quotes,
    /// blanks around fields, comments at the top, blank lines, any line ends are understood. A field that is
    /// empty, `NA`, `N/A`, `#N/A`, `NaN`, `null`, `?` or `-` is missing.
    ///
    /// **ARFF** (Weka) as the public multi-label sets use it, rows dense or sparse. Labels are declared by `-C n`
    /// at the end of the relation's name (MEKA: Read et al., JMLR 17, 2016): the first n attributes, or for n < 0
    /// the last |n|; or, which comes first, by an XML file of the same name beside it (Mulan: Tsoumakas et al.,
    /// JMLR 12, 2011). What a sparse row leaves out is 0, or the first value of a nominal attribute.
    ///
    /// # Errors
    /// As [`Reading::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Reading::default().read(path)
    }
}
