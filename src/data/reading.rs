//! How a file is to be read.

/// How a file is to be read, where it should not be found out.
///
/// ```
/// use gradlens::data::Reading;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("years.csv");
/// std::fs::write(&path, "2019,2020\n1,2\n")?;
/// assert_eq!(Reading::default().header(true).read(&path)?.columns()[0].name, "2019");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// Set with [`header`](Self::header).
    pub header: Option<bool>,
    /// Set with [`skip`](Self::skip).
    pub skip: usize,
    /// Set with [`separator`](Self::separator).
    pub separator: Option<char>,
    /// Set with [`decimal`](Self::decimal).
    pub decimal: Option<char>,
    /// Set with [`comment`](Self::comment).
    pub comment: Option<char>,
    /// Set with [`encoding`](Self::encoding).
    pub encoding: Option<String>,
    /// Set with [`categories`](Self::categories).
    pub categories: Vec<String>,
    /// Set with [`names`](Self::names).
    pub names: Vec<String>,
}

impl Reading {
    /// Whether the first line of a CSV file is a header of names. Default: by comparing it with the others.
    pub fn header(self, header: bool) -> Self {
        Reading { header: Some(header), ..self }
    }

    /// How many lines stand above the table of a CSV file, header included. Default: none.
    pub fn skip(self, skip: usize) -> Self {
        Reading { skip, ..self }
    }

    /// What stands between the fields of a CSV file; a blank stands for any run of blanks. Default: the one of
    /// `,`, `;`, tab, `|` and blanks that gives the rows the same number of fields.
    pub fn separator(self, separator: char) -> Self {
        Reading { separator: Some(separator), ..self }
    }

    /// What stands before the decimals of a number, a point or a comma; the other one may then stand before
    /// thousands. Default: found out.
    pub fn decimal(self, decimal: char) -> Self {
        Reading { decimal: Some(decimal), ..self }
    }

    /// What lines of a CSV file begin with that are to be skipped. Default: `#`, where the file begins with it.
    pub fn comment(self, comment: char) -> Self {
        Reading { comment: Some(comment), ..self }
    }

    /// The encoding, by its name in web pages (<https://encoding.spec.whatwg.org>): `latin1`, `windows-1250`, ...
    /// A byte order mark comes before it. Default: UTF-8, else UTF-16 where it can be told, else Windows-1252.
    pub fn encoding(self, encoding: impl Into<String>) -> Self {
        Reading { encoding: Some(encoding.into()), ..self }
    }

    /// Names that a header would have, if there is one: a first line with one of them is a header. Default: none.
    pub fn names<C: Into<String>>(self, names: impl IntoIterator<Item = C>) -> Self {
        Reading { names: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Columns, by name or by number counted from 1, whose values are words even where they look like numbers.
    /// Default: none.
    pub fn categories<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        Reading { categories: columns.into_iter().map(Into::into).collect(), ..self }
    }
}
