//! `gradlens claims`: an experiment for each claim of the usual answer to *softmax or sigmoid?*, and the verdict that its
//! numbers give.

mod calibration;
mod claim;
mod distribution;
mod labels;
mod outliers;
mod page;
mod run;
mod saturation;
mod two_classes;

use crate::flags::files::{MnistFlag, ReportFlags};
use crate::interrupt::interrupted;
use crate::output::{Text, text, write_file};
use crate::table::wrapped;
use anyhow::Context;
use claim::{Claim, RULE};
use clap::Args;
use gradlens::report::Figure;
use run::Run;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Test the claims of the usual answer to "softmax or sigmoid?" by experiments, and write a page about them.
///
/// Each claim is taken apart into statements, and each statement is decided by a rule from the numbers of the run.
#[derive(Debug, Args)]
#[command(mut_arg("html", |arg| arg.default_value("claims.html")))]
pub struct Flags {
    /// Fewer samples and seeds: half a minute in place of some minutes
    #[arg(long)]
    quick: bool,
    /// Seed of the first network; others follow
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Judge the numbers of an earlier run, written by --json, and train nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["quick", "seed", "data"])]
    from: Option<PathBuf>,
    /// Write each picture to this folder, as SVG
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pictures: Option<PathBuf>,
    #[command(flatten)]
    data: MnistFlag,
    #[command(flatten)]
    report: ReportFlags,
}

/// Everything that was measured; what is missing was not.
#[derive(Default, Serialize, Deserialize)]
struct Evidence {
    quick: bool,
    seed: u64,
    distribution: Option<distribution::Evidence>,
    labels: Option<labels::Evidence>,
    outliers: Option<outliers::Evidence>,
    saturation: Option<saturation::Evidence>,
    two_classes: Option<two_classes::Evidence>,
    calibration: Option<calibration::Evidence>,
}

/// What `--json` writes and `--from` reads.
#[derive(Deserialize)]
struct Written {
    evidence: Evidence,
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let inputs: Vec<_> = flags.from.iter().map(PathBuf::as_path).collect();
    let mut out = flags.report.open(&[], &inputs)?;
    if let Some(folder) = &flags.pictures {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
    }
    let (evidence, measured) = match &flags.from {
        Some(path) => {
            let bytes = std::fs::read(path)
                .with_context(|| format!("{}: cannot read the numbers", path.display()))?;
            let written: Written = serde_json::from_slice(&bytes)
                .with_context(|| format!("{}: not what `gradlens claims --json` writes", path.display()))?;
            (written.evidence, Ok(()))
        }
        None => measure(flags)?,
    };
    let claims = evidence.claims();
    if measured.is_err() && claims.is_empty() {
        return measured;
    }
    print(&claims, &mut out)?;
    if flags.from.is_none() {
        let end = if claims.len() < CLAIMS { "not complete: " } else { "" };
        let seconds = began.elapsed().as_secs_f64();
        text(writeln!(out, "({end}{} of {CLAIMS} claims, {seconds:.0} s)", claims.len()))?;
    }
    let complete = claims.len() == CLAIMS;
    let report = match complete {
        true => flags.report.clone(),
        false => flags.report.sparing(&format!("{} of {CLAIMS} claims were measured", claims.len())),
    };
    report.write_page(|| page::page(&claims, evidence.quick), &mut out)?;
    let judged: Vec<_> = claims.iter().map(Claim::json).collect();
    report.write_json(&json!({ "complete": complete, "claims": judged, "evidence": evidence }))?;
    flags.pictures.as_deref().map_or(Ok(()), |folder| write_pictures(&claims, folder))?;
    // A signal has its own exit code.
    if interrupted() { Ok(()) } else { measured }
}

/// Runs the experiments, and keeps what was finished before one failed or the run was interrupted.
fn measure(flags: &Flags) -> anyhow::Result<(Evidence, anyhow::Result<()>)> {
    let quick = flags.quick;
    let pieces = distribution::pieces(quick)
        + labels::pieces(quick)
        + outliers::pieces(quick)
        + saturation::pieces(quick)
        + two_classes::PIECES
        + calibration::PIECES;
    let run = Run::new(flags.data.load()?, quick, flags.seed, pieces, std::io::stderr().is_terminal());
    let mut evidence = Evidence { quick, seed: flags.seed, ..Evidence::default() };
    let measured = evidence.fill(&run);
    run.end();
    Ok((evidence, measured))
}

impl Evidence {
    fn fill(&mut self, run: &Run) -> anyhow::Result<()> {
        let (of_distribution, trained) = distribution::measure(run)?;
        self.distribution = Some(of_distribution);
        self.labels = Some(labels::measure(run)?);
        self.outliers = Some(outliers::measure(run, &trained.softmax, &trained.sigmoid)?);
        self.saturation = Some(saturation::measure(run)?);
        self.two_classes = Some(two_classes::measure(run)?);
        self.calibration = Some(calibration::measure(run, &trained)?);
        Ok(())
    }

    /// What follows from what was measured.
    fn claims(&self) -> Vec<Claim> {
        let claims = [
            self.distribution.as_ref().map(distribution::Evidence::claim),
            self.labels.as_ref().map(labels::Evidence::claim),
            self.outliers.as_ref().map(outliers::Evidence::claim),
            self.saturation.as_ref().map(saturation::Evidence::claim),
            self.two_classes.as_ref().map(two_classes::Evidence::claim),
            self.calibration.as_ref().map(calibration::Evidence::claim),
        ];
        claims.into_iter().flatten().collect()
    }
}

/// `claim1-1.svg` and so on.
fn write_pictures(claims: &[Claim], folder: &Path) -> anyhow::Result<()> {
    for claim in claims {
        for (number, svg) in claim.figures.iter().map(Figure::svg).enumerate() {
            let name = format!("claim{}-{}.svg", claim.number, number + 1);
            svg.map_or(Ok(()), |svg| write_file(&folder.join(name), svg.as_bytes()))?;
        }
    }
    Ok(())
}

/// How many claims there are.
const CLAIMS: usize = 6;

const QUESTION: &str = "Softmax or sigmoid in the last layer?";

fn print(claims: &[Claim], out: &mut Text) -> anyhow::Result<()> {
    text(writeln!(out, "{QUESTION}\n"))?;
    for claim in claims {
        text(claim.print(out))?;
    }
    for claim in claims {
        let [holding, all] = claim.count();
        let (number, title, verdict) = (claim.number, claim.title, claim.verdict().words());
        let line = format!("{number}. {title}: {verdict} ({holding} of {all} statements)");
        text(writeln!(out, "{}", wrapped(&line, "", "   ")))?;
    }
    text(writeln!(out, "\n{}\n", wrapped(RULE, "", "")))
}
