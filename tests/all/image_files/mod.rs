//! Images are read right from every kind of file that people have them in, and whatever may be wrong with the
//! files ends in an error that says so.
//!
//! The `.npy` and `.npz` files in `tests/images` were written by NumPy 2.4.6 (`make.py` beside them). IDX and
//! CSV are written here, and compared with the pixels that they were written from, image by image. The rules
//! for EMNIST's classes, QMNIST's labels and the types of IDX are those of torchvision's `datasets/mnist.py`.

mod faults;

use flate2::Compression;
use flate2::write::GzEncoder;
use gradlens::{Dataset, Images};
use std::fs;
use std::io::Write;
use std::path::Path;

const ROWS: usize = 4;
const COLUMNS: usize = 3;

/// As `pixel` in `tests/images/make.py`.
fn pixel(image: usize, row: usize, column: usize) -> u8 {
    ((31 * image + 7 * row + 3 * column) % 100) as u8
}

fn label(image: usize) -> usize {
    image % 3
}

/// The pixels of an image as files have them, row by row.
fn pixels(image: usize) -> Vec<u8> {
    (0..ROWS * COLUMNS).map(|at| pixel(image, at / COLUMNS, at % COLUMNS)).collect()
}

/// Six images to train on and four to test on.
const TRAIN: std::ops::Range<usize> = 0..6;
const TEST: std::ops::Range<usize> = 6..10;

/// An IDX file of numbers of this type, of this shape.
fn idx(kind: u8, shape: &[usize], numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut file = vec![0, 0, kind, shape.len() as u8];
    file.extend(shape.iter().flat_map(|&size| (size as u32).to_be_bytes()));
    file.extend(numbers);
    file
}

fn images_file(images: std::ops::Range<usize>) -> Vec<u8> {
    idx(8, &[images.len(), ROWS, COLUMNS], images.flat_map(pixels))
}

fn labels_file(images: std::ops::Range<usize>, first: usize) -> Vec<u8> {
    idx(8, &[images.len()], images.map(|image| (label(image) + first) as u8))
}

fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        fs::write(folder.path().join(name), contents).unwrap();
    }
    folder
}

/// The four names of MNIST.
const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The contents of four such files.
fn contents() -> [Vec<u8>; 4] {
    [images_file(TRAIN), labels_file(TRAIN, 0), images_file(TEST), labels_file(TEST, 0)]
}

/// A folder with four files of these names.
fn set(names: [&str; 4]) -> tempfile::TempDir {
    let contents = contents();
    folder(&[0, 1, 2, 3].map(|at| (names[at], contents[at].as_slice())))
}

/// Whether a set has these images, each number of a file standing for `value` of it.
#[track_caller]
fn assert_images(data: &Dataset<f64>, images: std::ops::Range<usize>, value: impl Fn(u8) -> f64) {
    assert_eq!(data.labels().unwrap(), images.clone().map(label).collect::<Vec<_>>());
    let expected: Vec<f64> = images.flat_map(pixels).map(value).collect();
    let found = data.inputs();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

/// Whether all of `make.py`'s images are there.
#[track_caller]
fn assert_all(images: &Images<f64>) {
    assert_images(&images.train, TRAIN, |byte| f64::from(byte) / 255.0);
    assert_images(&images.test, TEST, |byte| f64::from(byte) / 255.0);
    assert_eq!((images.width, images.height, images.channels), (COLUMNS, ROWS, 1));
    assert_eq!(images.train.output_len(), images.classes.len());
    assert!(!images.set_aside);
}

#[track_caller]
fn load(path: impl AsRef<Path>) -> Images<f64> {
    Images::load(path).unwrap_or_else(|error| panic!("{error}"))
}

/// The error for a folder or file, in which all of these stand.
#[track_caller]
fn refusal(path: impl AsRef<Path>, parts: &[&str]) {
    let error = Images::<f32>::load(path).unwrap_err().to_string();
    for part in parts.iter().chain(&["found", "expected", ";"]) {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn idx_files_of_any_size_are_read_whatever_stands_between_the_words_of_their_names() {
    let dotted = NAMES.map(|name| name.replace("-idx", ".idx"));
    let capitals = NAMES.map(|name| name.replace("t10k", "Test").replace('-', "_"));
    for names in [NAMES, dotted.each_ref().map(String::as_str), capitals.each_ref().map(String::as_str)] {
        let folder = set(names);
        let images = load(folder.path());
        assert_all(&images);
        assert_eq!(images.classes, ["0", "1", "2"]);
        // And by each of the files.
        for name in names {
            assert_all(&load(folder.path().join(name)));
        }
    }
}

#[test]
fn gzip_is_known_by_what_it_is_and_not_by_its_name_and_may_have_several_members() {
    let [train_images, train_labels, test_images, test_labels] = contents();
    let members = [gzip(&test_images[..20]), gzip(&test_images[20..21]), gzip(&test_images[21..])].concat();
    let folder = folder(&[
        (NAMES[0], &gzip(&train_images)),              // packed, without .gz
        ("train-labels-idx1-ubyte.gz", &train_labels), // .gz, not packed
        ("t10k-images-idx3-ubyte.gz", &members),       // in three parts
        ("t10k-labels-idx1-ubyte.gz", &gzip(&test_labels)),
    ]);
    assert_all(&load(folder.path()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing is written");
}

#[test]
fn a_packed_file_and_its_unpacked_twin_must_agree() {
    let folder = set(NAMES);
    let packed = folder.path().join(format!("{}.gz", NAMES[0]));
    fs::write(&packed, gzip(&images_file(TRAIN))).unwrap();
    assert_all(&load(folder.path()));
    fs::write(&packed, gzip(&images_file(TEST))).unwrap();
    refusal(
        folder.path(),
        &[NAMES[0], "other contents than in train-images-idx3-ubyte.gz", "delete the one"],
    );
}

#[test]
fn idx_files_of_every_type_of_number_hold_the_same_images() {
    type Writer = fn(u8) -> Vec<u8>;
    let types: [(u8, Writer); 5] = [
        (0x09, |byte| (byte as i8).to_be_bytes().to_vec()),
        (0x0b, |byte| i16::from(byte).to_be_bytes().to_vec()),
        (0x0c, |byte| i32::from(byte).to_be_bytes().to_vec()),
        (0x0d, |byte| f32::from(byte).to_be_bytes().to_vec()),
        (0x0e, |byte| f64::from(byte).to_be_bytes().to_vec()),
    ];
    for (kind, write) in types {
        let folder = set(NAMES);
        let images = idx(kind, &[6, ROWS, COLUMNS], TRAIN.flat_map(pixels).flat_map(write));
        fs::write(folder.path().join(NAMES[0]), images).unwrap();
        let labels = idx(kind, &[4], TEST.flat_map(|image| write(label(image) as u8)));
        fs::write(folder.path().join(NAMES[3]), labels).unwrap();
        assert_all(&load(folder.path()));
    }
}

/// The four names of a set of EMNIST.
fn emnist(set: &str) -> [String; 4] {
    NAMES.map(|name| format!("emnist-{set}-{}", name.replace("t10k", "test")))
}

#[test]
fn the_images_of_emnist_are_put_right_and_its_classes_have_names() {
    // As torchvision has them, where letters are in lower case and a class N/A stands before them.
    let digits = "0123456789";
    let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let by_class = format!("{digits}{capitals}abcdefghijklmnopqrstuvwxyz");
    let merged = by_class.chars().filter(|&letter| !"cijklmopsuvwxyz".contains(letter)).collect::<String>();
    let sets = [
        ("byclass", by_class.as_str(), 62, 0),
        ("bymerge", &merged, 47, 0),
        ("balanced", &merged, 47, 0),
        ("letters", capitals, 26, 1),
        ("digits", digits, 10, 0),
        ("mnist", digits, 10, 0),
    ];
    for (set, names, count, first) in sets {
        let [a, b, c, d] = emnist(set);
        let labels = [labels_file(TRAIN, first), labels_file(TEST, first)];
        let folder = folder(&[
            (&a, &gzip(&images_file(TRAIN))),
            (&b, &labels[0]),
            (&c, &images_file(TEST)),
            (&d, &labels[1]),
            ("emnist-other-mapping.txt", b"0 48"),
        ]);
        let images = load(folder.path());
        assert_eq!(images.classes.concat(), names, "{set}");
        assert_eq!((images.classes.len(), images.train.output_len()), (count, count));
        // Rows of the file are columns of an image.
        assert_eq!((images.width, images.height), (ROWS, COLUMNS));
        for (data, range) in [(&images.train, TRAIN), (&images.test, TEST)] {
            assert_eq!(data.labels().unwrap(), range.clone().map(label).collect::<Vec<_>>());
            let inputs = data.inputs();
            for (at, image) in range.enumerate() {
                for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
                    let expected = f64::from(pixel(image, row, column)) / 255.0;
                    assert!((inputs[[at, column * ROWS + row]] - expected).abs() < 1e-12);
                }
            }
        }
    }
}

#[test]
fn of_several_sets_in_a_folder_one_is_chosen_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (set, images) in [("digits", TRAIN), ("balanced", TEST)] {
        for (name, contents) in emnist(set).iter().zip([
            images_file(images.clone()),
            labels_file(images.clone(), 0),
            images_file(0..3),
            labels_file(0..3, 0),
        ]) {
            fs::write(folder.path().join(name), contents).unwrap();
        }
    }
    refusal(
        folder.path(),
        &[
            "2 sets",
            "emnist-balanced-train-images-idx3-ubyte, emnist-digits-train-images",
            "name one of these files",
        ],
    );
    assert_eq!(load(folder.path().join("emnist-digits-test-labels-idx1-ubyte")).train.len(), 6);
    assert_eq!(load(folder.path().join("emnist-balanced-train-images-idx3-ubyte")).classes.len(), 47);
}

#[test]
fn the_class_of_qmnist_is_the_first_of_eight_numbers() {
    let labels = |images: std::ops::Range<usize>| {
        let shape = [images.len(), 8];
        let rows = images.flat_map(|image| [label(image) as i32, 4, -1, 2600, image as i32, 1 << 20, 0, 0]);
        idx(0x0c, &shape, rows.flat_map(i32::to_be_bytes))
    };
    let folder = folder(&[
        ("qmnist-train-images-idx3-ubyte.gz", &gzip(&images_file(TRAIN))),
        ("qmnist-train-labels-idx2-int.gz", &gzip(&labels(TRAIN))),
        ("qmnist-test-images-idx3-ubyte", &images_file(TEST)),
        ("qmnist-test-labels-idx2-int", &labels(TEST)),
        ("qmnist-test-labels.tsv.gz", b"not read"),
    ]);
    let images = load(folder.path());
    assert_all(&images);
    assert_eq!(images.classes.concat(), "0123456789");
}

#[test]
fn fashion_mnist_and_kmnist_are_known_by_their_folders_and_have_names() {
    for (name, third) in [("FashionMNIST", "Pullover"), ("fashion-mnist", "Pullover"), ("KMNIST", "su")] {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join(name).join("raw");
        fs::create_dir_all(&folder).unwrap();
        for (name, contents) in NAMES.iter().zip(contents()) {
            fs::write(folder.join(name), contents).unwrap();
        }
        let images = load(&folder);
        assert_eq!((images.classes.len(), &*images.classes[2]), (10, third));
        // A name is a hint and no more: with more classes it is another set.
        fs::write(folder.join(NAMES[3]), idx(8, &[4], [0, 1, 48, 2])).unwrap();
        let images = load(&folder);
        assert_eq!((images.classes.len(), &*images.classes[2]), (49, "2"));
    }
}

#[test]
fn npz_files_of_every_type_of_number_and_both_orders_hold_what_numpy_saved() {
    assert_all(&load("images/keras.npz"));
    assert_all(&load("images/medical.npz"));
    let types = ["i1", "i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"];
    let big = ["big_i2", "big_u4", "big_i8", "big_f2", "big_f4", "big_f8"];
    for kind in types.iter().chain(&big) {
        assert_all(&load(format!("images/{kind}.npz")));
    }
}

#[test]
fn pixels_that_are_no_bytes_stand_for_themselves() {
    let images = load("images/fractions.npz");
    assert_images(&images.train, TRAIN, |byte| f64::from(byte) / 128.0 - 0.25);
    assert_images(&images.test, TEST, |byte| f64::from(byte) / 128.0 - 0.25);
    // Black and white; here the labels are rows with a 1 as well.
    let images = load("images/bool.npz");
    assert_images(&images.train, TRAIN, |byte| f64::from(byte % 2));
    assert_images(&images.test, TEST, |byte| f64::from(byte % 2));
}

#[test]
fn colours_follow_one_another_within_a_pixel() {
    let images = load("images/colours.npz");
    assert_eq!((images.width, images.height, images.channels), (COLUMNS, ROWS, 3));
    let inputs = images.train.inputs();
    for (at, x) in inputs.iter().enumerate() {
        let (image, at) = (at / (3 * ROWS * COLUMNS), at / 3 % (ROWS * COLUMNS));
        assert!((x - f64::from(pixel(image, at / COLUMNS, at % COLUMNS)) / 255.0).abs() < 1e-12);
    }
}

#[test]
fn arrays_in_a_file_each_are_read_from_npy_and_npz() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["train-imgs", "train-labels", "test-imgs", "test-labels"] {
        let name = format!("kmnist-{part}.npz");
        fs::copy(format!("images/{name}"), folder.path().join(&name)).unwrap();
    }
    let images = load(folder.path());
    assert_all(&images);
    assert_eq!(images.classes[3], "tsu");
    assert_all(&load(folder.path().join("kmnist-train-imgs.npz")));
    // Heads of all three versions; among others, as a file of the set is named.
    assert_all(&load("images/x_train.npy"));
    // And packed, whatever that is good for.
    let folder = tempfile::tempdir().unwrap();
    for name in ["x_train", "y_train", "x_test", "y_test"] {
        let contents = fs::read(format!("images/{name}.npy")).unwrap();
        fs::write(folder.path().join(format!("{name}.npy.gz")), gzip(&contents)).unwrap();
    }
    assert_all(&load(folder.path()));
}

/// The images as CSV with this end of a line.
fn csv(images: std::ops::Range<usize>, header: &str, end: &str) -> Vec<u8> {
    let row = |image| {
        let numbers = [label(image) as u8].into_iter().chain(pixels(image));
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
    };
    let rows = images.map(row);
    let header = (!header.is_empty()).then(|| header.to_string());
    header.into_iter().chain(rows).map(|row| row + end).collect::<String>().into_bytes()
}

/// Kaggle's header: label, pixel0 and so on.
fn header() -> String {
    (0..ROWS * COLUMNS).fold("label".to_string(), |header, at| format!("{header},pixel{at}"))
}

#[test]
fn csv_is_read_with_a_header_or_without_and_with_any_end_of_line() {
    let quoted = format!("\"{}\"", header().replace(',', "\",\""));
    let of_pandas = (0..ROWS * COLUMNS).fold("label".to_string(), |header, at| format!("{header},{at}"));
    let of_excel = format!("\u{feff}{}", header());
    for header in ["", &header(), &quoted, &of_pandas, &of_excel] {
        for end in ["\n", "\r\n", "\n\n"] {
            let folder = folder(&[
                ("mnist_train.csv", &csv(TRAIN, header, end)),
                ("mnist_test.csv.gz", &gzip(&csv(TEST, header, end))),
            ]);
            let images = load(folder.path());
            assert_images(&images.train, TRAIN, |byte| f64::from(byte) / 255.0);
            assert_images(&images.test, TEST, |byte| f64::from(byte) / 255.0);
            // Twelve pixels are no square, and a table says no more of them.
            assert_eq!((images.width, images.height), (12, 1));
        }
    }
}

#[test]
fn without_a_header_labels_may_be_the_last_column_as_scikit_learns_digits_have_it() {
    for rows in [
        // A corner that is the same in every image.
        "0,7,255,1,2\n0,3,4,3,0\n0,1,200,9,3\n",
        // A corner with values that leave some out.
        "0,7,255,1,2\n90,3,4,3,0\n0,1,200,9,1\n",
    ] {
        let folder = folder(&[("train.csv", rows.as_bytes()), ("test.csv", b"0,7,8,9,1\n0,5,5,5,0\n")]);
        let images = load(folder.path());
        let last: Vec<usize> = rows.lines().map(|row| row[row.len() - 1..].parse().unwrap()).collect();
        assert_eq!(images.train.labels().unwrap(), last, "{rows}");
        let pixels = images.train.inputs().mapv(|x| (x * 255.0).round() as u8);
        let first: Vec<Vec<u8>> =
            rows.lines().map(|row| row.split(',').take(4).map(|x| x.parse().unwrap()).collect()).collect();
        assert_eq!(pixels.outer_iter().map(|row| row.to_vec()).collect::<Vec<_>>(), first);
        assert_eq!(images.test.labels().unwrap(), [1, 0]);
    }
}

#[test]
fn a_label_column_is_found_by_its_name_and_numbers_may_be_written_as_floats() {
    let folder = folder(&[
        ("train.csv", b"a,b,c,d,Class\n1,2,3.0,255,1\n 5,6,7,8,0.0\n"),
        ("test.csv", b"a,b,c,d,Class\n0,0,0,9,2"),
    ]);
    let images = load(folder.path());
    assert_eq!(images.train.labels().unwrap(), [1, 0]);
    let bytes = images.train.inputs().mapv(|x| (x * 255.0).round() as u8);
    assert_eq!(bytes, ndarray::array![[1, 2, 3, 255], [5, 6, 7, 8]]);
    assert_eq!((images.width, images.height, images.test.labels().unwrap()), (2, 2, &[2][..]));
}

#[test]
fn emnist_as_csv_is_put_right_as_well() {
    let rows = b"1,0,1,2,3\n26,4,5,6,200\n";
    let folder = folder(&[("emnist-letters-train.csv", rows), ("emnist-letters-test.csv", rows)]);
    let images = load(folder.path());
    assert_eq!(images.train.labels().unwrap(), [0, 25]);
    let bytes = images.train.inputs().mapv(|x| (x * 255.0).round() as u8);
    assert_eq!(bytes, ndarray::array![[0, 2, 1, 3], [4, 6, 5, 200]]);
}

#[test]
fn of_emnist_in_a_format_that_it_was_not_published_in_nothing_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("emnist-letters.npz");
    fs::copy("images/keras.npz", &path).unwrap();
    assert_all(&load(&path));
}

#[test]
fn of_a_file_without_a_test_set_one_image_in_seven_is_set_aside_each_time_the_same() {
    let folder = folder(&[("train.csv", &csv(0..21, &header(), "\n"))]);
    let [one, other] = [0, 1].map(|_| load(folder.path().join("train.csv")));
    assert!(one.set_aside);
    assert_eq!((one.train.len(), one.test.len()), (18, 3));
    assert_eq!(one.test.inputs(), other.test.inputs());
    // Together they are all images, each of them once.
    let mut all: Vec<Vec<u8>> = vec![];
    for data in [&one.train, &one.test] {
        for row in data.inputs().rows() {
            all.push(row.iter().map(|x| (x * 255.0).round() as u8).collect());
        }
    }
    all.sort();
    let mut expected: Vec<Vec<u8>> = (0..21).map(pixels).collect();
    expected.sort();
    assert_eq!(all, expected);
    // A folder is asked for a test set.
    refusal(
        folder.path(),
        &["no test set beside train.csv", "test or t10k", "name the file of the set itself"],
    );
}

#[test]
fn a_table_without_labels_is_refused_with_what_can_be_done() {
    let kaggle = "pixel0,pixel1,pixel2,pixel3\n0,1,2,3\n";
    let folder = folder(&[("train.csv", b"label,a,b,c,d\n0,1,2,3,4\n"), ("test.csv", kaggle.as_bytes())]);
    let parts =
        ["test.csv", "4 columns from pixel0 to pixel3", "a column of labels", "name train.csv itself"];
    refusal(folder.path(), &parts);
    fs::write(folder.path().join("test.csv"), "0,1,2,3\n4,5,6,7\n").unwrap();
    refusal(folder.path(), &["4 columns, which are all pixels of a square image", "name train.csv itself"]);
}

#[test]
fn a_wrong_cell_of_a_table_is_named_by_its_line_and_column() {
    for (text, parts) in [
        ("label,a,b\r\n0,1,2\r\n\r\n1,2,256\r\n", ["line 4, column 3", "\"256\"", "0 to 255"]),
        ("0,1,2\n1,2,-1\n", ["line 2, column 3", "\"-1\"", "0 to 255"]),
        ("0,1,2\n1,0.5,1\n", ["line 2, column 2", "\"0.5\"", ".npy"]),
        ("0,1,2\none,5,1\n", ["line 2, column 1", "\"one\"", "a label"]),
        ("0,1,2\n1,5\n", ["line 2, column 3", "2 fields", "3, as in the first row"]),
        ("0,1,2\n1,5,6,7\n", ["line 2, column 4", "4 fields", "3, as in the first row"]),
        ("0,1,2\n1,99999999999999999999,6\n", ["line 2, column 2", "99999", "0 to 255"]),
        ("label,a,b\n", ["train.csv", "a header and no row", "a row for each image"]),
        ("", ["train.csv", "no field", "a row for each image"]),
        ("7\n8\n", ["train.csv", "a single column", "commas"]),
    ] {
        let folder = folder(&[("train.csv", text.as_bytes()), ("test.csv", b"0,1,2\n")]);
        refusal(folder.path(), &parts);
    }
}
