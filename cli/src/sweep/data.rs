//! Samples that many runs share.

use crate::digits;
use gradlens::config::{RunConfig, RunData};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many sets of samples are kept; runs of one set come one after the other.
const KEPT: usize = 4;

type Slot = Arc<OnceLock<Result<Arc<RunData>, String>>>;

/// Samples that many runs share: read once, by the first that needs them.
#[derive(Default)]
pub struct Shared {
    /// The last ones come last.
    slots: Mutex<Vec<(String, Slot)>>,
}

/// What says which samples a run has: the section `[data]`, how many outputs the layers have, and the seed, unless they are known
/// not to depend on it.
pub fn name(config: &RunConfig) -> String {
    let data = &config.data;
    let read = data.mnist || data.file.is_some() || data.images.is_some();
    let drawn =
        data.test_share > 0.0 || [data.elastic, data.rotate, data.rescale].iter().any(|&much| much > 0.0);
    let seed = if read && !drawn { String::new() } else { config.training.seed.to_string() };
    format!("{} {seed} {:?}", config.section_to_json("data"), config.network.outputs())
}

impl Shared {
    /// The samples of a run.
    pub fn load(&self, config: &RunConfig) -> anyhow::Result<Arc<RunData>> {
        let slot = self.slot(name(config));
        let loaded = slot.get_or_init(|| {
            config.load(&digits::place(None)).map(Arc::new).map_err(|error| error.to_string())
        });
        loaded.clone().map_err(anyhow::Error::msg)
    }

    fn slot(&self, name: String) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match slots.iter().position(|(known, _)| *known == name) {
            Some(place) => slots.remove(place).1,
            None => Slot::default(),
        };
        slots.push((name, Arc::clone(&slot)));
        if slots.len() > KEPT {
            slots.remove(0);
        }
        slot
    }
}
