//! A run that is kept in a folder goes on from there to the same bits, whatever happened to it.

use crate::runs::data;
use gradlens::diagnostics::Diagnostics;
use gradlens::nn::Builder;
use gradlens::runs::RunFolder;
use gradlens::train::{Optimizer, StepDecay};
use gradlens::{
    Adam, Dataset, Dense, Dropout, EpochRecord, Event, Relu, Report, Scalar, Sequential, Sgd,
    SoftmaxCrossEntropy, Stopped, Trainer,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A number that there is a network of.
trait Number: Scalar {
    fn net() -> Sequential<Self>;
}

macro_rules! number {
    ($number:ty) => {
        impl Number for $number {
            fn net() -> Sequential<Self> {
                Builder::<$number>::new(6)
                    .layer(Dense::new(12))
                    .layer(Relu)
                    .layer(Dropout::new(0.2))
                    .layer(Dense::new(3))
                    .head(SoftmaxCrossEntropy::default())
                    .seed(3)
                    .build()
                    .unwrap()
            }
        }
    };
}
number!(f32);
number!(f64);

fn net() -> Sequential {
    Number::net()
}

type Rule<T> = fn() -> Box<dyn Optimizer<T>>;

/// 72 samples to train on: four batches of 16 and one of 8. The rate halves in the middle of an epoch.
fn trainer<'a, T: Scalar>(rule: Rule<T>) -> Trainer<'a, T> {
    let schedule = StepDecay::new(0.23, 0.5);
    Trainer::new(rule()).epochs(5).batch(16).validation(0.2).patience(2).schedule(schedule)
}

/// Everything that a run comes to, without times.
#[derive(Debug, PartialEq)]
struct Result {
    weights: Vec<u64>,
    records: Vec<EpochRecord>,
    stopped: Stopped,
    best: Option<usize>,
    steps: u64,
    diagnostics: String,
    logs: BTreeMap<String, String>,
}

fn without_times(record: &EpochRecord) -> EpochRecord {
    let mut record = record.clone();
    (record.seconds, record.samples_per_second) = (0.0, 0.0);
    record
}

/// The logs of a folder, without times.
fn logs(folder: &Path) -> BTreeMap<String, String> {
    let mut logs = BTreeMap::new();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let text = |name| String::from_utf8(read(name)).unwrap();
    logs.insert("diagnostics".into(), text("diagnostics.jsonl"));
    let lines = text("metrics.jsonl");
    let records = lines.lines().map(|line| without_times(&serde_json::from_str(line).unwrap()));
    logs.insert("metrics".into(), format!("{:?}", records.collect::<Vec<_>>()));
    // The last two columns.
    let columns = |line: &str| line.rsplitn(3, ',').last().unwrap().to_string();
    logs.insert("table".into(), text("metrics.csv").lines().map(columns).collect::<Vec<_>>().join("\n"));
    // Length, its checksum, the event with its time in front, its checksum. How a run ended has a time within.
    let (bytes, mut at, mut events) = (read("events.out.tfevents.gradlens"), 0, vec![]);
    while at < bytes.len() {
        let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        let event = &bytes[at + 12 + 9..at + 12 + length];
        if !event.windows(9).any(|part| part == b"_hparams_") {
            events.push(event.to_vec());
        }
        at += 16 + length;
    }
    logs.insert("events".into(), format!("{events:?}"));
    logs
}

fn result<T: Scalar>(folder: &Path, net: &Sequential<T>, report: &Report, seen: &Diagnostics<T>) -> Result {
    let mut json = seen.to_json();
    for epoch in json["epochs"].as_array_mut().unwrap() {
        (epoch["seconds"], epoch["samples_per_second"]) = (0.into(), 0.into());
    }
    Result {
        weights: net.params().iter().map(|w| w.f64().to_bits()).collect(),
        records: report.epochs.iter().map(without_times).collect(),
        stopped: report.stopped,
        best: report.best_epoch,
        steps: report.steps,
        diagnostics: json.to_string(),
        logs: logs(folder),
    }
}

/// Trains in a folder, up to a step if there is one: then it is left as a signal leaves it.
fn run_in<T: Number>(folder: &Path, rule: Rule<T>, until: Option<u64>) -> Result {
    let (flag, mut net, mut seen) = (AtomicBool::new(false), T::net(), Diagnostics::default());
    let stop = |event: &Event<'_, T>| match event {
        Event::Step(at) if until == Some(at.step) => flag.store(true, Relaxed),
        _ => {}
    };
    let trainer = trainer(rule).interrupt(&flag).on_event(stop);
    let mut folder = RunFolder::open(folder).unwrap().every(7);
    let report = folder.fit(trainer, &mut net, &data(), &mut seen).unwrap();
    folder.finish(None, &seen).unwrap();
    result(folder.path(), &net, &report, &seen)
}

fn temporary() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    (folder, path)
}

fn left_at_every_step_it_ends_the_same<T: Number>(rule: Rule<T>) {
    let (_whole, path) = temporary();
    let whole = run_in(&path, rule, None);
    // The same as without a folder.
    let mut plain = T::net();
    let report = trainer(rule).fit(&mut plain, &data()).unwrap();
    assert_eq!(plain.params().iter().map(|w| w.f64().to_bits()).collect::<Vec<_>>(), whole.weights);
    assert_eq!(report.epochs.iter().map(without_times).collect::<Vec<_>>(), whole.records);
    for step in 1..whole.steps {
        let (_left, path) = temporary();
        assert_eq!(run_in(&path, rule, Some(step)).stopped, Stopped::Interrupted);
        assert_eq!(run_in(&path, rule, None), whole, "left after step {step}");
    }
    // Left after every step, and begun once more when it has ended.
    let (_left, path) = temporary();
    for step in 1..whole.steps {
        run_in(&path, rule, Some(step));
    }
    assert_eq!(run_in(&path, rule, None), whole);
    assert_eq!(run_in(&path, rule, None), whole);
}

#[test]
fn left_after_any_step_a_run_ends_with_the_same_bits_logs_included() {
    left_at_every_step_it_ends_the_same::<f32>(|| Box::new(Sgd::default()));
    left_at_every_step_it_ends_the_same::<f32>(|| Box::new(Sgd::default().momentum(0.9)));
    left_at_every_step_it_ends_the_same::<f32>(|| Box::new(Adam::new(0.01)));
    left_at_every_step_it_ends_the_same::<f64>(|| Box::new(Adam::new(0.01)));
}

/// Loss and rate of every step, of a run that goes on in a folder, up to a step if there is one.
fn steps_in(path: &Path, until: Option<u64>) -> (Vec<(u64, f64, f64)>, Report) {
    let (flag, mut steps) = (AtomicBool::new(false), vec![]);
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            steps.push((at.step, at.loss, at.rate));
            flag.store(until == Some(at.step), Relaxed);
        }
    };
    let trainer = trainer(RULE).interrupt(&flag).on_event(watch);
    let mut folder = RunFolder::open(path).unwrap();
    let report = folder.fit(trainer, &mut net(), &data(), &mut Diagnostics::new()).unwrap();
    (steps, report)
}

#[test]
fn after_a_resume_the_order_of_the_samples_and_the_schedule_are_those_of_the_step_and_patience_is_kept() {
    let (_whole, path) = temporary();
    let (whole, ended) = steps_in(&path, None);
    // In the middle of an epoch, at its end, and after the best epoch.
    for until in [3, 5, 12, 17] {
        let (_left, path) = temporary();
        let (begun, _) = steps_in(&path, Some(until));
        let (rest, report) = steps_in(&path, None);
        assert_eq!([begun, rest.clone()].concat(), whole, "left after {until}");
        assert_ne!(rest[0].1, whole[0].1, "not the samples of the first epoch");
        assert_eq!(
            (report.stopped, report.best_epoch, report.steps),
            (Stopped::Early, ended.best_epoch, ended.steps)
        );
        assert!(
            ended.steps < 25 && ended.best_epoch < Some(ended.epochs.len()),
            "patience ended it: {ended:?}"
        );
    }
    let rates: std::collections::BTreeSet<u64> = whole.iter().map(|step| step.2.to_bits()).collect();
    assert_eq!(rates.len(), 4, "the schedule has changed the rate: {whole:?}");
}

const RULE: Rule<f32> = || Box::new(Adam::new(0.01));

/// Of some steps, in a folder.
fn left_after(path: &Path, step: u64) {
    run_in(path, RULE, Some(step));
}

/// The checkpoints, the last one last.
fn checkpoints(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> =
        fs::read_dir(path.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Goes on, and says what it was told.
fn notes(path: &Path, trainer: Trainer, data: &Dataset) -> gradlens::Result<Vec<String>> {
    let heard = Rc::new(RefCell::new(vec![]));
    let hear = Rc::clone(&heard);
    let mut folder =
        RunFolder::open(path)?.every(7).note(move |text| hear.borrow_mut().push(text.to_string()));
    let (mut net, mut seen) = (net(), Diagnostics::new());
    folder.fit(trainer, &mut net, data, &mut seen)?;
    folder.finish(None, &seen)?;
    drop(folder);
    Ok(Rc::try_unwrap(heard).unwrap().into_inner())
}

#[test]
fn the_last_few_checkpoints_are_kept() {
    let (_temporary, path) = temporary();
    let mut folder = RunFolder::open(&path).unwrap().every(4).keep(2);
    folder.fit(trainer(RULE).steps(18), &mut net(), &data(), &mut Diagnostics::new()).unwrap();
    let names: Vec<String> = checkpoints(&path)
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, [16, 18].map(|step| format!("step-{step:012}.safetensors")));
}

#[test]
fn a_checkpoint_that_is_torn_or_altered_is_noticed_and_the_one_before_is_used() {
    let (_whole, path) = temporary();
    let whole = run_in(&path, RULE, None);
    let (_temporary, path) = temporary();
    left_after(&path, 16);
    let newest = checkpoints(&path).pop().unwrap();
    let bytes = fs::read(&newest).unwrap();
    let mut faults = vec![vec![], bytes[..bytes.len() / 2].to_vec(), bytes[..bytes.len() - 1].to_vec()];
    // Bits here and there, in the header and behind it.
    for at in (0..bytes.len()).step_by(bytes.len() / 60).chain(8..100) {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        faults.push(altered);
    }
    let folder = || RunFolder::open(&path).unwrap();
    for (number, fault) in faults.into_iter().enumerate() {
        fs::write(&newest, fault).unwrap();
        let told = Rc::new(RefCell::new(vec![]));
        let tell = Rc::clone(&told);
        let flag = AtomicBool::new(true); // ends at once
        let mut folder = folder().note(move |text| tell.borrow_mut().push(text.to_string()));
        let mut seen = Diagnostics::new();
        let report = folder.fit(trainer(RULE).interrupt(&flag), &mut net(), &data(), &mut seen).unwrap();
        let told = told.borrow();
        assert_eq!((report.steps, told.len()), (14, 1), "fault {number} is not noticed: {told:?}");
        assert!(told[0].contains(&*newest.to_string_lossy()), "{told:?}");
    }
    fs::write(&newest, b"torn").unwrap();
    drop(folder());
    assert_eq!(run_in(&path, RULE, None), whole);
}

#[test]
fn where_no_checkpoint_is_whole_the_run_does_not_begin_anew_in_silence() {
    let (_temporary, path) = temporary();
    left_after(&path, 16);
    checkpoints(&path).iter().for_each(|path| fs::write(path, b"nothing").unwrap());
    let error = notes(&path, trainer(RULE), &data()).unwrap_err().to_string();
    assert!(error.contains("no checkpoint that is whole") && error.contains("begin anew"), "{error}");
}

#[test]
fn other_settings_are_refused_with_every_difference() {
    let (_temporary, path) = temporary();
    left_after(&path, 8);
    let other: Rule<f32> = || Box::new(Adam::new(0.02));
    let error = notes(&path, trainer(other).epochs(9), &data()).unwrap_err().to_string();
    for part in ["epochs = 5 (here 9)", "optimizer = adam:lr=0.01:", "(here adam:lr=0.02:"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(!error.contains("batch"), "{error}");
    // Another optimiser, another network.
    let error = notes(&path, trainer(|| Box::new(Sgd::new(0.01))), &data()).unwrap_err().to_string();
    assert!(error.contains("(here sgd:lr=0.01:"), "{error}");
    let mut wider =
        Sequential::input(6).layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut folder = RunFolder::open(&path).unwrap();
    let error = folder.fit(trainer(RULE), &mut wider, &data(), &mut Diagnostics::new()).unwrap_err();
    assert!(error.to_string().contains("network = "), "{error}");
}

#[test]
fn other_samples_are_refused() {
    let (_temporary, path) = temporary();
    left_after(&path, 8);
    let mut inputs = data::<f32>().inputs();
    inputs[[89, 5]] += 1e-3;
    let other = Dataset::classes(inputs, data::<f32>().labels().unwrap().to_vec(), 3).unwrap();
    let error = notes(&path, trainer(RULE), &other).unwrap_err().to_string();
    assert!(error.contains("other samples"), "{error}");
}

#[test]
fn a_second_process_is_kept_out_and_files_of_something_else_are_left_alone() {
    let (_temporary, path) = temporary();
    let first = RunFolder::open(&path).unwrap();
    let error = RunFolder::open(&path).unwrap_err().to_string();
    assert!(error.contains(&format!("another process ({})", std::process::id())), "{error}");
    drop(first);
    RunFolder::open(&path).unwrap();
    let (_other, path) = temporary();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("config.toml"), "mine").unwrap();
    let error = RunFolder::open(&path).unwrap_err().to_string();
    assert!(error.contains("files of something else"), "{error}");
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
}

#[test]
fn a_log_out_of_step_with_its_checkpoint_is_cut_or_told_of() {
    let (_whole, path) = temporary();
    let whole = run_in(&path, RULE, None);
    let (_temporary, path) = temporary();
    left_after(&path, 12);
    let metrics = path.join("metrics.jsonl");
    let text = fs::read_to_string(&metrics).unwrap();
    // An epoch that the checkpoint does not know, and half a line.
    fs::write(&metrics, format!("{text}{}{{\"epo", text.lines().next().unwrap())).unwrap();
    assert_eq!(run_in(&path, RULE, None), whole);
    let (_temporary, path) = temporary();
    left_after(&path, 12);
    fs::write(path.join("metrics.jsonl"), "").unwrap();
    let told = notes(&path, trainer(RULE), &data()).unwrap();
    assert!(told.iter().any(|note| note.contains("metrics.jsonl: shorter than it was")), "{told:?}");
}

#[test]
fn what_cannot_be_written_does_not_end_the_training_and_comes_back_at_the_end() {
    let mut plain = net();
    trainer(RULE).fit(&mut plain, &data()).unwrap();
    for vanishing in ["", "checkpoints", "metrics.csv"] {
        let (_temporary, path) = temporary();
        let vanish = |event: &Event| {
            if let Event::Step(at) = event
                && at.step == 9
            {
                let path = path.join(vanishing);
                if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
            }
        };
        let told = Rc::new(RefCell::new(vec![]));
        let tell = Rc::clone(&told);
        let mut folder = RunFolder::open(&path)
            .unwrap()
            .every(7)
            .note(move |text| tell.borrow_mut().push(text.to_string()));
        let (mut net, mut seen) = (net(), Diagnostics::new());
        folder.fit(trainer(RULE).on_event(vanish), &mut net, &data(), &mut seen).unwrap();
        assert_eq!(net.params(), plain.params(), "{vanishing} gone");
        let told = told.borrow();
        assert!(told.len() == 1 && told[0].contains("the training goes on"), "{told:?}");
        let error = folder.finish(None, &seen).unwrap_err().to_string();
        assert!(error.contains(&*path.to_string_lossy()), "{error}");
    }
}

#[test]
fn files_of_processes_that_were_killed_are_cleaned_up() {
    let (_temporary, path) = temporary();
    left_after(&path, 8);
    let left = path.join("checkpoints/step-000000000007.safetensors.123-0.tmp");
    fs::write(&left, "half").unwrap();
    RunFolder::open(&path).unwrap();
    assert!(!left.exists());
}

#[test]
fn a_checkpoint_has_the_memory_of_the_optimiser_under_the_names_of_the_parameters() {
    let (_temporary, path) = temporary();
    left_after(&path, 16);
    let bytes = fs::read(checkpoints(&path).pop().unwrap()).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header_json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    for name in ["0.weight", "optimizer.0.0.weight", "optimizer.1.3.bias", "best.3.weight"] {
        let [from, to] = [0, 1].map(|end| header_json[name]["data_offsets"][end].as_u64().unwrap() as usize);
        let numbers = &bytes[8 + header..][from..to];
        assert!(numbers.iter().any(|&byte| byte != 0), "{name} is empty");
    }
}

#[test]
fn a_run_that_has_ended_ends_the_same_when_it_is_begun_once_more() {
    // After every step, in the middle of an epoch too: with the best weights, of an epoch that was cut short as well.
    for steps in 1..=22 {
        let (_temporary, path) = temporary();
        let run = || {
            let (mut net, mut seen) = (net(), Diagnostics::new());
            let mut folder = RunFolder::open(&path).unwrap().every(4);
            let report = folder.fit(trainer(RULE).steps(steps), &mut net, &data(), &mut seen).unwrap();
            result(&path, &net, &report, &seen)
        };
        assert_eq!(run(), run(), "{steps} steps");
    }
}

#[test]
fn another_loss_is_refused_though_it_has_the_same_name() {
    let (_temporary, path) = temporary();
    left_after(&path, 8);
    let layers =
        Builder::new(6).layer(Dense::new(12)).layer(Relu).layer(Dropout::new(0.2)).layer(Dense::new(3));
    let head = SoftmaxCrossEntropy::default().label_smoothing(0.1);
    let mut smoothed = layers.head(head).seed(3).build().unwrap();
    let mut folder = RunFolder::open(&path).unwrap();
    let error = folder.fit(trainer(RULE), &mut smoothed, &data(), &mut Diagnostics::new()).unwrap_err();
    assert!(error.to_string().contains("head = "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_run_that_was_begun_anew_in_the_same_place_is_left_alone_by_the_first() {
    let (_temporary, path) = temporary();
    let second = RefCell::new(None);
    let remake = |event: &Event| {
        if let Event::Step(at) = event
            && at.step == 9
        {
            fs::remove_dir_all(&path).unwrap();
            *second.borrow_mut() = Some(RunFolder::open(&path).unwrap());
        }
    };
    let mut folder = RunFolder::open(&path).unwrap().every(3);
    let mut seen = Diagnostics::new();
    folder.fit(trainer(RULE).on_event(remake), &mut net(), &data(), &mut seen).unwrap();
    let error = folder.finish(None, &seen).unwrap_err().to_string();
    assert!(error.contains("deleted or moved"), "{error}");
    let again = folder.finish(None, &seen).unwrap_err().to_string();
    assert_eq!(again, error, "though nothing was to be written in between");
    assert_eq!(fs::read_dir(&path).unwrap().count(), 2, "the lock and an empty folder for checkpoints");
    assert!(checkpoints(&path).is_empty());
}

#[test]
fn damaged_checkpoints_do_not_count_among_the_last_few() {
    let (_temporary, path) = temporary();
    left_after(&path, 14);
    fs::write(checkpoints(&path).pop().unwrap(), "torn").unwrap();
    let mut folder = RunFolder::open(&path).unwrap().every(1).keep(2);
    folder.fit(trainer(RULE).steps(9), &mut net(), &data(), &mut Diagnostics::new()).unwrap_err();
    let flag = AtomicBool::new(true);
    folder.fit(trainer(RULE).interrupt(&flag), &mut net(), &data(), &mut Diagnostics::new()).unwrap();
    let whole = checkpoints(&path).iter().filter(|path| path.extension().unwrap() == "safetensors").count();
    assert_eq!(whole, 1, "that of step 7: {:?}", checkpoints(&path));
}

#[test]
fn a_lock_of_something_else_is_left_alone() {
    let (_temporary, path) = temporary();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("lock"), "4711").unwrap();
    fs::write(path.join("notes.tmp"), "mine").unwrap();
    let error = RunFolder::open(&path).unwrap_err().to_string();
    assert!(error.contains("files of something else"), "{error}");
    assert_eq!(fs::read_to_string(path.join("lock")).unwrap(), "4711");
    fs::remove_file(path.join("lock")).unwrap();
    fs::remove_file(path.join("notes.tmp")).unwrap();
    // And a file of one's own in the folder of a run.
    RunFolder::open(&path).unwrap();
    fs::write(path.join("notes.tmp"), "mine").unwrap();
    RunFolder::open(&path).unwrap();
    assert!(path.join("notes.tmp").exists());
}

#[test]
fn the_snapshot_of_a_step_that_failed_is_in_the_log() {
    let (_temporary, path) = temporary();
    let mut folder = RunFolder::open(&path).unwrap();
    let mut seen = Diagnostics::new();
    let trainer = Trainer::new(Sgd::new(1e30)).batch(16);
    folder.fit(trainer, &mut net(), &data(), &mut seen).unwrap_err();
    let lines = fs::read_to_string(path.join("diagnostics.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), seen.snapshots().len());
}
