//! What is known of a set by its name, and its files do not say.

use super::names::Kind;

/// The names of the classes, and how a set departs from MNIST.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Known {
    /// The names of the classes, in order; `None` if labels are names enough.
    pub classes: Option<Vec<String>>,
    /// The label of the first class.
    pub first: usize,
    /// Whether the rows of an image are its columns.
    pub transposed: bool,
    /// Whether a label beyond the classes is an error. If not, it tells that the set is another one.
    pub is_certain: bool,
}

impl Known {
    /// Sets of ten digits, as MNIST is.
    pub fn digits() -> Self {
        Known { classes: Some(letters('0'..='9')), is_certain: true, ..Known::default() }
    }

    /// By the words in a file name, and of the folders that it lies in. EMNIST was published as IDX and CSV;
    /// of copies in other formats nobody knows whether they are transposed.
    pub fn of(kind: Kind, name: &[String], folders: &[String]) -> Self {
        if name.iter().any(|word| word == "emnist") {
            return if matches!(kind, Kind::Idx | Kind::Csv) { emnist(name) } else { Known::default() };
        }
        let is = |word: &str| name.iter().chain(folders).any(|other| other.starts_with(word));
        if is("fashion") {
            return Known { classes: Some(FASHION.map(String::from).to_vec()), ..Known::default() };
        }
        if is("kmnist") {
            return Known { classes: Some(KUZUSHIJI.map(String::from).to_vec()), ..Known::default() };
        }
        if is("qmnist") {
            return Known { is_certain: false, ..Known::digits() };
        }
        Known::default()
    }
}

/// H. Xiao, K. Rasul and R. Vollgraf, *Fashion-MNIST*, 2017, table 2.
const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];
/// The hiragana of `kmnist_classmap.csv`, as they are read.
const KUZUSHIJI: [&str; 10] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
/// The small letters that EMNIST's sets By_Merge and Balanced keep apart from the capitals.
const APART: &str = "abdefghnqrt";

fn letters(letters: impl IntoIterator<Item = char>) -> Vec<String> {
    letters.into_iter().map(String::from).collect()
}

/// G. Cohen, S. Afshar, J. Tapson and A. van Schaik, *EMNIST: an extension of MNIST to handwritten letters*,
/// 2017; the order is that of the files `emnist-*-mapping.txt` that come with the set.
fn emnist(name: &[String]) -> Known {
    let digits_and_capitals = || ('0'..='9').chain('A'..='Z');
    let is = |word: &str| name.iter().any(|other| other == word);
    let (classes, first) = if is("letters") {
        (Some(letters('A'..='Z')), 1)
    } else if is("byclass") {
        (Some(letters(digits_and_capitals().chain('a'..='z'))), 0)
    } else if is("bymerge") || is("balanced") {
        (Some(letters(digits_and_capitals().chain(APART.chars()))), 0)
    } else if is("digits") || is("mnist") {
        (Some(letters('0'..='9')), 0)
    } else {
        (None, 0)
    };
    Known { classes, first, transposed: true, is_certain: true }
}
