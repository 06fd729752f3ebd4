//! Where a trained network goes.

use crate::output::{Text, text};
use clap::Args;
use gradlens::model::Model;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where a trained network goes.
#[derive(Debug, Clone, Args)]
pub struct SaveFlags {
    /// Save the network, with all that it takes to use it, to this safetensors file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,
    /// Write the network to this ONNX file, from its inputs to what the head makes of them
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    onnx: Option<PathBuf>,
    /// The same without the head
    #[arg(long, requires = "onnx", help_heading = "Output")]
    logits: bool,
}

impl SaveFlags {
    /// The files that are to be written.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.save, &self.onnx].into_iter().filter_map(|file| file.as_deref())
    }

    /// Fails now, rather than after the training, if a file is not named as its readers know it.
    pub fn check(&self) -> anyhow::Result<()> {
        for (flag, file, ending) in [("--save", &self.save, "safetensors"), ("--onnx", &self.onnx, "onnx")] {
            // Commands that take a saved network know it by this.
            if let Some(file) = file {
                let named = file.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
                anyhow::ensure!(named, "{flag} {}: let the name end in .{ending}", file.display());
            }
        }
        Ok(())
    }

    /// Writes the files that are wanted.
    pub fn write(&self, model: impl FnOnce() -> gradlens::Result<Model>) -> anyhow::Result<()> {
        if self.files().next().is_none() {
            return Ok(());
        }
        let model = model()?;
        if let Some(path) = &self.save {
            model.save(path)?;
        }
        if let Some(path) = &self.onnx {
            model.write_onnx(path, self.logits)?;
        }
        Ok(())
    }

    /// Says what was written.
    pub fn tell(&self, out: &mut Text) -> anyhow::Result<()> {
        self.files().try_for_each(|path| text(writeln!(out, "saved: {}", path.display())))
    }
}
