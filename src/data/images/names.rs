//! Which file is which, by its name.

use super::idx::What;
use super::source::cannot_read;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Train,
    Test,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Test => "test",
        }
    }
}

/// The words of a name, in lower case: `Train-Images.idx3-ubyte` has train, images, idx3 and ubyte.
pub(super) fn words(name: &str) -> Vec<String> {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// What the words of a file, or of an array in one, say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    pub part: Option<Part>,
    pub what: Option<What>,
    /// The other words: the name of the set.
    pub set: Vec<String>,
}

impl Name {
    pub fn of(name: &str) -> Self {
        let mut found = Name { part: None, what: None, set: vec![] };
        for word in words(name) {
            match word.as_str() {
                "train" | "training" => found.part = Some(Part::Train),
                "test" | "testing" | "t10k" => found.part = Some(Part::Test),
                "images" | "image" | "imgs" | "img" | "x" => found.what = Some(What::Images),
                "labels" | "label" | "y" | "target" | "targets" => found.what = Some(What::Labels),
                "idx1" | "idx2" | "idx3" | "ubyte" | "int" | "gz" | "npy" | "npz" | "csv" => {}
                _ => found.set.push(word),
            }
        }
        found
    }
}

/// How the files of a set belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Images and labels in a file each, which are IDX or something else that has no ending of its own.
    Idx,
    Npy,
    /// As [`Npy`](Kind::Npy), each in a zip archive.
    NpzPair,
    /// All arrays of a set in one zip archive.
    Npz,
    /// Images with their labels.
    Csv,
}

/// Kind and name of a file; `None` if it is none of a set of images.
fn classify(path: &Path) -> Option<(Kind, Name)> {
    let file = path.file_name()?.to_str()?;
    let lower = file.to_lowercase();
    let lower = lower.strip_suffix(".gz").unwrap_or(&lower);
    let name = Name::of(file);
    let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = match (ending, name.part, name.what) {
        ("npz", _, None) => Kind::Npz,
        ("npz", Some(_), Some(_)) => Kind::NpzPair,
        ("npy", Some(_), Some(_)) => Kind::Npy,
        ("csv", Some(_), None) => Kind::Csv,
        (ending, Some(_), Some(_)) if ending.is_empty() || ending.starts_with("idx") || ending == "ubyte" => {
            Kind::Idx
        }
        _ => return None,
    };
    Some((kind, name))
}

/// The files of a set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Files {
    pub kind: Kind,
    /// The words of its name.
    pub name: Vec<String>,
    /// Files of the same part and contents, with names that differ in punctuation or in `.gz`, are one entry.
    files: BTreeMap<(Option<Part>, u8), Vec<PathBuf>>,
}

impl Files {
    /// The file, or the files that should be equal, of a part. In CSV images and labels are in one file.
    pub fn of(&self, part: Part, what: What) -> &[PathBuf] {
        self.files.get(&(Some(part), order(Some(what)))).map_or(&[], Vec::as_slice)
    }

    /// The file of a part, or of the whole set, that holds images and labels.
    pub fn with_both(&self, part: Option<Part>) -> &[PathBuf] {
        self.files.get(&(part, order(None))).map_or(&[], Vec::as_slice)
    }

    pub fn has(&self, part: Part) -> bool {
        self.files.keys().any(|(other, _)| *other == Some(part))
    }

    /// A file that stands for the set.
    fn example(&self) -> &Path {
        &self.files.values().next().expect("a set has a file")[0]
    }

    /// The error for a file that is not there.
    pub fn missing(&self, folder: &Path, part: Part, what: What) -> crate::Error {
        let like = |name: &Path| {
            let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = name.strip_suffix(".gz").map(String::from).unwrap_or(name);
            match what {
                What::Images => name.replace("labels", "images").replace("idx1", "idx3"),
                What::Labels => ["images", "imgs"]
                    .iter()
                    .fold(name.replace("idx3", "idx1"), |name, word| name.replace(word, "labels")),
            }
        };
        let other = if what == What::Images { What::Labels } else { What::Images };
        match self.of(part, other) {
            [path, ..] => Error::file(
                folder,
                format!("no {} to {}", what.plural(), path.file_name().unwrap_or_default().to_string_lossy()),
                format!("a file such as {}, as it is or with .gz", like(path)),
                "put the file into the folder; images and labels have names that differ in nothing else",
            ),
            [] => {
                let name = self.example().file_name().unwrap_or_default().to_string_lossy();
                Error::file(
                    folder,
                    format!("no {} set beside {name}", part.word()),
                    format!(
                        "files with {} in their names",
                        if part == Part::Test { "test or t10k" } else { "train" }
                    ),
                    "put them into the folder, or name the file of the set itself: of one without a test set \
                     one image in seven is set aside to test on",
                )
            }
        }
    }
}

/// A key for `what`, in the order in which a set shows itself by an example.
fn order(what: Option<What>) -> u8 {
    match what {
        None => 0,
        Some(What::Images) => 1,
        Some(What::Labels) => 2,
    }
}

/// How many sets an error names.
const MOST_NAMED: usize = 6; // as many as EMNIST has

/// All sets in a folder.
fn sets(folder: &Path) -> Result<Vec<Files>> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    let mut sets: Vec<Files> = vec![];
    for path in list().map_err(|error| cannot_read(folder, error))? {
        let Some((kind, name)) = classify(&path) else { continue };
        let key = (name.part, order(name.what));
        match sets.iter_mut().find(|set| set.kind == kind && set.name == name.set) {
            Some(set) => set.files.entry(key).or_default().push(path),
            None => {
                let files = BTreeMap::from([(key, vec![path])]);
                sets.push(Files { kind, name: name.set, files });
            }
        }
    }
    Ok(sets)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The set of this kind and name in a folder.
pub(super) fn of_name(folder: &Path, kind: Kind, name: &[String]) -> Result<Option<Files>> {
    Ok(sets(folder)?.into_iter().find(|set| set.kind == kind && set.name == name))
}

const EXPECTED: &str = "a set of images: train-images-idx3-ubyte and its like, .npy, .npz or CSV, with train \
                        and test in the names";

/// The only set in a folder.
pub(super) fn in_folder(folder: &Path) -> Result<Files> {
    let sets = sets(folder)?;
    // Files of a half set do not stand in the way of a whole one.
    let whole = |set: &&Files| match set.kind {
        Kind::Npz => true,
        Kind::Csv => set.has(Part::Train),
        _ => !set.of(Part::Train, What::Images).is_empty(),
    };
    let mut candidates: Vec<&Files> = sets.iter().filter(whole).collect();
    if candidates.is_empty() {
        candidates = sets.iter().collect();
    }
    match candidates.as_slice() {
        [set] => Ok((*set).clone()),
        [] => {
            let remedy = "choose another folder, or name a file of the set";
            Err(Error::file(folder, "no file with such a name", EXPECTED, remedy))
        }
        several => {
            let name =
                |set: &&Files| set.example().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut names = several.iter().take(MOST_NAMED).map(name).collect::<Vec<_>>().join(", ");
            if several.len() > MOST_NAMED {
                names += " and so on";
            }
            let found = format!("{} sets, those of {names}", several.len());
            Err(Error::file(
                folder,
                found,
                "one",
                "name one of these files: the others of its set are found by it",
            ))
        }
    }
}

/// The set that a file belongs to. Of CSV, and of a `.npz` with all arrays, it is the whole set.
pub(super) fn of_file(path: &Path) -> Result<Files> {
    let Some((kind, name)) = classify(path) else {
        let file = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = Name::of(&file);
        let kind = match file.strip_suffix(".gz").unwrap_or(&file) {
            file if file.ends_with(".csv") => Kind::Csv,
            _ => return Err(Error::file(path, "a file of another name", EXPECTED, "rename the file")),
        };
        return Ok(Files { kind, name: name.set, files: BTreeMap::from([((None, 0), vec![path.into()])]) });
    };
    if matches!(kind, Kind::Csv | Kind::Npz) {
        return Ok(Files { kind, name: name.set, files: BTreeMap::from([((None, 0), vec![path.into()])]) });
    }
    match of_name(folder_of(path), kind, &name.set)? {
        Some(set) => Ok(set),
        None => Err(Error::file(path, "no such file any more", "this file", "put it there again")),
    }
}
