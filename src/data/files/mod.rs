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
        let ending = self.check(path)?;
        self.parse_text(path, &ending, text::read(path, self.encoding.as_deref())?)
    }

    /// The same of a file's bytes; its name says the format, and where errors are.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// use gradlens::data::Reading;
    /// let table = Reading::default().parse("moods.csv", b"tempo,mood\n120,happy\n".to_vec())?;
    /// assert_eq!((table.rows(), table.columns().len()), (1, 2));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn parse(&self, name: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Table> {
        let path = name.as_ref();
        let ending = self.check(path)?;
        self.parse_text(path, &ending, text::text(path, bytes, self.encoding.as_deref())?)
    }

    /// The ending of a name, where there is a reader for it.
    fn check(&self, path: &Path) -> Result<String> {
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
        Ok(ending)
    }

    fn parse_text(&self, path: &Path, ending: &str, (text, note): (String, Option<String>)) -> Result<Table> {
        let mut table = match ending {
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
