//! How a network is read: stages, each a layer with weights and the activation that follows it.

use crate::nn::network::Sequential;
use gradlens_kernel::Scalar;

/// A layer with weights, and what follows it up to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stage {
    /// The layer with weights.
    pub linear: usize,
    /// The layer whose output is the pre-activation: the one with weights, or what normalises or adds to its output
    /// below the activation.
    pub pre: usize,
    /// The elementwise activation above it.
    pub activation: Option<usize>,
    /// The last layer of the stage; its output feeds the next stage.
    pub last: usize,
}

/// The stages of a network, the one nearest the input first. The last is the output.
pub(super) fn stages<T: Scalar>(net: &Sequential<T>) -> Vec<Stage> {
    let layers = net.layers();
    let is_linear = |index: usize| layers[index].spec().params.iter().any(|spec| spec.shape.len() > 1);
    let mut stages: Vec<Stage> = vec![];
    for (index, slot) in layers.iter().enumerate() {
        if is_linear(index) {
            stages.push(Stage { linear: index, pre: index, activation: None, last: index });
        } else if let Some(stage) = stages.last_mut() {
            stage.last = index;
            if stage.activation.is_none() && slot.spec().max_slope.is_some() {
                stage.activation = Some(index);
                stage.pre = index - 1;
            }
        }
    }
    stages
}
