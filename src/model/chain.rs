//! A network as it is read from somewhere else: a chain of dense layers and activations.

use crate::config::LayerConfig;
use crate::nn::Init;

/// A dense layer: `[out, in]` and `[out]`.
pub(super) struct Weights {
    pub weight: Vec<f64>,
    pub bias: Vec<f64>,
    pub inputs: usize,
    pub outputs: usize,
}

/// `scale x + shift`, column by column, or with a single number for all of them.
pub(super) struct Affine {
    pub scale: Vec<f64>,
    pub shift: Vec<f64>,
}

impl Affine {
    /// Whether there is a number for each of so many columns.
    fn fits(&self, columns: usize) -> bool {
        [&self.scale, &self.shift].iter().all(|numbers| [1, columns].contains(&numbers.len()))
    }

    fn at(&self, column: usize) -> (f64, f64) {
        let number = |numbers: &[f64]| numbers[if numbers.len() == 1 { 0 } else { column }];
        (number(&self.scale), number(&self.shift))
    }
}

/// What has been read.
#[derive(Default)]
pub(super) struct Chain {
    pub layers: Vec<LayerConfig>,
    pub weights: Vec<Weights>,
    pub head: Option<&'static str>,
    /// The mean and deviation that the inputs are standardised by, before the first layer.
    pub moments: Option<Vec<[f64; 2]>>,
    /// What stands before the next dense layer, and becomes part of it.
    before: Vec<Affine>,
}

impl Chain {
    /// Adds a dense layer; false if what stands before it does not fit.
    #[must_use]
    pub fn dense(&mut self, mut weights: Weights) -> bool {
        if self.layers.is_empty() && self.before.iter().all(|affine| affine.fits(weights.inputs)) {
            self.standardise(weights.inputs);
        }
        // The last of them is the nearest: W (s x + t) + b = (W s) x + (W t + b).
        while let Some(affine) = self.before.pop() {
            if !affine.fits(weights.inputs) {
                return false;
            }
            for (row, bias) in weights.weight.chunks_exact_mut(weights.inputs).zip(&mut weights.bias) {
                for (column, w) in row.iter_mut().enumerate() {
                    let (scale, shift) = affine.at(column);
                    *bias += *w * shift;
                    *w *= scale;
                }
            }
        }
        let dense = LayerConfig::Dense { units: weights.outputs, init: None, bias_init: Init::Zeros };
        self.layers.push(dense);
        self.weights.push(weights);
        true
    }

    /// Takes what stands before the first layer for a standardisation of so many inputs, if it is one: s x + t is
    /// (x - m) / d with d = 1 / s and m = -t / s.
    fn standardise(&mut self, inputs: usize) {
        let moments = |column| {
            let (scale, shift) = self.before.iter().fold((1.0, 0.0), |(scale, shift), affine| {
                let (s, t) = affine.at(column);
                (s * scale, s * shift + t)
            });
            [-shift / scale, 1.0 / scale]
        };
        let moments: Vec<[f64; 2]> = (0..inputs).map(moments).collect();
        let usual =
            |&[mean, deviation]: &[f64; 2]| mean.is_finite() && deviation.is_finite() && deviation > 0.0;
        if !self.before.is_empty() && moments.iter().all(usual) {
            self.before.clear();
            self.moments = Some(moments);
        }
    }

    /// Adds a scale and a shift to the dense layer before or behind them; false if they do not fit.
    #[must_use]
    pub fn affine(&mut self, affine: Affine) -> bool {
        if affine.scale.iter().chain(&affine.shift).any(|number| !number.is_finite()) {
            return false;
        }
        let (Some(LayerConfig::Dense { .. }), Some(last)) = (self.layers.last(), self.weights.last_mut())
        else {
            self.before.push(affine);
            return true;
        };
        if !affine.fits(last.outputs) {
            return false;
        }
        for (k, (row, bias)) in last.weight.chunks_exact_mut(last.inputs).zip(&mut last.bias).enumerate() {
            let (scale, shift) = affine.at(k);
            row.iter_mut().for_each(|w| *w *= scale);
            *bias = *bias * scale + shift;
        }
        true
    }

    pub fn activation(&mut self, name: impl Into<String>) {
        self.layers.push(LayerConfig::Activation(name.into()));
    }

    /// Ends the chain: a softmax or sigmoid at its end is the head. False if something is left that no layer takes.
    #[must_use]
    pub fn end(&mut self) -> bool {
        if self.head.is_none() {
            self.head = match self.layers.last() {
                Some(LayerConfig::Activation(name)) if name == "softmax" => Some("softmax"),
                Some(LayerConfig::Activation(name)) if name == "sigmoid" => Some("sigmoid"),
                _ => None,
            };
            if self.head.is_some() {
                self.layers.pop();
            }
        }
        self.before.is_empty()
    }
}
