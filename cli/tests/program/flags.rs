//! What flags accept, and what is said of those that make no sense.

use crate::{json, refused};

#[test]
fn wrong_flags_say_what_is_wrong() {
    for (flags, expected) in [
        ("--no-such-flag", "unexpected argument '--no-such-flag'"),
        ("--head softmin", "possible values: softmax, sigmoid"),
        ("--batch 0", "it is 0, but must be at least 1"),
        ("--epochs 0", "it is 0, but must be at least 1"),
        ("--epochs ten", "it is ten, but must be a whole number"),
        ("--epochs 18446744073709551615", "must be at most"),
        ("--batch -1", "it is -1, but must be at least 1"),
        ("--threads 40000", "must be at most 1024"),
        ("--hidden 18446744073709551615", "must be at most 1000000"),
        ("--hidden 1,1x18446744073709551615", "must be at most 9999"),
        ("--seed x", "must be a whole number"),
        ("--clip-norm 0", "finite and above 0"),
        ("--samples 60001", "at most the 60000 images"),
        ("--lr -0.1", "it is -0.1, but must be finite and at least 0"),
        ("--lr fast", "it is fast, but must be a number"),
        ("--hidden 0", "at least 1 (for no hidden layer say none)"),
        ("--hidden 100x0", "at least 1 (for no hidden layer say none)"),
        ("--hidden 12,,3", "a width, as in 128,64 or 100x8"),
        ("--hidden 1x99999999", "must be at most 10000"),
        ("--activation rellu", "one of identity, sigmoid, tanh, relu"),
        ("--init xavier", "glorot-uniform"),
        ("--init normal:-1", "at least 0 for normal"),
        ("--bias-init orthogonal", "the initialiser of a bias is orthogonal"),
        ("--dropout 1", "at least 0 and below 1"),
        ("--schedule cosinus", "one-cycle"),
        ("--patience 2 --validation 0", "no samples set aside"),
        ("--momentum 0.9", "left out, as it belongs to sgd"),
        ("--data no/such/folder", "no/such/folder: found no such file or folder"),
    ] {
        refused(&format!("mnist {flags}"), expected);
    }
}

/// Trains for a moment with this flag; returns what the run says was asked for.
#[track_caller]
fn config(flags: &str) -> serde_json::Value {
    json(&format!("mnist --samples 200 --epochs 1 --quiet --hidden 8 {flags}"))["config"].clone()
}

#[test]
fn every_initialiser_can_be_named() {
    for name in [
        "zeros",
        "constant:0.1",
        "normal:0.5",
        "uniform:0.2",
        "standard",
        "glorot-uniform",
        "glorot-normal",
        "he-uniform",
        "he-normal",
        "lecun-normal",
        "orthogonal",
    ] {
        let found = config(&format!("--init {name}"));
        assert_eq!((&found["init"], &found["layers"][0]["init"][0]), (&name.into(), &name.into()));
        if name != "orthogonal" {
            assert_eq!(config(&format!("--bias-init {name}"))["bias_init"], name);
        }
    }
}

#[test]
fn every_activation_can_be_named() {
    for (name, layer) in [
        ("identity", "Identity"),
        ("sigmoid", "Sigmoid"),
        ("tanh", "Tanh"),
        ("relu", "Relu"),
        ("leaky-relu", "LeakyRelu(0.01)"),
        ("leaky-relu:0.1", "LeakyRelu(0.1)"),
        ("elu", "Elu(1)"),
        ("elu:0.5", "Elu(0.5)"),
        ("selu", "Selu"),
        ("gelu", "Gelu"),
        ("silu", "Silu"),
        ("softsign", "Softsign"),
        ("softplus", "Softplus"),
    ] {
        let config = config(&format!("--activation {name}"));
        assert_eq!((&config["activation"], &config["layers"][1]["name"]), (&name.into(), &layer.into()));
    }
}

#[test]
fn every_optimiser_can_be_named_and_has_its_own_defaults() {
    for (name, rate, decay) in
        [("sgd", 0.1, 0.0), ("rmsprop", 0.001, 0.0), ("adam", 0.001, 0.0), ("adamw", 0.001, 0.01)]
    {
        let config = config(&format!("--optimizer {name}"));
        assert_eq!(config["optimizer"], name);
        assert_eq!((&config["lr"], &config["weight_decay"]), (&rate.into(), &decay.into()), "{name}");
    }
    let config = config("--optimizer sgd --momentum 0.9 --nesterov --lr 0.05 --weight-decay 0.05");
    for (key, value) in [("momentum", 0.9), ("lr", 0.05), ("weight_decay", 0.05)] {
        assert_eq!(config[key], value, "{key}");
    }
    assert_eq!(config["nesterov"], true);
}

#[test]
fn every_schedule_can_be_named() {
    for name in ["constant", "step:0.5:0.1", "cosine", "warmup:0.1", "one-cycle"] {
        assert_eq!(config(&format!("--schedule {name}"))["schedule"], name);
    }
}

#[test]
fn other_settings_of_a_run_are_taken() {
    let config = config("--standardise --clip-norm 1 --dropout 0.2 --patience 3 --batch 50 --seed 7");
    for (key, value) in [("clip_norm", 1.0), ("dropout", 0.2)] {
        assert_eq!(config[key], value, "{key}");
    }
    for (key, value) in [("patience", 3), ("batch", 50), ("seed", 7)] {
        assert_eq!(config[key], value, "{key}");
    }
    assert_eq!(config["standardise"], true);
}
