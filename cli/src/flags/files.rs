//! The files that `diagnose`, `study`, `head` and `zoo` read and write.

use crate::digits;
use crate::explain;
use crate::output::{Text, check_outputs, note, text, write_file};
use clap::Args;
use gradlens::diagnostics::Diagnostics;
use gradlens::report::{Page, compare, finding};
use gradlens::{Images, Mnist};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where the images are.
#[derive(Debug, Clone, Args)]
pub struct DataFlag {
    /// Folder with a set of images, or a file of one: IDX, .npz, .npy or CSV [default: MNIST, which comes
    /// with the sources]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    data: Option<PathBuf>,
}

impl DataFlag {
    /// What is read, where it is not what comes with the sources.
    pub fn path(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// Reads the images.
    pub fn load(&self) -> anyhow::Result<Images<f32>> {
        digits::load(self.data.as_deref(), "--data")
    }
}

/// Where MNIST is.
#[derive(Debug, Clone, Args)]
pub struct MnistFlag {
    /// Folder with the four IDX files of MNIST or Fashion-MNIST [default: MNIST, which comes with the
    /// sources]
    #[arg(long, value_name = "DIR", help_heading = "Data")]
    data: Option<PathBuf>,
}

impl MnistFlag {
    /// Reads the images.
    pub fn load(&self) -> anyhow::Result<Mnist<f32>> {
        digits::mnist(self.data.as_deref(), "--data")
    }
}

/// Where the numbers go.
#[derive(Debug, Clone, Args)]
pub struct JsonFlag {
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

impl JsonFlag {
    /// Fails now, rather than after the work, if the file cannot be written.
    pub fn open(&self) -> anyhow::Result<Text> {
        check_outputs(self.json.as_deref(), &[])?;
        Ok(Text::beside(self.json.as_deref()))
    }

    /// Writes the file, if one is wanted.
    pub fn write(&self, document: &Value) -> anyhow::Result<()> {
        let write = |path: &Path| write_file(path, format!("{document:#}\n").as_bytes());
        self.json.as_deref().map_or(Ok(()), write)
    }
}

/// Where the numbers and the pictures go.
#[derive(Debug, Clone, Args)]
pub struct ReportFlags {
    #[command(flatten)]
    json: JsonFlag,
    /// Write the report with its pictures to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
}

impl ReportFlags {
    /// Fails now, rather than after the work, if a file cannot be written. `others` are written too, and `inputs` are read.
    pub fn open(&self, others: &[&Path], inputs: &[&Path]) -> anyhow::Result<Text> {
        let to_stdout = |path: &Option<PathBuf>| path.as_deref() == Some("-".as_ref());
        anyhow::ensure!(
            !(to_stdout(&self.json.json) && to_stdout(&self.html)),
            "--json - and --html -: only one of them can have standard output"
        );
        let own = || [&self.json.json, &self.html].into_iter().filter_map(|file| file.as_deref());
        check_outputs(own().chain(others.iter().copied()), inputs)?;
        Ok(Text::beside(own().chain(others.iter().copied())))
    }

    /// These without the files that exist already, each named with the reason why it is left as it is: for a run that ended
    /// before its end, as a part takes no place of a whole.
    pub fn sparing(&self, reason: &str) -> Self {
        let spared = |file: &Option<PathBuf>| {
            let exists = file.as_ref().is_some_and(|path| path.is_file());
            if let (true, Some(path)) = (exists, file) {
                note(&format!(
                    "{}: left as it was, as {reason}; another name keeps this part",
                    path.display()
                ));
            }
            file.clone().filter(|_| !exists)
        };
        ReportFlags { json: JsonFlag { json: spared(&self.json.json) }, html: spared(&self.html) }
    }

    /// Writes the file of numbers, if one is wanted.
    pub fn write_json(&self, document: &Value) -> anyhow::Result<()> {
        self.json.write(document)
    }

    /// Writes the page, if one is wanted, and says where.
    pub fn write_page(&self, page: impl FnOnce() -> String, out: &mut Text) -> anyhow::Result<()> {
        let Some(path) = &self.html else { return Ok(()) };
        write_file(path, page().as_bytes())?;
        text(writeln!(out, "\nPictures: {}", path.display()))
    }

    /// Writes a page on these runs, if one is wanted: its title is what the first shows. `settings` is the config that
    /// repeats them, where one does.
    pub fn write_runs(
        &self,
        runs: &[(&str, &Diagnostics)],
        settings: Option<&str>,
        out: &mut Text,
    ) -> anyhow::Result<()> {
        let Some((_, first)) = runs.first() else { return Ok(()) };
        let title = finding(&first.diagnosis());
        let write = |page: &mut Page| {
            compare(page, runs);
            if let Some(settings) = settings {
                page.details("The settings: gradlens diagnose run.toml repeats it", false, |page| {
                    page.preformatted(settings);
                });
            }
        };
        self.write_page(|| story(&title, write), out)
    }
}

/// A page under a title, and below all else what its words mean.
pub fn story(title: &str, inside: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(title);
    inside(&mut page);
    let words = explain::words_of(&page.text());
    page.glossary(words.iter().map(|(word, meaning)| (word.as_str(), meaning.as_str())));
    page.finish()
}
