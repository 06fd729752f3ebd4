//! Where a run is kept.

use crate::interrupt::interrupted;
use crate::output::{Text, note, text};
use clap::Args;
use gradlens::config::RunConfig;
use gradlens::runs::RunFolder;
use std::io::Write;
use std::path::PathBuf;

/// Where a run is kept.
#[derive(Debug, Clone, Args)]
pub struct RunFlags {
    /// Keep everything of the run in this folder: config, logs, TensorBoard events, checkpoints, network, report. The same
    /// command again goes on where the run was left
    #[arg(long = "run", value_name = "FOLDER", help_heading = "Output")]
    folder: Option<PathBuf>,
    /// Write a checkpoint after every so many steps, and not after every half minute
    #[arg(long, value_name = "STEPS", requires = "folder", help_heading = "Output")]
    every: Option<std::num::NonZeroU64>,
}

impl RunFlags {
    /// The folder, with the config in it.
    pub fn open(&self, config: &RunConfig) -> anyhow::Result<Option<RunFolder>> {
        let Some(path) = &self.folder else { return Ok(None) };
        let mut folder = RunFolder::open(path)?.note(|text| note(&format!("note: {text}")));
        if let Some(steps) = self.every {
            folder = folder.every(steps.get());
        }
        folder.config(config)?;
        Ok(Some(folder))
    }

    /// Whether a folder is wanted.
    pub fn is_wanted(&self) -> bool {
        self.folder.is_some()
    }

    /// Says where the run is.
    pub fn tell(&self, out: &mut Text) -> anyhow::Result<()> {
        let Some(path) = &self.folder else { return Ok(()) };
        let left = if interrupted() { "; the same command again goes on" } else { "" };
        text(writeln!(out, "kept: {}{left}", path.display()))
    }
}
