//! Kinds that were written after rules and thresholds were set, and that neither was changed for.

use crate::zoo::{Data, Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

/// The kinds held back.
pub fn held_back() -> Vec<Kind> {
    [first(), second()].concat()
}

fn first() -> Vec<Kind> {
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
        kind(BiasPlateau, "ELU 2x40, every image the same, sigmoid head", (40, 2), "elu")
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

/// Written after the first had been scored.
fn second() -> Vec<Kind> {
    use Illness::*;
    let adam = Rule::Adam(1e-3);
    let calm = |kind: Kind| kind.output(Init::GlorotUniform, Init::Zeros);
    let mut kinds = vec![];
    // The slope's ceiling.
    for (width, depth, init, data, head) in [
        (80, 6, Init::GlorotUniform, Data::Mnist, Head::Sigmoid),
        (250, 5, Init::GlorotNormal, Data::Mnist, Head::Softmax),
        (60, 14, Init::Standard, Data::Mnist, Head::Softmax),
        (120, 6, Init::Standard, Data::Clouds, Head::Sigmoid),
        (36, 9, Init::GlorotUniform, Data::Clouds, Head::Softmax),
        (90, 7, Init::LecunNormal, Data::Mnist, Head::Sigmoid),
        (50, 16, Init::Orthogonal, Data::Mnist, Head::Softmax),
        (100, 6, Init::GlorotUniform, Data::Linear, Head::IdentityMse),
    ] {
        let name = format!("sigmoid {depth}x{width} {init}, {}", place(data, head));
        kinds.push(
            kind(VanishingSlope, &name, (width, depth), "sigmoid").init(init).on(data).head(head).with(adam),
        );
    }
    // Weights that are too small.
    for (name, width, depth, init, data, head) in [
        ("relu", 150, 10, Init::Standard, Data::Mnist, Head::Sigmoid),
        ("relu", 64, 22, Init::GlorotNormal, Data::Clouds, Head::Softmax),
        ("tanh", 128, 16, Init::Standard, Data::Mnist, Head::Sigmoid),
        ("tanh", 80, 8, Init::Normal(0.03), Data::Clouds, Head::Sigmoid),
        ("silu", 100, 8, Init::Standard, Data::Mnist, Head::Softmax),
        ("gelu", 64, 12, Init::Standard, Data::Clouds, Head::Softmax),
        ("softsign", 100, 14, Init::Standard, Data::Mnist, Head::Softmax),
        ("identity", 64, 20, Init::Standard, Data::Mnist, Head::Softmax),
        ("selu", 90, 24, Init::Standard, Data::Mnist, Head::Sigmoid),
    ] {
        let text = format!("{name} {depth}x{width} {init}, {}", place(data, head));
        kinds.push(kind(VanishingWeights, &text, (width, depth), name).init(init).on(data).head(head));
    }
    // Saturation.
    for (name, width, depth, init, data, head) in [
        ("tanh", 90, 3, Init::Normal(1.2), Data::Mnist, Head::Softmax),
        ("tanh", 60, 8, Init::Normal(1.0), Data::Clouds, Head::Sigmoid),
        ("sigmoid", 120, 2, Init::Normal(4.0), Data::Mnist, Head::Sigmoid),
        ("sigmoid", 80, 4, Init::Uniform(6.0), Data::Clouds, Head::Softmax),
        ("softsign", 120, 3, Init::Normal(4.0), Data::Mnist, Head::Softmax),
    ] {
        let text = format!("{name} {depth}x{width} {init}, {}", place(data, head));
        kinds.push(calm(kind(Saturated, &text, (width, depth), name).init(init).on(data).head(head)));
    }
    for (name, bias, head) in
        [("tanh", -6.0, Head::Softmax), ("sigmoid", -12.0, Head::Softmax), ("tanh", 8.0, Head::Sigmoid)]
    {
        let text = format!("{name} 3x110, biases at {bias}");
        kinds.push(calm(kind(Saturated, &text, (110, 3), name).bias(Init::Constant(bias)).head(head)));
    }
    // Weights that are too large.
    for (name, width, depth, init, head) in [
        ("relu", 100, 8, Init::Normal(0.6), Head::Softmax),
        ("relu", 64, 20, Init::Uniform(1.0), Head::Sigmoid),
        ("leaky-relu", 80, 10, Init::Normal(0.7), Head::Softmax),
        ("gelu", 100, 6, Init::Normal(0.7), Head::Sigmoid),
        ("identity", 80, 8, Init::Normal(0.5), Head::Softmax),
        ("elu", 100, 7, Init::Normal(0.8), Head::Softmax),
    ] {
        let text = format!("{name} {depth}x{width} {init}, {}", place(Data::Mnist, head));
        kinds.push(kind(Exploding, &text, (width, depth), name).init(init).head(head).with(adam));
    }
    // Dead units.
    for (width, depth, bias, data, rule) in [
        (100, 4, -9.0, Data::Mnist, Rule::Sgd(0.05)),
        (200, 1, -15.0, Data::Mnist, adam),
        (64, 2, -20.0, Data::Clouds, Rule::Momentum(0.02)),
        (48, 5, -10.0, Data::Clouds, adam),
        (80, 2, -8.0, Data::Mnist, Rule::RmsProp(1e-3)),
    ] {
        let name = format!("relu {depth}x{width}, biases at {bias}, {}", place(data, Head::Softmax));
        kinds.push(
            kind(DeadUnits, &name, (width, depth), "relu").bias(Init::Constant(bias)).on(data).with(rule),
        );
    }
    // Units that are the same.
    for (name, value, data, head) in [
        ("relu", 0.02, Data::Mnist, Head::Softmax),
        ("tanh", 0.0, Data::Mnist, Head::Sigmoid),
        ("gelu", 0.01, Data::Clouds, Head::Softmax),
        ("selu", -0.02, Data::Mnist, Head::Softmax),
        ("elu", 0.0, Data::Clouds, Head::Sigmoid),
        ("silu", 0.03, Data::Mnist, Head::Sigmoid),
    ] {
        let text = format!("{name} 2x72, all weights {value}, {}", place(data, head));
        kinds.push(kind(Symmetric, &text, (72, 2), name).init(Init::Constant(value)).on(data).head(head));
    }
    // Nothing to learn but how often classes occur.
    for (name, data, steps) in [
        ("relu", Data::Constant, 128),
        ("tanh", Data::Constant, 256),
        ("sigmoid", Data::Constant, 128),
        ("elu", Data::Lottery, 1024),
    ] {
        let text = format!("{name} 1x20, {}", place(data, Head::Softmax));
        kinds.push(kind(BiasPlateau, &text, (20, 1), name).on(data).with(Rule::Sgd(0.02)).steps(steps));
    }
    // Heads.
    for (name, head, data) in [
        ("relu", Head::SigmoidMse, Data::Mnist),
        ("selu", Head::SigmoidMse, Data::Mnist),
        ("gelu", Head::SigmoidMse, Data::Clouds),
    ] {
        let text =
            format!("{name} 2x60, sigmoid + squared error, outputs at 9, {}", place(data, Head::Sigmoid));
        let kind = kind(HeadLossMismatch, &text, (60, 2), name).head(head).on(data);
        kinds.push(kind.output(Init::GlorotUniform, Init::Constant(9.0)));
    }
    for (top, name) in [(Top::Relu, "rectifier"), (Top::Sigmoid, "sigmoid"), (Top::Softmax, "softmax")] {
        let text = format!("{name} before softmax, tanh 3x60, clouds");
        kinds.push(kind(HeadLossMismatch, &text, (60, 3), "tanh").top(top).on(Data::Clouds));
    }
    // Rates.
    for (name, rule, data, batch) in [
        ("relu", Rule::Sgd(20.0), Data::Mnist, 64),
        ("selu", Rule::Sgd(10.0), Data::Mnist, 64),
        ("tanh", Rule::Adam(3.0), Data::Mnist, 64),
        ("elu", Rule::Momentum(3.0), Data::Clouds, 64),
        ("gelu", Rule::RmsProp(1.0), Data::Mnist, 64),
        ("relu", Rule::Sgd(3.0), Data::Linear, 1),
    ] {
        let head = if data == Data::Linear { Head::IdentityMse } else { Head::Softmax };
        let text = format!("{name} 2x50, {rule}, batches of {batch}, {}", place(data, head));
        kinds.push(kind(RateTooHigh, &text, (50, 2), name).with(rule).on(data).head(head).batch(batch));
    }
    for (name, rule, data) in [
        ("gelu", Rule::Sgd(1e-7), Data::Mnist),
        ("selu", Rule::Adam(1e-8), Data::Mnist),
        ("relu", Rule::RmsProp(1e-9), Data::Clouds),
        ("tanh", Rule::Momentum(1e-8), Data::Mnist),
    ] {
        let text = format!("{name} 2x70, {rule}, {}", place(data, Head::Sigmoid));
        kinds.push(kind(RateTooLow, &text, (70, 2), name).with(rule).on(data).head(Head::Sigmoid));
    }
    // Inputs.
    for (name, scale, data, head) in [
        ("tanh", 100.0, Data::Mnist, Head::Softmax),
        ("sigmoid", 255.0, Data::Mnist, Head::Sigmoid),
        ("relu", 255.0, Data::Mnist, Head::Softmax),
        ("gelu", 0.001, Data::Mnist, Head::Softmax),
        ("elu", 1000.0, Data::Clouds, Head::Sigmoid),
    ] {
        let text = format!("{name} 2x56, inputs x {scale}, {}", place(data, head));
        kinds.push(kind(InputScale, &text, (56, 2), name).scale(scale).on(data).head(head));
    }
    for name in ["relu", "tanh"] {
        let text = format!("{name} 2x40, class weights of 3e38");
        kinds.push(kind(NotFinite, &text, (40, 2), name).head(Head::Overflowing));
    }
    // Nothing wrong.
    for (name, width, depth, rule, data, head) in [
        ("relu", 300, 3, Rule::Sgd(0.05), Data::Mnist, Head::Softmax),
        ("relu", 40, 16, adam, Data::Mnist, Head::Sigmoid),
        ("relu", 64, 40, adam, Data::Clouds, Head::Softmax),
        ("relu", 24, 1, Rule::Momentum(0.02), Data::Clouds, Head::Sigmoid),
        ("leaky-relu", 120, 5, Rule::Sgd(0.05), Data::Mnist, Head::Softmax),
        ("elu", 72, 4, adam, Data::Mnist, Head::Sigmoid),
        ("selu", 72, 20, Rule::Sgd(0.01), Data::Mnist, Head::Softmax),
        ("selu", 40, 8, adam, Data::Clouds, Head::Sigmoid),
        ("gelu", 90, 3, Rule::RmsProp(1e-3), Data::Mnist, Head::Sigmoid),
        ("silu", 90, 2, Rule::Momentum(0.02), Data::Mnist, Head::Softmax),
        ("tanh", 90, 6, Rule::Sgd(0.05), Data::Mnist, Head::Softmax),
        ("tanh", 40, 4, Rule::RmsProp(1e-3), Data::Clouds, Head::Softmax),
        ("tanh", 200, 2, adam, Data::Mnist, Head::Sigmoid),
        ("softsign", 80, 2, Rule::Sgd(0.1), Data::Mnist, Head::Softmax),
        ("sigmoid", 200, 1, Rule::Sgd(0.1), Data::Mnist, Head::Softmax),
        ("sigmoid", 60, 2, adam, Data::Clouds, Head::Sigmoid),
        ("softplus", 48, 2, adam, Data::Clouds, Head::Softmax),
        ("identity", 48, 3, Rule::Sgd(0.02), Data::Mnist, Head::Sigmoid),
        ("relu", 60, 3, adam, Data::Linear, Head::IdentityMse),
        ("tanh", 20, 2, Rule::Adam(1e-2), Data::Circles, Head::Sigmoid),
    ] {
        let text = format!("{name} {depth}x{width}, {rule}, {}", place(data, head));
        kinds.push(kind(Healthy, &text, (width, depth), name).with(rule).on(data).head(head));
    }
    // Nothing wrong, to the end; or with few units at work; or a sample at a time.
    for (name, rule, head) in [
        ("relu", Rule::Adam(3e-3), Head::Sigmoid),
        ("tanh", Rule::Momentum(0.05), Head::Softmax),
        ("gelu", adam, Head::Softmax),
        ("sigmoid", Rule::Adam(1e-2), Head::Sigmoid),
    ] {
        let text = format!("{name} 2x56 to the end, {rule}, {}", place(Data::Clouds, head));
        kinds.push(kind(Healthy, &text, (56, 2), name).with(rule).head(head).on(Data::Clouds).steps(2048));
    }
    for bias in [-0.2, -0.35] {
        let text = format!("sparse relu 3x120, biases at {bias}");
        kinds.push(kind(Healthy, &text, (120, 3), "relu").bias(Init::Constant(bias)).with(adam));
    }
    for (name, rate) in [("relu", 0.005), ("tanh", 0.01)] {
        let text = format!("{name} 1x50, SGD at {rate}, batches of 1");
        kinds.push(kind(Healthy, &text, (50, 1), name).with(Rule::Sgd(rate)).batch(1).steps(1024));
    }
    kinds
}

/// Data and head, in words.
fn place(data: Data, head: Head) -> String {
    format!("{data:?}, {head:?} head").to_lowercase()
}
