//! A layer in a config.

use crate::by_name;
use crate::config::value::{Item, Value, Wrong, expected_by};
use crate::error::Result;
use crate::nn::{
    BatchNorm, Dense, Dropout, Init, Layer, LayerNorm, Residual, Softmax, activation, activation_forms,
};
use gradlens_kernel::Scalar;

/// A layer: `"relu"`, `"batch-norm"`, `{ dropout = 0.5 }`, `{ dense = 64, init = "he-normal", bias_init = "zeros" }`,
/// `{ residual = [{ dense = 64 }, "tanh"] }`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LayerConfig {
    /// A dense layer.
    Dense {
        /// Its units.
        units: usize,
        /// How its weights start; `None` is as suits the activation behind it.
        init: Option<Init>,
        /// How its biases start.
        bias_init: Init,
    },
    /// Dropout of this share.
    Dropout(f64),
    /// An activation by its name, or `softmax`.
    Activation(String),
    /// A normalisation over the batch or over the units of a sample.
    Norm(Norm),
    /// A block of layers whose input is added to what they compute.
    Residual(Vec<LayerConfig>),
}

/// A normalisation, with the settings that are not PyTorch's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Norm {
    /// Over what.
    pub kind: NormKind,
    /// What is added to the variance.
    pub eps: Option<f64>,
    /// The share of the running statistics that a step replaces, of batch normalisation.
    pub momentum: Option<f64>,
}

/// What a normalisation takes mean and variance over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NormKind {
    /// The samples of the batch.
    Batch,
    /// The units of a sample.
    Layer,
}

impl NormKind {
    /// As a config has it.
    pub fn name(self) -> &'static str {
        match self {
            NormKind::Batch => "batch",
            NormKind::Layer => "layer",
        }
    }

    pub(crate) fn read(item: &Item) -> std::result::Result<Self, Wrong> {
        Self::named(item.text()?).ok_or_else(|| item.wrong("batch or layer"))
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [NormKind::Batch, NormKind::Layer].into_iter().find(|kind| kind.name() == name)
    }

    /// As the layer is called where it has no settings.
    fn layer_name(self) -> String {
        format!("{}-norm", self.name())
    }
}

impl Norm {
    /// With the default settings.
    pub fn new(kind: NormKind) -> Self {
        Norm { kind, eps: None, momentum: None }
    }

    /// The one that a layer's name stands for.
    fn named(name: &str) -> Option<Self> {
        NormKind::named(name.strip_suffix("-norm")?).map(Norm::new)
    }

    fn layer<T: Scalar>(self) -> Box<dyn Layer<T>> {
        match self.kind {
            NormKind::Batch => {
                let norm = self.eps.map_or(BatchNorm::default(), |eps| BatchNorm::default().eps(eps));
                Box::new(self.momentum.map_or(norm, |momentum| norm.momentum(momentum)))
            }
            NormKind::Layer => {
                Box::new(self.eps.map_or(LayerNorm::default(), |eps| LayerNorm::default().eps(eps)))
            }
        }
    }
}

/// What can stand for a layer, for errors.
fn forms() -> String {
    let names: Vec<String> = activation_forms().iter().map(|form| format!("{form:?}")).collect();
    format!(
        "{{ dense = UNITS }}, {{ dropout = SHARE }}, {{ residual = [LAYERS] }}, \"batch-norm\", \"layer-norm\" or one of \
         \"softmax\", {}",
        names.join(", ")
    )
}

impl LayerConfig {
    pub(crate) fn read(item: &Item) -> std::result::Result<Self, Wrong> {
        match &item.value {
            Value::Text(name) if name == "softmax" => Ok(LayerConfig::Activation(name.clone())),
            Value::Text(name) if Norm::named(name).is_some() => {
                Ok(Norm::named(name).map(LayerConfig::Norm).expect("as was asked"))
            }
            Value::Text(name) => match activation::<f32>(name) {
                Ok(_) => Ok(LayerConfig::Activation(name.clone())),
                Err(error) => {
                    let others = ["softmax", "batch-norm", "layer-norm", "dense", "dropout", "residual"];
                    Err(item.wrong(match by_name::nearest(name, others.into_iter()) {
                        Some(near @ ("softmax" | "batch-norm" | "layer-norm")) => {
                            format!("a layer; did you mean {near:?}?")
                        }
                        Some(_) => forms(),
                        None => expected_by(&error),
                    }))
                }
            },
            Value::Table(entries) => Self::read_table(item, entries),
            _ => Err(item.wrong(forms())),
        }
    }

    fn read_table(item: &Item, entries: &[(String, Item)]) -> std::result::Result<Self, Wrong> {
        let get = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, item)| item);
        let unknown = |known: &[&str]| entries.iter().find(|(key, _)| !known.contains(&key.as_str()));
        let init = |item: &Item| item.parsed(|text| text.parse::<Init>());
        let (layer, known): (_, &[&str]) = match (get("dense"), get("dropout"), get("norm"), get("residual"))
        {
            (Some(units), None, None, None) => (
                LayerConfig::Dense {
                    units: units.whole(1, 1_000_000)? as usize,
                    init: get("init").map(init).transpose()?,
                    bias_init: get("bias_init").map(init).transpose()?.unwrap_or(Init::Zeros),
                },
                &["dense", "init", "bias_init"],
            ),
            (None, Some(share), None, None) => {
                let share = share.number("at least 0 and below 1", |share| (0.0..1.0).contains(&share))?;
                (LayerConfig::Dropout(share), &["dropout"])
            }
            (None, None, Some(kind), None) => {
                let kind = NormKind::read(kind)?;
                let eps = |item: &Item| item.number("finite and above 0", |eps| eps.is_finite() && eps > 0.0);
                let momentum = |item: &Item| item.number("from 0 to 1", |share| (0.0..=1.0).contains(&share));
                let eps = get("eps").map(eps).transpose()?;
                let batch = kind == NormKind::Batch;
                let momentum = get("momentum").filter(|_| batch).map(momentum).transpose()?;
                let known: &[&str] = if batch { &["norm", "eps", "momentum"] } else { &["norm", "eps"] };
                (LayerConfig::Norm(Norm { kind, eps, momentum }), known)
            }
            (None, None, None, Some(block)) => {
                let Value::List(items) = &block.value else {
                    return Err(block.wrong("a list of layers, [{ dense = 64 }, \"tanh\"]"));
                };
                if items.is_empty() {
                    return Err(block.wrong("at least one layer"));
                }
                let layers = items.iter().map(Self::read).collect::<std::result::Result<_, _>>()?;
                (LayerConfig::Residual(layers), &["residual"])
            }
            _ => return Err(item.wrong(forms())),
        };
        match unknown(known) {
            None => Ok(layer),
            Some((key, item)) => {
                let near = by_name::nearest(key, known.iter().copied());
                let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
                Err(Wrong {
                    line: item.line,
                    found: format!("a layer with the key {key}"),
                    expected: format!("one with {}{near}", known.join(", ")),
                })
            }
        }
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            LayerConfig::Dense { units, init, bias_init } => {
                let mut entries = vec![("dense".to_string(), Item::new(*units))];
                entries.extend(init.map(|init| ("init".to_string(), Item::new(init.to_string()))));
                entries.push(("bias_init".to_string(), Item::new(bias_init.to_string())));
                Value::Table(entries)
            }
            LayerConfig::Dropout(share) => Value::Table(vec![("dropout".into(), Item::new(*share))]),
            LayerConfig::Activation(name) => Value::Text(name.clone()),
            LayerConfig::Norm(norm) if *norm == Norm::new(norm.kind) => Value::Text(norm.kind.layer_name()),
            LayerConfig::Norm(norm) => {
                let mut entries = vec![("norm".to_string(), Item::new(norm.kind.name()))];
                let numbers = [("eps", norm.eps), ("momentum", norm.momentum)];
                entries.extend(
                    numbers.into_iter().filter_map(|(key, number)| Some((key.into(), Item::new(number?)))),
                );
                Value::Table(entries)
            }
            LayerConfig::Residual(block) => {
                let block: Vec<Value> = block.iter().map(Self::value).collect();
                Value::Table(vec![("residual".into(), Item::new(block))])
            }
        }
    }

    /// The layers of a network that it stands for: one, or those of a block with the one that ends it.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for a name that is no activation's.
    pub fn layers<T: Scalar>(&self) -> Result<Vec<Box<dyn Layer<T>>>> {
        let layer: Box<dyn Layer<T>> = match self {
            LayerConfig::Dense { units, init, bias_init } => {
                Box::new(Dense::new(*units).init(*init).bias_init(*bias_init))
            }
            LayerConfig::Dropout(share) => Box::new(Dropout::new(*share)),
            LayerConfig::Activation(name) if name == "softmax" => Box::new(Softmax),
            LayerConfig::Activation(name) => activation(name)?,
            LayerConfig::Norm(norm) => norm.layer(),
            LayerConfig::Residual(block) => {
                let mut layers = vec![];
                for layer in block {
                    layers.extend(layer.layers()?);
                }
                let end = Box::new(Residual::over(layers.len()));
                layers.push(end);
                return Ok(layers);
            }
        };
        Ok(vec![layer])
    }

    /// How many layers of a network it stands for.
    pub(crate) fn count(&self) -> usize {
        match self {
            LayerConfig::Residual(block) => block.iter().map(Self::count).sum::<usize>() + 1,
            _ => 1,
        }
    }

    /// Calls `change` for each layer that is no block, with the place in the network of the first of them.
    pub(crate) fn each(
        layers: &mut [LayerConfig],
        place: usize,
        change: &mut impl FnMut(usize, &mut LayerConfig),
    ) {
        let mut place = place;
        for layer in layers {
            let count = layer.count();
            match layer {
                LayerConfig::Residual(block) => Self::each(block, place, change),
                layer => change(place, layer),
            }
            place += count;
        }
    }

    /// Leaves out layers, in blocks as well, and blocks that nothing is left of.
    pub(crate) fn retain(layers: &mut Vec<LayerConfig>, keep: &impl Fn(&LayerConfig) -> bool) {
        layers.retain_mut(|layer| match layer {
            LayerConfig::Residual(block) => {
                Self::retain(block, keep);
                !block.is_empty()
            }
            layer => keep(layer),
        });
    }

    /// The units of the last dense layer in it.
    pub(crate) fn outputs(&self) -> Option<usize> {
        match self {
            LayerConfig::Dense { units, .. } => Some(*units),
            LayerConfig::Residual(block) => block.iter().rev().find_map(Self::outputs),
            _ => None,
        }
    }
}
