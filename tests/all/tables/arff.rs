//! ARFF files.

use super::{message, names, numbers, table};
use gradlens::data::{Table, Task};
use gradlens::{Dataset, Preprocessing};
use ndarray::{Array2, array};
use std::fs;

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
fn a_nominal_value_that_is_declared_twice_is_one() {
    let head = "@attribute a {x, x, y, z}\n@attribute y {no,yes}\n@data\n";
    let table = table("x.arff", format!("{head}x,no\ny,yes\nz,no\n")).unwrap();
    let fitted = Preprocessing::new(["y"]).fit(&table).unwrap();
    assert_eq!(fitted.input_names(), ["a is x", "a is y", "a is z"]);
    assert_eq!(fitted.dataset::<f32>(&table).unwrap().inputs(), Array2::<f32>::eye(3));
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

#[test]
fn sparse_rows_that_would_fill_the_memory_are_refused() {
    use std::fmt::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.arff");
    let mut text = String::from("@relation r\n");
    (0..20_000).for_each(|i| writeln!(text, "@attribute a{i} numeric").unwrap());
    text += "@data\n";
    (0..200_000).for_each(|_| text += "{}\n");
    std::fs::write(&path, &text).unwrap();
    let error = Table::read(&path).unwrap_err().to_string();
    assert!(error.contains("a sparse row that makes") && error.contains("take fewer rows"), "{error}");
}
