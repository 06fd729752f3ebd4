//! The values of a config.

use std::fmt;

/// A value in a config, as TOML has them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// Another number.
    Number(f64),
    /// Text in quotes.
    Text(String),
    /// A list.
    List(Vec<Item>),
    /// Keys with values, in braces.
    Table(Vec<(String, Item)>),
}

/// A value, and the line of the file that it stands in, from 1; 0 where it does not come from a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The line.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    pub line: usize,
    pub found: String,
    pub expected: String,
}

impl Item {
    /// A value that comes from no file.
    pub fn new(value: impl Into<Value>) -> Self {
        Item { line: 0, value: value.into() }
    }

    pub(crate) fn wrong(&self, expected: impl Into<String>) -> Wrong {
        Wrong { line: self.line, found: self.to_string(), expected: expected.into() }
    }

    pub(crate) fn text(&self) -> Result<&str, Wrong> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("text in quotes")),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool, Wrong> {
        match self.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A whole number in this range.
    pub(crate) fn whole(&self, least: u64, most: u64) -> Result<u64, Wrong> {
        let number = match self.value {
            Value::Whole(number) => number,
            // 1e6 is a number of samples as well.
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => number as i128,
            _ => return Err(self.wrong("a whole number")),
        };
        match number {
            number if number < least.into() => Err(self.wrong(format!("at least {least}"))),
            number if number > most.into() => Err(self.wrong(format!("at most {most}"))),
            number => Ok(number as u64),
        }
    }

    /// A number for which `fits`, which is what `expected` says.
    pub(crate) fn number(&self, expected: &str, fits: impl Fn(f64) -> bool) -> Result<f64, Wrong> {
        let number = match self.value {
            Value::Whole(number) => number as f64,
            Value::Number(number) => number,
            _ => return Err(self.wrong("a number")),
        };
        if fits(number) { Ok(number) } else { Err(self.wrong(expected)) }
    }

    /// Texts, or numbers that stand for columns; a single one need not be in brackets.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Wrong> {
        let one = |item: &Item| match &item.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Whole(number) => Ok(number.to_string()),
            _ => Err(item.wrong("text in quotes, or a number")),
        };
        match &self.value {
            Value::List(items) => items.iter().map(one).collect(),
            _ => Ok(vec![one(self)?]),
        }
    }

    /// What `parse` makes of the text.
    pub(crate) fn parsed<V>(&self, parse: impl Fn(&str) -> crate::error::Result<V>) -> Result<V, Wrong> {
        parse(self.text()?).map_err(|error| self.wrong(expected_by(&error)))
    }
}

/// What an error says that it expects.
pub(crate) fn expected_by(error: &crate::Error) -> String {
    match error {
        crate::Error::Setting { expected, .. } => expected.clone(),
        other => other.to_string(),
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Whole(number as i128)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Whole(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        Value::List(values.into_iter().map(Item::new).collect())
    }
}

/// As TOML writes them.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Whole(number) => write!(f, "{number}"),
            Value::Number(number) => write!(f, "{number:?}"),
            Value::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Item::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Table(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, item)| format!("{key} = {item}")).collect();
                write!(f, "{{ {} }}", entries.join(", "))
            }
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.value.fmt(f)
    }
}
