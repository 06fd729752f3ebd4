//! The folder of a sweep: the grid, and the files of results.

use super::plan::Plan;
use super::shard::Shard;
use anyhow::Context;
use gradlens::file;
use gradlens::runs::Results;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const GRID: &str = "sweep.toml";
/// Held by the process that compares its grid with that of the folder.
const LOCK: &str = "sweep.toml.lock";
/// What stands above the grid.
const HEADER: &str = "\
# This folder holds a sweep of gradlens, and this file its grid, as it was read; gradlens sweep compares it, so leave it as it is.
# results.jsonl, or results-I-of-N.jsonl of each shard, has a line of JSON for each run that has ended.
# What is missing is run by:        gradlens sweep GRID --out FOLDER
# All lines as one file, in order:  gradlens sweep --collect FOLDER
# Pictures and a table:             gradlens sweep --report FOLDER
# Paths below are relative to the folder of GRID.
";

/// The folder of a sweep.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, or makes it, and the file of results of this process; and says whether its last line was torn. A folder with
    /// other runs is refused; `extend` says that there may be more of them. One process at a time compares grids, and a larger
    /// one is written last, so that what is refused has changed nothing.
    pub fn open(
        path: &Path,
        plan: &Plan,
        extend: bool,
        shard: Option<Shard>,
    ) -> anyhow::Result<(Self, Results, bool)> {
        let cannot = || format!("{}: this folder cannot be used for a sweep; choose another", path.display());
        fs::create_dir_all(path).with_context(cannot)?;
        let folder = Folder { path: path.into() };
        let lock = File::create(folder.file(LOCK)).with_context(cannot)?;
        match lock.lock() {
            // Some file systems of clusters know no locks.
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            locked => locked.with_context(cannot)?,
        }
        let grid = folder.file(GRID);
        if !grid.exists() {
            // Another shard may be making it at this moment.
            let others = fs::read_dir(path).with_context(cannot)?.flatten();
            let mut others = others.filter(|entry| !entry.file_name().to_string_lossy().starts_with(GRID));
            anyhow::ensure!(
                others.next().is_none() || grid.exists(),
                "{}: it holds files of something else; choose an empty folder or a new one",
                path.display()
            );
            if !grid.exists() {
                folder.write_grid(plan)?;
            }
        }
        let before = folder.plan()?;
        let gone = before.ids.iter().filter(|id| plan.run(id).is_none()).count();
        let new = plan.ids.iter().filter(|id| before.run(id).is_none()).count();
        let path = path.display();
        anyhow::ensure!(
            gone == 0,
            "{path}: it is of another grid: {gone} of its {} runs are not in this one, and {new} are new; choose another folder",
            before.runs()
        );
        anyhow::ensure!(
            new == 0 || extend,
            "{path}: it is of a smaller grid: {new} of the {} runs are new; --extend adds them, or choose another folder",
            plan.runs()
        );
        let (results, torn) = Results::open(folder.file(&Shard::file(shard)))?;
        if new > 0 {
            folder.write_grid(plan)?;
        }
        Ok((folder, results, torn))
    }

    /// Whether a sweep was begun there.
    pub fn is_sweep(path: &Path) -> bool {
        path.join(GRID).exists()
    }

    /// The folder of a sweep that was begun.
    pub fn of_sweep(path: &Path) -> anyhow::Result<(Self, Plan)> {
        let folder = Folder { path: path.into() };
        let found = folder.file(GRID);
        anyhow::ensure!(
            found.exists(),
            "{}: it is no folder of a sweep, as there is no {GRID} in it; name what was --out",
            path.display()
        );
        let plan = folder.plan()?;
        Ok((folder, plan))
    }

    fn plan(&self) -> anyhow::Result<Plan> {
        let found = self.file(GRID);
        Plan::read(&found).with_context(|| {
            format!("the grid of {}; copy the one that was run over it", self.path.display())
        })
    }

    fn write_grid(&self, plan: &Plan) -> anyhow::Result<()> {
        Ok(file::write(self.file(GRID), format!("{HEADER}\n{}", plan.grid.to_toml()).as_bytes())?)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The files of results, by name.
    pub fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let is_results = |path: &PathBuf| {
            path.file_name().is_some_and(|name| *name == *Shard::file(None)) || Shard::of_path(path).is_some()
        };
        let entries = fs::read_dir(&self.path).with_context(|| self.path.display().to_string())?;
        let mut files: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(is_results).collect();
        files.sort();
        Ok(files)
    }
}
