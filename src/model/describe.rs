//! What a network is, in the words of a config, where it was built without one.

use crate::config::{LayerConfig, NetworkConfig, Norm, NormKind, RunConfig};
use crate::error::{Error, Result};
use crate::nn::{Init, Layer, LayerSlot, Residual, Sequential};
use gradlens_kernel::Scalar;

/// Its layers and head.
///
/// # Errors
/// [`Error::Setting`] where one is none that a config can name.
pub(super) fn describe<T: Scalar>(net: &Sequential<T>) -> Result<NetworkConfig> {
    let name = net.head().name();
    let unknown = || {
        Error::setting(
            "the head",
            &name,
            "a softmax, sigmoid or identity with one of their losses, for a file to say",
        )
    };
    // "identity + squared error, mean over outputs"
    let (head, mean_over_outputs) =
        name.strip_suffix(", mean over outputs").map_or((&*name, false), |head| (head, true));
    let (link, loss) = head.split_once(" + ").ok_or_else(unknown)?;
    let mut network = NetworkConfig {
        layers: Some(layers(net)?),
        head: Some(link.into()),
        loss: Some(match loss.split_once(", ") {
            // "Huber's loss, delta 1", "generalised cross-entropy, q 0.7"
            Some((name, setting)) => {
                let number = setting.split_once(' ').ok_or_else(unknown)?.1;
                let name = if name == "Huber's loss" {
                    "huber".into()
                } else {
                    name.to_lowercase().replace(' ', "-")
                };
                format!("{name}:{number}")
            }
            None => loss.replace(' ', "-"),
        }),
        ..NetworkConfig::default()
    };
    network.mean_over_outputs = mean_over_outputs;
    let config = RunConfig { network: network.clone(), ..RunConfig::default() };
    config.head::<T>().map_err(|_| unknown())?;
    Ok(network)
}

/// All layers, those of a residual block inside the block.
fn layers<T: Scalar>(net: &Sequential<T>) -> Result<Vec<LayerConfig>> {
    let mut layers: Vec<LayerConfig> = vec![];
    for (index, slot) in net.layers().iter().enumerate() {
        let described = match slot.spec().adds_input_of {
            0 => layer(slot),
            of => block(slot, &mut layers, of),
        };
        layers.push(described.ok_or_else(|| {
            let found = slot.layer().name();
            Error::setting(format!("layer {index}"), found, "one that a config can name, for a file to say")
        })?);
    }
    Ok(layers)
}

/// The block that ends here, with so many of the layers below; `None` where it would cut another one apart.
fn block<T: Scalar>(slot: &LayerSlot<T>, below: &mut Vec<LayerConfig>, of: usize) -> Option<LayerConfig> {
    let (mut first, mut count) = (below.len(), 0);
    while count < of {
        first = first.checked_sub(1)?;
        count += below[first].count();
    }
    let same = count == of && slot.layer().name() == Layer::<T>::name(&Residual::over(of));
    same.then(|| LayerConfig::Residual(below.split_off(first)))
}

/// A layer by its name: "LeakyRelu(0.01)" is leaky-relu:0.01.
fn layer<T: Scalar>(slot: &LayerSlot<T>) -> Option<LayerConfig> {
    let name = slot.layer().name();
    let (kind, number) = match name.split_once('(') {
        Some((kind, number)) => (kind, number.strip_suffix(')')?),
        None => (&*name, ""),
    };
    let described = match kind {
        // A config has no word for a layer without a bias.
        "Dense" if slot.spec().params.len() != 2 => return None,
        "Dense" => LayerConfig::Dense {
            units: slot.output_len(),
            init: slot.spec().params.first().and_then(|weight| weight.init),
            bias_init: slot.spec().params.get(1).and_then(|bias| bias.init).unwrap_or(Init::Zeros),
        },
        "Dropout" => LayerConfig::Dropout(number.parse().ok()?),
        "BatchNorm" if !number.is_empty() => {
            let (momentum, eps) = number.split_once(", ")?;
            let (momentum, eps) = (momentum.parse().ok(), eps.parse().ok());
            LayerConfig::Norm(Norm { eps, momentum, ..Norm::new(NormKind::Batch) })
        }
        "BatchNorm" => LayerConfig::Norm(Norm::new(NormKind::Batch)),
        "LayerNorm" => LayerConfig::Norm(Norm { eps: number.parse().ok(), ..Norm::new(NormKind::Layer) }),
        _ => {
            let mut text = String::new();
            for letter in kind.chars() {
                if letter.is_uppercase() && !text.is_empty() {
                    text.push('-');
                }
                text.extend(letter.to_lowercase());
            }
            if !number.is_empty() {
                text = format!("{text}:{number}");
            }
            LayerConfig::Activation(text)
        }
    };
    // Another layer may have the name of one of ours.
    let same = described.layers::<T>().ok()?.first()?.name() == name;
    same.then_some(described)
}
