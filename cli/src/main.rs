//! `gradlens`: train on MNIST and on sets of labels, and see where the gradient goes.

mod claims;
mod class_scores;
mod diagnose;
mod digits;
mod exit;
mod explain;
mod flags;
mod head;
mod interrupt;
mod mnist;
mod multilabel;
mod output;
mod papers;
mod predict;
mod results;
mod session;
mod statistics;
mod study;
mod sweep;
mod table;
mod train;
mod watch;
mod wrong_labels;
mod zoo;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// See what the output head and the depth of a network do to its gradients.
#[derive(Debug, Parser)]
#[command(name = "gradlens", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::TrainFlags),
    Evaluate(train::EvaluateFlags),
    Predict(predict::PredictFlags),
    Mnist(mnist::Flags),
    Multilabel(Box<multilabel::Flags>),
    Diagnose(diagnose::Flags),
    Claims(claims::Flags),
    Papers(papers::Flags),
    Study(study::Flags),
    Sweep(sweep::Flags),
    Head(head::Flags),
    Zoo(zoo::Flags),
    Explain(explain::Flags),
}

fn main() -> ExitCode {
    let Some(command) = Cli::parse().command else {
        let _ = Cli::command().print_help(); // it fails where there is no reader
        return ExitCode::SUCCESS;
    };
    exit::main(|| match command {
        Command::Train(flags) => train::train(&flags),
        Command::Evaluate(flags) => train::evaluate_run(&flags),
        Command::Predict(flags) => predict::predict(&flags),
        Command::Mnist(flags) => mnist::run(&flags),
        Command::Multilabel(flags) => multilabel::run(&flags),
        Command::Diagnose(flags) => diagnose::run(&flags),
        Command::Claims(flags) => claims::run(&flags),
        Command::Papers(flags) => papers::run(&flags),
        Command::Study(flags) => study::run(&flags),
        Command::Sweep(flags) => sweep::run(&flags),
        Command::Head(flags) => head::run(&flags),
        Command::Zoo(flags) => zoo::run(&flags),
        Command::Explain(flags) => explain::run(&flags),
    })
}
