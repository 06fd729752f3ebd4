//! `gradlens mnist`: train a network on MNIST or other images with either output head, and say what it
//! learned.

mod both_heads;
mod json;
mod text;

use crate::flags::numbers::count;
use crate::flags::{Base, ConfigFlags, Kept, RunFlags, SaveFlags, ShownFlags};
use crate::output::{self, Text};
use crate::results::classes;
use crate::results::page::{Learned, Origin};
use crate::session::{Session, score};
use crate::train::{check, inputs};
use clap::{Args, ValueEnum};
use gradlens::EpochRecord;
use gradlens::config::{Key, RunConfig};
use gradlens::model::Model;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Train a network on MNIST, or other images, with either output head, and see what it learned.
///
/// With no flags: MNIST, 784-128-64-10, ReLU, softmax + cross-entropy, Adam with a cosine schedule, ten
/// epochs.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// The output head: softmax + cross-entropy, for classes that exclude one another, or sigmoid +
    /// binary cross-entropy, for labels that are independent; both trains one after the other from the
    /// same weights on the same batches, over several seeds, and says whether they differ
    /// [default: softmax]
    #[arg(long, value_name = "HEAD")]
    head: Option<HeadName>,
    /// Folder with a set of images, or a file of one: IDX as MNIST, Fashion-MNIST, EMNIST, KMNIST and QMNIST
    /// come, .npz, .npy or CSV [default: MNIST, which comes with the sources]
    #[arg(long, value_name = "PATH", help_heading = "Data")]
    data: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFlags<Usual>,
    /// Seeds of --head both, from --seed on [default: 5]
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    seeds: Option<usize>,
    /// Print the test result and nothing else
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    /// Write everything that is printed to this file, as JSON; - is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
    #[command(flatten)]
    shown: ShownFlags,
    #[command(flatten)]
    save: SaveFlags,
    #[command(flatten)]
    kept: RunFlags,
}

/// What holds without flags.
#[derive(Debug)]
struct Usual;

impl Base for Usual {
    fn config() -> RunConfig {
        let mut config = RunConfig::default();
        config.data.mnist = true;
        config.network.hidden = vec![128, 64];
        config.training.schedule = "cosine".into();
        config.training.validation = 0.1;
        config.training.epochs = Some(10);
        config
    }

    fn has(key: &Key) -> bool {
        match key.section {
            "data" => ["samples", "standardise", "elastic", "rotate", "rescale"].contains(&key.name),
            "network" => !["head", "loss"].contains(&key.name),
            _ => true,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HeadName {
    Softmax,
    Sigmoid,
    Both,
}

impl Flags {
    /// The config under a head, and its images.
    fn session(&self, config: &RunConfig, head: &str) -> anyhow::Result<Session> {
        let mut config = config.clone();
        (config.network.head, config.network.loss) = (Some(head.into()), None);
        if let Some(path) = &self.data {
            let text = path.to_str();
            let text = text.ok_or_else(|| {
                anyhow::anyhow!("--data {}: the name is not Unicode; rename it", path.display())
            })?;
            (config.data.mnist, config.data.images) = (false, Some(text.into()));
        }
        Session::new(&config, None)
    }
}

pub fn run(flags: &Flags) -> anyhow::Result<()> {
    let began = Instant::now();
    let file = flags.json.as_deref();
    flags.save.check()?;
    anyhow::ensure!(
        flags.save.files().next().is_none() && !flags.kept.is_wanted() || flags.head != Some(HeadName::Both),
        "--save, --onnx, --run: --head both trains several networks; save one of either head"
    );
    let files = file.into_iter().chain(flags.shown.files()).chain(flags.save.files());
    let mut out = Text::beside(files).with_more(flags.kept.is_wanted());
    anyhow::ensure!(
        flags.shown.files().is_none() || flags.head != Some(HeadName::Both),
        "--html: --head both trains several networks; show one of either head"
    );
    anyhow::ensure!(
        flags.head == Some(HeadName::Both) || flags.seeds.is_none(),
        "--seeds belongs to --head both"
    );
    let config = flags.config.config()?;
    let read = inputs(&config, flags.data.iter().chain(flags.config.file()));
    check(file.into_iter().chain(flags.save.files()).chain(flags.shown.files()), &read)?;
    anyhow::ensure!(config.data.file.is_none(), "the config names a table; gradlens train trains on it");
    let head = match flags.head {
        Some(HeadName::Softmax) => "softmax".to_string(),
        Some(HeadName::Sigmoid) => "sigmoid".into(),
        Some(HeadName::Both) => return both_heads::run(flags, &config, &mut out, began),
        None => config.network.head.clone().unwrap_or_else(|| "softmax".into()),
    };
    let session = flags.session(&config, &head)?;
    if flags.config.print {
        return session.print_config();
    }
    if !flags.quiet {
        session.data.notes.iter().try_for_each(|note| output::text(writeln!(out, "{note}\n")))?;
    }
    let mut folder = flags.kept.open(&session.config)?;
    // Kept here as well, so that the file has the finished epochs of a run that fails.
    let mut epochs: Vec<EpochRecord> = vec![];
    let test = session.data.test.as_ref().expect("images come with others to test on");
    let trained =
        session.train((!flags.quiet).then_some(out), flags.shown.watch, folder.as_mut(), &mut epochs);
    let outcome = trained.and_then(|trained| {
        let evaluation = score(&trained.net, test, "test set")?;
        Ok((trained, evaluation))
    });
    // Files come first: they are wanted even if the reader of the text has gone. All are tried, whatever becomes of the
    // others, and the result is printed all the same.
    let mut written = Ok(());
    if let Some(path) = file {
        let mut document = json::document(flags, &session, &session.network()?, &epochs, &outcome);
        document["seconds_total"] = began.elapsed().as_secs_f64().into();
        written = output::write_file(path, format!("{document:#}\n").as_bytes());
    }
    let (trained, evaluation) = outcome?;
    let line = classes::line(&evaluation, "test");
    let learned = Learned {
        session: &session,
        net: &trained.net,
        origin: Origin::Trained(&epochs),
        evaluation: &evaluation,
        samples: test,
        what: "test images",
        line: &line,
    };
    let page = flags.shown.write(|| learned.html());
    let model = Model::new(trained.net, &session.config, &session.data)?;
    let kept = Kept::write(&flags.kept, &flags.save, folder, model, &trained.seen);
    let printed = output::text(text::print(flags, &session, &mut out, (&trained.report, &evaluation), began))
        .and_then(|()| if flags.quiet { Ok(()) } else { kept.tell(&mut out) })
        .and_then(|()| if flags.quiet { Ok(()) } else { flags.shown.tell(&mut out) });
    kept.result().and(written).and(page).and(printed)
}
