//! A claim of the usual answer, and what an experiment makes of it.

use crate::output::Text;
use crate::table::{Table, capital, wrapped};
use gradlens::report::{Figure, Page, Tone};
use serde_json::{Value, json};
use std::io::{self, Write};

/// A claim, taken apart into statements that numbers can decide.
pub struct Claim {
    pub number: usize,
    pub title: &'static str,
    /// What the usual answer says.
    pub said: &'static str,
    pub statements: Vec<Statement>,
    pub tables: Vec<Table>,
    pub figures: Vec<Figure>,
}

/// A part of a claim, and the rule by which numbers decide whether it holds.
pub struct Statement {
    pub words: &'static str,
    pub rule: &'static str,
    pub numbers: String,
    pub holds: bool,
    /// What follows for the reader's own network if it holds, and if it does not.
    pub then: &'static str,
    pub otherwise: &'static str,
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    InPart,
    DoesNotHold,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::InPart => "holds in part",
            Verdict::DoesNotHold => "does not hold",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Verdict::Holds => Tone::Good,
            Verdict::InPart | Verdict::DoesNotHold => Tone::Neutral,
        }
    }
}

/// The rule of the verdicts, for readers.
pub const RULE: &str = "A claim holds if all of its statements do, does not hold if none does, and holds in part otherwise. \
                        Each statement is decided by its rule, from the numbers of this run.";

impl Statement {
    /// A statement, which holds or does not.
    pub fn new(words: &'static str, rule: &'static str, numbers: String, holds: bool) -> Self {
        Statement { words, rule, numbers, holds, then: "", otherwise: "" }
    }

    /// With what follows if it holds, and if it does not.
    pub fn so(self, then: &'static str, otherwise: &'static str) -> Self {
        Statement { then, otherwise, ..self }
    }

    fn follows(&self) -> &'static str {
        if self.holds { self.then } else { self.otherwise }
    }

    fn verdict(&self) -> &'static str {
        if self.holds { "holds" } else { "does not hold" }
    }
}

impl Claim {
    /// How many statements hold, and of how many.
    pub fn count(&self) -> [usize; 2] {
        [self.statements.iter().filter(|statement| statement.holds).count(), self.statements.len()]
    }

    /// What the statements make of it.
    pub fn verdict(&self) -> Verdict {
        match self.count() {
            [0, _] => Verdict::DoesNotHold,
            [holding, all] if holding == all => Verdict::Holds,
            _ => Verdict::InPart,
        }
    }

    /// What follows for the reader's own network.
    fn follows(&self) -> String {
        let sentences =
            self.statements.iter().map(Statement::follows).filter(|sentence| !sentence.is_empty());
        sentences.collect::<Vec<_>>().join(" ")
    }

    /// For a terminal.
    pub fn print(&self, out: &mut Text) -> io::Result<()> {
        let verdict = self.verdict().words().to_uppercase();
        writeln!(out, "{}", wrapped(&format!("{}. {}", self.number, self.title), "", "   "))?;
        writeln!(out, "{}", wrapped(&format!("\"{}\"", self.said), "   ", "   "))?;
        writeln!(out, "   {verdict}")?;
        for statement in &self.statements {
            let head = format!("{}: {}", statement.words, statement.verdict());
            writeln!(out, "\n{}", wrapped(&head, "   * ", "     "))?;
            writeln!(out, "{}", wrapped(&statement.numbers, "     ", "     "))?;
            writeln!(out, "{}", wrapped(&format!("(rule: {})", statement.rule), "     ", "     "))?;
        }
        for table in &self.tables {
            writeln!(out, "\n{}", wrapped(&table.title, "   ", "   "))?;
            for line in table.lines_within(out.columns().saturating_sub(3)) {
                writeln!(out, "   {line}")?;
            }
        }
        writeln!(out, "\n{}\n", wrapped(&format!("For your network: {}", self.follows()), "   ", "   "))
    }

    /// For a page: the claim, its verdict, the picture that shows it best, what follows, and the rest folded.
    pub fn show(&self, page: &mut Page) {
        page.heading(2, &format!("{}. {}", self.number, self.title));
        page.paragraph(&format!("“{}”", self.said));
        let verdict = self.verdict();
        let [holding, all] = self.count();
        let count =
            format!(" Of its {all} statements {holding} hold{}:", if holding == 1 { "s" } else { "" });
        page.callout(verdict.tone(), &format!("The claim {}.", verdict.words()), &count, |page| {
            page.list(
                self.statements
                    .iter()
                    .map(|statement| format!("{}: {}", capital(statement.words), statement.verdict())),
            );
        });
        let mut figures = self.figures.iter();
        figures.next().into_iter().for_each(|figure| page.figure(figure));
        page.paragraph(&format!("For your network: {}", self.follows()));
        page.details("The numbers and the rules", false, |page| {
            let row = |statement: &Statement| {
                vec![capital(statement.words), statement.verdict().into(), statement.numbers.clone()]
            };
            page.table(
                "The parts of the claim, each with its numbers.",
                3,
                &["statement", "verdict", "numbers"],
                &self.statements.iter().map(row).collect::<Vec<_>>(),
            );
            page.figures(&figures.cloned().collect::<Vec<_>>());
            for table in &self.tables {
                let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
                page.table(&table.title, table.words, &header, &table.rows);
            }
            page.list(
                self.statements
                    .iter()
                    .map(|statement| format!("{}: {}", capital(statement.words), statement.rule)),
            );
        });
    }

    /// For a program.
    pub fn json(&self) -> Value {
        let statements = self.statements.iter().map(|statement| {
            json!({ "statement": statement.words, "rule": statement.rule, "numbers": statement.numbers, "holds": statement.holds })
        });
        json!({
            "number": self.number, "title": self.title, "said": self.said, "verdict": self.verdict().words(),
            "holding": self.count()[0], "statements": statements.collect::<Vec<_>>(), "follows": self.follows(),
        })
    }
}
