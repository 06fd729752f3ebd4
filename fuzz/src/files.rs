//! Files, read as whoever was sent them would read them.

use arbitrary::Unstructured;

use gradlens::data::{Missing, Preprocessing, Reading, Table, Task, read_array, write_array};
use gradlens::diagnostics::Diagnostics;
use gradlens::model::Model;
use gradlens::runs::RunFolder;
use gradlens::{Adam, Dataset, Dense, Error, Images, Relu, Scalar, Sequential, SoftmaxCrossEntropy, Trainer};
use ndarray::Array2;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder of this thread's own, in memory where the system has such folders.
fn folder() -> PathBuf {
    thread_local! {
        static FOLDER: TempDir = ["/dev/shm"]
            .iter()
            .find_map(|place| tempfile::tempdir_in(place).ok())
            .unwrap_or_else(|| tempfile::tempdir().expect("a temporary folder"));
    }
    FOLDER.with(|folder| folder.path().to_path_buf())
}

pub(crate) fn put(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::write(&path, bytes).expect("room for a file");
    path
}

/// The two bytes in front say how long the first part is.
pub(crate) fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return (bytes, &[]) };
    rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()))
}

/// An error must be of a kind that the user can act on, and its message a plain line or more.
pub(crate) fn told(error: &Error) {
    let text = error.to_string();
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    assert!(!text.is_empty() && text.chars().all(is_plain), "a message that a terminal would obey: {text:?}");
}

fn all_finite<T: Scalar>(data: &Dataset<T>) {
    assert!(data.inputs().iter().all(|number| number.is_finite()), "an input that is no number");
    if let Some(targets) = data.target_rows() {
        assert!(targets.iter().all(|number| number.is_finite()), "a target that is no number");
    }
}

/// Images and labels as IDX, as they are or packed with gzip.
pub fn idx(bytes: &[u8]) {
    let (images, labels) = halves(bytes);
    let path = put("train-images-idx3-ubyte", images);
    put("train-labels-idx1-ubyte", labels);
    match Images::<f32>::load(&path) {
        Ok(set) => {
            assert_eq!(set.train.input_len(), set.width * set.height * set.channels);
            assert!(set.set_aside && !set.train.is_empty() && !set.test.is_empty());
            all_finite(&set.train);
        }
        Err(error) => told(&error),
    }
    let _ = read_array(&path).map_err(|error| told(&error));
}

/// Arrays as NumPy's `.npy` and `.npz`.
pub fn numpy(bytes: &[u8]) {
    let path = put("mnist.npz", bytes);
    match Images::<f32>::load(&path) {
        Ok(set) => all_finite(&set.train),
        Err(error) => told(&error),
    }
    match read_array(put("numbers.npy", bytes)) {
        Ok(numbers) => {
            for copy in ["copy.npy", "copy.npz"].map(|name| folder().join(name)) {
                write_array(&copy, &numbers).expect("room for a file");
                let again = read_array(&copy).expect("what was written can be read");
                let bits =
                    |array: &Array2<f64>| array.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
                assert_eq!((again.dim(), bits(&again)), (numbers.dim(), bits(&numbers)));
            }
        }
        Err(error) => told(&error),
    }
}

/// What becomes of a table on the way to a network.
fn prepared(table: &Table, bytes: &mut Unstructured) {
    let choice: u8 = bytes.arbitrary().unwrap_or_default();
    let Some(last) = table.columns().last() else { return };
    let missing = [Missing::Error, Missing::Mean, Missing::Drop, Missing::Indicator];
    let task = [Task::Classes, Task::Labels, Task::Regression];
    let mut wanted = Preprocessing::new([last.name.clone()])
        .missing(missing[usize::from(choice & 3)])
        .standardise(choice & 4 > 0)
        .standardise_targets(choice & 8 > 0);
    if let Some(&task) = task.get(usize::from(choice >> 4 & 3)) {
        wanted = wanted.task(task);
    }
    let made = wanted.fit(table).and_then(|learned| learned.dataset::<f32>(table));
    match made {
        Ok(data) => all_finite(&data),
        Err(error) => told(&error),
    }
}

/// A table as CSV, with settings; the same bytes as images.
pub fn csv(bytes: &[u8]) {
    let (settings, text) = bytes.split_at(bytes.len().min(4));
    let at = |place: usize| settings.get(place).copied().unwrap_or_default();
    let one = |choices: &[Option<char>], byte: u8| choices[usize::from(byte) % choices.len()];
    let mut reading = Reading::default();
    reading.header = [None, Some(true), Some(false)][usize::from(at(0)) % 3];
    reading.skip = usize::from(at(0) / 3 % 3);
    reading.separator =
        one(&[None, Some(','), Some(';'), Some('\t'), Some(' '), Some('|'), Some('"')], at(1));
    reading.decimal = one(&[None, Some('.'), Some(',')], at(1) / 7);
    reading.comment = one(&[None, Some('#'), Some('%')], at(2));
    let encodings =
        [None, Some("utf-8"), Some("utf-16le"), Some("latin1"), Some("shift_jis"), Some("no such")];
    reading.encoding = encodings[usize::from(at(2) / 3) % encodings.len()].map(String::from);
    match reading.read(put("table.csv", text)) {
        Ok(table) => prepared(&table, &mut Unstructured::new(&settings[settings.len().min(3)..])),
        Err(error) => told(&error),
    }
    match Images::<f32>::load(put("mnist_train.csv", text)) {
        Ok(set) => all_finite(&set.train),
        Err(error) => told(&error),
    }
}

/// A table as ARFF, and a list of its labels as XML.
pub fn arff(bytes: &[u8]) {
    let (table, labels) = halves(bytes);
    let path = put("table.arff", table);
    match labels.is_empty() {
        true => drop(fs::remove_file(path.with_extension("xml"))),
        false => drop(put("table.xml", labels)),
    }
    match Table::read(&path) {
        Ok(table) => prepared(&table, &mut Unstructured::new(&bytes[..bytes.len().min(1)])),
        Err(error) => told(&error),
    }
}

/// The same file with the digest that belongs to its data, so that what is behind the check is attacked too.
fn signed(bytes: &[u8]) -> Vec<u8> {
    const KEY: &[u8] = br#"digest\":\""#;
    let mut bytes = bytes.to_vec();
    let header = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length) as usize);
    let Some((head, data)) = header.checked_add(8).and_then(|end| bytes.split_at_checked(end)) else {
        return bytes;
    };
    let digest: String = Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(at) = head.windows(KEY.len()).position(|part| part == KEY)
        && let Some(place) = bytes.get_mut(at + KEY.len()..at + KEY.len() + digest.len())
    {
        place.copy_from_slice(digest.as_bytes());
    }
    bytes
}

/// What a network that was read is used for.
fn used(model: &Model) {
    let zeros = Array2::zeros((2, model.net.input_len()));
    let _ = model.net.predict(&zeros).map_err(|error| told(&error));
}

/// A trained network as safetensors with our description.
pub fn safetensors(bytes: &[u8]) {
    let path = put("model.safetensors", &signed(bytes));
    match Model::<f32>::load(&path) {
        Ok(model) => {
            used(&model);
            let written = model.to_bytes().expect("what was read can be written");
            let again = Model::<f32>::load(put("again.safetensors", &written)).expect("and read again");
            assert_eq!(written, again.to_bytes().expect("as before"));
        }
        Err(error) => told(&error),
    }
}

/// A trained network as ONNX.
pub fn onnx(bytes: &[u8]) {
    let path = put("model.onnx", bytes);
    match Model::<f32>::from_onnx(&path) {
        Ok(model) => {
            used(&model);
            if let Ok(written) = model.to_onnx(false) {
                let again =
                    Model::<f32>::from_onnx(put("again.onnx", &written)).map_err(|error| told(&error));
                assert!(again.is_ok(), "what was written cannot be read");
            }
        }
        Err(error) => told(&error),
    }
}

/// A network that any attack on its run begins with.
fn small() -> (Sequential, Dataset<f32>) {
    let net = Sequential::input(2)
        .layer(Dense::new(3))
        .layer(Relu)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .expect("a network");
    let inputs = Array2::from_shape_fn((6, 2), |(i, j)| (i * 2 + j) as f32 / 10.0);
    let data = Dataset::classes(inputs, vec![0, 1, 0, 1, 0, 1], 2).expect("six samples");
    (net, data)
}

fn go_on(folder: &Path, epochs: usize) -> gradlens::Result<u64> {
    let (mut net, data) = small();
    let mut seen = Diagnostics::new();
    let mut folder = RunFolder::open(folder)?.every(1).keep(2);
    let trainer = Trainer::new(Adam::default()).epochs(epochs).batch(4).patience(9).validation(0.3);
    Ok(folder.fit(trainer, &mut net, &data, &mut seen)?.steps)
}

/// The folder of a run, whose newest checkpoint and whose log are not as they were left.
pub fn checkpoint(bytes: &[u8]) {
    let (checkpoint, log) = halves(bytes);
    let run = folder().join("run");
    if !run.exists() {
        go_on(&run, 3).expect("a run");
    }
    let checkpoints = run.join("checkpoints");
    for entry in fs::read_dir(&checkpoints).expect("checkpoints").flatten() {
        let _ = fs::remove_file(entry.path());
    }
    fs::write(checkpoints.join("step-000000000002.safetensors"), signed(checkpoint))
        .expect("room for a file");
    fs::write(run.join("metrics.jsonl"), log).expect("room for a file");
    match go_on(&run, 3) {
        Ok(steps) => assert!(steps <= 1 << 40),
        Err(error) => told(&error),
    }
}

/// The bytes of a checkpoint of the run that [`checkpoint`] attacks, for its corpus.
pub fn a_checkpoint() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    go_on(folder.path(), 1).expect("a run");
    let entries = fs::read_dir(folder.path().join("checkpoints")).expect("checkpoints");
    let newest = entries.flatten().map(|entry| entry.path()).max().expect("one at least");
    fs::read(newest).expect("it can be read")
}
