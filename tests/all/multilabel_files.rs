//! Sets of labels are read right from CSV and ARFF files, and whatever may be wrong with a file ends in an
//! error with file, line and column.

use gradlens::{LabelledFile, Result};
use ndarray::array;
use proptest::prelude::*;
use std::fs;

fn read(name: &str, contents: impl AsRef<[u8]>, labels: Option<usize>) -> Result<LabelledFile<f32>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    LabelledFile::read(path, labels)
}

/// The file holds three features and two labels, in this order, of two samples.
#[track_caller]
fn holds_the_samples(name: &str, contents: impl AsRef<[u8]>, labels: Option<usize>, named: bool) {
    let file = read(name, contents, labels).unwrap();
    assert_eq!(file.data.inputs(), array![[1.0, -2.5, 0.0], [0.0, 0.0, 300.0]]);
    assert_eq!(file.data.target_rows().unwrap(), array![[1.0, 0.0], [0.0, 1.0]]);
    let names =
        |names: [&str; 3], count| Some(names[..count].iter().map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(file.features, names(["a", "b, c", "d"], 3).filter(|_| named));
    assert_eq!(file.labels, names(["happy", "calm", ""], 2).filter(|_| named));
}

/// The message of the error, which must begin with the path.
#[track_caller]
fn refusal(name: &str, contents: impl AsRef<[u8]>, labels: Option<usize>) -> String {
    let message = read(name, contents, labels).unwrap_err().to_string();
    let at = message.find(name).unwrap_or_else(|| panic!("the file is not named in: {message}"));
    message[at + name.len()..].to_string()
}

#[test]
fn csv_files_are_read_in_all_their_variants() {
    let good = |contents: &str, named| holds_the_samples("x.csv", contents, Some(2), named);
    good("1,-2.5,0,1,0\n0,0,3e2,0,1\n", false);
    good("1,-2.5,0,1,0\n0,0,3e2,0,1", false);
    good("1,-2.5,0,1,0\r\n0,0,3e2,0,1\r\n\r\n", false);
    good("1,-2.5,0,1,0\r0,0,3e2,0,1\r", false);
    good("1 , -2.5,0, 1,0\n\n   \n0,0,3e2,0.0,1.0\n\n \n", false);
    good("\"1\",\"-2.5\",0,\"1\",0\n0,0,\"\n3e2\n\",0,1", false);
    good("a,\"b, c\",d,happy,calm\n1,-2.5,0,1,0\n0,0,3e2,0,1\n", true);
    good("\u{feff}a,\"b, c\", d ,\"happy\",calm\r\n1,-2.5,0,1,0\r\n0,0,3e2,0,1\r\n", true);
    good("\u{feff}1,-2.5,0,1,0\n0,0,3e2,0,1\n", false);
    holds_the_samples("x.CSV", "1,-2.5,0,1,0\n0,0,3e2,0,1\n", Some(2), false);
    // Names in another encoding do no harm.
    let latin = read("x.csv", b"caf\xe9,label\n1,1\n", Some(1)).unwrap();
    assert_eq!(latin.features.unwrap(), ["caf\u{fffd}"]);
}

#[test]
fn what_is_wrong_with_a_csv_file_is_named_with_its_place() {
    let refused = |contents: &str| refusal("x.csv", contents, Some(1));
    let number = "put a number there, or leave the row or the column out";
    for (contents, message) in [
        ("1,2,0\n1,x,0\n", format!(", line 2, column 2: found \"x\", expected a number; {number}")),
        ("1,2,0\n1,,0\n", format!(", line 2, column 2: found an empty field, expected a number; {number}")),
        (
            "1,2,0\n1,?,0\n",
            format!(", line 2, column 2: found a missing value, \"?\", expected a number; {number}"),
        ),
        (
            "1,2,0\nNaN,1,0\n",
            format!(", line 2, column 1: found \"NaN\", expected a finite number; {number}"),
        ),
        (
            "1,-inf,0\n1,1,0\n",
            format!(", line 1, column 2: found \"-inf\", expected a finite number; {number}"),
        ),
        (
            "1,1e300,0\n",
            format!(", line 1, column 2: found \"1e300\", expected a number that an f32 can hold; {number}"),
        ),
        // Line numbers after CR LF, blank lines and quoted fields over several lines.
        (
            "1,2,0\r\n1,2,0\r\n1,x,0\r\n",
            format!(", line 3, column 2: found \"x\", expected a number; {number}"),
        ),
        ("1,2,0\r1,2,0\r1,x,0\r", format!(", line 3, column 2: found \"x\", expected a number; {number}")),
        ("1,2,0\n\n\n1,x,0\n", format!(", line 4, column 2: found \"x\", expected a number; {number}")),
        ("\"a\nb\",c,d\n1,x,0\n", format!(", line 3, column 2: found \"x\", expected a number; {number}")),
        (
            "1,\"\n2\",0\n\"\n\n1\",x,0\n",
            format!(", line 5, column 2: found \"x\", expected a number; {number}"),
        ),
        (
            "1,\"\r\n2\",0\r\n\r\n1,x,0\n",
            format!(", line 4, column 2: found \"x\", expected a number; {number}"),
        ),
        (
            "1,2,0\n1,this is a text of more than forty characters,0\n",
            format!(
                ", line 2, column 2: found \"this is a text of more than forty charac\" and more, expected a number; {number}"
            ),
        ),
    ] {
        assert_eq!(refused(contents), message, "{contents:?}");
    }
    for (contents, message) in [
        (
            "1,2,0\n1,2,2\n",
            ", line 2, column 3: found \"2\", expected 0 or 1, as in every label column; check the number of label columns, or put 0 or 1 there",
        ),
        (
            "1,2,0\n1,2,0.5\n",
            ", line 2, column 3: found \"0.5\", expected 0 or 1, as in every label column; check the number of label columns, or put 0 or 1 there",
        ),
        (
            "1,2,0\n\n1,2\n",
            ", line 3, column 3: found 2 fields, expected 3, as in line 1; give every row the same number of fields",
        ),
        (
            "a,b,c\n1,2,0,5\n",
            ", line 2, column 4: found 4 fields, expected 3, as in line 1; give every row the same number of fields",
        ),
        (
            "\n1,2,0\n5\n",
            ", line 3, column 2: found 1 field, expected 3, as in line 2; give every row the same number of fields",
        ),
        (
            "1,2o,0\n1,2,0\n",
            ", line 1, column 2: found \"2o\", expected a number, or in a header no number at all; put a number there, or change the names in the header that are numbers",
        ),
        (
            "a,b,2020\n1,2,0\n",
            ", line 1, column 1: found \"a\", expected a number, or in a header no number at all; put a number there, or change the names in the header that are numbers",
        ),
        (
            "",
            ", line 1, column 1: found an empty file, expected a row for each sample; fetch or write the file again",
        ),
        (
            "\u{feff}\r\n \n",
            ", line 1, column 1: found an empty file, expected a row for each sample; fetch or write the file again",
        ),
        (
            "a,b\n\n",
            ", line 1, column 1: found the end of the file, expected at least one row of numbers; put a row for each sample into the file",
        ),
        (
            "1\n0\n",
            ", line 1, column 1: found 1 column, expected more than the 1 label column, to have a feature; ask for fewer label columns, or check that fields are separated by commas",
        ),
        (
            "1;2;0\n",
            ", line 1, column 1: found 1 column, expected more than the 1 label column, to have a feature; ask for fewer label columns, or check that fields are separated by commas",
        ),
    ] {
        assert_eq!(refused(contents), message, "{contents:?}");
    }
    assert_eq!(
        refusal("x.csv", "1,2,0\n", Some(5)),
        ", line 1, column 3: found 3 columns, expected more than the 5 label columns, to have a feature; ask for fewer label columns, or check that fields are separated by commas"
    );
    assert_eq!(refusal("x.csv", "1,2,0\n", Some(0)), " is 0, but must be at least 1");
    assert_eq!(
        refusal("x.csv", "1,2,0\n", None),
        " is not given, but must be given, as a CSV file does not tell features from labels"
    );
}

const HEAD: &str = "@relation x\n@attribute a numeric\n@attribute 'b, c' real\n@attribute d integer\n";
const LABELS: &str = "@attribute happy {0,1}\n@attribute calm {0,1}\n";

#[test]
fn arff_files_are_read_in_all_their_variants() {
    let dense = "@data\n1,-2.5,0,1,0\n0,0,3e2,0,1\n";
    let sparse = "@data\n{0 1, 1 -2.5, 3 1}\n{2 3e2,4 1}\n";
    let good = |contents: &str, labels| holds_the_samples("x.arff", contents, labels, true);
    for data in [dense, sparse] {
        let mulan = format!("{HEAD}{LABELS}{data}");
        good(&mulan, Some(2));
        good(&mulan.replace('\n', "\r\n"), Some(2));
        good(&mulan.replace('\n', "\r"), Some(2));
        good(&format!("\u{feff}% a comment\n\n{mulan}\n\n% the end\n"), Some(2));
        good(&mulan.replace('@', "  @").replace("1\n", "1 % so\n"), Some(2));
        good(
            &mulan.replace("@attribute", "@ATTRIBUTE").replace("@data", "@Data").replace("real", "REAL"),
            Some(2),
        );
        good(&mulan.replace("{0,1}", "{ '0', \"1\" }").replace("happy {", "'happy'{"), Some(2));
        good(&mulan.replace("'b, c' real", "\"b, c\"\treal [0,1]"), Some(2));
        good(&mulan.replace("{0,1}", "numeric"), Some(2));
        good(&mulan.replace("d integer", "d {0,300.0}"), Some(2));
        let meka = mulan.replace("@relation x", "@relation 'moods: -C -2 -split 5'");
        good(&meka, None);
        good(&meka, Some(2));
        good(&meka.replace("@relation 'moods: -C -2 -split 5'", "@RELATION moods:-C -2"), None);
    }
    good(&format!("{HEAD}{LABELS}@data\n1 -2.5 0 1 0\n'0',0\t,3e2 , 0,\"1\"\n"), Some(2));
    good(&format!("{HEAD}{LABELS}@data\n{{ 1 -2.5 , 0 1,3 '1', }}\n{{2 3e2 4 1}}\n"), Some(2));
    // Labels first.
    let meka = format!("{}{LABELS}{}", "@relation 'moods: -C 2'\n", &HEAD["@relation x\n".len()..]);
    good(&format!("{meka}@data\n1,0,1,-2.5,0\n0,1,0,0,3e2\n"), None);
    good(&format!("{meka}@data\n{{0 1,2 1,3 -2.5}}\n{{1 1,4 3e2}}\n"), None);
    // A sparse row of zeros, and escapes in a name.
    let file =
        read("x.arff", "@attribute 'it\\'s \\\\' real\n@attribute y {0,1}\n@data\n{}\n", Some(1)).unwrap();
    assert_eq!(file.data.inputs(), array![[0.0]]);
    assert_eq!(file.features.unwrap(), ["it's \\"]);
}

#[test]
fn what_is_wrong_with_an_arff_file_is_named_with_its_place() {
    let head = "@relation x\n@attribute a numeric\n@attribute b {0,2}\n@attribute y {0,1}\n@data\n";
    let number = "put a number there, or leave the row or the column out";
    let index =
        "expected the number of an attribute, 0 to 2, once a row; write a sparse row as {index value, ...}";
    for (rows, message) in [
        ("1,0,0\nx,0,0", format!("line 7, column 1: found \"x\", expected a number; {number}")),
        ("1,0,0\n\n%\n1,?,0", format!("line 9, column 2: found a missing value, \"?\", expected a number; {number}")),
        ("1,,0", format!("line 6, column 2: found an empty field, expected a number; {number}")),
        ("nan,0,0", format!("line 6, column 1: found \"nan\", expected a finite number; {number}")),
        ("{0 inf}", format!("line 6, column 1: found \"inf\", expected a finite number; {number}")),
        ("{2 1, 0 ?}", format!("line 6, column 1: found a missing value, \"?\", expected a number; {number}")),
        ("{0 }", format!("line 6, column 1: found \"}}\", expected a number; {number}")),
        ("{0", format!("line 6, column 1: found an empty field, expected a number; {number}")),
        ("1,1,0", "line 6, column 2: found \"1\", expected a value of \"b\", declared in line 3; mend the value, or declare it".into()),
        ("{1 5}", "line 6, column 2: found \"5\", expected a value of \"b\", declared in line 3; mend the value, or declare it".into()),
        ("1,0,2", "line 6, column 3: found \"2\", expected 0 or 1, as in every label column; check the number of label columns, or put 0 or 1 there".into()),
        ("1,0", "line 6, column 3: found 2 values, expected 3, one for each attribute; give every row a value for each attribute".into()),
        ("1,0,1,1", "line 6, column 4: found 4 values, expected 3, one for each attribute; give every row a value for each attribute".into()),
        ("1,0,1,", "line 6, column 4: found 4 values, expected 3, one for each attribute; give every row a value for each attribute".into()),
        ("{0 1, 3 1}", format!("line 6, column 2: found the index \"3\", {index}")),
        ("{-1 1}", format!("line 6, column 1: found the index \"-1\", {index}")),
        ("{0 1, 0 1}", format!("line 6, column 2: found the index \"0\", {index}")),
        ("{0 1", "line 6, column 2: found a row with its brace left open, expected }; close the brace".into()),
        ("{0 1} {2 1}", "line 6, column 2: found \"{2 1}\", expected the end of the row after }; put each row on a line of its own".into()),
        ("'1,0,0", "line 6, column 1: found \"'1,0,0\", expected ' at its end; close the quotation mark".into()),
        ("% none", "line 6, column 1: found the end of the file, expected at least one row of numbers; put a row for each sample into the file".into()),
    ] {
        assert_eq!(refusal("x.arff", format!("{head}{rows}\n"), Some(1)), format!(", {message}"), "{rows:?}");
    }
    let kind = "expected numeric, real, integer, or values in braces that are numbers; write the attribute as numbers, or leave it out";
    let lines = "@relation x\n@attribute a real\n@attribute y {0,1}\n@data\n1,1\n";
    for (from, to, message) in [
        ("a real", "a string", format!("line 2, column 1: found the attribute \"a\" of type \"string\", {kind}")),
        ("a real", "a date 'yyyy'", format!("line 2, column 1: found the attribute \"a\" of type \"date\", {kind}")),
        ("a real", "a", format!("line 2, column 1: found the attribute \"a\" of type \"\", {kind}")),
        ("a real", "a {red, blue}", format!("line 2, column 1: found the attribute \"a\" with the value \"red\", {kind}")),
        ("a real", "a {0, 1", format!("line 2, column 1: found the attribute \"a\" with a brace left open, {kind}")),
        ("a real", "a {}", format!("line 2, column 1: found the attribute \"a\" without values, {kind}")),
        ("a real", "", "line 2, column 1: found an attribute without a name, expected a name and a type; fetch the file again".into()),
        ("y {0,1}", "y {no,yes}", format!("line 3, column 2: found the attribute \"y\" with the value \"no\", {kind}")),
        ("y {0,1}", "y {0,2}", "line 3, column 2: found the label \"y\" with other values than 0 and 1, expected {0,1}; check the number of labels, or write the labels as {0,1}".into()),
        ("@attribute a", "@column a", "line 2, column 1: found \"@column\", expected @relation, @attribute or @data; mend the head of the file".into()),
        ("@data\n1,1\n", "", "line 3, column 1: found the end of the file, expected @data and rows after it; fetch the file again".into()),
        ("@attribute a real\n@attribute y {0,1}\n", "", "line 2, column 1: found @data, expected @attribute for each column before it; fetch the file again".into()),
        ("@attribute a real\n", "", "line 3, column 1: found 1 column, expected more than the 1 label column, to have a feature; ask for fewer label columns, or check that fields are separated by commas".into()),
        ("y {0,1}\n@data\n1,1", "y {1,0}\n@data\n{0 1}", "line 5, column 2: found a sparse row without the attribute \"y\", expected its value, as its first value, which a sparse row leaves out, is not 0; write the value into the row, or declare 0 first".into()),
        (" x", " 'x: -C 0'", "line 1, column 1: found -C 0, expected a number of labels that is not 0; mend the -C, or leave it out".into()),
        (" x", " 'x: -C'", "line 1, column 1: found -C, expected a number of labels that is not 0; mend the -C, or leave it out".into()),
        (" x", " 'x: -C 2'", "line 1, column 1: found -C for 2 labels, expected 1, the number asked for; leave the number out, or ask for the same".into()),
    ] {
        assert_eq!(refusal("x.arff", lines.replace(from, to), Some(1)), format!(", {message}"), "{to:?}");
    }
    assert_eq!(
        refusal("x.arff", lines, None),
        " is not given, but must be given, as the relation has no -C to tell it"
    );
    assert_eq!(
        refusal("x.arff", "", None),
        ", line 1, column 1: found an empty file, expected a row for each sample; fetch or write the file again"
    );
}

#[test]
fn a_file_of_another_kind_or_none_at_all_is_named() {
    let kind = "expected .csv or .arff; name the file by its format, or convert it to one of these";
    assert_eq!(refusal("x.txt", "1,0\n", Some(1)), format!(": found the ending .txt, {kind}"));
    assert_eq!(refusal("moods", "1,0\n", Some(1)), format!(": found no ending, {kind}"));
    let error = LabelledFile::<f32>::read("no/such.csv", Some(1)).unwrap_err().to_string();
    assert!(error.starts_with("no/such.csv: cannot read the file: "), "{error}");
    assert!(error.ends_with("; check its name and permissions"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn whatever_a_file_holds_nothing_panics(
        rows in r#"([-01?é%{}'",\\ \t\r\n]|[012]|,|\n|-C){0,40}"#,
        labels in proptest::option::of(0_usize..4),
    ) {
        let head = "@relation 'x: -C 1'\n@attribute a real\n@attribute b {0,1}\n";
        for (name, contents) in [
            ("x.csv", rows.clone()),
            ("x.arff", rows.clone()),
            ("x.arff", format!("{head}@data\n{rows}")),
            ("x.arff", format!("{head}@attribute {rows}\n@data\n0,0,0")),
            ("x.arff", format!("@relation {rows}\n{head}@data\n0,0")),
        ] {
            if let Ok(file) = read(name, contents, labels) {
                prop_assert!(!file.data.is_empty() && file.data.input_len() > 0 && file.data.output_len() > 0);
            }
        }
    }
}
