//! What became of a trained network on the disk.

use super::{RunFlags, SaveFlags};
use crate::output::Text;
use gradlens::diagnostics::Diagnostics;
use gradlens::model::Model;
use gradlens::runs::RunFolder;

/// What became of a trained network on the disk. All that is wanted is tried, whatever becomes of the rest.
pub struct Kept<'a> {
    run: &'a RunFlags,
    save: &'a SaveFlags,
    in_folder: gradlens::Result<()>,
    saved: anyhow::Result<()>,
}

impl<'a> Kept<'a> {
    /// Ends the run in its folder, and writes the files.
    pub fn write(
        run: &'a RunFlags,
        save: &'a SaveFlags,
        folder: Option<RunFolder>,
        model: Model,
        seen: &Diagnostics,
    ) -> Self {
        let in_folder = folder.map_or(Ok(()), |mut folder| folder.finish(Some(&model), seen));
        Kept { run, save, in_folder, saved: save.write(|| Ok(model)) }
    }

    /// Says what is there.
    pub fn tell(&self, out: &mut Text) -> anyhow::Result<()> {
        if self.saved.is_ok() {
            self.save.tell(out)?;
        }
        if self.in_folder.is_ok() { self.run.tell(out) } else { Ok(()) }
    }

    /// What could not be written.
    pub fn result(self) -> anyhow::Result<()> {
        self.in_folder?;
        self.saved
    }
}
