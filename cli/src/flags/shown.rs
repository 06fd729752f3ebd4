//! What is shown of a training beyond its lines.

use crate::output::{Text, text, write_file};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is shown of a training beyond its lines.
#[derive(Debug, Clone, Args)]
pub struct ShownFlags {
    /// Write what was learned to this file as a page: the worst mistakes, what is taken for what, the loss
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// While it trains, show gradient and saturation of every layer below the bar
    #[arg(long, help_heading = "Output")]
    pub watch: bool,
}

impl ShownFlags {
    /// The files that are to be written.
    pub fn files(&self) -> Option<&Path> {
        self.html.as_deref()
    }

    /// Writes the page, if one is wanted.
    pub fn write(&self, page: impl FnOnce() -> String) -> anyhow::Result<()> {
        self.html.as_deref().map_or(Ok(()), |path| write_file(path, page().as_bytes()))
    }

    /// Says where it is.
    pub fn tell(&self, out: &mut Text) -> anyhow::Result<()> {
        let Some(path) = self.files().filter(|path| *path != Path::new("-")) else { return Ok(()) };
        text(writeln!(out, "page: {}", path.display()))
    }
}
