//! The kinds that rules and thresholds were set on.

use crate::zoo::{Data, Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

/// The kinds that rules and thresholds were set on.
pub fn known() -> Vec<Kind> {
    [first(), second()].concat()
}

fn first() -> Vec<Kind> {
    use Illness::*;
    let mut kinds = vec![
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
        kind(BiasPlateau, "ReLU 2x100, every image the same", (100, 2), "relu").on(Data::Constant),
        kind(BiasPlateau, "tanh 2x64, every image the same, sigmoid head", (64, 2), "tanh")
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
    ];
    kinds.extend([
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
    ]);
    kinds
}

/// These were held back at first, and found faults in two rules.
fn second() -> Vec<Kind> {
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
        kind(BiasPlateau, "GELU 3x50, every image the same, Adam", (50, 3), "gelu")
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
