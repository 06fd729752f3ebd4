//! `gradlens`: train on MNIST and on sets of labels, and see where the gradient goes.

mod diagnose;
mod digits;
mod exit;
mod flags;
mod head;
mod interrupt;
mod mnist;
mod multilabel;
mod output;
mod study;
mod zoo;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
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
    Mnist(mnist::Flags),
    Multilabel(Box<multilabel::Flags>),
    Diagnose(diagnose::Flags),
    Study(study::Flags),
    Head(head::Flags),
    Zoo(zoo::Flags),
}

fn main() -> ExitCode {
    let mut tree = Cli::command().mut_subcommand("multilabel", multilabel::describe_defaults);
    let matches = tree.get_matches_mut();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut tree).exit());
    let given = matches.subcommand().map(|(_, matches)| matches);
    let Some((command, given)) = cli.command.zip(given) else {
        let _ = tree.print_help(); // it fails if nobody reads it
        return ExitCode::SUCCESS;
    };
    exit::main(|| match command {
        Command::Mnist(flags) => mnist::run(&flags),
        Command::Multilabel(flags) => multilabel::run(&flags.with_defaults(given)),
        Command::Diagnose(flags) => diagnose::run(&flags),
        Command::Study(flags) => study::run(&flags),
        Command::Head(flags) => head::run(&flags),
        Command::Zoo(flags) => zoo::run(&flags),
    })
}
