//! MNIST is read right, and whatever may be wrong with its files ends in an error that says so.

use flate2::Compression;
use flate2::write::GzEncoder;
use gradlens::{Dataset, Mnist};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// A folder with four unpacked files that are right: black images, all of class 0.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in NAMES.into_iter().zip([60_000u32, 60_000, 10_000, 10_000]) {
        let images = name.contains("images");
        let mut head: Vec<u32> = vec![if images { 0x803 } else { 0x801 }, count];
        if images {
            head.extend([28, 28]);
        }
        let mut file = File::create(folder.path().join(name)).unwrap();
        file.write_all(&head.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>()).unwrap();
        // The rest is a hole in the file, which reads as zeros.
        file.set_len(4 * head.len() as u64 + u64::from(count) * if images { 784 } else { 1 }).unwrap();
    }
    folder
}

fn overwrite(folder: &Path, name: &str, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(folder.join(name)).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn resize(folder: &Path, name: &str, by: i64) {
    let file = OpenOptions::new().write(true).open(folder.join(name)).unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len(len.checked_add_signed(by).unwrap()).unwrap();
}

/// The error for a folder, which must name what every error names: the file, what was found, what
/// was expected, what to do.
#[track_caller]
fn refusal(folder: &Path, file: &str, found: &str, expected: &str, remedy: &str) {
    let error = Mnist::<f32>::load(folder).unwrap_err().to_string();
    for part in [file, &format!("found {found}"), &format!("expected {expected}"), remedy] {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn the_files_that_come_with_the_sources_are_those_of_the_readme() {
    let readme = fs::read_to_string("../data/README.md").unwrap();
    for name in NAMES {
        let packed = format!("../data/mnist/{name}.gz");
        let mut contents = vec![];
        flate2::read::GzDecoder::new(File::open(&packed).unwrap()).read_to_end(&mut contents).unwrap();
        let sum: String = Sha256::digest(&contents).iter().map(|byte| format!("{byte:02x}")).collect();
        let grouped = |len: u64| {
            let digits = len.to_string();
            let groups: Vec<_> =
                digits.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).unwrap()).collect();
            groups.join(" ")
        };
        let row = format!(
            "| `{name}.gz` | {} | {} | `{sum}` |",
            grouped(fs::metadata(&packed).unwrap().len()),
            grouped(contents.len() as u64)
        );
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn mnist_is_read_whole_and_in_order() {
    let Mnist { train, test } = Mnist::<f32>::load("../data/mnist").unwrap();
    let count = |data: &Dataset| {
        (0..10)
            .map(|class| data.labels().unwrap().iter().filter(|&&l| l == class).count())
            .collect::<Vec<_>>()
    };
    assert_eq!(train.labels().unwrap()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test.labels().unwrap()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert_eq!(count(&train), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(count(&test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // The mean and standard deviation that every tutorial standardises with.
    let (mean, deviation) = train.input_moments();
    assert!((mean - 0.1307).abs() < 5e-5 && (deviation - 0.3081).abs() < 5e-5, "{mean} {deviation}");
}

/// The inputs of a data set, as a batch of training holds them.
fn inputs(data: &Dataset) -> Vec<f32> {
    use gradlens::{Dense, Event, Sequential, Sgd, SoftmaxCrossEntropy, Trainer};
    let mut net =
        Sequential::input(784).layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut inputs = vec![];
    let watch = |event: &Event| {
        if let Event::Step(at) = event {
            inputs.extend(at.workspace.input().iter());
        }
    };
    Trainer::new(Sgd::default()).epochs(1).shuffle(false).on_event(watch).fit(&mut net, data).unwrap();
    inputs
}

#[test]
fn pixels_lie_between_0_and_1_or_are_standardised() {
    let mnist = Mnist::<f32>::load("../data/mnist").unwrap();
    let plain = inputs(&mnist.test);
    assert_eq!(plain.iter().copied().fold(f32::INFINITY, f32::min), 0.0);
    assert_eq!(plain.iter().copied().fold(0.0, f32::max), 1.0);
    // Byte by byte against the file.
    let mut file = vec![];
    let packed = File::open("../data/mnist/t10k-images-idx3-ubyte.gz").unwrap();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut file).unwrap();
    assert_eq!(file.len() - 16, plain.len());
    assert!(file[16..].iter().zip(&plain).all(|(&byte, x)| (x - f32::from(byte) / 255.0).abs() < 1e-7));

    let standard = inputs(&mnist.standardised().unwrap().train);
    let mean = standard.iter().map(|&x| f64::from(x)).sum::<f64>() / standard.len() as f64;
    let square = standard.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / standard.len() as f64;
    assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "mean {mean}, mean square {square}");
}

#[test]
fn packed_and_unpacked_files_may_stand_side_by_side() {
    let folder = folder();
    let path = folder.path().join("t10k-labels-idx1-ubyte");
    let mut labels = fs::read(&path).unwrap();
    labels[8] = 9;
    fs::remove_file(&path).unwrap();
    let packed = File::create(folder.path().join("t10k-labels-idx1-ubyte.gz")).unwrap();
    let mut encoder = GzEncoder::new(packed, Compression::fast());
    encoder.write_all(&labels).unwrap();
    encoder.finish().unwrap();
    let mnist = Mnist::<f32>::load(folder.path()).unwrap();
    assert_eq!(mnist.test.labels().unwrap()[..2], [9, 0]);
}

#[test]
fn unpacked_files_which_the_crate_mnist_parses_hold_what_the_packed_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let packed = File::open(format!("../data/mnist/{name}.gz")).unwrap();
        let mut contents = vec![];
        flate2::read::GzDecoder::new(packed).read_to_end(&mut contents).unwrap();
        fs::write(folder.path().join(name), contents).unwrap();
    }
    let [unpacked, packed] =
        [folder.path(), Path::new("../data/mnist")].map(|path| Mnist::<f32>::load(path).unwrap());
    for (one, other) in [(unpacked.train, packed.train), (unpacked.test, packed.test)] {
        assert!(one.labels() == other.labels() && one.inputs() == other.inputs());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing is written");
}

#[test]
fn a_folder_that_is_not_there_or_is_a_file_is_named() {
    refusal(
        Path::new("no/such/folder"),
        "no/such/folder",
        "no such folder",
        "the folder with the four MNIST files",
        "choose a folder that holds them",
    );
    refusal(Path::new("Cargo.toml"), "Cargo.toml", "a file", "the folder", "choose a folder that holds them");
}

#[test]
fn a_missing_file_is_named() {
    for name in NAMES {
        let folder = folder();
        fs::remove_file(folder.path().join(name)).unwrap();
        refusal(
            folder.path(),
            name,
            "no such file",
            &format!("this file, or {name}.gz"),
            "put the four MNIST files",
        );
    }
}

#[test]
fn a_file_that_is_cut_short_or_too_long_is_named_with_both_lengths() {
    let short = folder();
    resize(short.path(), NAMES[0], -1);
    refusal(short.path(), NAMES[0], "47040015 bytes", "47040016", "fetch the file again");
    let short = folder();
    resize(short.path(), NAMES[3], -9_995);
    refusal(short.path(), NAMES[3], "13 bytes", "10008", "fetch the file again");
    let long = folder();
    resize(long.path(), NAMES[2], 784);
    refusal(long.path(), NAMES[2], "7840800 bytes", "7840016", "fetch the file again");
    let empty = folder();
    resize(empty.path(), NAMES[1], -60_008);
    refusal(empty.path(), NAMES[1], "0 bytes", "a head of 8 bytes", "fetch the file again");
}

#[test]
fn a_wrong_magic_number_is_named() {
    let folder = folder();
    // Labels where the images should be.
    overwrite(folder.path(), NAMES[0], 0, &0x801u32.to_be_bytes());
    refusal(
        folder.path(),
        NAMES[0],
        "the magic number 0x00000801",
        "0x00000803, an IDX file of images",
        "fetch",
    );
}

#[test]
fn images_and_labels_that_differ_in_number_are_named() {
    let folder = folder();
    overwrite(folder.path(), NAMES[1], 4, &59_999u32.to_be_bytes());
    refusal(folder.path(), NAMES[1], "59999 labels", "60000", "of the size of MNIST");
}

#[test]
fn images_of_another_size_are_named() {
    let folder = folder();
    overwrite(folder.path(), NAMES[2], 8, &[0, 0, 0, 32, 0, 0, 0, 32]);
    refusal(folder.path(), NAMES[2], "images of 32 x 32 pixels", "28 x 28", "fetch");
}

#[test]
fn a_label_above_9_is_named_with_its_position() {
    let folder = folder();
    overwrite(folder.path(), NAMES[3], 8 + 1234, &[10]);
    refusal(folder.path(), NAMES[3], "the label 10 at position 1234", "labels from 0 to 9", "fetch");
}

#[test]
fn a_packed_file_that_is_damaged_is_named_and_leaves_nothing_behind() {
    let whole = fs::read("../data/mnist/t10k-labels-idx1-ubyte.gz").unwrap();
    let mut flipped = whole.clone();
    flipped[2000] ^= 0x55;
    let cases: [(&[u8], &str); 4] = [
        (&whole[..3000], "a gzip file that ends early"),
        (&whole[..10], "a gzip file that ends early"),
        (
            b"this is a note and not a gzip file",
            "text that begins with \"this is a note and not a gzip file\"",
        ),
        (&flipped, "a damaged gzip file"),
    ];
    for (contents, found) in cases {
        let folder = folder();
        fs::remove_file(folder.path().join(NAMES[3])).unwrap();
        let packed = format!("{}.gz", NAMES[3]);
        fs::write(folder.path().join(&packed), contents).unwrap();
        refusal(folder.path(), &packed, found, "a", "fetch the file again");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "no temporary file stays");
    }
}
