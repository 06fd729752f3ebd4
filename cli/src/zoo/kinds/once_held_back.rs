//! Kinds that were held back at first and found faults in two rules.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

pub fn kinds() -> Vec<Kind> {
    use Illness::*;
    vec![
        kind(VanishingSlope, "sigmoid 6x80 He uniform", (80, 6), "sigmoid").init(Init::HeUniform),
        kind(VanishingSlope, "sigmoid 9x120 Glorot, momentum", (120, 9), "sigmoid")
            .with(Rule::Momentum(0.02)),
        kind(VanishingSlope, "sigmoid 15x32, clouds, sigmoid head", (32, 15), "sigmoid")
            .on(Data::Clouds)
            .head(Head::Sigmoid),
        kind(VanishingSlope, "sigmoid 7x48, identity + squared error", (48, 7), "sigmoid")
            .on(Data::Linear)
            .head(Head::IdentityMse),
        kind(VanishingWeights, "ReLU 12x80 standard, Adam", (80, 12), "relu")
            .init(Init::Standard)
            .with(Rule::Adam(1e-3)),
        kind(VanishingWeights, "tanh 15x60 standard, clouds", (60, 15), "tanh")
            .init(Init::Standard)
            .on(Data::Clouds),
        kind(VanishingWeights, "ELU 12x100 N(0, 0.04)", (100, 12), "elu").init(Init::Normal(0.04)),
        kind(VanishingWeights, "softsign 12x100 standard, sigmoid head", (100, 12), "softsign")
            .init(Init::Standard)
            .head(Head::Sigmoid),
        kind(VanishingWeights, "SiLU 9x100 standard", (100, 9), "silu").init(Init::Standard),
        kind(VanishingWeights, "identity 10x80 U(-0.05, 0.05), clouds", (80, 10), "identity")
            .init(Init::Uniform(0.05))
            .on(Data::Clouds),
        kind(Saturated, "tanh 3x150 N(0, 0.8)", (150, 3), "tanh")
            .init(Init::Normal(0.8))
            .output(Init::GlorotUniform, Init::Zeros),
        kind(Saturated, "sigmoid 4x60 U(-5, 5), clouds", (60, 4), "sigmoid")
            .init(Init::Uniform(5.0))
            .output(Init::GlorotUniform, Init::Zeros)
            .on(Data::Clouds),
        kind(Saturated, "softsign 2x100, biases at 12", (100, 2), "softsign").bias(Init::Constant(12.0)),
        kind(Saturated, "tanh 3x80, biases at -4, sigmoid head", (80, 3), "tanh")
            .bias(Init::Constant(-4.0))
            .head(Head::Sigmoid),
        kind(Exploding, "ReLU 15x80 N(0, 0.45), Adam", (80, 15), "relu")
            .init(Init::Normal(0.45))
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "GELU 6x100 N(0, 0.7)", (100, 6), "gelu")
            .init(Init::Normal(0.7))
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "ELU 4x64 U(-2, 2), clouds, sigmoid head", (64, 4), "elu")
            .init(Init::Uniform(2.0))
            .on(Data::Clouds)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        kind(DeadUnits, "ReLU 4x80, biases at -7", (80, 4), "relu").bias(Init::Constant(-7.0)),
        kind(DeadUnits, "ReLU 2x64, biases at -15, clouds, sigmoid head", (64, 2), "relu")
            .bias(Init::Constant(-15.0))
            .on(Data::Clouds)
            .head(Head::Sigmoid),
        kind(Symmetric, "GELU 2x80, all weights 0.05", (80, 2), "gelu").init(Init::Constant(0.05)),
        kind(Symmetric, "ReLU 3x40, all weights -0.02, clouds", (40, 3), "relu")
            .init(Init::Constant(-0.02))
            .on(Data::Clouds),
        kind(ConstantInputs, "GELU 3x50, every image the same, Adam", (50, 3), "gelu")
            .on(Data::Constant)
            .with(Rule::Adam(1e-3)),
        kind(BiasPlateau, "sigmoid 1x20, classes by lot", (20, 1), "sigmoid")
            .on(Data::Lottery)
            .with(Rule::Sgd(0.02))
            .steps(1024),
        kind(HeadLossMismatch, "sigmoid + squared error, outputs at -12 and 12", (80, 2), "tanh")
            .head(Head::SigmoidMse)
            .output(Init::Normal(3.0), Init::Zeros),
        kind(HeadLossMismatch, "softmax + squared error, confident, clouds", (64, 1), "relu")
            .head(Head::SoftmaxMse)
            .output(Init::Normal(4.0), Init::Zeros)
            .on(Data::Clouds),
        kind(HeadLossMismatch, "ReLU before sigmoid", (80, 2), "relu").top(Top::Relu).head(Head::Sigmoid),
        kind(HeadLossMismatch, "softmax twice, clouds, Adam", (50, 1), "tanh")
            .top(Top::Softmax)
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3)),
        kind(RateTooHigh, "tanh 3x80, Adam at 0.5", (80, 3), "tanh").with(Rule::Adam(0.5)),
        kind(RateTooHigh, "ReLU 3x64, momentum at 2", (64, 3), "relu").with(Rule::Momentum(2.0)),
        kind(RateTooHigh, "ReLU 1x64, RMSprop at 1, sigmoid head", (64, 1), "relu")
            .head(Head::Sigmoid)
            .with(Rule::RmsProp(1.0)),
        kind(RateTooLow, "GELU 2x80, RMSprop at 1e-9", (80, 2), "gelu").with(Rule::RmsProp(1e-9)),
        kind(RateTooLow, "ReLU 3x100, momentum at 1e-8", (100, 3), "relu").with(Rule::Momentum(1e-8)),
        kind(InputScale, "ReLU 3x80, inputs x 500, Adam", (80, 3), "relu")
            .scale(500.0)
            .with(Rule::Adam(1e-3)),
        kind(InputScale, "tanh 2x80, clouds x 50", (80, 2), "tanh").on(Data::Clouds).scale(50.0),
        kind(NotFinite, "tanh 1x64, sigmoid + class weights of 3e38, clouds", (64, 1), "tanh")
            .head(Head::Overflowing)
            .on(Data::Clouds),
        kind(Healthy, "ReLU 4x80 He", (80, 4), "relu"),
        kind(Healthy, "ReLU 15x80 He, momentum", (80, 15), "relu").with(Rule::Momentum(0.01)),
        kind(Healthy, "GELU 3x64, clouds, sigmoid head", (64, 3), "gelu")
            .on(Data::Clouds)
            .head(Head::Sigmoid),
        kind(Healthy, "ELU 8x64, Adam", (64, 8), "elu").with(Rule::Adam(1e-3)),
        kind(Healthy, "SELU 5x80, sigmoid head", (80, 5), "selu").head(Head::Sigmoid).with(Rule::Sgd(0.01)),
        kind(Healthy, "SiLU 3x100", (100, 3), "silu"),
        kind(Healthy, "tanh 4x64 Glorot, clouds, RMSprop", (64, 4), "tanh")
            .on(Data::Clouds)
            .with(Rule::RmsProp(1e-3)),
        kind(Healthy, "tanh 7x80 orthogonal", (80, 7), "tanh").init(Init::Orthogonal),
        kind(Healthy, "sigmoid 2x64, clouds", (64, 2), "sigmoid").on(Data::Clouds),
        kind(Healthy, "sigmoid 1x50, Adam at 0.01, sigmoid head", (50, 1), "sigmoid")
            .with(Rule::Adam(1e-2))
            .head(Head::Sigmoid),
        kind(Healthy, "softplus 1x100, Adam", (100, 1), "softplus").with(Rule::Adam(1e-3)),
        kind(Healthy, "softsign 5x80", (80, 5), "softsign"),
        kind(Healthy, "leaky ReLU 8x64, dropout 0.2", (64, 8), "leaky-relu").dropout(0.2),
        kind(Healthy, "tanh 2x64 on clouds to the end, sigmoid head, Adam", (64, 2), "tanh")
            .on(Data::Clouds)
            .head(Head::Sigmoid)
            .with(Rule::Adam(3e-3))
            .steps(2048),
        kind(Healthy, "GELU 3x64 on clouds to the end, momentum", (64, 3), "gelu")
            .on(Data::Clouds)
            .with(Rule::Momentum(0.05))
            .steps(2048),
        kind(Healthy, "tanh 2x32, identity + squared error, Adam", (32, 2), "tanh")
            .on(Data::Linear)
            .head(Head::IdentityMse)
            .with(Rule::Adam(1e-3)),
        kind(Healthy, "sparse ReLU 3x150, biases at -0.3, Adam", (150, 3), "relu")
            .bias(Init::Constant(-0.3))
            .with(Rule::Adam(1e-3)),
        kind(Healthy, "no hidden layer, Adam", (1, 0), "relu").with(Rule::Adam(1e-3)),
        kind(Healthy, "circles, tanh 3x16, one output, Adam", (16, 3), "tanh")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-2)),
    ]
}
