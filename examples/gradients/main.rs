//! Shows where the gradient goes: saturation and vanishing, measured and explained.

#[path = "../common/mod.rs"]
mod common;
mod diagnose;
mod head;
mod kinds;
mod rivals;
mod score;
mod study;
mod zoo;

use clap::{Parser, Subcommand};
use common::output::{self, Text};
use gradlens::Mnist;
use std::path::PathBuf;
use std::process::ExitCode;

/// See where the gradient goes: saturation and vanishing gradients, measured, explained and cured.
///
/// Without a command: a study of depth, activation, initialiser and head.
#[derive(Debug, Parser)]
#[command(name = "gradients", version, max_term_width = 100)]
struct Flags {
    #[command(subcommand)]
    command: Option<Command>,
    /// Folder with the four IDX files [default: the data that come with the sources]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
    /// Write the report with its pictures to this file [default: gradients.html for the study, none
    /// for diagnose and head]
    #[arg(long, value_name = "FILE", global = true)]
    html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a network on MNIST, say what is wrong with it, and show what the remedy changes
    Diagnose(diagnose::Flags),
    /// Show what the pairing of output and loss does to the gradient at the logits
    Head,
    /// Diagnose a zoo of sick and healthy networks, and print how often the diagnosis is right
    Zoo(score::Flags),
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    common::main(|| run(&flags))
}

fn run(flags: &Flags) -> anyhow::Result<()> {
    let html = match (&flags.html, &flags.command) {
        (Some(path), None | Some(Command::Diagnose(_) | Command::Head)) => Some(path.clone()),
        (None, None) => Some("gradients.html".into()),
        (Some(_), _) => anyhow::bail!("--html belongs to the study, to diagnose and to head"),
        _ => None,
    };
    let to_stdout = |path: Option<&std::path::Path>| path == Some("-".as_ref());
    anyhow::ensure!(
        !(to_stdout(flags.json.as_deref()) && to_stdout(html.as_deref())),
        "--json - and --html -: only one of them can have standard output"
    );
    for path in flags.json.iter().chain(&html) {
        output::check_writable(path)?;
    }
    let mut text = Text::beside(flags.json.as_deref());
    let folder =
        flags.data.clone().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist").into());
    let mnist = Mnist::<f32>::load(folder)?;
    let document = match &flags.command {
        None => study::run(&mnist, html.as_deref(), &mut text)?,
        Some(Command::Diagnose(diagnose)) => diagnose::run(diagnose, &mnist, html.as_deref(), &mut text)?,
        Some(Command::Head) => head::run(html.as_deref(), &mut text)?,
        Some(Command::Zoo(zoo)) => score::run(zoo, &mnist, &mut text)?,
    };
    match &flags.json {
        Some(path) => output::write_file(path, format!("{document:#}\n").as_bytes()),
        None => Ok(()),
    }
}
