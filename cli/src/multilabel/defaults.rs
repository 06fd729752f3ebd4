//! Flags whose default depends on the data.

use super::Flags;
use crate::flags::OptimizerName;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// Settings that suit the data.
struct Recipe {
    hidden: &'static str,
    epochs: usize,
    /// For optimisers that adapt.
    lr: f64,
}

impl Recipe {
    fn of(data: &str) -> Self {
        match data {
            "teacher" => Recipe { hidden: "16", epochs: 30, lr: 0.003 },
            "xor" => Recipe { hidden: "16", epochs: 5, lr: 0.003 },
            "overlay" => Recipe { hidden: "256,128", epochs: 10, lr: 0.001 },
            _ => Recipe { hidden: "64", epochs: 30, lr: 0.001 },
        }
    }
}

/// Writes these defaults into the help, as clap does not know them.
pub fn describe_defaults(command: Command) -> Command {
    let [teacher, xor, overlay, file] = ["teacher", "xor", "overlay", ""].map(Recipe::of);
    let by_data = |of: fn(&Recipe) -> String| {
        format!("teacher {}; xor {}; overlay {}; files {}", of(&teacher), of(&xor), of(&overlay), of(&file))
    };
    command
        .mut_arg("hidden", |arg| {
            arg.hide_default_value(true).help(format!(
                "Widths of the hidden layers: 128,64 or 100x8 (eight of 100) or none [default: {}]",
                by_data(|recipe| recipe.hidden.into())
            ))
        })
        .mut_arg("epochs", |arg| {
            arg.hide_default_value(true).help(format!(
                "Passes over the training set [default: {}]",
                by_data(|recipe| recipe.epochs.to_string())
            ))
        })
        .mut_arg("lr", |arg| {
            arg.help(format!(
                "Learning rate [default: 0.1 for sgd; for the others {}]",
                by_data(|recipe| recipe.lr.to_string())
            ))
        })
        .mut_arg("validation", |arg| arg.default_value("0"))
}

impl Flags {
    /// Fills in the flags that were not given.
    pub fn with_defaults(mut self, matches: &ArgMatches) -> Self {
        let given = |flag| matches.value_source(flag) == Some(ValueSource::CommandLine);
        let recipe = Recipe::of(&self.source.data);
        if !given("hidden") {
            self.network.hidden = recipe.hidden.parse().expect("widths as the flag takes them");
        }
        if !given("epochs") {
            self.training.epochs = recipe.epochs;
        }
        if self.training.lr.is_none() && self.training.optimizer != OptimizerName::Sgd {
            self.training.lr = Some(recipe.lr);
        }
        self
    }
}
