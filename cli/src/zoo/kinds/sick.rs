//! Sick kinds, which rules and thresholds were set on.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

pub fn kinds() -> Vec<Kind> {
    use Illness::*;
    vec![
        // The slope's ceiling.
        kind(VanishingSlope, "sigmoid 5x100 Glorot", (100, 5), "sigmoid").init(Init::GlorotUniform),
        kind(VanishingSlope, "sigmoid 8x100 standard", (100, 8), "sigmoid").init(Init::Standard),
        kind(VanishingSlope, "sigmoid 10x50, sigmoid head", (50, 10), "sigmoid").head(Head::Sigmoid),
        kind(VanishingSlope, "sigmoid 6x30 LeCun, clouds", (30, 6), "sigmoid")
            .init(Init::LecunNormal)
            .on(Data::Clouds),
        kind(VanishingSlope, "2-[5 sigmoid]x8-1 circles, Adam (AUTOTRAINER)", (5, 8), "sigmoid")
            .init(Init::HeUniform)
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        kind(VanishingSlope, "sigmoid 12x64 orthogonal, Adam", (64, 12), "sigmoid")
            .init(Init::Orthogonal)
            .with(Rule::Adam(1e-3)),
        kind(VanishingSlope, "sigmoid 5x200 standard (Glorot and Bengio)", (200, 5), "sigmoid")
            .init(Init::Standard),
        kind(VanishingSlope, "sigmoid 7x100 Glorot, RMSprop, sigmoid head", (100, 7), "sigmoid")
            .head(Head::Sigmoid)
            .with(Rule::RmsProp(1e-3)),
        // Weights that are too small.
        kind(VanishingWeights, "tanh 20x100 standard", (100, 20), "tanh").init(Init::Standard),
        kind(VanishingWeights, "ReLU 34x128 Glorot", (128, 34), "relu").init(Init::GlorotUniform),
        kind(VanishingWeights, "ReLU 10x100 standard", (100, 10), "relu").init(Init::Standard),
        kind(VanishingWeights, "tanh 10x100 N(0, 0.03)", (100, 10), "tanh").init(Init::Normal(0.03)),
        kind(VanishingWeights, "SELU 30x100 standard", (100, 30), "selu").init(Init::Standard),
        kind(VanishingWeights, "tanh 6x64 N(0, 0.02), clouds", (64, 6), "tanh")
            .init(Init::Normal(0.02))
            .on(Data::Clouds),
        kind(VanishingWeights, "leaky ReLU 18x100 Glorot, Adam", (100, 18), "leaky-relu")
            .init(Init::GlorotNormal)
            .with(Rule::Adam(1e-3)),
        kind(VanishingWeights, "GELU 10x100 standard, sigmoid head", (100, 10), "gelu")
            .init(Init::Standard)
            .head(Head::Sigmoid),
        // Saturation.
        kind(Saturated, "10-50-1 tanh, all W = b = 100 but for their signs (NeuralDBG)", (50, 1), "tanh")
            .init(Init::Normal(100.0))
            .bias(Init::Constant(100.0))
            .on(Data::Circles)
            .head(Head::Sigmoid),
        kind(Saturated, "tanh 5x100 N(0, 1)", (100, 5), "tanh")
            .init(Init::Normal(1.0))
            .output(Init::GlorotUniform, Init::Zeros),
        kind(Saturated, "sigmoid 3x100 N(0, 3)", (100, 3), "sigmoid")
            .init(Init::Normal(3.0))
            .output(Init::GlorotUniform, Init::Zeros),
        kind(Saturated, "softsign 4x100 N(0, 3), clouds", (100, 4), "softsign")
            .init(Init::Normal(3.0))
            .output(Init::GlorotUniform, Init::Zeros)
            .on(Data::Clouds),
        kind(Saturated, "tanh 2x200, biases at 5", (200, 2), "tanh").bias(Init::Constant(5.0)),
        kind(Saturated, "sigmoid 2x100, biases at -10, sigmoid head", (100, 2), "sigmoid")
            .bias(Init::Constant(-10.0))
            .head(Head::Sigmoid),
        kind(Saturated, "tanh 4x100 U(-2, 2), sigmoid head, Adam", (100, 4), "tanh")
            .init(Init::Uniform(2.0))
            .output(Init::GlorotUniform, Init::Zeros)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        // Weights that are too large.
        kind(Exploding, "ReLU 20x100 N(0, 0.5)", (100, 20), "relu")
            .init(Init::Normal(0.5))
            .with(Rule::Sgd(1e-9)),
        kind(Exploding, "ReLU 10x100 N(0, 0.4)", (100, 10), "relu")
            .init(Init::Normal(0.4))
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "identity 12x64 N(0, 0.5), clouds", (64, 12), "identity")
            .init(Init::Normal(0.5))
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "leaky ReLU 8x100 N(0, 0.6), sigmoid head", (100, 8), "leaky-relu")
            .init(Init::Normal(0.6))
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-3)),
        kind(Exploding, "ReLU 3x100 N(0, 1)", (100, 3), "relu")
            .init(Init::Normal(1.0))
            .with(Rule::Adam(1e-3)),
        // Dead units.
        kind(DeadUnits, "ReLU 3x100, biases at -10", (100, 3), "relu").bias(Init::Constant(-10.0)),
        kind(DeadUnits, "ReLU 2x200, biases at -5, sigmoid head", (200, 2), "relu")
            .bias(Init::Constant(-5.0))
            .head(Head::Sigmoid),
        kind(DeadUnits, "ReLU 1x100, biases at -8, clouds, Adam", (100, 1), "relu")
            .bias(Init::Constant(-8.0))
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3)),
        kind(DeadUnits, "ReLU 5x64, biases at -20", (64, 5), "relu").bias(Init::Constant(-20.0)),
        // Symmetry.
        kind(Symmetric, "tanh 3x100, all weights 0.01", (100, 3), "tanh").init(Init::Constant(0.01)),
        kind(Symmetric, "ReLU 2x100, all weights 0", (100, 2), "relu").init(Init::Zeros),
        kind(Symmetric, "sigmoid 2x50, all weights 0.1, sigmoid head", (50, 2), "sigmoid")
            .init(Init::Constant(0.1))
            .head(Head::Sigmoid),
        kind(Symmetric, "tanh 2x64, all weights 0, clouds, Adam", (64, 2), "tanh")
            .init(Init::Zeros)
            .on(Data::Clouds)
            .with(Rule::Adam(1e-3)),
        // Nothing to learn from.
        kind(ConstantInputs, "ReLU 2x100, every image the same", (100, 2), "relu").on(Data::Constant),
        kind(ConstantInputs, "tanh 2x64, every image the same, sigmoid head", (64, 2), "tanh")
            .on(Data::Constant)
            .head(Head::Sigmoid),
        kind(BiasPlateau, "tanh 1x16, classes by lot", (16, 1), "tanh")
            .on(Data::Lottery)
            .with(Rule::Sgd(0.02))
            .steps(1024),
        // Head and loss.
        kind(HeadLossMismatch, "sigmoid + squared error, outputs at 8", (100, 2), "relu")
            .head(Head::SigmoidMse)
            .output(Init::GlorotUniform, Init::Constant(8.0)),
        kind(HeadLossMismatch, "softmax + squared error, confident from the start", (100, 2), "relu")
            .head(Head::SoftmaxMse)
            .output(Init::Normal(3.0), Init::Zeros),
        kind(HeadLossMismatch, "ReLU before softmax", (100, 2), "relu").top(Top::Relu),
        kind(HeadLossMismatch, "sigmoid before softmax", (100, 2), "tanh").top(Top::Sigmoid),
        kind(HeadLossMismatch, "softmax twice", (100, 2), "relu").top(Top::Softmax),
        kind(HeadLossMismatch, "tanh before sigmoid, clouds", (64, 2), "tanh")
            .top(Top::Tanh)
            .head(Head::Sigmoid)
            .on(Data::Clouds),
        // The rate.
        kind(RateTooHigh, "ReLU 2x100, SGD at 3", (100, 2), "relu").with(Rule::Sgd(3.0)),
        kind(RateTooHigh, "tanh 2x100, SGD at 10", (100, 2), "tanh").with(Rule::Sgd(10.0)),
        kind(RateTooHigh, "ReLU 2x100, Adam at 1", (100, 2), "relu").with(Rule::Adam(1.0)),
        kind(RateTooHigh, "ReLU 2x100, sigmoid head, SGD at 5", (100, 2), "relu")
            .head(Head::Sigmoid)
            .with(Rule::Sgd(5.0)),
        kind(RateTooLow, "ReLU 2x100, SGD at 1e-8", (100, 2), "relu").with(Rule::Sgd(1e-8)),
        kind(RateTooLow, "tanh 2x100, Adam at 1e-8", (100, 2), "tanh").with(Rule::Adam(1e-8)),
        kind(RateTooLow, "ReLU 2x64, sigmoid head, clouds, SGD at 1e-7", (64, 2), "relu")
            .head(Head::Sigmoid)
            .on(Data::Clouds)
            .with(Rule::Sgd(1e-7)),
        // The inputs.
        kind(InputScale, "tanh 2x100, inputs x 100", (100, 2), "tanh").scale(100.0),
        kind(InputScale, "ReLU 2x100, inputs from 0 to 255", (100, 2), "relu").scale(255.0),
        kind(InputScale, "sigmoid 1x100, inputs x 1000, sigmoid head", (100, 1), "sigmoid")
            .scale(1000.0)
            .head(Head::Sigmoid),
        kind(InputScale, "ReLU 2x100, inputs x 0.001", (100, 2), "relu").scale(0.001),
        // Overflow.
        kind(NotFinite, "ReLU 2x100, class weights of 3e38", (100, 2), "relu").head(Head::Overflowing),
        kind(NotFinite, "ReLU 6x64 N(0, 1e8), clouds", (64, 6), "relu")
            .init(Init::Normal(1e8))
            .on(Data::Clouds),
    ]
}
