//! Tables are read as their authors mean them, and whatever may be wrong with a file ends in an error with file, line
//! and column, and a remedy.

use gradlens::data::{Missing, Reading, Table, Task, Values};
use gradlens::{Dataset, Preprocessing, Result};
use ndarray::{Array2, array};
use proptest::prelude::*;
use std::fs;

/// The table that a file of this name and contents holds.
fn table(name: &str, contents: impl AsRef<[u8]>) -> Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    Table::read(path)
}

fn csv(contents: impl AsRef<[u8]>) -> Table {
    table("x.csv", contents).unwrap()
}

fn names(table: &Table) -> Vec<&str> {
    table.columns().iter().map(|column| column.name.as_str()).collect()
}

/// The numbers of a column.
fn numbers(table: &Table, column: usize) -> &[f64] {
    match &table.columns()[column].values {
        Values::Numbers(numbers) => numbers,
        other => panic!("column {column} holds {other:?}"),
    }
}

/// The words of a column, row by row.
fn words(table: &Table, column: usize) -> Vec<&str> {
    match &table.columns()[column].values {
        Values::Words { codes, words, .. } => {
            codes.iter().map(|&code| words[code as usize].as_str()).collect()
        }
        other => panic!("column {column} holds {other:?}"),
    }
}

fn says(table: &Table, what: &str) -> bool {
    table.notes().iter().any(|note| note.contains(what))
}

/// What follows the name of the file in the message of an error.
fn message<T: std::fmt::Debug>(name: &str, result: Result<T>) -> String {
    let message = result.unwrap_err().to_string();
    let at = message.find(name).unwrap_or_else(|| panic!("the file is not named in: {message}"));
    message[at + name.len()..].to_string()
}

#[test]
fn a_csv_file_is_read_in_all_its_variants() {
    let good = |contents: &str, named: bool| {
        let table = csv(contents);
        let columns: Vec<&[f64]> = (0..3).map(|column| numbers(&table, column)).collect();
        assert_eq!(columns, [[1.0, 0.0], [-2.5, 0.0], [0.0, 300.0]], "{contents:?}");
        assert_eq!(names(&table), if named { ["a", "b, c", "d"] } else { ["1", "2", "3"] }, "{contents:?}");
        assert_eq!(table.rows(), 2);
    };
    good("1,-2.5,0\n0,0,3e2\n", false);
    good("1,-2.5,0\n0,0,3e2", false);
    good("1,-2.5,0\r\n0,0,3e2\r\n\r\n", false);
    good("1,-2.5,0\r0,0,3e2\r", false);
    good("1 , -2.5, 0\n\n   \n0,0,3e2\n\n \n", false);
    good("\"1\",\"-2.5\",0\n0,0,\"\n3e2\n\"", false);
    good("a,\"b, c\",d\n1,-2.5,0\n0,0,3e2\n", true);
    good("\u{feff}a,\"b, c\", d \r\n1,-2.5,0\r\n0,0,3e2\r\n", true);
    good("\u{feff}1,-2.5,0\n0,0,3e2\n", false);
    good("1;-2.5;0\n0;0;3e2\n", false);
    good("1;-2,5;0\n0;0;3e2\n", false);
    good("1\t-2.5\t0\n0\t0\t3e2\n", false);
    good("1|-2.5|0\n0|0|3e2\n", false);
    good("  1   -2.5  0\n0 0\t3e2\n", false);
    good("sep=;\na;b, c;d\n1;-2,5;0\n0;0;3e2\n", true);
    good("# a comment, of a kind\n# and one more\na,\"b, c\",d\n1,-2.5,0\n# within\n0,0,3e2\n", true);
    good("\n\na,\"b, c\",d\n1,-2.5,0\n\n0,0,3e2\n", true);
    good("a,\"b, c\",d,\n1,-2.5,0,\n0,0,3e2,\n", true);
    good("1,-2.5,0,\n0,0,3e2,\n", false);
    good("\"1\",\"-2,5\",0\n0,0,\"3e2\"\n", false);
    good("1,\u{2212}2.5,0\n0,0,3D2\n", false);
}

#[test]
fn bytes_become_text_in_the_encoding_they_are_in() {
    let text = "größe,b\n1,2\n3,4\n";
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = |mark: [u8; 2], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
    let latin_1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        marked([0xff, 0xfe], utf_16(u16::to_le_bytes)),
        marked([0xfe, 0xff], utf_16(u16::to_be_bytes)),
        utf_16(u16::to_le_bytes),
        latin_1.clone(),
    ] {
        let table = csv(&bytes);
        assert_eq!(names(&table), ["größe", "b"], "{bytes:?}");
        assert_eq!(numbers(&table, 0), [1.0, 3.0]);
    }
    assert!(says(&csv(&latin_1), "Windows-1252"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, b"\xb3,b\n1,2\n").unwrap();
    assert_eq!(names(&Reading::default().encoding("iso-8859-2").read(&path).unwrap()), ["ł", "b"]);
    let error = Reading::default().encoding("klingon").read(&path).unwrap_err().to_string();
    assert!(error.starts_with("the encoding is \"klingon\", but must be a name as in web pages"), "{error}");
    assert!(message("x.csv", table("x.csv", b"PK\x03\x04\0\0\0\x9f")).contains("bytes that are no text"));
}

#[test]
fn a_header_is_found_by_comparing_the_first_line_with_the_others() {
    for (contents, expected) in [
        ("2019,income,y\n1,2,3\n4,5,6\n", vec!["2019", "income", "y"]),
        ("nan,b,y\n1,2,1\n3,4,0\n", vec!["nan", "b", "y"]),
        ("inf,b,y\n1,2,1\n3,4,0\n", vec!["inf", "b", "y"]),
        ("0,1,2\n1.5,2,1\n3,4,0\n", vec!["0", "1", "2"]),
        ("2019,2020,2021\n1.5,2.5,0.1\n3.2,0.4,0.2\n", vec!["2019", "2020", "2021"]),
        ("name,kind\nann,cat\nbob,dog\ncarl,cat\n", vec!["name", "kind"]),
        ("cat,red\ndog,blue\ncat,blue\n", vec!["1", "2"]),
        ("1,2,1\n3,4,0\n", vec!["1", "2", "3"]),
        ("5,3,1\n4,2,1\n", vec!["1", "2", "3"]),
        ("1,2,3\n4,5,6\n", vec!["1", "2", "3"]),
        ("country,1960,1961,1962\nA,1,5,2\nB,3,4,7\n", vec!["country", "1960", "1961", "1962"]),
        (",0,1,2\n0,27,29,10\n1,5,4,8\n", vec!["", "0", "1", "2"]),
        ("#a,b\n1,2\n", vec!["a", "b"]),
        ("# a b\n1.0 2.0\n", vec!["a", "b"]),
        ("a,a,y\n1,2,1\n", vec!["a", "a.1", "y"]),
        ("a,b,y,\n1,2,1,\n3,4,0,\n", vec!["a", "b", "y"]),
        ("a,b\n1,5,1\n2,6,0\n", vec!["", "a", "b"]),
        ("a,b,\n1,5\n2,6\n", vec!["a", "b"]),
        ("\"a\" \"b c\"\n\"1\" 5 1\n\"2\" 6 0\n", vec!["", "a", "b c"]),
        ("0,1,2,y\n5,1,7,1\n6,2,9,0\n", vec!["0", "1", "2", "y"]),
    ] {
        assert_eq!(names(&csv(contents)), expected, "{contents:?}");
    }
    // What is a guess is said.
    assert!(says(&csv("0,1,2\n1.5,2,1\n"), "header"));
    assert!(says(&csv("5,3,1\n4.5,2.5,1\n"), "taken for a row"));
    assert!(says(&csv("name,kind\nann,cat\n"), "taken for a header"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, "1,2\n3,4\n").unwrap();
    assert_eq!(names(&Reading::default().header(true).read(&path).unwrap()), ["1", "2"]);
    assert_eq!(Reading::default().header(true).read(&path).unwrap().rows(), 1);
    assert_eq!(Reading::default().header(false).read(&path).unwrap().rows(), 2);
}

#[test]
fn a_comma_that_may_be_two_things_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, "a,b\n\"1,234\",2\n\"5,678\",4\n").unwrap();
    let error = message("x.csv", Table::read(&path));
    assert!(error.contains("\"1,234\"") && error.contains("set decimal"), "{error}");
    assert_eq!(numbers(&Reading::default().decimal('.').read(&path).unwrap(), 0), [1234.0, 5678.0]);
    assert_eq!(numbers(&Reading::default().decimal(',').read(&path).unwrap(), 0), [1.234, 5.678]);
    // Points elsewhere, or other decimals, settle it.
    assert_eq!(numbers(&csv("a,b\n\"1,234\",2.5\n\"5,678\",4\n"), 0), [1234.0, 5678.0]);
    assert_eq!(numbers(&csv("a,b\n\"1,5\",2\n\"5,678\",4\n"), 0), [1.5, 5.678]);
    assert_eq!(numbers(&csv("a;b\n1,234;2\n5,678;4\n"), 0), [1.234, 5.678]);
    // Groups and decimals in one number settle it for all.
    assert_eq!(numbers(&csv("a;b\n1;2.013,37\n2;500\n"), 1), [2013.37, 500.0]);
    assert_eq!(numbers(&csv("a,b\n1,\"2.013,37\"\n2,\"4.237.168,68\"\n"), 1), [2013.37, 4_237_168.68]);
    assert_eq!(numbers(&csv("a,b\n1,\"2,013.37\"\n2,\"5,000\"\n"), 1), [2013.37, 5000.0]);
    assert!(says(&csv("a;b\n1;1.015\n2;2.028\n"), "if it stands before thousands"));
    let error = message("x.csv", table("x.csv", "a;b\n1,5;2.5\n"));
    assert!(error.contains("\"1,5\" and numbers like \"2.5\""), "{error}");
}

#[test]
fn what_is_missing_is_missing_however_it_is_written() {
    for missing in ["", "NA", "NaN", "?", "-", "N/A", "null"] {
        let table = csv(format!("a,b,y\n1,{missing},1\n3,4,0\n"));
        assert!(numbers(&table, 1)[0].is_nan() && numbers(&table, 1)[1] == 4.0, "{missing}");
        let error = message("x.csv", Preprocessing::new(["y"]).fit(&table));
        assert!(error.contains("missing values: 1 in \"b\"") && error.contains("\"drop\""), "{error}");
    }
    let table = csv("a,b,y\n1,,1\n3,4,0\n5,8,1\n");
    let inputs = |missing| {
        let fitted = Preprocessing::new(["y"]).missing(missing).fit(&table).unwrap();
        (fitted.dataset::<f64>(&table).unwrap().inputs(), fitted.input_names())
    };
    assert_eq!(inputs(Missing::Mean).0, array![[1.0, 6.0], [3.0, 4.0], [5.0, 8.0]]);
    assert_eq!(inputs(Missing::Drop).0, array![[3.0, 4.0], [5.0, 8.0]]);
    let (indicated, names) = inputs(Missing::Indicator);
    assert_eq!(indicated, array![[1.0, 6.0, 1.0], [3.0, 4.0, 0.0], [5.0, 8.0, 0.0]]);
    assert_eq!(names, ["a", "b", "b is missing"]);
    // Of words the most frequent stands for the missing one.
    let table = csv("c,y\nred,1\n?,0\nblue,1\nblue,0\ngreen,1\n");
    let fitted = Preprocessing::new(["y"]).missing(Missing::Mean).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["c is blue", "c is green", "c is red"]);
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs().row(1).to_vec(), [1.0, 0.0, 0.0]);
    // Targets are not guessed.
    let table = csv("a,y\n1,\n2,1\n3,0\n");
    let error = message("x.csv", Preprocessing::new(["y"]).missing(Missing::Mean).fit(&table));
    assert!(error.contains("1 in \"y\"") && error.contains("targets cannot be guessed"), "{error}");
    let dropped = Preprocessing::new(["y"]).missing(Missing::Drop).fit(&table).unwrap();
    assert_eq!(dropped.dataset::<f32>(&table).unwrap().len(), 2);
}

#[test]
fn a_word_among_numbers_is_named_with_its_place() {
    for (contents, expected) in [
        ("1,2,0\n1,x,0\n", ", line 2, column 2: found \"x\", expected a number, as above it"),
        ("1,2,0\r\n1,2,0\r\n1,x,0\r\n", ", line 3, column 2: found \"x\""),
        ("1,2,0\r1,2,0\r1,x,0\r", ", line 3, column 2: found \"x\""),
        ("1,2,0\n\n\n1,x,0\n", ", line 4, column 2: found \"x\""),
        ("\"a\nb\",c,d\n1,2,3\n1,x,0\n", ", line 4, column 2: found \"x\""),
        ("1,\"\n2\",0\n\"\n\n1\",x,0\n", ", line 3, column 2: found \"x\""),
        ("# one\n# two\n1,2,0\n1,x,0\n", ", line 4, column 2: found \"x\""),
        ("1,x,1\n3,4,0\n", ", line 2, column 2: found \"4\", expected a word, as above it"),
        ("a,b,y\nunits,m,flag\n1,2,1\n3,4,0\n", ", line 3, column 1: found \"1\""),
        (
            "1,2,0\n1,this is a text of more than forty characters,0\n",
            ", line 2, column 2: found \"this is a text of more than forty charac\" and more",
        ),
    ] {
        let table = csv(contents);
        let target = table.columns().len().to_string();
        let error = message("x.csv", Preprocessing::new([target]).fit(&table));
        assert!(error.starts_with(expected), "{contents:?}: {error}");
        assert!(error.contains("under categories"), "{error}");
    }
    // A column that is ignored, or read as words, does no harm.
    let contents = "a,b,y\n1,3+,1\n2,0,0\n3,1,1\n";
    assert!(Preprocessing::new(["y"]).ignore(["b"]).fit(&csv(contents)).is_ok());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, contents).unwrap();
    assert_eq!(words(&Reading::default().categories(["b"]).read(&path).unwrap(), 1), ["3+", "0", "1"]);
}

#[test]
fn what_is_wrong_with_the_rows_of_a_csv_file_is_named_with_its_place() {
    for (contents, expected) in [
        ("1,2,0\n\n1,2\n", ", line 3, column 3: found 2 fields, expected 3, as in line 1"),
        ("a,b,c\n1,2,0,5\n", ", line 2, column 4: found 4 fields, expected 3, as in the header"),
        ("a,b,c\n1,2,0\n4,2,0,5\n", ", line 3, column 4: found 4 fields, expected 3, as in the header"),
        ("\n1,2,0\n5\n", ", line 3, column 2: found 1 field, expected 3, as in line 2"),
        ("", ", line 1, column 1: found an empty file, expected a row for each sample"),
        ("\u{feff}\r\n \n", ", line 1, column 1: found an empty file, expected a row for each sample"),
        (
            "a,b\n\n",
            ", line 1, column 1: found the end of the file, expected at least one row below the header",
        ),
    ] {
        let error = message("x.csv", table("x.csv", contents));
        assert!(error.starts_with(expected), "{contents:?}: {error}");
    }
    let titled = "Results of 2019\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n";
    let error = message("x.csv", table("x.csv", titled));
    assert!(
        error.contains("found 1 field, expected 3, as in line 3 and below") && error.contains("skip = 2"),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, titled).unwrap();
    let skipped = Reading::default().skip(2).read(&path).unwrap();
    assert_eq!((names(&skipped), skipped.line(0)), (vec!["a", "b", "c"], 4));
    let error = message("x.xlsx", table("x.xlsx", "PK"));
    assert!(
        error.starts_with(": found the ending .xlsx, expected .csv") && error.contains("export it as CSV"),
        "{error}"
    );
    let error = Table::read("no/such.csv").unwrap_err().to_string();
    assert!(error.starts_with("no/such.csv: cannot read the file: "), "{error}");
    assert!(error.ends_with("; check its name and permissions"), "{error}");
}

#[test]
fn a_column_that_does_not_exist_is_answered_with_those_that_do() {
    let table = csv("age,income,y\n1,2,1\n3,4,0\n");
    let error = message("x.csv", Preprocessing::new(["incme"]).fit(&table));
    assert_eq!(
        error,
        ": found no column \"incme\", expected one of \"age\", \"income\", \"y\"; did you mean \"income\"?"
    );
    assert_eq!(table.find("3").unwrap(), 2);
    assert_eq!(table.find_all(&["2-3".into()]).unwrap(), [1, 2]);
    assert!(message("x.csv", table.find_all(&["2".into(), "1-3".into()])).contains("each column once"));
    let error = message("x.csv", Preprocessing::default().fit(&table));
    assert!(
        error.contains("\"age\", \"income\", \"y\"") && error.contains("name the target columns"),
        "{error}"
    );
}

#[test]
fn a_column_without_a_name_is_ignored_and_that_is_said() {
    let table = csv(",a,y\n0,5,1\n1,6,0\n");
    let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["a"]);
    assert!(
        fitted.notes.iter().any(|note| note.contains("column 1 has no name and is ignored")),
        "{:?}",
        fitted.notes
    );
    let asked = Preprocessing::new(["y"]).features(["1", "a"]).fit(&table).unwrap();
    assert_eq!(asked.dataset::<f32>(&table).unwrap().inputs(), array![[0.0, 5.0], [1.0, 6.0]]);
}

#[test]
fn classes_keep_their_names() {
    for (contents, classes, labels) in [
        ("a,y\n1,virginica\n2,setosa\n", vec!["setosa", "virginica"], vec![1, 0]),
        ("a,y\n1,2\n2,0\n3,1\n", vec!["0", "1", "2"], vec![2, 0, 1]),
        ("a,y\n1,1.0\n2,0.0\n", vec!["0", "1"], vec![1, 0]),
        ("a,y\n1,3\n2,1\n3,2\n", vec!["1", "2", "3"], vec![2, 0, 1]),
        ("a,y\n1,-1\n2,1\n", vec!["-1", "1"], vec![0, 1]),
        ("a,y\n1,1000\n2,10\n", vec!["10", "1000"], vec![1, 0]),
        ("a,y\n1,True\n2,False\n", vec!["False", "True"], vec![1, 0]),
        ("a,y\n1,0\n2,2\n", vec!["0", "1", "2"], vec![0, 2]),
    ] {
        let table = csv(contents);
        let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
        assert_eq!(
            (fitted.task(), fitted.target_names()),
            (Task::Classes, classes.iter().map(|c| c.to_string()).collect()),
            "{contents:?}"
        );
        assert_eq!(fitted.dataset::<f32>(&table).unwrap().labels().unwrap(), labels, "{contents:?}");
    }
    let train = csv("a,y\n1,cat\n2,dog\n");
    let fitted = Preprocessing::new(["y"]).fit(&train).unwrap();
    let error = message("x.csv", fitted.dataset::<f32>(&csv("a,y\n1,cat\n2,cow\n")));
    assert!(
        error.starts_with(
            ", line 3, column 2: found \"cow\", expected a class of the training table: \"cat\", \"dog\""
        ),
        "{error}"
    );
    // Whole numbers from 0 can be widened to the outputs of a network, words cannot.
    let mut digits = Preprocessing::new(["y"]).fit(&csv("a,y\n1,0\n2,1\n")).unwrap();
    digits.widen_classes(10);
    assert_eq!(digits.target_names().len(), 10);
    let mut words = fitted;
    words.widen_classes(10);
    assert_eq!(words.target_names(), ["cat", "dog"]);
}

#[test]
fn labels_are_read_in_all_their_spellings() {
    for (yes, no) in
        [("1", "0"), ("1.0", "0.0"), ("1", "-1"), ("TRUE", "FALSE"), ("yes", "no"), ("Y", "N"), ("t", "f")]
    {
        let table = csv(format!("a,p,q\n1,{yes},{no}\n2,{no},{no}\n3,{yes},{yes}\n"));
        let fitted = Preprocessing::new(["p", "q"]).fit(&table).unwrap();
        assert_eq!(fitted.task(), Task::Labels, "{yes}");
        let data: Dataset = fitted.dataset(&table).unwrap();
        assert_eq!(data.target_rows().unwrap(), array![[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]], "{yes}");
    }
    for lists in ["\"['red', 'green']\"", "\"red,green\"", "red;green", "red|green", "green; red"] {
        let table = csv(format!("a,labels\n1,{lists}\n2,blue\n3,red\n"));
        let fitted = Preprocessing::new(["labels"]).fit(&table).unwrap();
        assert_eq!(fitted.target_names(), ["blue", "green", "red"], "{lists}");
        let data: Dataset = fitted.dataset(&table).unwrap();
        assert_eq!(
            data.target_rows().unwrap(),
            array![[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
            "{lists}"
        );
    }
    // In a list nothing is no label, and a name with a comma is no list.
    let empty = csv("a,labels\n1,red;green\n2,\n3,red\n");
    let data: Dataset = Preprocessing::new(["labels"]).fit(&empty).unwrap().dataset(&empty).unwrap();
    assert_eq!(data.target_rows().unwrap(), array![[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]);
    let named = csv("a,kind\n1,\"Tech, IT\"\n2,Law\n3,\"Tech, IT\"\n");
    assert_eq!(Preprocessing::new(["kind"]).fit(&named).unwrap().target_names(), ["Law", "Tech, IT"]);
    let table = csv("a,p,q\n1,1,0\n2,0,2\n");
    let error = message(
        "x.csv",
        Preprocessing::new(["p", "q"]).task(Task::Labels).fit(&table).and_then(|f| f.dataset::<f32>(&table)),
    );
    assert!(error.starts_with(", line 3, column 3: found 2, expected 0 or 1"), "{error}");
}

#[test]
fn targets_of_a_regression_come_back_in_their_units() {
    let table = csv("a,y\n1,100\n2,300\n3,200.5\n");
    let fitted = Preprocessing::new(["y"]).standardise_targets(true).fit(&table).unwrap();
    assert_eq!(fitted.task(), Task::Regression);
    let data: Dataset<f64> = fitted.dataset(&table).unwrap();
    let targets = data.target_rows().unwrap().to_owned();
    assert!(targets.sum().abs() < 1e-12 && (targets.pow2().mean().unwrap() - 1.0).abs() < 1e-12);
    let back = fitted.in_units(&targets);
    assert!((back - array![[100.0], [300.0], [200.5]]).iter().all(|error: &f64| error.abs() < 1e-10));
    // What an f32 cannot tell apart is not trained on in silence.
    let far = csv("a,y\n1,1700000000.5\n2,1700000001.5\n3,1700000002.5\n");
    let error = message("x.csv", Preprocessing::new(["y"]).fit(&far).and_then(|f| f.dataset::<f32>(&far)));
    assert!(error.contains("differences an f32 can hold; set standardise_targets = true"), "{error}");
    let fitted = Preprocessing::new(["y"]).standardise_targets(true).fit(&far).unwrap();
    let targets = fitted.dataset::<f32>(&far).unwrap().target_rows().unwrap().to_owned();
    assert!((fitted.in_units(&targets)[[2, 0]] - 1_700_000_002.5).abs() < 1e-3);
    let classes = csv("a,y\n1,0\n2,1\n");
    let error = Preprocessing::new(["y"]).standardise_targets(true).fit(&classes).unwrap_err().to_string();
    assert_eq!(error, "standardise_targets is true, but must be false, as the task is classes");
}

#[test]
fn test_data_are_matched_by_name() {
    let train = csv("a,b,y\n1,10,0\n2,20,1\n3,30,1\n");
    let fitted = Preprocessing::new(["y"]).fit(&train).unwrap();
    let test: Dataset = fitted.dataset(&csv("b,y,a\n10,0,1\n20,1,2\n")).unwrap();
    assert_eq!((test.inputs(), test.labels()), (array![[1.0, 10.0], [2.0, 20.0]], Some(&[0, 1][..])));
    for (contents, expected) in [
        ("a,y\n1,0\n", "found no column \"b\", expected the columns of the training file"),
        ("a,b,c,y\n1,2,3,0\n", "found unknown columns \"c\""),
        ("a,c,y\n1,2,0\n", "found no column \"b\", and unknown columns \"c\""),
        ("1,2,0\n3,4,1\n", "found no header, expected a header of names, as in the training file"),
    ] {
        let error = message("x.csv", fitted.dataset::<f32>(&csv(contents)));
        assert!(error.contains(expected), "{contents:?}: {error}");
    }
    // A column that only the test file has can be ignored.
    let tolerant = Preprocessing::new(["y"]).ignore(["id"]).fit(&train).unwrap();
    let test: Dataset = tolerant.dataset(&csv("id,b,y,a\n7,10,0,1\n")).unwrap();
    assert_eq!(test.inputs(), array![[1.0, 10.0]]);
    let one = csv("a,y\n1,cat\n2,cat\n");
    assert!(message("x.csv", Preprocessing::new(["y"]).fit(&one)).contains("found one class, \"cat\""));
    // New rows need no targets.
    assert_eq!(fitted.inputs::<f32>(&csv("b,a\n1,2\n")).unwrap(), array![[2.0, 1.0]]);
    // Without names there is only the position.
    let train = csv("1,10,0\n2,20,1\n");
    let fitted = Preprocessing::new(["3"]).fit(&train).unwrap();
    assert_eq!(fitted.inputs::<f32>(&csv("5,6\n7,8\n")).unwrap(), array![[5.0, 6.0], [7.0, 8.0]]);
    assert!(
        message("x.csv", fitted.dataset::<f32>(&csv("1,2,3,0\n4,5,6,1\n")))
            .contains("found 4 columns, expected 3")
    );
}

#[test]
fn standardising_sees_what_f32_does_not() {
    let rows: String =
        (0..100).map(|i| format!("{},{}\n", 1_700_000_000_u64 + i, u64::from(i >= 50))).collect();
    let table = csv(format!("t,y\n{rows}"));
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    let inputs = fitted.dataset::<f32>(&table).unwrap().inputs();
    let deviation = ((100.0_f64.powi(2) - 1.0) / 12.0).sqrt(); // of 0, 1, .., 99
    let expected = Array2::from_shape_fn((100, 1), |(i, _)| ((i as f64 - 49.5) / deviation) as f32);
    assert_eq!(inputs, expected);
    // Two numbers that are the same in f32 stay two.
    let table = csv("t,b,y\n16777216,2,1\n16777217,4,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs(), array![[-1.0, -1.0], [1.0, 1.0]]);
    // An input that is always the same becomes 0, and that is said.
    let table = csv("a,b,y\n1,7,1\n3,7,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs(), array![[-1.0, 0.0], [1.0, 0.0]]);
    assert!(fitted.notes.iter().any(|note| note.contains("\"b\" is always 7")), "{:?}", fitted.notes);
    // What f32 cannot hold is an error where it is not standardised.
    let table = csv("a,b,y\n1e-50,2,1\n1e39,4,0\n");
    let error =
        message("x.csv", Preprocessing::new(["y"]).fit(&table).and_then(|f| f.dataset::<f32>(&table)));
    assert!(
        error.starts_with(
            ", line 3, column 1: found 1e39, expected a number that an f32 can hold; standardise"
        ),
        "{error}"
    );
    assert!(Preprocessing::new(["y"]).fit(&table).unwrap().dataset::<f64>(&table).is_ok());
    let error = message("x.csv", Preprocessing::new(["y"]).fit(&csv("a,y\n1,0\n-inf,1\n")));
    assert!(error.contains("line 3, column 1: found -inf, expected a finite number"), "{error}");
}

#[test]
fn means_can_be_those_of_some_rows() {
    let table = csv("a,y\n1,0\n3,1\n100,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit_on(&table, &[0, 1]).unwrap();
    assert_eq!(fitted.dataset::<f64>(&table).unwrap().inputs(), array![[-1.0], [1.0], [98.0]]);
}

#[test]
fn words_become_inputs_up_to_a_limit() {
    let table = csv("c,d,y\nred,yes,1\nblue,no,0\ngreen,no,1\n");
    let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["c is blue", "c is green", "c is red", "d is yes"]);
    let inputs = fitted.dataset::<f32>(&table).unwrap().inputs();
    assert_eq!(inputs, array![[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]);
    let error = message("x.csv", Preprocessing::new(["y"]).max_categories(2).fit(&table));
    assert_eq!(
        error,
        ": found 3 different words in column \"c\", expected at most 2, as each becomes an input; ignore the column, or raise max_categories"
    );
    let error = message("x.csv", fitted.inputs::<f32>(&csv("c,d\npink,no\n")));
    assert!(
        error.contains("line 2, column 1: found \"pink\", expected a word of the training table"),
        "{error}"
    );
}

#[test]
fn what_was_learned_survives_as_json() {
    let table = csv("a,c,y\n0.1,red,0.3\n0.7,blue,1.1\n,green,2\n");
    let settings =
        Preprocessing::new(["y"]).missing(Missing::Indicator).standardise(true).standardise_targets(true);
    let fitted = settings.fit(&table).unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    let back: gradlens::Preprocessor = serde_json::from_str(&text).unwrap();
    assert_eq!(back, fitted);
    assert_eq!(
        back.dataset::<f32>(&table).unwrap().inputs(),
        fitted.dataset::<f32>(&table).unwrap().inputs()
    );
}

const HEAD: &str = "@relation x\n@attribute a numeric\n@attribute 'b, c' real\n@attribute d integer\n";
const LABELS: &str = "@attribute happy {0,1}\n@attribute calm {0,1}\n";

/// The file holds three features and two labels of two samples.
#[track_caller]
fn holds_the_samples(contents: &str, targets: &[&str]) {
    let table = table("x.arff", contents).unwrap();
    let fitted = Preprocessing::new(targets.iter().copied()).task(Task::Labels).fit(&table).unwrap();
    let data: Dataset = fitted.dataset(&table).unwrap();
    assert_eq!(data.inputs(), array![[1.0, -2.5, 0.0], [0.0, 0.0, 300.0]]);
    assert_eq!(data.target_rows().unwrap(), array![[1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(fitted.input_names(), ["a", "b, c", "d"]);
    assert_eq!(fitted.target_names(), ["happy", "calm"]);
}

#[test]
fn arff_files_are_read_in_all_their_variants() {
    let dense = "@data\n1,-2.5,0,1,0\n0,0,3e2,0,1\n";
    let sparse = "@data\n{0 1, 1 -2.5, 3 1}\n{2 3e2,4 1}\n";
    let named = ["happy", "calm"];
    for data in [dense, sparse] {
        let mulan = format!("{HEAD}{LABELS}{data}");
        for contents in [
            mulan.clone(),
            mulan.replace('\n', "\r\n"),
            mulan.replace('\n', "\r"),
            format!("\u{feff}% a comment\n\n{mulan}\n\n% the end\n"),
            mulan.replace('@', "  @").replace("1\n", "1 % so\n"),
            mulan.replace("@attribute", "@ATTRIBUTE").replace("@data", "@Data").replace("real", "REAL"),
            mulan.replace("{0,1}", "{ '0', \"1\" }").replace("happy {", "'happy'{"),
            mulan.replace("'b, c' real", "\"b, c\"\treal [0,1]"),
            mulan.replace("{0,1}", "numeric"),
        ] {
            holds_the_samples(&contents, &named);
            holds_the_samples(&contents, &["4-5"]);
        }
        for relation in
            ["'moods: -C -2'", "'moods: -C -2 -split-number 5'", "moods:-C -2", "\"moods: -C -2\""]
        {
            let meka = mulan.replace("@relation x", &format!("@relation {relation}"));
            holds_the_samples(&meka, &[]);
            holds_the_samples(&meka, &named);
        }
    }
    holds_the_samples(&format!("{HEAD}{LABELS}@data\n1 -2.5 0 1 0\n'0',0\t,3e2 , 0,\"1\"\n"), &named);
    holds_the_samples(&format!("{HEAD}{LABELS}@data\n{{ 1 -2.5 , 0 1,3 '1', }}\n{{2 3e2 4 1}}\n"), &named);
    // Labels first.
    let meka = format!("{}{LABELS}{}", "@relation 'moods: -C 2'\n", &HEAD["@relation x\n".len()..]);
    holds_the_samples(&format!("{meka}@data\n1,0,1,-2.5,0\n0,1,0,0,3e2\n"), &[]);
    holds_the_samples(&format!("{meka}@data\n{{0 1,2 1,3 -2.5}}\n{{1 1,4 3e2}}\n"), &[]);
    let doubled =
        table("x.arff", "@attribute a real\n@attribute a real\n@attribute y {0,1}\n@data\n1,2,0\n").unwrap();
    assert_eq!(names(&doubled), ["a", "a.1", "y"]);
    // A sparse row of zeros, and escapes in a name.
    let table = table("x.arff", "@attribute 'it\\'s \\\\' real\n@attribute y {0,1}\n@data\n{}\n").unwrap();
    assert_eq!((names(&table), numbers(&table, 0)), (vec!["it's \\", "y"], &[0.0][..]));
}

#[test]
fn nominal_values_are_words_in_their_declared_order() {
    let head = "@relation x\n@attribute size {small,large,huge}\n@attribute zone {1,2,3,4}\n@attribute y {no,yes}\n@data\n";
    let table =
        table("x.arff", format!("{head}huge,4,yes\nsmall,1,no\n{{}}\n").replace("{}", "small,2,no")).unwrap();
    let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
    assert_eq!(fitted.target_names(), ["no", "yes"]);
    let names: Vec<String> = [
        "size is small",
        "size is large",
        "size is huge",
        "zone is 1",
        "zone is 2",
        "zone is 3",
        "zone is 4",
    ]
    .map(String::from)
    .into();
    assert_eq!(fitted.input_names(), names);
    assert_eq!(
        fitted.dataset::<f32>(&table).unwrap().inputs().row(0).to_vec(),
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    );
}

#[test]
fn a_c_that_a_filter_left_behind_declares_nothing() {
    let rows = "@attribute word {0,1}\n@attribute topic {0,1}\n@data\n1,0\n0,1\n";
    let left_over = "@relation 'D: -C 1 -I 0-weka.filters.unsupervised.attribute.Remove-R1_D: -C 1 -I 0-weka.filters.unsupervised.attribute.Remove-R2'\n";
    let read = |head: &str| table("x.arff", format!("{head}{rows}")).unwrap();
    assert_eq!(read(left_over).labels(), None);
    let fitted = Preprocessing::new(["topic"]).fit(&read(left_over)).unwrap();
    assert_eq!(
        (fitted.input_names(), fitted.target_names()),
        (vec!["word is 1".to_string()], vec!["0".into(), "1".into()])
    );
    assert_eq!(read("@relation 'D: -C 1'\n").labels(), Some(&[0][..]));
    assert_eq!(read("@relation 'D: -C -1'\n").labels(), Some(&[1][..]));
}

#[test]
fn an_xml_file_beside_an_arff_file_says_which_attributes_are_labels() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, contents: &str| {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    };
    let rows = "@relation 'D: -C 1'\n@attribute word {0,1}\n@attribute topic {0,1}\n@attribute mood {0,1}\n@data\n1,0,1\n";
    at(
        "d.xml",
        "<?xml version=\"1.0\"?>\n<labels xmlns=\"http://mulan.sourceforge.net/labels\">\n<label name=\"mood\"></label><label name=\"topic\"/></labels>\n",
    );
    for name in ["d.arff", "d-train.arff", "d-test-sparse.arff"] {
        assert_eq!(Table::read(at(name, rows)).unwrap().labels(), Some(&[2, 1][..]), "{name}");
    }
    assert_eq!(Table::read(at("e.arff", rows)).unwrap().labels(), Some(&[0][..]));
    let path = at("f.arff", rows);
    for (xml, expected) in [
        ("<labels><label name=\"tpic\"/></labels>", "did you mean \"topic\"?"),
        ("<labels></labels>", "found no <label>"),
        ("<labels><label/></labels>", "found a <label> without a name"),
        ("labels", "found no XML"),
    ] {
        at("f.xml", xml);
        let error = message("f.xml", Table::read(&path));
        assert!(error.contains(expected), "{xml}: {error}");
    }
}

#[test]
fn what_is_wrong_with_an_arff_file_is_named_with_its_place() {
    let head = "@relation x\n@attribute a numeric\n@attribute b {0,2}\n@attribute y {0,1}\n@data\n";
    let refused = |contents: String| message("x.arff", table("x.arff", contents));
    let index =
        "expected the number of an attribute, 0 to 2, once a row; write a sparse row as {index value, ...}";
    for (rows, expected) in [
        ("1,0,0\nx,0,0", "line 7, column 1: found \"x\", expected a number"),
        (
            "1,1,0",
            "line 6, column 2: found \"1\", expected a value of \"b\", declared in line 3; mend the value, or declare it",
        ),
        (
            "{1 5}",
            "line 6, column 2: found \"5\", expected a value of \"b\", declared in line 3; mend the value, or declare it",
        ),
        (
            "1,0",
            "line 6, column 3: found 2 values, expected 3, one for each attribute; give every row a value for each attribute",
        ),
        (
            "1,0,1,1",
            "line 6, column 4: found 4 values, expected 3, one for each attribute; give every row a value for each attribute",
        ),
        (
            "1,0,1,",
            "line 6, column 4: found 4 values, expected 3, one for each attribute; give every row a value for each attribute",
        ),
        ("{0 1, 3 1}", &format!("line 6, column 2: found the index \"3\", {index}")),
        ("{-1 1}", &format!("line 6, column 1: found the index \"-1\", {index}")),
        ("{0 1, 0 1}", &format!("line 6, column 2: found the index \"0\", {index}")),
        ("{0 1", "line 6, column 2: found a row with its brace left open, expected }; close the brace"),
        (
            "{0 1} x",
            "line 6, column 2: found \"x\", expected the end of the row after }; put each row on a line of its own",
        ),
        ("'1,0,0", "line 6, column 1: found \"'1,0,0\", expected ' at its end; close the quotation mark"),
        (
            "% none",
            "line 6, column 1: found the end of the file, expected at least one row after @data; put a row for each sample into the file",
        ),
        (
            "1,0,1,{5}",
            "line 6, column 4: found an instance weight, \"{5}\", expected rows that all weigh the same",
        ),
        (
            "{0 1,2 1},{5}",
            "line 6, column 3: found an instance weight, \"{5}\", expected rows that all weigh the same",
        ),
    ] {
        assert!(
            refused(format!("{head}{rows}\n")).starts_with(&format!(", {expected}")),
            "{rows:?}: {}",
            refused(format!("{head}{rows}\n"))
        );
    }
    let kind = "expected numeric, real, integer, string, date, or values in braces";
    let lines = "@relation x\n@attribute a real\n@attribute y {0,1}\n@data\n1,1\n";
    for (from, to, expected) in [
        ("a real", "a relational", format!("line 2, column 1: found the attribute \"a\" of type \"relational\", {kind}")),
        ("a real", "a", format!("line 2, column 1: found the attribute \"a\" of type \"\", {kind}")),
        ("a real", "a {0, 1", format!("line 2, column 1: found the attribute \"a\" with a brace left open, {kind}")),
        ("a real", "a {}", format!("line 2, column 1: found the attribute \"a\" without values, {kind}")),
        ("a real", "", "line 2, column 1: found an attribute without a name, expected a name and a type".into()),
        ("@attribute a", "@column a", "line 2, column 1: found \"@column\", expected @relation, @attribute or @data".into()),
        ("@data\n1,1\n", "", "line 3, column 1: found the end of the file, expected @data and rows after it".into()),
        ("@attribute a real\n@attribute y {0,1}\n", "", "line 2, column 1: found @data, expected @attribute for each column before it".into()),
        ("y {0,1}\n@data\n1,1", "y {1,0}\n@data\n{0 1}", "line 5, column 2: found a sparse row without the attribute \"y\", expected its value, as its first value, which a sparse row leaves out, is not 0".into()),
        (" x", " 'x: -C 0'", "line 1, column 1: found -C 0, expected a number of labels that is not 0".into()),
        (" x", " 'x: -C'", "line 1, column 1: found -C, expected a number of labels that is not 0".into()),
        (" x", " 'x: -C 2'", "line 1, column 1: found -C for 2 labels, expected fewer than the 2 attributes".into()),
    ] {
        let found = refused(lines.replace(from, to));
        assert!(found.starts_with(&format!(", {expected}")), "{to:?}: {found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_a_file_holds_nothing_panics(
        rows in r#"([-01?é%{}'",\\ \t\r\n#;|]|[012]|,|\n|-C|yes|no){0,40}"#,
        target in proptest::option::of(0_usize..4),
    ) {
        let head = "@relation 'x: -C 1'\n@attribute a real\n@attribute b {0,1}\n";
        for (name, contents) in [
            ("x.csv", rows.clone()),
            ("x.arff", rows.clone()),
            ("x.arff", format!("{head}@data\n{rows}")),
            ("x.arff", format!("{head}@attribute {rows}\n@data\n0,0,0")),
            ("x.arff", format!("@relation {rows}\n{head}@data\n0,0")),
        ] {
            let Ok(table) = table(name, contents) else { continue };
            prop_assert!(table.rows() > 0 && !table.columns().is_empty());
            for missing in [Missing::Error, Missing::Mean, Missing::Drop, Missing::Indicator] {
                let settings = Preprocessing::new(target.map(|t| t.to_string())).missing(missing).standardise(true);
                if let Ok(fitted) = settings.fit(&table) {
                    let data: Result<Dataset> = fitted.dataset(&table);
                    prop_assert!(data.map_or(true, |data| data.input_len() > 0 && data.output_len() > 0));
                }
            }
        }
    }
}

/// How a table can be written.
#[derive(Debug, Clone, Copy)]
struct Style {
    separator: char,
    decimal: char,
    header: bool,
    quoted: bool,
    end: &'static str,
    last_end: bool,
    mark: bool,
}

fn styles() -> impl Strategy<Value = Style> {
    let separators = prop_oneof![
        Just((',', '.')),
        Just((';', '.')),
        Just((';', ',')),
        Just(('\t', '.')),
        Just(('\t', ',')),
        Just(('|', '.'))
    ];
    let ends = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    (separators, any::<(bool, bool, bool, bool)>(), ends).prop_map(
        |((separator, decimal), (header, quoted, last_end, mark), end)| Style {
            separator,
            decimal,
            header,
            quoted,
            end,
            last_end,
            mark,
        },
    )
}

/// Numbers, some missing, and words that need quotes now and then.
fn columns() -> impl Strategy<Value = Vec<Vec<Option<Cell>>>> {
    let rows = 2_usize..12;
    rows.prop_flat_map(|rows| {
        let number = prop_oneof![
            (-1e6..1e6_f64).prop_map(|x| Some(Cell::Number(x))),
            (-50_i32..50).prop_map(|x| Some(Cell::Number(f64::from(x) + 0.25))),
            Just(None),
        ];
        let word = "[a-zé]{1,5}( [a-z,;|\"]{1,4}[a-z])?".prop_map(|word| Some(Cell::Word(word)));
        let numbers = proptest::collection::vec(number, rows);
        let words = proptest::collection::vec(word, rows);
        // A column of numbers with decimals tells separators and headers apart; so one comes first.
        let first =
            proptest::collection::vec((-9_i32..9).prop_map(|x| Some(Cell::Number(f64::from(x) + 0.5))), rows);
        (first, proptest::collection::vec(prop_oneof![2 => numbers, 1 => words], 1..5)).prop_map(
            |(first, mut rest)| {
                rest.insert(0, first);
                rest
            },
        )
    })
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Number(f64),
    Word(String),
}

fn written(columns: &[Vec<Option<Cell>>], style: Style) -> String {
    let field = |text: String, needs: bool| match needs || style.quoted {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    };
    let mut lines = vec![];
    if style.header {
        lines.push((0..columns.len()).map(|c| field(format!("name {c}"), false)).collect::<Vec<_>>());
    }
    for row in 0..columns[0].len() {
        let fields = columns.iter().map(|column| match &column[row] {
            None => field(String::new(), false),
            Some(Cell::Word(word)) => field(word.clone(), word.contains(['"', ',', ';', '|', '\t'])),
            Some(Cell::Number(number)) => {
                let text = format!("{number:?}").replace('.', &style.decimal.to_string());
                field(text, style.decimal == style.separator)
            }
        });
        lines.push(fields.collect());
    }
    let lines: Vec<String> = lines.iter().map(|fields| fields.join(&style.separator.to_string())).collect();
    let mark = if style.mark { "\u{feff}" } else { "" };
    format!("{mark}{}{}", lines.join(style.end), if style.last_end { style.end } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_was_written_in_any_dialect_is_what_is_read(columns in columns(), style in styles()) {
        let text = written(&columns, style);
        let table = table("x.csv", &text).unwrap();
        prop_assert_eq!(table.rows(), columns[0].len(), "{}", text);
        prop_assert_eq!(table.named(), style.header, "{}", text);
        for (c, column) in columns.iter().enumerate() {
            if column.iter().all(Option::is_none) {
                continue; // nothing says whether it held numbers
            }
            let name = if style.header { format!("name {c}") } else { (c + 1).to_string() };
            let place = table.find(&name).unwrap();
            let found: Vec<Option<Cell>> = match &table.columns()[place].values {
                Values::Numbers(numbers) => numbers.iter().map(|&x| (!x.is_nan()).then_some(Cell::Number(x))).collect(),
                Values::Words { codes, words, .. } => {
                    codes.iter().map(|&code| words.get(code as usize).map(|word| Cell::Word(word.clone()))).collect()
                }
                _ => vec![],
            };
            prop_assert_eq!(&found, column, "{}", text);
        }
    }
}
