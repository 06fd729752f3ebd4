//! CSV files, and what becomes of their columns.

use super::{message, names, numbers, read_csv, says, table, words};
use gradlens::data::{Missing, Reading, Table, Task};
use gradlens::{Dataset, Preprocessing};
use ndarray::{Array2, array};
use std::fs;

#[test]
fn a_csv_file_is_read_in_all_its_variants() {
    let good = |contents: &str, named: bool| {
        let table = read_csv(contents);
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
        let table = read_csv(&bytes);
        assert_eq!(names(&table), ["größe", "b"], "{bytes:?}");
        assert_eq!(numbers(&table, 0), [1.0, 3.0]);
    }
    assert!(says(&read_csv(&latin_1), "Windows-1252"));
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
        assert_eq!(names(&read_csv(contents)), expected, "{contents:?}");
    }
    // What is a guess is said.
    assert!(says(&read_csv("0,1,2\n1.5,2,1\n"), "header"));
    assert!(says(&read_csv("5,3,1\n4.5,2.5,1\n"), "taken for a row"));
    assert!(says(&read_csv("name,kind\nann,cat\n"), "taken for a header"));
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
    assert_eq!(numbers(&read_csv("a,b\n\"1,234\",2.5\n\"5,678\",4\n"), 0), [1234.0, 5678.0]);
    assert_eq!(numbers(&read_csv("a,b\n\"1,5\",2\n\"5,678\",4\n"), 0), [1.5, 5.678]);
    assert_eq!(numbers(&read_csv("a;b\n1,234;2\n5,678;4\n"), 0), [1.234, 5.678]);
    // Groups and decimals in one number settle it for all.
    assert_eq!(numbers(&read_csv("a;b\n1;2.013,37\n2;500\n"), 1), [2013.37, 500.0]);
    assert_eq!(numbers(&read_csv("a,b\n1,\"2.013,37\"\n2,\"4.237.168,68\"\n"), 1), [2013.37, 4_237_168.68]);
    assert_eq!(numbers(&read_csv("a,b\n1,\"2,013.37\"\n2,\"5,000\"\n"), 1), [2013.37, 5000.0]);
    assert!(says(&read_csv("a;b\n1;1.015\n2;2.028\n"), "if it stands before thousands"));
    let error = message("x.csv", table("x.csv", "a;b\n1,5;2.5\n"));
    assert!(error.contains("\"1,5\" and numbers like \"2.5\""), "{error}");
}

#[test]
fn what_is_missing_is_missing_however_it_is_written() {
    for missing in ["", "NA", "NaN", "?", "-", "N/A", "null"] {
        let table = read_csv(format!("a,b,y\n1,{missing},1\n3,4,0\n"));
        assert!(numbers(&table, 1)[0].is_nan() && numbers(&table, 1)[1] == 4.0, "{missing}");
        let error = message("x.csv", Preprocessing::new(["y"]).fit(&table));
        assert!(error.contains("missing values: 1 in \"b\"") && error.contains("\"drop\""), "{error}");
    }
    let table = read_csv("a,b,y\n1,,1\n3,4,0\n5,8,1\n");
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
    let table = read_csv("c,y\nred,1\n?,0\nblue,1\nblue,0\ngreen,1\n");
    let fitted = Preprocessing::new(["y"]).missing(Missing::Mean).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["c is blue", "c is green", "c is red"]);
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs().row(1).to_vec(), [1.0, 0.0, 0.0]);
    // Targets are not guessed.
    let table = read_csv("a,y\n1,\n2,1\n3,0\n");
    let error = message("x.csv", Preprocessing::new(["y"]).missing(Missing::Mean).fit(&table));
    assert!(error.contains("1 in \"y\"") && error.contains("targets cannot be guessed"), "{error}");
    let error = message("x.csv", Preprocessing::new(["y"]).fit(&table));
    assert!(error.contains("targets cannot be guessed") && !error.contains("mean"), "{error}");
    let dropped = Preprocessing::new(["y"]).missing(Missing::Drop).fit(&table).unwrap();
    assert!(
        dropped.notes.iter().any(|note| note.contains("1 of 3 rows lack a value")),
        "{:?}",
        dropped.notes
    );
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
        let table = read_csv(contents);
        let target = table.columns().len().to_string();
        let error = message("x.csv", Preprocessing::new([target]).fit(&table));
        assert!(error.starts_with(expected), "{contents:?}: {error}");
        assert!(error.contains("under categories"), "{error}");
    }
    // A column that is ignored, or read as words, does no harm.
    let contents = "a,b,y\n1,3+,1\n2,0,0\n3,1,1\n";
    assert!(Preprocessing::new(["y"]).ignore(["b"]).fit(&read_csv(contents)).is_ok());
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
    let table = read_csv("age,income,y\n1,2,1\n3,4,0\n");
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
    let table = read_csv(",a,y\n0,5,1\n1,6,0\n");
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
        let table = read_csv(contents);
        let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
        assert_eq!(
            (fitted.task(), fitted.target_names()),
            (Task::Classes, classes.iter().map(|c| c.to_string()).collect()),
            "{contents:?}"
        );
        assert_eq!(fitted.dataset::<f32>(&table).unwrap().labels().unwrap(), labels, "{contents:?}");
    }
    let train = read_csv("a,y\n1,cat\n2,dog\n");
    let fitted = Preprocessing::new(["y"]).fit(&train).unwrap();
    let error = message("x.csv", fitted.dataset::<f32>(&read_csv("a,y\n1,cat\n2,cow\n")));
    assert!(
        error.starts_with(
            ", line 3, column 2: found \"cow\", expected a class of the training table: \"cat\", \"dog\""
        ),
        "{error}"
    );
    // Whole numbers from 0 can be widened to the outputs of a network, words cannot.
    let mut digits = Preprocessing::new(["y"]).fit(&read_csv("a,y\n1,0\n2,1\n")).unwrap();
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
        let table = read_csv(format!("a,p,q\n1,{yes},{no}\n2,{no},{no}\n3,{yes},{yes}\n"));
        let fitted = Preprocessing::new(["p", "q"]).fit(&table).unwrap();
        assert_eq!(fitted.task(), Task::Labels, "{yes}");
        let data: Dataset = fitted.dataset(&table).unwrap();
        assert_eq!(data.target_rows().unwrap(), array![[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]], "{yes}");
    }
    for lists in ["\"['red', 'green']\"", "\"red,green\"", "red;green", "red|green", "green; red"] {
        let table = read_csv(format!("a,labels\n1,{lists}\n2,blue\n3,red\n"));
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
    let empty = read_csv("a,labels\n1,red;green\n2,\n3,red\n");
    let data: Dataset = Preprocessing::new(["labels"]).fit(&empty).unwrap().dataset(&empty).unwrap();
    assert_eq!(data.target_rows().unwrap(), array![[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]);
    let named = read_csv("a,kind\n1,\"Tech, IT\"\n2,Law\n3,\"Tech, IT\"\n");
    assert_eq!(Preprocessing::new(["kind"]).fit(&named).unwrap().target_names(), ["Law", "Tech, IT"]);
    let table = read_csv("a,p,q\n1,1,0\n2,0,2\n");
    let error = message(
        "x.csv",
        Preprocessing::new(["p", "q"]).task(Task::Labels).fit(&table).and_then(|f| f.dataset::<f32>(&table)),
    );
    assert!(error.starts_with(", line 3, column 3: found 2, expected 0 or 1"), "{error}");
}

#[test]
fn targets_of_a_regression_come_back_in_their_units() {
    let table = read_csv("a,y\n1,100\n2,300\n3,200.5\n");
    let fitted = Preprocessing::new(["y"]).standardise_targets(true).fit(&table).unwrap();
    assert_eq!(fitted.task(), Task::Regression);
    let data: Dataset<f64> = fitted.dataset(&table).unwrap();
    let targets = data.target_rows().unwrap().to_owned();
    assert!(targets.sum().abs() < 1e-12 && (targets.pow2().mean().unwrap() - 1.0).abs() < 1e-12);
    let back = fitted.in_units(&targets);
    assert!((back - array![[100.0], [300.0], [200.5]]).iter().all(|error: &f64| error.abs() < 1e-10));
    // One row, or several with the same target, are measured too: there is no difference to lose.
    for rows in ["a,y\n1,70\n", "a,y\n1,70\n2,70\n"] {
        assert!(fitted.dataset::<f32>(&read_csv(rows)).is_ok(), "{rows}");
    }
    // What an f32 cannot tell apart is not trained on in silence.
    let far = read_csv("a,y\n1,1700000000.5\n2,1700000001.5\n3,1700000002.5\n");
    let error = message("x.csv", Preprocessing::new(["y"]).fit(&far).and_then(|f| f.dataset::<f32>(&far)));
    assert!(error.contains("differences an f32 can hold; set standardise_targets = true"), "{error}");
    let fitted = Preprocessing::new(["y"]).standardise_targets(true).fit(&far).unwrap();
    let targets = fitted.dataset::<f32>(&far).unwrap().target_rows().unwrap().to_owned();
    assert!((fitted.in_units(&targets)[[2, 0]] - 1_700_000_002.5).abs() < 1e-3);
    let classes = read_csv("a,y\n1,0\n2,1\n");
    let error = Preprocessing::new(["y"]).standardise_targets(true).fit(&classes).unwrap_err().to_string();
    assert_eq!(error, "standardise_targets is true, but must be false, as the task is classes");
}

#[test]
fn test_data_are_matched_by_name() {
    let train = read_csv("a,b,y\n1,10,0\n2,20,1\n3,30,1\n");
    let fitted = Preprocessing::new(["y"]).fit(&train).unwrap();
    let test: Dataset = fitted.dataset(&read_csv("b,y,a\n10,0,1\n20,1,2\n")).unwrap();
    assert_eq!((test.inputs(), test.labels()), (array![[1.0, 10.0], [2.0, 20.0]], Some(&[0, 1][..])));
    for (contents, expected) in [
        ("a,y\n1,0\n", "found no column \"b\", expected the columns of the training file"),
        ("a,b,c,y\n1,2,3,0\n", "found unknown columns \"c\""),
        ("a,c,y\n1,2,0\n", "found no column \"b\", and unknown columns \"c\""),
        ("1,2,0\n3,4,1\n", "found no header, expected a header of names, as in the training file"),
    ] {
        let error = message("x.csv", fitted.dataset::<f32>(&read_csv(contents)));
        assert!(error.contains(expected), "{contents:?}: {error}");
    }
    // A column that only the test file has can be ignored.
    let tolerant = Preprocessing::new(["y"]).ignore(["id"]).fit(&train).unwrap();
    let test: Dataset = tolerant.dataset(&read_csv("id,b,y,a\n7,10,0,1\n")).unwrap();
    assert_eq!(test.inputs(), array![[1.0, 10.0]]);
    let one = read_csv("a,y\n1,cat\n2,cat\n");
    assert!(message("x.csv", Preprocessing::new(["y"]).fit(&one)).contains("found one class, \"cat\""));
    // New rows need no targets.
    assert_eq!(fitted.inputs::<f32>(&read_csv("b,a\n1,2\n")).unwrap(), array![[2.0, 1.0]]);
    // Without names there is only the position.
    let train = read_csv("1,10,0\n2,20,1\n");
    let fitted = Preprocessing::new(["3"]).fit(&train).unwrap();
    assert_eq!(fitted.inputs::<f32>(&read_csv("5,6\n7,8\n")).unwrap(), array![[5.0, 6.0], [7.0, 8.0]]);
    assert!(
        message("x.csv", fitted.dataset::<f32>(&read_csv("1,2,3,0\n4,5,6,1\n")))
            .contains("found 4 columns, expected 3")
    );
}

#[test]
fn standardising_sees_what_f32_does_not() {
    let rows: String =
        (0..100).map(|i| format!("{},{}\n", 1_700_000_000_u64 + i, u64::from(i >= 50))).collect();
    let table = read_csv(format!("t,y\n{rows}"));
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    let inputs = fitted.dataset::<f32>(&table).unwrap().inputs();
    let deviation = ((100.0_f64.powi(2) - 1.0) / 12.0).sqrt(); // of 0, 1, .., 99
    let expected = Array2::from_shape_fn((100, 1), |(i, _)| ((i as f64 - 49.5) / deviation) as f32);
    assert_eq!(inputs, expected);
    // Two numbers that are the same in f32 stay two.
    let table = read_csv("t,b,y\n16777216,2,1\n16777217,4,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs(), array![[-1.0, -1.0], [1.0, 1.0]]);
    // An input that is always the same becomes 0, and that is said.
    let table = read_csv("a,b,y\n1,7,1\n3,7,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit(&table).unwrap();
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs(), array![[-1.0, 0.0], [1.0, 0.0]]);
    assert!(fitted.notes.iter().any(|note| note.contains("\"b\" is always 7")), "{:?}", fitted.notes);
    // What f32 cannot hold is an error where it is not standardised.
    let table = read_csv("a,b,y\n1e-50,2,1\n1e39,4,0\n");
    let error =
        message("x.csv", Preprocessing::new(["y"]).fit(&table).and_then(|f| f.dataset::<f32>(&table)));
    assert!(
        error.starts_with(
            ", line 3, column 1: found 1e39, expected a number that an f32 can hold; standardise"
        ),
        "{error}"
    );
    assert!(Preprocessing::new(["y"]).fit(&table).unwrap().dataset::<f64>(&table).is_ok());
    let error = message("x.csv", Preprocessing::new(["y"]).fit(&read_csv("a,y\n1,0\n-inf,1\n")));
    assert!(error.contains("line 3, column 1: found -inf, expected a finite number"), "{error}");
}

#[test]
fn means_can_be_those_of_some_rows() {
    let table = read_csv("a,y\n1,0\n3,1\n100,0\n");
    let fitted = Preprocessing::new(["y"]).standardise(true).fit_on(&table, &[0, 1]).unwrap();
    assert_eq!(fitted.dataset::<f64>(&table).unwrap().inputs(), array![[-1.0], [1.0], [98.0]]);
}

#[test]
fn words_become_inputs_up_to_a_limit() {
    let table = read_csv("c,d,y\nred,yes,1\nblue,no,0\ngreen,no,1\n");
    let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["c is blue", "c is green", "c is red", "d is yes"]);
    let inputs = fitted.dataset::<f32>(&table).unwrap().inputs();
    assert_eq!(inputs, array![[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]);
    let error = message("x.csv", Preprocessing::new(["y"]).max_categories(2).fit(&table));
    assert_eq!(
        error,
        ": found 3 different words in column \"c\", expected at most 2, as each becomes an input; ignore the column, or raise max_categories"
    );
    let error = message("x.csv", fitted.inputs::<f32>(&read_csv("c,d\npink,no\n")));
    assert!(
        error.contains("line 2, column 1: found \"pink\", expected a word of the training table"),
        "{error}"
    );
}

#[test]
fn what_was_learned_survives_as_json() {
    let table = read_csv("a,c,y\n0.1,red,0.3\n0.7,blue,1.1\n,green,2\n");
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
