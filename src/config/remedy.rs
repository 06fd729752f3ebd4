//! What a remedy changes in a description of a run.

use crate::config::layer::{LayerConfig, Norm, NormKind};
use crate::config::run::RunConfig;
use crate::diagnostics::Remedy;
use crate::nn::Init;

impl Remedy {
    /// The description of a run after this remedy. `None` where the description does not say what the remedy
    /// changes, or says so already. The layers have to be listed, as
    /// [`RunConfig::complete`] lists them.
    ///
    /// ```
    /// use gradlens::config::RunConfig;
    /// use gradlens::diagnostics::Remedy;
    /// let config = RunConfig::from_toml("[network]\nlayers = [{ dense = 8 }, \"sigmoid\", { dense = 1 }, \"tanh\"]")?;
    /// let better = Remedy::Activation("relu".into()).apply(&config).unwrap();
    /// assert!(better.to_toml().contains("\"relu\"") && better.to_toml().contains("\"tanh\""));
    /// assert_eq!(Remedy::Dropout(0.0).apply(&config), None);
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn apply(&self, config: &RunConfig) -> Option<RunConfig> {
        let mut after = config.clone();
        let network = &mut after.network;
        let (training, data) = (&mut after.training, &mut after.data);
        let layers = network.layers.as_mut()?;
        let last_dense = layers.iter().rposition(|layer| layer.outputs().is_some())?;
        match self {
            Remedy::Activation(name) => {
                let mut between = 0;
                LayerConfig::each(&mut layers[..last_dense], 0, &mut |_, layer| {
                    if let LayerConfig::Activation(activation) = layer {
                        *activation = name.clone();
                        between += 1;
                    }
                });
                if between == 0 {
                    let hidden = activated(layers.drain(..last_dense).collect(), name);
                    layers.splice(0..0, hidden);
                }
                set_inits(layers, |_| None);
            }
            Remedy::Init(name) if name == "default" => set_inits(layers, |_| None),
            Remedy::Init(name) => {
                let init: Init = name.parse().ok()?;
                set_inits(layers, |_| Some(init));
            }
            Remedy::BiasInit(name) => {
                let start: Init = name.parse().ok()?;
                LayerConfig::each(layers, 0, &mut |_, layer| {
                    if let LayerConfig::Dense { bias_init, .. } = layer {
                        *bias_init = start;
                    }
                });
            }
            Remedy::Loss(name) => {
                network.loss = None;
                if name.starts_with("sigmoid") {
                    network.head = Some("sigmoid".into());
                }
            }
            Remedy::PlainLogits => layers.truncate(last_dense + 1),
            Remedy::Rate(factor) => training.lr = Some(training.lr? * factor),
            Remedy::Hidden(units) => {
                let dense = LayerConfig::Dense { units: *units, init: None, bias_init: Init::Zeros };
                layers.splice(last_dense..last_dense, [dense, LayerConfig::Activation("relu".into())]);
            }
            Remedy::Normalise(kind) => {
                let kind = NormKind::named(kind)?;
                if kind == NormKind::Batch && training.batch == 1 {
                    return None; // a batch of one has no statistics
                }
                let norm = LayerConfig::Norm(Norm::new(kind));
                let hidden = normalised(layers.drain(..last_dense).collect(), &norm);
                layers.splice(0..0, hidden);
            }
            Remedy::LearningRate(rate) => training.lr = Some(*rate),
            Remedy::Longer(factor) => {
                let longer = |count: u64| (count as f64 * factor).ceil() as u64;
                training.steps = training.steps.map(longer);
                training.epochs = training.epochs.map(|epochs| longer(epochs as u64) as usize);
            }
            Remedy::Batch(samples) => training.batch = *samples,
            Remedy::BalancedClasses => training.class_weights = Some("balanced".into()),
            Remedy::Shuffle => training.shuffle = true,
            Remedy::Standardise => (data.standardise, data.scale_inputs) = (true, None),
            Remedy::StandardiseTargets => data.standardise_targets = true,
            Remedy::ScaleInput(factor) => {
                data.scale_inputs = Some(data.scale_inputs.unwrap_or(1.0) * factor);
            }
            Remedy::Dropout(share) => {
                LayerConfig::each(layers, 0, &mut |_, layer| {
                    if let LayerConfig::Dropout(now) = layer {
                        *now = *share;
                    }
                });
                LayerConfig::retain(layers, &|layer| *layer != LayerConfig::Dropout(0.0));
            }
            _ => return None,
        }
        (after != *config).then_some(after)
    }
}

/// These layers with an activation behind every dense one.
fn activated(layers: Vec<LayerConfig>, name: &str) -> Vec<LayerConfig> {
    let with = |layer| match layer {
        LayerConfig::Residual(block) => vec![LayerConfig::Residual(activated(block, name))],
        dense @ LayerConfig::Dense { .. } => vec![dense, LayerConfig::Activation(name.into())],
        layer => vec![layer],
    };
    layers.into_iter().flat_map(with).collect()
}

/// These layers with a normalisation before every activation that follows a dense layer.
fn normalised(layers: Vec<LayerConfig>, norm: &LayerConfig) -> Vec<LayerConfig> {
    let mut after: Vec<LayerConfig> = vec![];
    for layer in layers {
        match layer {
            LayerConfig::Residual(block) => after.push(LayerConfig::Residual(normalised(block, norm))),
            LayerConfig::Activation(_) if matches!(after.last(), Some(LayerConfig::Dense { .. })) => {
                after.extend([norm.clone(), layer]);
            }
            layer => after.push(layer),
        }
    }
    after
}

fn set_inits(layers: &mut [LayerConfig], new: impl Fn(Option<Init>) -> Option<Init>) {
    LayerConfig::each(layers, 0, &mut |_, layer| {
        if let LayerConfig::Dense { init, .. } = layer {
            *init = new(*init);
        }
    });
}
