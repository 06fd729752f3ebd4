//! A column while its file is read.

use crate::data::files::number::{NumberStyle, is_missing, number};
use crate::data::files::place::quoted;
use crate::data::table::Values;
use std::collections::HashMap;

/// A column while its file is read: what it holds is known by the values that have come.
#[derive(Debug, Clone)]
pub(super) enum Growing {
    /// So many missing values and no other.
    Missing {
        count: usize,
    },
    Numbers(Vec<f64>),
    Words(Words),
    Mixed {
        line: usize,
        found: String,
        is_word: bool,
    },
}

/// Different words, each with the place at which it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    codes: Vec<u32>,
    places: HashMap<String, u32>,
    /// Whether they are words even where they look like numbers.
    forced: bool,
    declared: bool,
}

impl Words {
    /// Of a column that is to be read as words.
    pub fn forced() -> Self {
        Words { forced: true, ..Words::default() }
    }

    /// Of a column with these words and no others.
    pub fn declared(words: impl IntoIterator<Item = String>) -> Self {
        let mut declared = Words { forced: true, ..Words::default() };
        // One that is declared twice is one word.
        words.into_iter().for_each(|word| {
            declared.place(&word);
        });
        Words { declared: true, ..declared }
    }

    /// The place of a word, which is a new one at most where none are declared.
    fn place(&mut self, word: &str) -> Option<u32> {
        match self.places.get(word) {
            Some(&place) => Some(place),
            None if self.declared => None,
            None => {
                let place = self.places.len() as u32;
                self.places.insert(word.into(), place);
                Some(place)
            }
        }
    }
}

impl Growing {
    pub fn new() -> Self {
        Growing::Missing { count: 0 }
    }

    /// Adds a value. `false` for a word that is not among those that are declared.
    #[must_use]
    pub fn push(&mut self, text: &str, line: usize, style: NumberStyle) -> bool {
        match self {
            Growing::Mixed { .. } => {}
            Growing::Words(words) => {
                let code = match words.places.get(text) {
                    Some(&place) => place,
                    None if is_missing(text) => Values::MISSING,
                    None if !words.forced && number(text, style).is_some() => {
                        *self = Growing::Mixed { line, found: quoted(text), is_word: false };
                        return true;
                    }
                    None => match words.place(text) {
                        Some(place) => place,
                        None => return false,
                    },
                };
                words.codes.push(code);
            }
            Growing::Numbers(numbers) => match number(text, style) {
                Some(number) => numbers.push(number),
                None if is_missing(text) => numbers.push(f64::NAN),
                None => *self = Growing::Mixed { line, found: quoted(text), is_word: true },
            },
            Growing::Missing { count } if is_missing(text) => *count += 1,
            Growing::Missing { count } => {
                let count = *count;
                *self = match number(text, style) {
                    Some(_) => Growing::Numbers(vec![f64::NAN; count]),
                    None => Growing::Words(Words { codes: vec![Values::MISSING; count], ..Words::default() }),
                };
                return self.push(text, line, style);
            }
        }
        true
    }

    /// Adds what a sparse row leaves out: 0, or the first of the words that are declared.
    pub fn push_default(&mut self) {
        match self {
            Growing::Missing { count } => {
                let mut numbers = vec![f64::NAN; *count];
                numbers.push(0.0);
                *self = Growing::Numbers(numbers);
            }
            Growing::Numbers(numbers) => numbers.push(0.0),
            Growing::Words(words) => words.codes.push(0),
            Growing::Mixed { .. } => {}
        }
    }

    pub fn finish(self) -> Values {
        match self {
            Growing::Missing { count } => Values::Numbers(vec![f64::NAN; count]),
            Growing::Numbers(numbers) => Values::Numbers(numbers),
            Growing::Words(Words { codes, places, declared, .. }) => {
                let mut words = vec![String::new(); places.len()];
                places.into_iter().for_each(|(word, place)| words[place as usize] = word);
                Values::Words { codes, words, declared }
            }
            Growing::Mixed { line, found, is_word } => Values::Mixed { line, found, is_word },
        }
    }
}
