//! Settings whose default depends on the data.

use super::Flags;
use crate::flags::Base;
use gradlens::config::{Key, RunConfig};

/// Settings that suit the data.
struct Recipe {
    hidden: &'static [usize],
    epochs: usize,
    /// For optimisers that adapt.
    lr: f64,
}

impl Recipe {
    fn of(data: &str) -> Self {
        match data {
            "teacher" => Recipe { hidden: &[16], epochs: 30, lr: 0.003 },
            "xor" => Recipe { hidden: &[16], epochs: 5, lr: 0.003 },
            "overlay" => Recipe { hidden: &[256, 128], epochs: 10, lr: 0.001 },
            _ => Recipe { hidden: &[64], epochs: 30, lr: 0.001 },
        }
    }
}

/// What holds without flags, whatever the data.
#[derive(Debug)]
pub struct Usual;

impl Base for Usual {
    fn config() -> RunConfig {
        let mut config = RunConfig::default();
        config.training.schedule = "cosine".into();
        config
    }

    fn has(key: &Key) -> bool {
        match key.section {
            "data" => false,
            "network" => !["layers", "head", "loss"].contains(&key.name),
            _ => key.name != "class_weights",
        }
    }

    fn default_of(key: &Key) -> Option<String> {
        let [teacher, xor, overlay, file] = ["teacher", "xor", "overlay", ""].map(Recipe::of);
        let by_data = |of: fn(&Recipe) -> String| {
            format!(
                "teacher {}; xor {}; overlay {}; files {}",
                of(&teacher),
                of(&xor),
                of(&overlay),
                of(&file)
            )
        };
        let widths =
            |recipe: &Recipe| recipe.hidden.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        match key.name {
            "hidden" => Some(by_data(widths)),
            "epochs" => Some(by_data(|recipe| recipe.epochs.to_string())),
            "lr" => Some(format!("0.1 for sgd; for the others {}", by_data(|recipe| recipe.lr.to_string()))),
            "weight_decay" => Some("0.01 for adamw, 0 for the others".into()),
            "init" => Some("as suits the activation".into()),
            "threads" => Some("all there are".into()),
            "clip_norm" | "patience" => Some("off".into()),
            _ => key.get(&Self::config()).map(|value| value.to_string().trim_matches('"').into()),
        }
    }
}

impl Flags {
    /// What flags say, what suits the data, and what the optimiser leaves to its defaults.
    pub fn run_config(&self) -> anyhow::Result<RunConfig> {
        let mut base = Usual::config();
        let recipe = Recipe::of(&self.source.data);
        base.network.hidden = recipe.hidden.to_vec();
        base.training.epochs = Some(recipe.epochs);
        let mut config = self.config.over(base)?;
        if config.training.lr.is_none() && config.training.optimizer != "sgd" && self.config.file().is_none()
        {
            config.training.lr = Some(recipe.lr);
        }
        config.training.complete()?;
        Ok(config)
    }
}
