//! Kinds that were written after rules and thresholds were set, and that neither was changed for.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

pub fn kinds() -> Vec<Kind> {
    use Illness::*;
    vec![
        kind(VanishingSlope, "sigmoid 6x150 Glorot normal", (150, 6), "sigmoid").init(Init::GlorotNormal),
        kind(VanishingSlope, "sigmoid 20x40, Adam, sigmoid head", (40, 20), "sigmoid")
            .with(Rule::Adam(1e-3))
            .head(Head::Sigmoid),
        kind(VanishingSlope, "sigmoid 8x60 orthogonal, clouds, momentum", (60, 8), "sigmoid")
            .init(Init::Orthogonal)
            .on(Data::Clouds)
            .with(Rule::Momentum(0.02)),
        kind(VanishingWeights, "ReLU 9x120 standard, sigmoid head", (120, 9), "relu")
            .init(Init::Standard)
            .head(Head::Sigmoid),
        kind(VanishingWeights, "tanh 12x90 N(0, 0.04), RMSprop", (90, 12), "tanh")
            .init(Init::Normal(0.04))
            .with(Rule::RmsProp(1e-3)),
        kind(VanishingWeights, "ELU 20x64 standard, clouds", (64, 20), "elu")
            .init(Init::Standard)
            .on(Data::Clouds),
        kind(VanishingWeights, "leaky ReLU 8x100 U(-0.06, 0.06)", (100, 8), "leaky-relu")
            .init(Init::Uniform(0.06)),
        kind(Saturated, "tanh 6x70 N(0, 1.5), clouds", (70, 6), "tanh")
            .init(Init::Normal(1.5))
            .output(Init::GlorotUniform, Init::Zeros)
            .on(Data::Clouds),
        kind(Saturated, "sigmoid 3x90, biases at 9", (90, 3), "sigmoid").bias(Init::Constant(9.0)),
        kind(Saturated, "tanh 1x200 N(0, 2), Adam", (200, 1), "tanh")
            .init(Init::Normal(2.0))
            .output(Init::GlorotUniform, Init::Zeros)
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "ReLU 12x90 N(0, 0.5), sigmoid head", (90, 12), "relu")
            .init(Init::Normal(0.5))
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "SiLU 5x90 N(0, 0.8)", (90, 5), "silu")
            .init(Init::Normal(0.8))
            .with(Rule::Adam(1e-3)),
        kind(DeadUnits, "ReLU 3x64, biases at -12, Adam", (64, 3), "relu")
            .bias(Init::Constant(-12.0))
            .with(Rule::Adam(1e-3)),
        kind(DeadUnits, "ReLU 6x90, biases at -6", (90, 6), "relu").bias(Init::Constant(-6.0)),
        kind(Symmetric, "sigmoid 3x64, all weights -0.05", (64, 3), "sigmoid").init(Init::Constant(-0.05)),
        kind(Symmetric, "softsign 2x80, all weights 0, RMSprop", (80, 2), "softsign")
            .init(Init::Zeros)
            .with(Rule::RmsProp(1e-3)),
        kind(ConstantInputs, "ELU 2x40, every image the same, sigmoid head", (40, 2), "elu")
            .on(Data::Constant)
            .head(Head::Sigmoid),
        kind(BiasPlateau, "softsign 1x16, classes by lot", (16, 1), "softsign")
            .on(Data::Lottery)
            .with(Rule::Sgd(0.02))
            .steps(1024),
        kind(HeadLossMismatch, "sigmoid + squared error, outputs at 10, clouds", (48, 2), "tanh")
            .head(Head::SigmoidMse)
            .output(Init::GlorotUniform, Init::Constant(10.0))
            .on(Data::Clouds),
        kind(HeadLossMismatch, "softmax + squared error, confident, Adam", (90, 3), "relu")
            .head(Head::SoftmaxMse)
            .output(Init::Normal(5.0), Init::Zeros)
            .with(Rule::Adam(1e-4)),
        kind(HeadLossMismatch, "tanh before softmax", (90, 2), "relu").top(Top::Tanh),
        kind(RateTooHigh, "GELU 2x80, SGD at 8", (80, 2), "gelu").with(Rule::Sgd(8.0)),
        kind(RateTooHigh, "tanh 2x64, RMSprop at 0.5, clouds", (64, 2), "tanh")
            .with(Rule::RmsProp(0.5))
            .on(Data::Clouds),
        kind(RateTooHigh, "ReLU 4x80, Adam at 0.3, sigmoid head", (80, 4), "relu")
            .with(Rule::Adam(0.3))
            .head(Head::Sigmoid),
        kind(RateTooLow, "sigmoid 1x80, SGD at 1e-8", (80, 1), "sigmoid").with(Rule::Sgd(1e-8)),
        kind(RateTooLow, "ELU 3x64, Adam at 1e-9, clouds", (64, 3), "elu")
            .with(Rule::Adam(1e-9))
            .on(Data::Clouds),
        kind(InputScale, "SELU 2x80, inputs x 300", (80, 2), "selu").scale(300.0),
        kind(InputScale, "sigmoid 2x64, clouds x 200, Adam", (64, 2), "sigmoid")
            .on(Data::Clouds)
            .scale(200.0)
            .with(Rule::Adam(1e-3)),
        kind(InputScale, "tanh 2x80, inputs x 0.002", (80, 2), "tanh").scale(0.002),
        kind(NotFinite, "GELU 3x64, class weights of 3e38", (64, 3), "gelu").head(Head::Overflowing),
        kind(Healthy, "ReLU 6x120 He", (120, 6), "relu"),
        kind(Healthy, "ReLU 12x64 He uniform, RMSprop", (64, 12), "relu")
            .init(Init::HeUniform)
            .with(Rule::RmsProp(1e-3)),
        kind(Healthy, "ReLU 25x48 He, Adam, clouds", (48, 25), "relu")
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3)),
        kind(Healthy, "ReLU 2x80, sigmoid head, momentum", (80, 2), "relu")
            .head(Head::Sigmoid)
            .with(Rule::Momentum(0.01)),
        kind(Healthy, "leaky ReLU 10x80, Adam, sigmoid head", (80, 10), "leaky-relu")
            .with(Rule::Adam(1e-3))
            .head(Head::Sigmoid),
        kind(Healthy, "ELU 3x100, RMSprop", (100, 3), "elu").with(Rule::RmsProp(1e-3)),
        kind(Healthy, "GELU 6x80", (80, 6), "gelu"),
        kind(Healthy, "SiLU 6x64, clouds, Adam", (64, 6), "silu").on(Data::Clouds).with(Rule::Adam(1e-3)),
        kind(Healthy, "SELU 12x80, Adam", (80, 12), "selu").with(Rule::Adam(1e-3)),
        kind(Healthy, "SELU 3x64, momentum, clouds", (64, 3), "selu")
            .on(Data::Clouds)
            .with(Rule::Momentum(0.01)),
        kind(Healthy, "softplus 1x64, clouds, sigmoid head", (64, 1), "softplus")
            .on(Data::Clouds)
            .head(Head::Sigmoid),
        kind(Healthy, "tanh 3x120 Glorot normal", (120, 3), "tanh").init(Init::GlorotNormal),
        kind(Healthy, "tanh 10x64 LeCun, Adam", (64, 10), "tanh")
            .init(Init::LecunNormal)
            .with(Rule::Adam(1e-3)),
        kind(Healthy, "tanh 1x64, sigmoid head, RMSprop", (64, 1), "tanh")
            .head(Head::Sigmoid)
            .with(Rule::RmsProp(1e-3)),
        kind(Healthy, "sigmoid 2x120, momentum", (120, 2), "sigmoid").with(Rule::Momentum(0.05)),
        kind(Healthy, "sigmoid 1x80, RMSprop", (80, 1), "sigmoid").with(Rule::RmsProp(3e-3)),
        kind(Healthy, "sigmoid 3x64, clouds, Adam", (64, 3), "sigmoid")
            .on(Data::Clouds)
            .with(Rule::Adam(3e-3)),
        kind(Healthy, "softsign 4x64, clouds, Adam, sigmoid head", (64, 4), "softsign")
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3))
            .head(Head::Sigmoid),
        kind(Healthy, "identity 5x64, Adam", (64, 5), "identity").with(Rule::Adam(1e-3)),
        kind(Healthy, "ReLU 3x64 on clouds to the end, momentum", (64, 3), "relu")
            .on(Data::Clouds)
            .with(Rule::Momentum(0.05))
            .steps(2048),
        kind(Healthy, "SELU 4x48 on clouds to the end, Adam", (48, 4), "selu")
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3))
            .steps(2048),
        kind(Healthy, "sigmoid 1x64 on clouds to the end, Adam", (64, 1), "sigmoid")
            .on(Data::Clouds)
            .with(Rule::Adam(1e-2))
            .steps(2048),
        kind(Healthy, "sparse ReLU 2x150, biases at -0.5, sigmoid head", (150, 2), "relu")
            .bias(Init::Constant(-0.5))
            .head(Head::Sigmoid),
        kind(Healthy, "ReLU 3x100, dropout 0.3, momentum", (100, 3), "relu")
            .dropout(0.3)
            .with(Rule::Momentum(0.02)),
        kind(Healthy, "ELU 2x48, identity + squared error", (48, 2), "elu")
            .on(Data::Linear)
            .head(Head::IdentityMse)
            .with(Rule::Sgd(0.01)),
        kind(Healthy, "circles, GELU 2x24, one output, Adam", (24, 2), "gelu")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-2)),
    ]
}
