//! A layer in a config.

use crate::by_name;
use crate::config::value::{Item, Value, Wrong, expected_by};
use crate::error::Result;
use crate::nn::{Dense, Dropout, Init, Layer, Softmax, activation, activation_forms};
use gradlens_kernel::Scalar;

/// A layer: `"relu"`, `{ dropout = 0.5 }`, `{ dense = 64, init = "he-normal", bias_init = "zeros" }`.
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
}

/// What can stand for a layer, for errors.
fn forms() -> String {
    let names: Vec<String> = activation_forms().iter().map(|form| format!("{form:?}")).collect();
    format!("{{ dense = UNITS }}, {{ dropout = SHARE }} or one of \"softmax\", {}", names.join(", "))
}

impl LayerConfig {
    pub(crate) fn read(item: &Item) -> std::result::Result<Self, Wrong> {
        match &item.value {
            Value::Text(name) if name == "softmax" => Ok(LayerConfig::Activation(name.clone())),
            Value::Text(name) => match activation::<f32>(name) {
                Ok(_) => Ok(LayerConfig::Activation(name.clone())),
                Err(error) => Err(item.wrong(
                    match by_name::nearest(name, ["softmax", "dense", "dropout"].into_iter()) {
                        Some("softmax") => "a layer; did you mean \"softmax\"?".into(),
                        Some(_) => forms(),
                        None => expected_by(&error),
                    },
                )),
            },
            Value::Table(entries) => Self::read_table(item, entries),
            _ => Err(item.wrong(forms())),
        }
    }

    fn read_table(item: &Item, entries: &[(String, Item)]) -> std::result::Result<Self, Wrong> {
        let get = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, item)| item);
        let unknown = |known: &[&str]| entries.iter().find(|(key, _)| !known.contains(&key.as_str()));
        let init = |item: &Item| item.parsed(|text| text.parse::<Init>());
        let (layer, known): (_, &[&str]) = match (get("dense"), get("dropout")) {
            (Some(units), None) => (
                LayerConfig::Dense {
                    units: units.whole(1, 1_000_000)? as usize,
                    init: get("init").map(init).transpose()?,
                    bias_init: get("bias_init").map(init).transpose()?.unwrap_or(Init::Zeros),
                },
                &["dense", "init", "bias_init"],
            ),
            (None, Some(share)) => {
                let share = share.number("at least 0 and below 1", |share| (0.0..1.0).contains(&share))?;
                (LayerConfig::Dropout(share), &["dropout"])
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
        }
    }

    /// The layer.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for a name that is no activation's.
    pub fn layer<T: Scalar>(&self) -> Result<Box<dyn Layer<T>>> {
        Ok(match self {
            LayerConfig::Dense { units, init, bias_init } => {
                Box::new(Dense::new(*units).init(*init).bias_init(*bias_init))
            }
            LayerConfig::Dropout(share) => Box::new(Dropout::new(*share)),
            LayerConfig::Activation(name) if name == "softmax" => Box::new(Softmax),
            LayerConfig::Activation(name) => activation(name)?,
        })
    }
}
