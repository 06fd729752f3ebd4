//! Networks that were saved: predicted from, measured, diagnosed.

use crate::{gradlens, json, printed, refused, text, title};
use std::fs;
use std::path::Path;

/// A folder with a table of two kinds and a network that was trained on it.
fn saved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200)
        .map(|i| {
            let (x, y) = ((i * 37 % 101) as f64 / 50.0 - 1.0, (i * 59 % 101) as f64 * 3.0);
            format!(
                "{x},{},{y},{}\n",
                ["red", "blue"][i % 2],
                if x + y / 150.0 > 1.0 { "up" } else { "down" }
            )
        })
        .collect();
    fs::write(folder.path().join("t.csv"), format!("x,colour,y,kind\n{rows}")).unwrap();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let output = gradlens(&format!("train {table} --targets kind --save {model} --quiet"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

fn at(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[test]
fn a_saved_network_predicts_what_it_predicted_when_it_was_trained() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let by_model = printed(&format!("predict {model} {table}"));
    assert_eq!(by_model, printed(&format!("predict {table} {table} --targets kind")));
    assert!(by_model.starts_with("kind,down,up\n"), "{by_model}");
    let scores = json(&format!("evaluate {model} --test {table}"));
    assert!(scores["scores"]["accuracy"].as_f64().unwrap() > 0.9, "{scores}");
}

#[test]
fn the_scores_of_a_saved_network_are_a_page_that_begins_with_them_whatever_it_was_trained_for() {
    let folder = saved();
    let page = |name: &str, flags: &str| {
        let file = at(&folder, &format!("{name}.html"));
        let found = json(&format!("evaluate {flags} --html {file}"));
        (found["scores"].clone(), fs::read_to_string(file).unwrap())
    };
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let (scores, classes) = page("classes", &format!("{model} --test {table}"));
    let right = 100.0 * scores["accuracy"].as_f64().unwrap();
    assert!(
        title(&classes).starts_with(&format!("{right:.2} % of the test samples are right")),
        "{}",
        title(&classes)
    );
    for expected in
        ["m.safetensors", "What is taken for what.", "The worst mistakes", "Every class", "The network"]
    {
        assert!(classes.contains(expected), "{expected}");
    }
    assert!(!classes.contains("Loss by epoch") && !classes.contains("The config that repeats"));
    let train = |flags: &str| {
        let output = gradlens(&format!("train {flags} --quiet"));
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let rows: String =
        (0..80).map(|i| format!("{},{},{},{}\n", i % 9, i % 9 > 4, i % 2, (i % 9) * 100)).collect();
    let rows = rows.replace("true", "1").replace("false", "0");
    let (both, labelled, counted) =
        (at(&folder, "b.csv"), at(&folder, "l.safetensors"), at(&folder, "r.safetensors"));
    fs::write(&both, format!("x,high,odd,price\n{rows}")).unwrap();
    train(&format!("{both} --targets high,odd --task labels --epochs 5 --save {labelled}"));
    let (scores, labels) = page("labels", &format!("{labelled} --test {both}"));
    let right = 100.0 * scores["label_accuracy"].as_f64().unwrap();
    assert_eq!(title(&labels), format!("{right:.2} % of the labels of the test samples are right"));
    assert!(labels.contains("How often each label is right.") && labels.contains("Every label"));
    train(&format!("{both} --targets price --task regression --epochs 5 --save {counted}"));
    let (scores, numbers) = page("numbers", &format!("{counted} --test {both}"));
    let error = gradlens::short(scores["rmse"].as_f64().unwrap());
    assert!(
        title(&numbers).contains(&format!("price is off by {error} (root mean square), where")),
        "{}",
        title(&numbers)
    );
    assert!(numbers.contains("price, true and predicted.") && numbers.contains("All scores"));
    assert!(numbers.contains("How far off price is.") && labels.contains("Reliability."));
    for page in [&classes, &labels, &numbers] {
        assert!(!page.contains("NaN") && page.ends_with("</html>\n"));
        let unfolded = &page[..page.find("<details").unwrap()];
        assert!(unfolded.contains(" a constant answer"), "the verdict");
        assert_eq!(unfolded.matches("<svg").count(), 1, "one picture proves it");
    }
    refused(&format!("evaluate {model} --test {table} --html {table}"), "would be written over");
    refused(
        &format!("evaluate {model} --test {table} --html /no/such/folder/p.html"),
        "cannot write this file",
    );
}

#[test]
fn an_onnx_file_of_standardised_data_takes_the_table_as_it_is_and_gives_its_units() {
    let folder = saved();
    let [table, onnx, model] = ["t.csv", "m.onnx", "y.safetensors"].map(|name| at(&folder, name));
    printed(&format!("train {table} --ignore kind,colour --targets y --save {model} --onnx {onnx} --quiet"));
    let numbers = |csv: &str| rows(csv).iter().map(|row| row[0].parse::<f64>().unwrap()).collect::<Vec<_>>();
    let by_model = numbers(&printed(&format!("predict {model} {table}")));
    let by_onnx = numbers(&printed(&format!("predict {onnx} {table} --features x")));
    let scale = by_model.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
    assert!(scale > 100.0, "in units of the column");
    for (a, b) in by_model.iter().zip(&by_onnx) {
        assert!((a - b).abs() < 1e-6 * scale, "{a} {b}");
    }
    // Measured on inputs as the network takes them, and not as the table has them.
    let far = at(&folder, "large.csv");
    let line = |i: i32| format!("{},{}\n", 50_000 + i * 37 % 1001, f64::from(i * 37 % 1001) / 50.0);
    fs::write(&far, format!("x,y\n{}", (0..200).map(line).collect::<String>())).unwrap();
    printed(&format!("train {far} --targets y --onnx {onnx} --quiet"));
    let found = json(&format!("diagnose {far} --targets y --model {onnx}"));
    assert_ne!(found["verdict"]["illness"], "input-scale", "{}", found["verdict"]);
}

#[test]
fn a_saved_network_is_diagnosed_as_it_is_and_as_it_goes_on() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let found = json(&format!("diagnose {table} --model {model}"));
    assert_eq!((&found["initial"]["step"], &found["final"]["step"]), (&1.into(), &1.into()));
    assert_eq!(found["healthy"], true, "{}", found["verdict"]);
    let on = json(&format!("diagnose {table} --model {model} --steps 40"));
    assert_eq!(on["final"]["step"], 40);
    assert!(on["final"]["loss"].as_f64() < found["initial"]["loss"].as_f64());
    let shown = printed(&format!("diagnose {table} --model {model}"));
    assert!(shown.starts_with("as it was saved: loss "), "{shown}");
}

#[test]
fn a_network_from_elsewhere_that_reaches_large_targets_is_not_blamed_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let [table, onnx] = ["noisy.csv", "m.onnx"].map(|name| at(&folder, name));
    // Half of the variance is noise, so that the loss stays at half of the constant's.
    let line = |i: i32| {
        let (x, noise) = ((f64::from(i) * 0.7391).sin(), (f64::from(i) * 12.9898).sin());
        format!("{x},{}\n", 1500.0 + 300.0 * x + 300.0 * noise)
    };
    fs::write(&table, format!("x,y\n{}", (0..400).map(line).collect::<String>())).unwrap();
    printed(&format!("train {table} --targets y --onnx {onnx} --quiet"));
    let found = json(&format!("diagnose {table} --targets y --model {onnx}"));
    let score = found["final"]["score"].as_f64().unwrap();
    assert!((0.3..0.7).contains(&score), "R2 {score}");
    assert_ne!(found["verdict"]["illness"], "target-scale", "{}", found["verdict"]);
}

#[test]
fn a_network_and_samples_that_do_not_fit_are_refused() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let names = fs::read_to_string(&table).unwrap().replacen("x,colour", "z,colour", 1);
    fs::write(folder.path().join("other.csv"), names).unwrap();
    refused(&format!("predict {model} {}", at(&folder, "other.csv")), "found no column \"x\"");
    refused(&format!("diagnose --model {model}"), "the last dense layer is of 2 units, but must be 10");
    refused(&format!("evaluate {model}"), "name samples to measure it on");
    refused(
        &format!("predict {model} {table} --out {model}"),
        "this file is read, and would be written over",
    );
    refused(&format!("train {table} --targets kind --json {table}"), "this file is read");
    refused(&format!("train {table} --targets kind --save {table}"), "let the name end in .safetensors");
    let mut bytes = fs::read(&model).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&model, bytes).unwrap();
    refused(&format!("predict {model} {table}"), "their SHA-256 differs");
    assert!(Path::new(&table).exists());
}

/// The rows of a CSV file that was printed, without its header.
fn rows(csv: &str) -> Vec<Vec<String>> {
    csv.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect()
}

#[test]
fn the_same_images_are_predicted_alike_from_every_file_that_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let model = at(&folder, "m.safetensors");
    printed(&format!("mnist --samples 1000 --epochs 1 --hidden 16 --quiet --save {model}"));
    let digits = gradlens::Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist")).unwrap();
    let bytes = |row: usize| -> Vec<u8> {
        digits.test.select(&[row]).inputs().iter().map(|pixel| (pixel * 255.0).round() as u8).collect()
    };
    // IDX, as MNIST has it; an array of bytes, as NumPy writes it; shares, in f64; and a picture each.
    let idx = at(&folder, "three-idx3-ubyte");
    let mut file = vec![0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28];
    (0..3).for_each(|row| file.extend(bytes(row)));
    fs::write(&idx, file).unwrap();
    let npy = at(&folder, "bytes.npy");
    let head = format!("{:<117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28), }");
    let mut file = [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes()].concat();
    (0..3).for_each(|row| file.extend(bytes(row)));
    fs::write(&npy, file).unwrap();
    let [shares, archive] = ["shares.npy", "shares.npz"].map(|name| at(&folder, name));
    let three = digits.test.select(&[0, 1, 2]).inputs().mapv(f64::from);
    gradlens::data::write_array(&shares, &three).unwrap();
    gradlens::data::write_array(&archive, &three).unwrap();
    let pictures = [0, 1, 2].map(|row| {
        let path = at(&folder, &format!("{row}.png"));
        image::GrayImage::from_raw(28, 28, bytes(row)).unwrap().save(&path).unwrap();
        path
    });
    let by_idx = printed(&format!("predict {model} {idx}"));
    assert_eq!(rows(&by_idx).len(), 3);
    assert!(by_idx.starts_with("class,0,1,2,3,4,5,6,7,8,9\n7,"), "the first digit is a seven: {by_idx}");
    for file in [&npy, &shares, &archive, &pictures.join(" ")] {
        assert_eq!(printed(&format!("predict {model} {file}")), by_idx, "{file}");
    }
    // What goes out as an array is what goes out as text.
    let out = at(&folder, "out.npy");
    printed(&format!("predict {model} {idx} --out {out}"));
    let outputs = gradlens::data::read_array(&out).unwrap();
    for (row, line) in rows(&by_idx).iter().enumerate() {
        for (column, text) in line[1..].iter().enumerate() {
            assert_eq!(outputs[(row, column)] as f32, text.parse::<f32>().unwrap());
        }
    }
    let broken = at(&folder, "broken.npy");
    let mut gap = three.clone();
    gap[(1, 7)] = f64::NAN;
    gradlens::data::write_array(&broken, &gap).unwrap();
    refused(&format!("predict {model} {broken}"), "row 1, column 7 of the samples is NaN");
    // An image need be no square to be drawn.
    let [wide, page] = ["wide.png", "wide.html"].map(|name| at(&folder, name));
    image::GrayImage::from_raw(56, 14, bytes(0)).unwrap().save(&wide).unwrap();
    printed(&format!("predict {model} {wide} --html {page}"));
    assert!(fs::read_to_string(page).unwrap().contains("viewBox=\"0 0 224 56\""), "4 to a pixel");
    // Of another size.
    let small = at(&folder, "small.png");
    image::GrayImage::new(8, 8).save(&small).unwrap();
    refused(&format!("predict {model} {small}"), "have 64 numbers each, and the network takes 784");
    refused(&format!("predict {model} {} {small}", pictures[0]), "found (8, 8) pixels, expected (28, 28)");
    fs::write(&small, "no picture").unwrap();
    refused(&format!("predict {model} {small}"), "cannot be read as a picture");
}

#[cfg(unix)]
#[test]
fn a_table_on_standard_input_is_predicted_as_the_file_is() {
    let folder = saved();
    let [table, model] = ["t.csv", "m.safetensors"].map(|name| at(&folder, name));
    let output = std::process::Command::new(crate::PROGRAM)
        .args(["predict", &model, "-"])
        .stdin(fs::File::open(&table).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), printed(&format!("predict {model} {table}")));
    // A column of words cannot be one of an array of numbers.
    let numbers = at(&folder, "numbers.npy");
    gradlens::data::write_array(&numbers, &ndarray::array![[0.5, 1.0, 20.0]]).unwrap();
    refused(&format!("predict {model} {numbers}"), "column \"colour\" holds words");
    refused(&format!("evaluate {model} --test {table} --run r"), "nothing is trained");
}

#[test]
fn a_network_from_elsewhere_predicts_the_columns_that_are_named() {
    let folder = saved();
    let [table, onnx, model] = ["t.csv", "m.onnx", "n.safetensors"].map(|name| at(&folder, name));
    let files = format!("--save {model} --onnx {onnx} --quiet");
    let scaling = "--standardise=false --standardise-targets=false";
    printed(&format!("train {table} --features x --targets y --epochs 2 {scaling} {files}"));
    let by_onnx = rows(&printed(&format!("predict {onnx} {table} --features x")));
    let by_model = rows(&printed(&format!("predict {model} {table} --ignore colour,kind")));
    assert_eq!(by_onnx, by_model);
    refused(&format!("predict {onnx} {table} --features x,y"), "the network takes 1; name the columns");
    refused(&format!("predict {onnx} {table}"), "column \"colour\" holds words");
}

#[test]
fn labels_are_decided_by_a_saved_network_as_when_it_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let [table, model, predictions] = ["l.csv", "m.safetensors", "p.csv"].map(|name| at(&folder, name));
    let line = |i: i32| {
        let (x, y) = (f64::from(i * 37 % 101) / 50.0 - 1.0, f64::from(i * 59 % 103) / 50.0 - 1.0);
        format!("{x},{y},{},{}\n", i32::from(x + y > 0.6), i32::from(x - 0.3 * y > -0.2))
    };
    fs::write(&table, format!("x,y,rare,common\n{}", (0..300).map(line).collect::<String>())).unwrap();
    let result = json(&format!(
        "multilabel --data {table} --test-data {table} --targets rare,common --epochs 3 --tune f1 \
         --predictions {predictions} --save {model}"
    ));
    let thresholds = result["models"]["sigmoid"]["thresholds"].clone();
    let decided = rows(&printed(&format!("predict {model} {table}")));
    let written = fs::read_to_string(&predictions).unwrap();
    let header: Vec<&str> = written.lines().next().unwrap().split(',').collect();
    let column = |name: &str| {
        header.iter().position(|column| *column == name).unwrap_or_else(|| panic!("{name}: {header:?}"))
    };
    let mut some = 0;
    for (row, decided) in rows(&written).iter().zip(&decided) {
        let labels = ["rare", "common"].iter().enumerate().filter(|(k, _)| {
            let p: f64 = row[column(&format!("sigmoid{k}"))].parse().unwrap();
            p >= thresholds[k].as_f64().unwrap()
        });
        let labels: Vec<&str> = labels.map(|(_, label)| *label).collect();
        assert_eq!(decided[0], labels.join(";"));
        some += labels.len();
    }
    assert!(some > 100, "{some} of 600");
}

#[test]
fn a_network_that_was_diagnosed_is_saved_as_the_remedies_left_it() {
    let folder = saved();
    let [table, model] = ["t.csv", "d.safetensors"].map(|name| at(&folder, name));
    let found = json(&format!("diagnose {table} --targets kind --steps 50 --save {model}"));
    let score = json(&format!("evaluate {model} --test {table}"));
    let saved = score["scores"]["accuracy"].as_f64().unwrap();
    assert!((saved - found["final"]["score"].as_f64().unwrap()).abs() < 0.05, "{score}");
}

#[test]
fn running_statistics_are_part_of_a_saved_network_wherever_it_is_used() {
    let folder = saved();
    let [table, model, same] = ["t.csv", "n.safetensors", "same.safetensors"].map(|name| at(&folder, name));
    printed(&format!(
        "train {table} --targets kind --norm batch --hidden 16x2 --residual --save {model} --quiet"
    ));
    let accuracy = |by: &serde_json::Value| by["scores"]["accuracy"].as_f64().unwrap();
    let scores = json(&format!("evaluate {model} --test {table}"));
    let contents = fs::read_to_string(&table).unwrap();
    let kinds: Vec<&str> = contents.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
    let predicted = rows(&printed(&format!("predict {model} {table}")));
    let right = predicted.iter().zip(&kinds).filter(|(row, kind)| row[0] == **kind);
    assert!((accuracy(&scores) - right.count() as f64 / 200.0).abs() < 1e-9, "{scores}");
    assert!(accuracy(&scores) > 0.9, "{scores}");
    // A look at it changes nothing.
    printed(&format!("diagnose {table} --model {model} --save {same}"));
    assert_eq!(printed(&format!("predict {same} {table}")), printed(&format!("predict {model} {table}")));
    // So with sets of labels.
    let labels = at(&folder, "labels.csv");
    let line = |i: i32| {
        format!(
            "{},{},{}\n",
            f64::from(i * 37 % 101) + 100.0,
            i32::from(i * 37 % 101 > 50),
            i32::from(i * 37 % 101 > 25)
        )
    };
    fs::write(&labels, format!("x,a,b\n{}", (0..300).map(line).collect::<String>())).unwrap();
    printed(&format!(
        "multilabel --data {labels} --test-data {labels} --targets a,b --norm batch --epochs 20 --save {same} --quiet"
    ));
    let scores = json(&format!("evaluate {same} --test {labels}"));
    assert!(scores["scores"]["hamming_loss"].as_f64().unwrap() < 0.1, "{scores}");
}
