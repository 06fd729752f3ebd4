//! `gradlens papers`: set-ups of papers built again, beside the figures that they print.

mod measured;
mod page;
mod trained;

use crate::digits;
use crate::flags::files::ReportFlags;
use crate::flags::numbers::count;
use crate::interrupt::interrupted;
use crate::output::{Text, note, text};
use crate::table::{Table, wrapped};
use clap::{Args, ValueEnum};
use measured::{Number, Seen};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;
use trained::{How, Paper, TOLERANCE};

/// Build the set-up of a paper again and print its figures beside the published ones.
///
/// Most tables take minutes, glorot-table-1 most of an hour on two cores, dropout-2014 a third of one; --smaller is a run of
/// narrower networks, marked as such. With --run a table goes on where it was left.
#[derive(Debug, Args)]
pub struct Flags {
    /// Which one
    #[arg(value_enum)]
    name: Name,
    /// Seeds of every row [default: 3; 1 of the long ones]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    seeds: Option<usize>,
    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Narrower networks and fewer epochs, where the full size takes long
    #[arg(long)]
    smaller: bool,
    /// Folder with MNIST [default: that of the sources]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    data: Option<PathBuf>,
    /// Keep every training in a folder below this one; the same command again goes on where it was left
    #[arg(long = "run", value_name = "FOLDER", help_heading = "Output")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    report: ReportFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Glorot and Bengio 2010, table 1: five hidden layers of 1000
    #[value(name = "glorot-table-1")]
    GlorotTable1,
    /// Glorot and Bengio 2010: the gradient and the Jacobian before the first step
    GlorotFigures,
    /// Nielsen 2015, chapter 5: one to four layers of 30 sigmoids
    #[value(name = "nielsen-5")]
    Nielsen5,
    /// Keras' example mnist_mlp
    KerasMlp,
    /// Simard et al. 2003: 800 hidden units, without distortions
    #[value(name = "simard-800")]
    Simard800,
    /// Srivastava et al. 2014: dropout, three layers of 1024
    #[value(name = "dropout-2014")]
    Dropout2014,
    /// Lu et al. 2020: deep narrow ReLU networks that are dead at birth
    DepthCollapse,
    /// Menon et al. 2020: labels of which some are wrong
    MenonNoise,
}

impl Name {
    /// The paper, and what differs here that could matter.
    fn about(self) -> (&'static str, &'static str) {
        match self {
            Name::GlorotTable1 => (
                "Glorot and Bengio, AISTATS 2010, table 1: test error on MNIST, five hidden layers of 1000, softmax, batches of 10.",
                "The paper chose rates and lengths of training by validation; here rates are 0.1 for sigmoids and 0.02 for the others, falling along a cosine, and all 60 000 \
                 images are learned from.",
            ),
            Name::GlorotFigures => (
                "Glorot and Bengio, AISTATS 2010, section 4.2.1: the mean singular value of the Jacobian between hidden layers of tanh before \
                 the first step.",
                "The paper prints one digit, of layers of 1000 on images made for it; wide layers have 8 s / (3 pi) times the mean slope, with s^2 = n Var W.",
            ),
            Name::Nielsen5 => (
                "Nielsen, Neural networks and deep learning, 2015, chapter 5: 30 sigmoids a layer, cross-entropy, eta 0.1, lambda 5, batches of 10, \
                 30 epochs.",
                "The figures of the book are of one run each, on its validation images; here they are of the test images, after learning from the same first \
                 50 000.",
            ),
            Name::KerasMlp => (
                "Keras, examples/mnist_mlp.py: 512-512 ReLU, dropout 0.2, RMSprop at 0.001, batches of 128, 20 epochs.",
                "The figure is of one run.",
            ),
            Name::Simard800 => (
                "Simard, Steinkraus and Platt, ICDAR 2003, table 1: 800 hidden units, cross-entropy, no distortions.",
                "The paper does not say activation, rate and length: tanh and SGD with momentum for 25 epochs here.",
            ),
            Name::Dropout2014 => (
                "Srivastava et al., JMLR 15, 2014, table 2: dropout, ReLU, three layers of 1024.",
                "The paper trains for a million steps with settings chosen by validation (and reports 1.06 with max-norm); here 48 000.",
            ),
            Name::DepthCollapse => (
                "Lu, Shin, Su and Karniadakis, Commun. Comput. Phys. 28, 2020: of ReLU networks without biases, of depth layers of N units, a share of 1 - \
                 (1 - 2^-N)^depth puts out 0 at an input before the first step, and at most that share is dead, 0 at all inputs.",
                "Inputs have one dimension here, so a network is dead only if it is so for both signs of its input.",
            ),
            Name::MenonNoise => (
                "Menon et al., ICLR 2020: cross-entropy on MNIST with labels of which a share is another class drawn at random.",
                "The paper trains LeNet, a convolutional network; here it is 784-512-512-10.",
            ),
        }
    }

    fn paper(self) -> Option<Paper> {
        Some(match self {
            Name::GlorotTable1 => trained::glorot_table_1(),
            Name::Nielsen5 => trained::nielsen_5(),
            Name::KerasMlp => trained::keras_mlp(),
            Name::Simard800 => trained::simard_800(),
            Name::Dropout2014 => trained::dropout_2014(),
            Name::MenonNoise => trained::menon_noise(),
            Name::GlorotFigures | Name::DepthCollapse => return None,
        })
    }

    fn seeds(self) -> u64 {
        match self {
            Name::GlorotTable1 | Name::Dropout2014 => 1,
            _ => 3,
        }
    }
}

/// What came of a paper.
struct Outcome {
    table: Table,
    /// The same for a program.
    rows: Vec<Value>,
    compared: Vec<Compared>,
    seen: Seen,
}

/// A published figure and ours, of each row of the table.
struct Compared {
    published: f64,
    /// NaN where it was not run.
    here: f64,
    verdict: &'static str,
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut out = flags.report.open(&[], &[])?;
    let (paper, differs) = flags.name.about();
    text(writeln!(out, "{}\n", wrapped(paper, "", "")))?;
    let Outcome { table, rows, compared, seen } = match flags.name.paper() {
        Some(paper) => train(flags, &paper)?,
        None => look(flags)?,
    };
    table.lines().iter().try_for_each(|line| text(writeln!(out, "{line}")))?;
    text(writeln!(out, "\n{}", wrapped(differs, "", "")))?;
    print_end(flags, &mut out, began)?;
    // A page without a number would take the place of one with numbers.
    if compared.iter().any(|figure| figure.here.is_finite()) {
        let page = || page::page(flags, &compared, &table, &seen);
        flags.report.write_page(page, &mut out)?;
    }
    let name = flags.name.to_possible_value().map_or(String::new(), |value| value.get_name().into());
    flags.report.write_json(&json!({
        "paper": paper, "name": name, "smaller": flags.smaller, "seed": flags.seed, "rows": rows, "differs": differs,
        "complete": !interrupted(), "seconds": began.elapsed().as_secs_f64(),
    }))
}

fn print_end(flags: &Flags, out: &mut Text, began: Instant) -> anyhow::Result<()> {
    let seconds = began.elapsed().as_secs_f64();
    let size = if flags.smaller { "a smaller run, " } else { "" };
    let end = if interrupted() { "interrupted: not complete, " } else { "" };
    text(writeln!(out, "\n({end}{size}{seconds:.0} s)"))
}

/// Trains every row.
fn train(flags: &Flags, paper: &Paper) -> anyhow::Result<Outcome> {
    let how = How {
        seeds: flags.seeds.map_or(flags.name.seeds(), |count| count as u64),
        first: flags.seed,
        smaller: flags.smaller,
        folder: flags.folder.as_deref(),
        images: flags.data.as_deref(),
    };
    if flags.smaller && paper.smaller.is_none() {
        note("note: this table has but one size, and --smaller changes nothing");
    }
    let (mut rows, mut cells, mut compared) = (vec![], vec![], vec![]);
    for (number, row) in paper.rows.iter().enumerate() {
        let errors = row.run(paper, number, &how)?;
        let agrees = errors.agree(row.published);
        let verdict = match errors.0.is_empty() {
            true => "not run",
            false if agrees => "agrees",
            false if errors.mean() < row.published => "better",
            false => "worse",
        };
        compared.push(Compared { published: row.published, here: errors.mean(), verdict });
        cells.push(vec![
            row.name.into(),
            format!("{:.2} %", row.published),
            errors.shown(),
            errors.0.len().to_string(),
            verdict.into(),
        ]);
        rows.push(
            json!({ "row": row.name, "published": row.published, "errors": errors.0, "verdict": verdict }),
        );
    }
    let title = format!("agrees: within {TOLERANCE} points and two standard errors");
    let header = ["test error", "published", "here", "seeds", title.as_str()].map(String::from).into();
    let table = Table { title: String::new(), words: 1, header, rows: cells };
    Ok(Outcome { table, rows, compared, seen: vec![] })
}

/// Looks at networks before the first step.
fn look(flags: &Flags) -> anyhow::Result<Outcome> {
    anyhow::ensure!(
        flags.seeds.is_none() && flags.folder.is_none(),
        "--seeds, --run: nothing is trained here"
    );
    let (numbers, seen, header): (Vec<Number>, Seen, _) = match flags.name {
        Name::DepthCollapse => (
            measured::depth_collapse(flags.smaller, flags.seed)?,
            vec![],
            ["share of networks", "formula", "here", ""],
        ),
        _ => {
            let images = digits::load(flags.data.as_deref(), "--data")?;
            let (numbers, seen) = measured::glorot_figures(&images.train, flags.smaller, flags.seed)?;
            (numbers, seen, ["mean singular value", "published", "here", ""])
        }
    };
    let verdict = |number: &Number| if number.agrees { "agrees" } else { "does not agree" };
    let row = |number: &Number| {
        vec![
            number.name.clone(),
            format!("{:.3}", number.published),
            format!("{:.3}", number.ours),
            verdict(number).into(),
        ]
    };
    let rows = numbers.iter().map(|number| {
        json!({ "row": number.name, "published": number.published, "here": number.ours, "verdict": verdict(number) })
    });
    let table = Table {
        title: String::new(),
        words: 1,
        header: header.map(String::from).into(),
        rows: numbers.iter().map(row).collect(),
    };
    let compared = |number: &Number| Compared {
        published: number.published,
        here: number.ours,
        verdict: verdict(number),
    };
    Ok(Outcome { table, rows: rows.collect(), compared: numbers.iter().map(compared).collect(), seen })
}
