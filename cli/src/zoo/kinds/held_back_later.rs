//! Kinds that were written after those of `held_back` had been scored; nothing was changed for them either.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, Top, kind};
use gradlens::Init;
use gradlens::diagnostics::Illness;

pub fn kinds() -> Vec<Kind> {
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
        let label = if matches!(data, Data::Constant) { ConstantInputs } else { BiasPlateau };
        kinds.push(kind(label, &text, (20, 1), name).on(data).with(Rule::Sgd(0.02)).steps(steps));
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
