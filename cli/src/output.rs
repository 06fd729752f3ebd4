//! Output that survives pipes and is not obeyed by terminals, and files that are whole or not there.

use crate::interrupt::interrupt;
use crate::table;
use anyhow::Context;
use gradlens::file::{check_writable, is_same};
use gradlens::visible;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

/// Text for people: on standard output, or on standard error when standard output carries JSON.
#[derive(Clone, Copy)]
pub struct Text {
    to_stderr: bool,
    /// Whether a file is wanted too. Then the work goes on when the reader of the text has gone.
    work_goes_on: bool,
}

impl Text {
    /// These files are written as well, `-` being standard output.
    pub fn beside<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut text = Text { to_stderr: false, work_goes_on: false };
        for file in files {
            text.work_goes_on = true;
            text.to_stderr |= file == Path::new("-");
        }
        text
    }

    /// Something else comes of the work than text.
    pub fn with_more(self, more: bool) -> Self {
        Text { work_goes_on: self.work_goes_on || more, ..self }
    }

    /// Whether the lines go to a terminal.
    pub fn is_terminal(&self) -> bool {
        if self.to_stderr { io::stderr().is_terminal() } else { io::stdout().is_terminal() }
    }
}

/// What a word says of what it stands for.
#[derive(Clone, Copy)]
pub enum Tone {
    Good,
    Neutral,
    Warning,
    Bad,
}

impl Tone {
    /// What a terminal is told before a word in this tone.
    fn begin(self) -> &'static str {
        match self {
            Tone::Good => "\x1b[1;32m",
            Tone::Neutral => "\x1b[1m",
            Tone::Warning => "\x1b[1;33m",
            Tone::Bad => "\x1b[1;31m",
        }
    }
}

/// Columns of the terminal that text goes to; `None` where it goes elsewhere, and lines may be of any length.
pub fn columns() -> Option<usize> {
    let size = if io::stdout().is_terminal() {
        terminal_size::terminal_size_of(io::stdout())
    } else if io::stderr().is_terminal() {
        terminal_size::terminal_size_of(io::stderr())
    } else {
        None
    };
    size.map(|(terminal_size::Width(columns), _)| usize::from(columns).max(40))
}

impl Text {
    /// Columns of the terminal that it goes to; `usize::MAX` where it goes elsewhere.
    pub fn columns(&self) -> usize {
        if self.is_terminal() { columns().unwrap_or(80) } else { usize::MAX }
    }

    /// A text in lines that fit the terminal, where it goes to one.
    fn fitted(&self, text: &str) -> String {
        match self.columns() {
            usize::MAX => text.into(),
            columns => text.split('\n').map(|line| wrapped(line, columns)).collect::<Vec<_>>().join("\n"),
        }
    }

    /// Writes lines, of which the first begins with a word in this tone: in colour on a terminal (unless `NO_COLOR` is set, see
    /// no-color.org), and in lines that fit it.
    pub fn say(&mut self, tone: Tone, word: &str, lines: &str) -> io::Result<()> {
        if !self.is_terminal() {
            return writeln!(self, "{lines}");
        }
        let shown = visible(&self.fitted(lines)).into_owned();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let shown = match shown.strip_prefix(word).filter(|_| !plain) {
            Some(rest) => format!("{}{word}\x1b[0m{rest}", tone.begin()),
            None => shown,
        };
        let all = format!("{shown}\n");
        if self.to_stderr {
            io::stderr().write_all(all.as_bytes())
        } else {
            io::stdout().write_all(all.as_bytes())
        }
    }
}

/// A line in lines of at most so many columns, the others set in by two more than the first.
fn wrapped(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.into();
    }
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let others = " ".repeat(indent + 2);
    table::wrapped_within(columns - 1, text, &" ".repeat(indent), &others)
}

impl Write for Text {
    /// In lines that fit a terminal, no word cut in two.
    fn write_fmt(&mut self, text: std::fmt::Arguments) -> io::Result<()> {
        self.write_all(self.fitted(&text.to_string()).as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Names from files are among it. What is formatted comes in whole pieces of text.
        let shown = visible(&String::from_utf8_lossy(bytes)).into_owned();
        let all = shown.as_bytes();
        let result = if self.to_stderr { io::stderr().write_all(all) } else { io::stdout().write_all(all) };
        let result = result.map(|()| bytes.len());
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            if self.work_goes_on {
                return Ok(bytes.len());
            }
            interrupt();
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.to_stderr { io::stderr().flush() } else { io::stdout().flush() }
    }
}

/// Whether an error says that the reader has gone, as with `| head`.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(is)
}

/// Says that text for people could not be written.
pub fn text<R>(result: io::Result<R>) -> anyhow::Result<R> {
    result.context("cannot write the results to the terminal or pipe")
}

/// Fails now rather than after the work, if one of these files cannot be written, two of them are one, or one is an input.
/// `-` is standard output.
pub fn check_outputs<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: &[&Path],
) -> anyhow::Result<()> {
    let (mut checked, mut on_stdout): (Vec<&Path>, bool) = (vec![], false);
    for path in outputs {
        if path == Path::new("-") {
            anyhow::ensure!(!on_stdout, "two outputs are -, but only one of them can have standard output");
            on_stdout = true;
            continue;
        }
        if let Some(other) = checked.iter().find(|other| is_same(path, other)) {
            anyhow::bail!("{} and {}: two outputs would be one file", other.display(), path.display());
        }
        if inputs.iter().any(|input| is_same(path, input)) {
            anyhow::bail!(
                "{}: this file is read, and would be written over; choose another name",
                path.display()
            );
        }
        check_writable(path)?;
        checked.push(path);
    }
    Ok(())
}

/// Writes a whole file, or leaves the old one as it was. `-` is standard output.
pub fn write_file(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        let mut out = io::stdout();
        let shown = if out.is_terminal() { std::str::from_utf8(contents).ok().map(visible) } else { None };
        let contents = shown.as_ref().map_or(contents, |shown| shown.as_bytes());
        return text(out.write_all(contents).and_then(|()| out.flush()));
    }
    Ok(gradlens::file::write(path, contents)?)
}

/// A name as a cell of a CSV file that a spreadsheet may open: in front of what it would take for a formula stands an
/// apostrophe. (`=`, `+`, `-`, `@`, tab and line end, as OWASP's page on CSV injection lists them.) Numbers are no formulas.
pub fn cell(name: &str) -> String {
    let is_formula = name.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && name.parse::<f64>().is_err();
    if is_formula { format!("'{name}") } else { name.into() }
}

/// A line on standard error, if there is one.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{}", visible(line));
}
