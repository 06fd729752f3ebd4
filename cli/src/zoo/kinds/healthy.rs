//! Healthy kinds, which rules and thresholds were set on.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

pub fn kinds() -> Vec<Kind> {
    use Illness::*;
    vec![
        kind(Healthy, "ReLU 2x100 He", (100, 2), "relu"),
        kind(Healthy, "ReLU 5x100 He", (100, 5), "relu"),
        kind(Healthy, "ReLU 10x100 He", (100, 10), "relu"),
        kind(Healthy, "ReLU 20x64 He, Adam", (64, 20), "relu").with(Rule::Adam(1e-3)),
        kind(Healthy, "ReLU 3x100 He, sigmoid head", (100, 3), "relu").head(Head::Sigmoid),
        kind(Healthy, "leaky ReLU 5x100", (100, 5), "leaky-relu"),
        kind(Healthy, "ELU 5x100", (100, 5), "elu"),
        kind(Healthy, "GELU 4x100, Adam", (100, 4), "gelu").with(Rule::Adam(1e-3)),
        kind(Healthy, "SiLU 4x100, RMSprop", (100, 4), "silu").with(Rule::RmsProp(1e-3)),
        kind(Healthy, "SELU 8x100", (100, 8), "selu"),
        kind(Healthy, "SELU 16x64, clouds", (64, 16), "selu").on(Data::Clouds),
        kind(Healthy, "softplus 2x100", (100, 2), "softplus"),
        kind(Healthy, "tanh 2x100 Glorot", (100, 2), "tanh"),
        kind(Healthy, "tanh 5x100 Glorot", (100, 5), "tanh"),
        kind(Healthy, "tanh 8x100 Glorot, sigmoid head, Adam", (100, 8), "tanh")
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        kind(Healthy, "sigmoid 1x100", (100, 1), "sigmoid"),
        kind(Healthy, "sigmoid 2x100, Adam", (100, 2), "sigmoid").with(Rule::Adam(1e-3)),
        kind(Healthy, "sigmoid 1x30, sigmoid head (Nielsen)", (30, 1), "sigmoid")
            .init(Init::LecunNormal)
            .bias(Init::Normal(1.0))
            .head(Head::Sigmoid),
        kind(Healthy, "softsign 3x100", (100, 3), "softsign"),
        kind(Healthy, "identity 3x50", (50, 3), "identity"),
        kind(Healthy, "no hidden layer", (1, 0), "relu"),
        kind(Healthy, "no hidden layer, sigmoid head, clouds", (1, 0), "relu")
            .head(Head::Sigmoid)
            .on(Data::Clouds),
        kind(Healthy, "ReLU 2x64 on clouds to the end, Adam", (64, 2), "relu")
            .on(Data::Clouds)
            .with(Rule::Adam(3e-3))
            .steps(2048),
        kind(Healthy, "tanh 3x64 on clouds to the end, momentum", (64, 3), "tanh")
            .on(Data::Clouds)
            .with(Rule::Momentum(0.1))
            .steps(2048),
        kind(Healthy, "ReLU 4x64 on clouds to the end, sigmoid head, Adam", (64, 4), "relu")
            .on(Data::Clouds)
            .head(Head::Sigmoid)
            .with(Rule::Adam(3e-3))
            .steps(2048),
        kind(Healthy, "sparse ReLU 2x200, biases at -0.4", (200, 2), "relu").bias(Init::Constant(-0.4)),
        kind(Healthy, "ReLU 2x200, dropout 0.5", (200, 2), "relu").dropout(0.5),
        kind(Healthy, "ReLU 2x64, identity + squared error", (64, 2), "relu")
            .on(Data::Linear)
            .head(Head::IdentityMse),
        kind(Healthy, "tanh 2x100, momentum", (100, 2), "tanh").with(Rule::Momentum(0.02)),
        kind(Healthy, "circles, ReLU 2x16, one output, Adam", (16, 2), "relu")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-2)),
    ]
}
