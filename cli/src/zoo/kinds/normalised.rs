//! Kinds with normalisations and residual blocks.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Norm, Rule, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

/// One that is trained at a rate for deep networks.
fn deep(
    label: Illness,
    activation: &'static str,
    (width, depth): (usize, usize),
    norm: Option<Norm>,
    residual: bool,
) -> Kind {
    let norm_name = norm.map_or("no normalisation", |norm| match norm {
        Norm::Batch => "batch normalisation",
        Norm::Layer => "layer normalisation",
    });
    let name =
        format!("{activation} {depth}x{width}, {norm_name}{}", if residual { ", residual" } else { "" });
    let kind = kind(label, &name, (width, depth), activation).with(Rule::Adam(1e-3));
    let kind = if residual { kind.residual() } else { kind };
    norm.map_or(kind.clone(), |norm| kind.norm(norm))
}

/// Those that rules were set on.
pub fn known() -> Vec<Kind> {
    use Illness::*;
    use Norm::*;
    vec![
        deep(Healthy, "sigmoid", (100, 8), Some(Batch), false),
        deep(Healthy, "relu", (100, 12), Some(Batch), false),
        deep(Healthy, "tanh", (64, 10), Some(Layer), false),
        deep(Healthy, "tanh", (64, 16), Some(Batch), true),
        deep(Healthy, "relu", (80, 12), Some(Layer), true),
        deep(Healthy, "sigmoid", (80, 20), Some(Batch), true),
        deep(Healthy, "relu", (100, 3), Some(Batch), false).init(Init::Normal(0.01)),
        deep(VanishingSlope, "sigmoid", (100, 16), Some(Layer), false),
        deep(Exploding, "relu", (100, 20), None, true),
        deep(RateTooHigh, "relu", (100, 4), Some(Layer), false).with(Rule::Sgd(50.0)),
        deep(RateTooLow, "relu", (100, 4), Some(Batch), false).with(Rule::Sgd(1e-7)),
        deep(Symmetric, "tanh", (72, 3), Some(Batch), false).init(Init::Constant(0.02)),
    ]
}

/// Those held back.
pub fn held_back() -> Vec<Kind> {
    use Illness::*;
    use Norm::*;
    vec![
        deep(Healthy, "gelu", (128, 8), Some(Batch), false),
        deep(Healthy, "elu", (80, 14), Some(Layer), true),
        deep(Healthy, "softsign", (64, 6), Some(Batch), false).on(Data::Clouds),
        deep(Healthy, "silu", (100, 12), Some(Batch), true),
        // Its outputs started as large at first, so that its label was wrong: the start loss was 5 times the constant's.
        deep(Healthy, "tanh", (120, 5), Some(Batch), false)
            .init(Init::Normal(1.0))
            .output(Init::GlorotUniform, Init::Zeros),
        deep(Healthy, "leaky-relu", (60, 24), Some(Layer), true).head(Head::Sigmoid),
        deep(Healthy, "relu", (64, 6), Some(Layer), false).dropout(0.1),
        deep(VanishingSlope, "sigmoid", (60, 20), Some(Layer), false).head(Head::Sigmoid),
        deep(Exploding, "leaky-relu", (64, 26), None, true).on(Data::Clouds),
        deep(RateTooHigh, "gelu", (90, 3), Some(Layer), true).with(Rule::Momentum(10.0)),
        deep(RateTooLow, "tanh", (80, 5), Some(Batch), true).with(Rule::Adam(1e-8)),
        deep(Symmetric, "relu", (64, 3), Some(Layer), false).init(Init::Zeros),
    ]
}
