//! `gradlens explain`: what a word means.

use crate::output::{Text, text};
use clap::Args;
use std::io::Write;

/// Every word with what it means, in Markdown, as the docs show it.
const GLOSSARY: &str = include_str!("../glossary.md");

/// Say what a word of a diagnosis means
#[derive(Debug, Args)]
pub struct Flags {
    /// The word; all are listed without one
    #[arg(value_name = "TERM")]
    term: Vec<String>,
}

/// A word, its other names, and what it means.
struct Entry {
    name: String,
    others: Vec<String>,
    meaning: String,
}

/// The entries of the glossary: paragraphs that begin with a word in bold.
fn entries() -> Vec<Entry> {
    let entry = |paragraph: &str| {
        let (name, rest) = paragraph.strip_prefix("**")?.split_once("**")?;
        let (others, meaning) = rest.split_once(": ")?;
        let others = others.trim().trim_start_matches('(').trim_end_matches(')');
        Some(Entry {
            name: name.into(),
            others: others.split(", ").filter(|other| !other.is_empty()).map(String::from).collect(),
            meaning: meaning.replace('\n', " "),
        })
    };
    GLOSSARY.split("\n\n").filter_map(|paragraph| entry(paragraph.trim())).collect()
}

/// The words of the glossary that a text uses, each with what it means.
pub fn words_of(text: &str) -> Vec<(String, String)> {
    let text = text.to_lowercase();
    let used = |name: &String| {
        text.contains(&name.to_lowercase()) || text.contains(&name.to_lowercase().replace('-', " "))
    };
    let is_used =
        |entry: &Entry| used(&entry.name) || entry.others.iter().any(|other| other.len() > 3 && used(other));
    entries().into_iter().filter(is_used).map(|entry| (entry.name, entry.meaning)).collect()
}

/// Letters and digits in lower case, so that "Dead-Units" and "dead unit" are the same.
fn plain(word: &str) -> String {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    letters.strip_suffix('s').map_or(letters.clone(), String::from)
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut out = Text::beside([]);
    let entries = entries();
    let asked = flags.term.join(" ");
    if asked.is_empty() {
        let words: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        return text(writeln!(out, "{}\n\ngradlens explain TERM says what one means.", words.join("\n")));
    }
    let is = |name: &str| plain(name) == plain(&asked);
    let found = entries.iter().find(|entry| is(&entry.name) || entry.others.iter().any(|other| is(other)));
    let found = found.or_else(|| {
        let holds = |entry: &&Entry| plain(&entry.name).contains(&plain(&asked));
        entries.iter().find(holds).filter(|_| plain(&asked).len() >= 3)
    });
    let Some(entry) = found else {
        let words: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        anyhow::bail!("there is no word {asked:?} in the glossary, but {}", words.join(", "));
    };
    let others = match entry.others.is_empty() {
        true => String::new(),
        false => format!(" ({})", entry.others.join(", ")),
    };
    text(writeln!(out, "{}{others}: {}", entry.name, entry.meaning))
}
