//! Kinds whose fault lies in the samples, in what stands behind the last weights, or in how long was trained: the
//! diagnosis is told of the samples and sees the last step, as `gradlens diagnose` does it.

use crate::zoo::data::Data;
use crate::zoo::network::{Head, Kind, Rule, Top, kind};
use gradlens::diagnostics::Illness;

/// A regression with Adam.
fn regression(
    label: Illness,
    name: &str,
    hidden: (usize, usize),
    activation: &'static str,
    data: Data,
) -> Kind {
    kind(label, name, hidden, activation)
        .on(data)
        .head(Head::IdentityMse)
        .with(Rule::Adam(3e-3))
        .steps(1024)
        .whole()
}

/// Those that rules were set on.
pub fn known() -> Vec<Kind> {
    use Illness::*;
    vec![
        regression(TargetScale, "targets x 100 + 500, ReLU 2x32", (32, 2), "relu", Data::Linear)
            .targets(100.0, 500.0)
            .steps(512),
        regression(
            OutputRange,
            "ReLU behind the last weights, targets below 0",
            (32, 2),
            "tanh",
            Data::Linear,
        )
        .top(Top::Relu),
        regression(OutputRange, "tanh behind the last weights, targets up to 5", (32, 2), "relu", Data::Bowl)
            .top(Top::Tanh)
            .targets(2.0, 1.0),
        kind(Unshuffled, "clouds in the order of their classes", (64, 2), "relu").on(Data::Clouds).in_order(),
        regression(LinearNetwork, "identity 3x32, bowl", (32, 3), "identity", Data::Bowl),
        kind(LinearNetwork, "no hidden layer, circles", (1, 0), "relu")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-2))
            .steps(512)
            .whole(),
        regression(Undertrained, "Adam at 2e-5, bowl", (32, 2), "tanh", Data::Bowl).with(Rule::Adam(2e-5)),
        kind(Undertrained, "16 steps, SGD at 0.002", (64, 2), "relu")
            .on(Data::Clouds)
            .with(Rule::Sgd(0.002))
            .steps(16)
            .whole(),
        kind(Dropout, "ReLU 2x60, dropout 0.98", (60, 2), "relu").dropout(0.98).whole(),
        kind(Dropout, "ReLU 5x64, dropout 0.6", (64, 5), "relu").dropout(0.6).whole(),
        kind(ClassImbalance, "one class of 95 %, ReLU 2x16", (16, 2), "relu")
            .on(Data::Rare)
            .steps(256)
            .whole(),
        regression(Healthy, "bowl to the end, ReLU 2x64", (64, 2), "relu", Data::Bowl).steps(2048),
        regression(Healthy, "linear targets to the end, tanh 2x64", (64, 2), "tanh", Data::Linear)
            .steps(2048),
        kind(Healthy, "clouds to the end, known samples", (64, 2), "relu")
            .on(Data::Clouds)
            .with(Rule::Adam(3e-3))
            .steps(512)
            .whole(),
        kind(Healthy, "clouds, shuffled in the file and not by the trainer", (64, 2), "relu")
            .on(Data::Clouds)
            .with(Rule::Adam(3e-3))
            .steps(512)
            .whole(),
        kind(Healthy, "ReLU 3x128, dropout 0.3, known samples", (128, 3), "relu")
            .dropout(0.3)
            .with(Rule::Adam(1e-3))
            .steps(512)
            .whole(),
    ]
}

/// Those that were written after the rules, and for which none was changed.
pub fn held_back() -> Vec<Kind> {
    use Illness::*;
    vec![
        regression(TargetScale, "targets x 3000, tanh 1x48", (48, 1), "tanh", Data::Bowl)
            .targets(3000.0, 0.0)
            .steps(256),
        regression(TargetScale, "targets at -80, SELU 2x40", (40, 2), "selu", Data::Linear)
            .targets(1.0, -80.0)
            .steps(128),
        regression(OutputRange, "sigmoid behind the last weights, bowl", (48, 2), "relu", Data::Bowl)
            .top(Top::Sigmoid),
        regression(OutputRange, "ReLU behind the last weights, targets at -3", (24, 1), "elu", Data::Bowl)
            .top(Top::Relu)
            .targets(1.0, -3.0),
        kind(Unshuffled, "MNIST in the order of its classes, batches of 16", (100, 1), "tanh")
            .in_order()
            .batch(16)
            .steps(256),
        kind(Unshuffled, "clouds in the order of their classes, sigmoid head, momentum", (40, 2), "tanh")
            .on(Data::Clouds)
            .head(Head::Sigmoid)
            .with(Rule::Momentum(0.05))
            .in_order(),
        kind(LinearNetwork, "identity 2x20, circles", (20, 2), "identity")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(3e-3))
            .steps(512)
            .whole(),
        regression(LinearNetwork, "identity 1x12, bowl, SGD", (12, 1), "identity", Data::Bowl)
            .with(Rule::Sgd(0.05)),
        regression(Undertrained, "SGD at 1e-4, linear targets", (64, 1), "relu", Data::Linear)
            .with(Rule::Sgd(1e-4)),
        kind(Undertrained, "Adam at 2e-5, clouds, 64 steps", (80, 2), "tanh")
            .on(Data::Clouds)
            .with(Rule::Adam(2e-5))
            .steps(64)
            .whole(),
        kind(Dropout, "tanh 3x40, dropout 0.95, Adam", (40, 3), "tanh")
            .dropout(0.95)
            .with(Rule::Adam(1e-3))
            .whole(),
        kind(ClassImbalance, "one class of 95 %, tanh 1x30, Adam", (30, 1), "tanh")
            .on(Data::Rare)
            .with(Rule::Adam(1e-3))
            .steps(200)
            .whole(),
        regression(Healthy, "bowl to the end, tanh 3x40", (40, 3), "tanh", Data::Bowl).steps(3000),
        regression(Healthy, "targets between 0 and 1 behind a sigmoid", (40, 2), "tanh", Data::Bowl)
            .targets(0.15, 0.4)
            .top(Top::Sigmoid)
            .steps(3000),
        kind(Healthy, "MNIST, known samples, momentum", (100, 2), "relu")
            .with(Rule::Momentum(0.05))
            .steps(512)
            .whole(),
        kind(Healthy, "circles, known samples, Adam", (32, 2), "tanh")
            .on(Data::Circles)
            .head(Head::Sigmoid)
            .with(Rule::Adam(1e-2))
            .steps(1024)
            .whole(),
        regression(Healthy, "no hidden layer, linear targets", (1, 0), "relu", Data::Linear)
            .with(Rule::Sgd(0.1))
            .steps(512),
    ]
}
