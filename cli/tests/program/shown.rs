//! What is shown beyond lines: pages, colours, the table below the bar, and which vectors it was computed with.

use crate::{PROGRAM, gradlens, json, printed, refused, text, title};
use std::fs;
use std::process::{Command, Output};

/// The page that a command writes.
fn page(flags: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    printed(&format!("{flags} --html {}", path.display()));
    let page = fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{flags}");
    assert!(!page.contains("NaN"), "{flags}");
    for address in ["http:", "https:", "src=\"", "@import", "url("] {
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains(address), "{flags}: the page asks for {address}");
    }
    page
}

#[test]
fn every_command_that_learns_writes_a_page_that_begins_with_what_was_found() {
    let trained = page("train --made blobs --epochs 20 --test-share 0.2 --noise 0.4");
    assert!(trained.contains("of the test samples are right"), "{trained}");
    assert!(trained.contains("What is taken for what.") && trained.contains("The worst mistakes"));
    let labels = page("train --made teacher --epochs 3 --test-share 0.2");
    assert!(labels.contains("of the labels of the test samples are right"));
    let seen = page("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5");
    assert!(seen.contains("<h1>Vanishing slope: the gradient at the first of 12 hidden layers is"), "{seen}");
    assert!(seen.contains("What the words mean"));
    // A single hidden layer loses nothing between layers, and has no pictures of that.
    let one = page("diagnose --made circles --hidden 8 --epochs 5");
    assert!(!one.contains("The gradient at every hidden layer"), "{one}");
}

#[test]
fn a_page_compares_before_and_after_on_common_axes() {
    let page = page("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 20 --fix");
    assert!(page.contains("Where the gradient goes before the first step."), "{page}");
    assert!(page.contains(">Before</h2>") && page.contains(">After</h2>"));
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

#[test]
fn predictions_are_a_page_with_the_worst_mistakes_where_the_truth_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let rows: String = (0..60)
        .map(|i| format!("{},{}\n", f64::from(i) / 10.0, if i % 7 < 4 { "a" } else { "<b>" }))
        .collect();
    fs::write(at("t.csv"), format!("x,kind\n{rows}")).unwrap();
    printed(&format!(
        "predict {} {} --targets kind --out {} --html {}",
        at("t.csv"),
        at("t.csv"),
        at("p.csv"),
        at("p.html")
    ));
    let page = fs::read_to_string(at("p.html")).unwrap();
    assert!(
        page.contains("The worst mistakes") && page.contains("&lt;b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    refused(
        &format!("predict {} {} --targets kind --html {}", at("t.csv"), at("t.csv"), at("t.csv")),
        "would be written over",
    );
}

/// The page of what is predicted for `rows`, by a network that is trained on `table` first.
fn predicted(flags: &str, table: &str, rows: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("t.csv"), table).unwrap();
    fs::write(at("r.csv"), rows).unwrap();
    page(&format!("predict {} {} {flags} --out {} --quiet", at("t.csv"), at("r.csv"), at("p.csv")))
}

/// What is seen before anything is unfolded.
fn unfolded(page: &str) -> &str {
    &page[..page.find("<details").unwrap()]
}

#[test]
fn the_page_of_predictions_begins_with_what_these_rows_are_said_to_be() {
    let table: String = (0..60).map(|i| format!("{i},{}\n", if i < 20 { "low" } else { "high" })).collect();
    let table = format!("x,kind\n{table}");
    let of = |rows: &[usize]| {
        let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
        predicted("--targets kind --epochs 60", &table, &format!("x\n{rows}"))
    };
    let mixed = of(&[0, 1, 2, 50, 59]);
    assert_eq!(title(&mixed), "Of 5 rows 3 are said to be low, 2 high");
    assert_eq!(title(&of(&[55, 59])), "All of 2 rows are said to be high");
    assert!(unfolded(&mixed).contains("How sure the network is:"), "{mixed}");
    assert_eq!(unfolded(&mixed).matches("<svg").count(), 1, "one picture proves it");
    assert!(mixed.contains("least sure of") && !mixed.contains("not known"));
    let known = predicted("--targets kind --epochs 60", &table, &table);
    assert!(title(&known).starts_with("Of 60 rows "), "{}", title(&known));
    assert!(unfolded(&known).contains("Better than a constant answer:"), "{known}");
    assert!(known.contains("How often each is said, and is right."));
}

#[test]
fn predicted_labels_and_numbers_are_summed_up_in_the_title_of_their_page() {
    let row = |i: usize| format!("{i},{},{},{}\n", u8::from(i > 30), u8::from(i > 50), 10 * i);
    let table: String = (0..60).map(row).collect();
    let table = format!("x,high,top,price\n{table}");
    let labels = "--targets high,top --ignore price --task labels --epochs 100";
    let none = predicted(labels, &table, "x\n0\n1\n");
    assert_eq!(
        title(&none),
        "Of 2 rows 0 are said to have high, the most frequent label, and 2 to have none"
    );
    let some = predicted(labels, &table, "x\n59\n1\n");
    assert!(title(&some).starts_with("Of 2 rows 1 are said to have "), "{}", title(&some));
    let numbers = "--targets price --ignore high,top --task regression --epochs 100";
    let rising = predicted(numbers, &table, "x\n1\n30\n58\n");
    assert!(title(&rising).starts_with("price is predicted as "), "{}", title(&rising));
    assert!(unfolded(&rising).contains("Where the numbers lie:"));
    assert!(unfolded(&rising).contains("<svg"), "a picture of them");
    let same = predicted(numbers, &table, "x\n30\n30\n");
    assert!(unfolded(&same).contains("The same for all rows:"), "{}", unfolded(&same));
}

#[test]
fn many_classes_are_proven_by_those_that_are_found_least_often() {
    let rows: String = (0..300).map(|i| format!("{},{},town {}\n", i % 25 / 5, i % 5, i % 25)).collect();
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("t.csv");
    fs::write(&table, format!("x,y,town\n{rows}")).unwrap();
    let page = page(&format!("train {0} --test {0} --targets town --epochs 5", table.display()));
    assert!(unfolded(&page).contains("The classes that are found least often."), "{page}");
    assert!(page.contains("the share that is found: 20 of 25 classes."), "{page}");
}

#[test]
fn a_network_is_praised_only_beyond_what_chance_does() {
    let table: String = (0..60).map(|i| format!("{i},{}\n", if i < 30 { "low" } else { "high" })).collect();
    // The network says low of 0 and high of 59; the truth of each is what stands behind it.
    let of = |rows: &[(&str, usize)]| {
        let rows: String = rows.iter().map(|(row, count)| format!("{row}\n").repeat(*count)).collect();
        let flags = "--targets kind --epochs 60";
        predicted(flags, &format!("x,kind\n{table}"), &format!("x,kind\n{rows}"))
    };
    let better = of(&[("0,low", 20), ("59,high", 80)]);
    assert!(
        unfolded(&better).contains(
            "<strong>Better than a constant answer:</strong> always saying high would be wrong about 20 of 100 samples, the network is \
             wrong about 0."
        ),
        "{better}"
    );
    // One mistake fewer than the constant makes.
    let alike = of(&[("0,low", 1), ("59,low", 19), ("59,high", 80)]);
    assert!(unfolded(&alike).contains("No better than a constant answer, as far as 100 samples tell:"));
    assert!(unfolded(&of(&[("59,low", 20), ("0,high", 80)])).contains("Worse than a constant answer:"));
    let one = of(&[("0,high", 2), ("59,high", 2)]);
    assert!(unfolded(&one).contains("Nothing to compare with:") && title(&one).contains("2 are right"));
}

#[test]
fn numbers_and_labels_have_constants_of_their_own() {
    let row = |i: usize| format!("{i},{},{}\n", u8::from(i > 50), 10 * i);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("t.csv"), format!("x,top,price\n{}", (0..100).map(row).collect::<String>())).unwrap();
    let train = |flags: &str| page(&format!("train {} {flags}", at("t.csv")));
    let numbers = "--targets price --ignore top --task regression";
    let labels = "--targets top --ignore price --task labels";
    let learned = train(&format!("{numbers} --epochs 200 --lr 0.01 --save {}", at("m.safetensors")));
    assert!(unfolded(&learned).contains("Better than a constant answer:"), "{}", unfolded(&learned));
    assert!(unfolded(&learned).contains("of the squared error of the best constant for price "));
    for idle in [numbers, labels] {
        let idle = train(&format!("{idle} --epochs 1 --lr 1e-9"));
        assert!(!unfolded(&idle).contains("Better than"), "{}", unfolded(&idle));
    }
    let labelled = train(&format!("{labels} --epochs 200 --lr 0.01"));
    assert!(unfolded(&labelled).contains("saying the same of all samples would get "), "{labelled}");
    assert!(unfolded(&labelled).contains("Better than a constant answer:"));
    fs::write(at("same.csv"), "x,top,price\n1,0,70\n2,1,70\n").unwrap();
    let same = page(&format!("evaluate {} --test {}", at("m.safetensors"), at("same.csv")));
    assert!(unfolded(&same).contains("Nothing to compare with:"), "{}", unfolded(&same));
}

#[test]
fn mistakes_on_images_of_any_size_are_drawn_in_their_colours() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = |shape: &[u32], bytes: Vec<u8>| {
        let mut idx = vec![0, 0, 8, shape.len() as u8];
        shape.iter().for_each(|side| idx.extend(side.to_be_bytes()));
        [idx, bytes].concat()
    };
    // Each class has red images and blue ones, so that half of them are mistaken.
    let of = |[height, width]: [u32; 2]| {
        let pixel = |image: u8| if image.is_multiple_of(2) { [255, 0, 0] } else { [0, 0, 255] };
        let images = (0..12).flat_map(|image| pixel(image).repeat((height * width) as usize)).collect();
        let labels = (0..12).map(|image| image / 2 % 2).collect();
        for (name, contents) in [
            ("images-idx3-ubyte", numbers(&[12, height, width, 3], images)),
            ("labels-idx1-ubyte", numbers(&[12], labels)),
        ] {
            for set in ["train", "t10k"] {
                fs::write(folder.path().join(format!("{set}-{name}")), &contents).unwrap();
            }
        }
        page(&format!("train --images {} --epochs 1", folder.path().display()))
    };
    let small = of([3, 5]);
    assert!(small.contains("viewBox=\"0 0 20 12\"") && small.contains("fill=\"#"), "4 to a pixel");
    let large = of([41, 60]);
    assert!(large.contains("viewBox=\"0 0 120 84\""), "the last row of pixels is drawn too");
    assert!(large.contains("Of images of 60 x 41 pixels 2 x 2 are drawn as one."));
}

/// Runs the program with a variable of the environment.
fn with(variable: &str, value: &str, flags: &str) -> Output {
    Command::new(PROGRAM).args(flags.split_whitespace()).env(variable, value).output().unwrap()
}

#[test]
fn asked_for_other_vectors_the_program_computes_with_them_or_says_that_there_are_none() {
    let flags = "train --made spiral --epochs 3 --quiet --json -";
    let scores = |value: &str| {
        let output = with("GRADLENS_VECTORS", value, flags);
        assert!(output.status.success(), "{value}: {}", text(&output.stderr));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        found["epochs"][2]["train_loss"].as_f64().unwrap()
    };
    let usual = json("train --made spiral --epochs 3 --quiet")["epochs"][2]["train_loss"].as_f64().unwrap();
    assert!((scores("portable") - usual).abs() < 1e-3);
    assert_eq!(scores("portable"), scores("portable"));
    assert_eq!(scores("avx2"), usual, "AVX2 and AVX-512 give the same bits");
    let wrong = with("GRADLENS_VECTORS", "avx3", flags);
    assert!(!wrong.status.success());
    assert!(text(&wrong.stderr).contains("GRADLENS_VECTORS is avx3, but must be portable, avx2 or avx512"));
}

#[test]
fn through_a_pipe_there_is_no_colour_and_no_line_is_broken() {
    let output = gradlens("diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5");
    let out = text(&output.stdout);
    assert!(!out.contains('\u{1b}'), "{out}");
    assert!(out.lines().any(|line| line.starts_with("vanishing-slope") && line.len() > 120), "{out}");
}

/// Runs the program on a terminal; `None` where there is nothing that makes one.
fn on_a_terminal(flags: &str) -> Option<String> {
    let command = format!("stty rows 40 cols 80; {PROGRAM} {flags}");
    let output =
        Command::new("script").args(["-qec", &command, "/dev/null"]).env_remove("NO_COLOR").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn watching_shows_the_layers_and_changes_no_bit_of_what_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let flags = "train --made moons --hidden 12x3 --epochs 4";
    let Some(shown) = on_a_terminal(&format!("{flags} --watch --json {}", at("watched.json"))) else {
        eprintln!("skipped: no `script` to make a terminal");
        return;
    };
    assert!(shown.contains("rms dL/ds"), "{shown}");
    let watched: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(at("watched.json")).unwrap()).unwrap();
    assert_eq!(json(flags)["scores"], watched["scores"]);
}

#[test]
fn on_a_terminal_the_verdict_has_a_colour_and_no_line_is_wider_than_it() {
    // Without what a debug build says of itself.
    let flags = "diagnose --made circles --hidden 8x12 --activation sigmoid --epochs 5 2>/dev/null";
    let Some(shown) = on_a_terminal(flags) else { return };
    assert!(shown.contains("\u{1b}[1;31mvanishing-slope\u{1b}[0m"), "{shown}");
    let wide = shown
        .lines()
        .map(|line| line.trim_end())
        .find(|line| line.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "").chars().count() > 80);
    assert!(wide.is_none(), "{wide:?}");
}

#[test]
fn a_reader_who_goes_away_loses_no_file_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let command = format!(
        "{PROGRAM} diagnose --made circles --hidden 8x6 --epochs 20 --html {} | head -1",
        page.display()
    );
    assert!(Command::new("sh").args(["-c", &command]).output().unwrap().status.success());
    assert!(fs::read_to_string(page).unwrap().ends_with("</html>\n"));
}
