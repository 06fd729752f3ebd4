//! Which runs a sweep has, each with its id.

use super::source::Source;
use anyhow::Context;
use gradlens::config::{Grid, RunConfig};
use gradlens::runs::run_id;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The sweeps that come with the program.
const BUILT_IN: [(&str, &str); 3] = [
    ("depth", include_str!("../../../sweeps/depth.toml")),
    ("heads", include_str!("../../../sweeps/heads.toml")),
    ("rates", include_str!("../../../sweeps/rates.toml")),
];

/// The runs of a sweep.
pub struct Plan {
    pub grid: Grid,
    /// The id of each.
    pub ids: Vec<String>,
    places: HashMap<String, usize>,
    sources: Vec<Source>,
    /// The place of the source of each run.
    source_of: Vec<usize>,
}

impl Plan {
    /// Reads a file, or one of the sweeps that come with the program.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let built_in = BUILT_IN.iter().find(|(name, _)| path == Path::new(name)).filter(|_| !path.is_file());
        match built_in {
            Some((name, text)) => Self::of(Grid::from_toml(text)?, &PathBuf::from(name)),
            None if !path.is_file() && path.extension().is_none() => {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                anyhow::bail!(
                    "{}: there is no such file, and of the sweeps that come with the program there are {}",
                    path.display(),
                    names.join(", ")
                )
            }
            None => Self::of(Grid::read(path)?, path),
        }
    }

    fn of(grid: Grid, path: &Path) -> anyhow::Result<Self> {
        let mut plan = Plan { grid, ids: vec![], places: HashMap::new(), sources: vec![], source_of: vec![] };
        let mut sources = HashMap::new();
        for run in 0..plan.grid.runs() {
            let config = plan.config(run).with_context(|| path.display().to_string())?;
            let id = run_id(&config);
            if let Some(same) = plan.places.insert(id.clone(), run) {
                anyhow::bail!(
                    "{}: the runs {} and {} are one; leave out one of the keys that say the same",
                    path.display(),
                    plan.grid.label(same),
                    plan.grid.label(run)
                );
            }
            plan.ids.push(id);
            let source = Source::of(&config);
            let place = *sources.entry(source.clone()).or_insert_with(|| {
                plan.sources.push(source);
                plan.sources.len() - 1
            });
            plan.source_of.push(place);
        }
        Ok(plan)
    }

    /// Where the samples of a run come from.
    pub fn source(&self, run: usize) -> &Source {
        &self.sources[self.source_of[run]]
    }

    pub fn runs(&self) -> usize {
        self.ids.len()
    }

    /// The run with an id.
    pub fn run(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub fn config(&self, run: usize) -> anyhow::Result<RunConfig> {
        self.grid.config(run).with_context(|| self.grid.label(run))
    }

    /// The keys with the number of their values, "hidden x6, seed x20".
    pub fn axes(&self) -> String {
        let axes = self.grid.axes().iter().map(|axis| format!("{} x{}", axis.name, axis.values.len()));
        axes.collect::<Vec<_>>().join(", ")
    }
}
