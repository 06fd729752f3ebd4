//! Things that are chosen by name. Each kind (activations, heads, optimisers, ...) has one list of
//! [`Choice`]s, in the file of the kind. To add one is a line there.

use crate::error::{Error, Result};
use std::fmt::Write;

/// One thing that can be chosen: how it is written, and how it is made.
pub(crate) struct Choice<V> {
    /// The name, and the numbers that may follow it: `elu[:alpha]`, `step:every:factor`.
    pub form: &'static str,
    /// Makes it of the numbers that were given.
    pub make: fn(&mut Numbers) -> V,
}

impl<V> Choice<V> {
    fn name(&self) -> &'static str {
        self.form.split([':', '[']).next().unwrap_or(self.form)
    }
}

/// The numbers that follow a name, with colons or commas between them: `elu:0.5` or `sgd:0.1:momentum=0.9`.
pub(crate) struct Numbers {
    /// Each with its key, if it has one.
    given: Vec<(Option<String>, String)>,
    /// Whether one is missing or not what it has to be.
    wrong: bool,
}

impl Numbers {
    fn new(text: Option<&str>) -> Self {
        let one = |part: &str| match part.split_once('=') {
            Some((key, number)) => (Some(key.to_string()), number.to_string()),
            None => (None, part.to_string()),
        };
        let given = text.map_or(vec![], |text| text.split([':', ',']).map(one).collect());
        Numbers { given, wrong: false }
    }

    fn take(&mut self, key: Option<&str>) -> Option<String> {
        let place = self.given.iter().position(|(name, _)| name.as_deref() == key)?;
        Some(self.given.remove(place).1)
    }

    fn number(&mut self, text: &str) -> f64 {
        text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or_else(|| {
            self.wrong = true;
            0.0
        })
    }

    /// The number with this key, if there is one.
    pub fn named(&mut self, key: &str) -> Option<f64> {
        let text = self.take(Some(key))?;
        Some(self.number(&text))
    }

    /// The number with this key, or else the next one without a key, if there is one.
    pub fn optional(&mut self, key: &str) -> Option<f64> {
        let text = self.take(Some(key)).or_else(|| self.take(None))?;
        Some(self.number(&text))
    }

    /// The same, where there has to be one.
    pub fn required(&mut self, key: &str) -> f64 {
        self.optional(key).unwrap_or_else(|| {
            self.wrong = true;
            0.0
        })
    }

    /// Whether `key=true` or `key=false` is there.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let flag = self.take(Some(key))?.parse().ok();
        self.wrong |= flag.is_none();
        flag
    }
}

/// The thing of this kind that the text names.
///
/// # Errors
/// [`Error::Setting`] naming the kind, with all that can be chosen, and the name that was probably meant.
pub(crate) fn choose<V>(kind: &str, choices: &[Choice<V>], text: &str) -> Result<V> {
    let (name, numbers) = text.split_once(':').map_or((text, None), |(name, numbers)| (name, Some(numbers)));
    let choice = choices.iter().find(|choice| choice.name() == name);
    if let Some(choice) = choice {
        let mut numbers = Numbers::new(numbers);
        let made = (choice.make)(&mut numbers);
        if !numbers.wrong && numbers.given.is_empty() {
            return Ok(made);
        }
    }
    let mut expected = match choice {
        Some(choice) => choice.form.to_string(),
        None => {
            format!("one of {}", forms(choices).join(", "))
        }
    };
    if let (None, Some(near)) = (choice, nearest(name, choices.iter().map(Choice::name))) {
        let _ = write!(expected, "; did you mean {near}?");
    }
    Err(Error::setting(kind, format!("{text:?}"), expected))
}

/// How each of these is written, with the numbers that may follow: for help texts.
pub(crate) fn forms<V>(choices: &[Choice<V>]) -> Vec<&'static str> {
    choices.iter().map(|choice| choice.form).collect()
}

/// The names of all of these.
pub(crate) fn names<V>(choices: &[Choice<V>]) -> Vec<&'static str> {
    choices.iter().map(Choice::name).collect()
}

/// The one of these names that was probably meant: at most two letters away, and fewer than the name has.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (far, near) = names.map(|near| (distance(name, near), near)).min()?;
    (1..=2).contains(&far).then_some(near).filter(|_| far < name.chars().count())
}

/// Letters to insert, delete or replace to make one word of the other (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHOICES: [Choice<(f64, f64)>; 2] = [
        Choice { form: "plain", make: |_| (0.0, 0.0) },
        Choice {
            form: "two:first[:second]",
            make: |numbers| (numbers.required("first"), numbers.optional("second").unwrap_or(7.0)),
        },
    ];

    #[test]
    fn numbers_follow_a_name_in_their_order_or_by_their_key() {
        for (text, expected) in [
            ("plain", (0.0, 0.0)),
            ("two:1", (1.0, 7.0)),
            ("two:1:2", (1.0, 2.0)),
            ("two:1,2", (1.0, 2.0)),
            ("two:second=2:first=1", (1.0, 2.0)),
            ("two:second=2:1", (1.0, 2.0)),
        ] {
            assert_eq!(choose("the thing", &CHOICES, text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_chosen_is_answered_with_what_can() {
        for (text, expected) in [
            ("two", "two:first[:second]"),
            ("two:1:2:3", "two:first[:second]"),
            ("two:1:third=3", "two:first[:second]"),
            ("two:inf", "two:first[:second]"),
            ("two:true", "two:first[:second]"),
            ("two:first=1:first=2:third=1", "two:first[:second]"),
            ("plain:1", "plain"),
            ("plan", "one of plain, two:first[:second]; did you mean plain?"),
            ("", "one of plain, two:first[:second]"),
        ] {
            let error = choose("the thing", &CHOICES, text).unwrap_err().to_string();
            assert_eq!(error, format!("the thing is {text:?}, but must be {expected}"));
        }
    }
}
