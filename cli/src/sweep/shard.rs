//! A part of the runs, for one of several processes.

use std::env;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Every `of`-th run, from the `number`-th on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: usize,
    pub of: usize,
}

impl Shard {
    /// The shard of a task of a Slurm array, if this process is one.
    pub fn from_slurm() -> anyhow::Result<Option<Self>> {
        let Ok(id) = env::var("SLURM_ARRAY_TASK_ID") else { return Ok(None) };
        let number = |name: &str| -> anyhow::Result<usize> {
            let text = env::var(name).unwrap_or_default();
            text.parse().map_err(|_| {
                anyhow::anyhow!(
                    "{name} is {text:?}, but must be a whole number, as Slurm sets it; or say --shard"
                )
            })
        };
        let (task, of, first) = (
            number("SLURM_ARRAY_TASK_ID")?,
            number("SLURM_ARRAY_TASK_COUNT")?,
            number("SLURM_ARRAY_TASK_MIN")?,
        );
        let step =
            if env::var("SLURM_ARRAY_TASK_STEP").is_ok() { number("SLURM_ARRAY_TASK_STEP")? } else { 1 };
        let place = task.checked_sub(first).filter(|far| step > 0 && far % step == 0).map(|far| far / step);
        // A task that is submitted once more by itself does not say which part it had.
        let alone = of == 1 && first > 1;
        match place.filter(|place| *place < of && !alone) {
            Some(place) => Ok(Some(Shard { number: place + 1, of })),
            None => anyhow::bail!(
                "task {id} of a Slurm array of {of} from {first} on: which part of the runs it has cannot be told, as the \
                 array has gaps, or one task alone; submit all tasks, or say --shard I/N"
            ),
        }
    }

    pub fn has(&self, run: usize) -> bool {
        run % self.of == self.number - 1
    }

    /// The file of its results.
    pub fn file(shard: Option<Self>) -> String {
        shard.map_or("results.jsonl".into(), |Shard { number, of }| format!("results-{number}-of-{of}.jsonl"))
    }

    /// The shard whose file this is.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (number, of) = name.strip_prefix("results-")?.strip_suffix(".jsonl")?.split_once("-of-")?;
        format!("{number}/{of}").parse().ok()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
            _ => Err("expected I/N, the I-th of N parts, 1/4 to 4/4 say".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}
