//! What comes from outside is refused before the work, by its name, and never obeyed.

use crate::{PROGRAM, gradlens};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TABLE: &str = "a,b,k\n1,2.5,x\n2,1.5,y\n3,4.5,x\n4,3.5,y\n5,6.5,x\n6,5.5,y\n";

fn in_folder(folder: &Path, flags: &[&OsStr]) -> Output {
    Command::new(PROGRAM).args(flags).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Runs the program with these words as flags.
fn run(folder: &Path, flags: &str) -> Output {
    in_folder(folder, &flags.split_whitespace().map(OsStr::new).collect::<Vec<_>>())
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn names_from_files_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let table = "\x1b[2J,\x1b]0;title\x07,\u{202e}k\n1,2,=cmd\n2,1,@y\x1bc\n3,4,=cmd\n4,3,@y\x1bc\n5,6,=cmd\n6,5,@y\x1bc\n";
    fs::write(folder.path().join("table.csv"), table).unwrap();
    fs::write(folder.path().join("table.arff"), "@relation r\n@attribute '\x1b[2J' numeric\n@data\nx\n")
        .unwrap();
    let commands = [
        "train table.csv --targets 3 --epochs 2",
        "train table.csv --targets no-such-column",
        "train table.csv --targets 1,3",
        "diagnose table.csv --targets 3 --steps 4",
        "evaluate table.csv --targets 3 --epochs 1",
        "train table.csv --targets 3 --print-config",
        "train table.arff --targets 1",
        "multilabel --data table.csv --targets 3",
    ];
    for command in commands {
        let output = run(folder.path(), command);
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(['\x1b', '\x07']), "{command}: {text:?}");
        }
        assert!(!output.stderr.is_empty() || !output.stdout.is_empty(), "{command}");
    }
}

#[test]
fn what_a_spreadsheet_would_compute_is_a_text_in_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let table = "a,k\n1,=1+1\n2,-1\n3,=1+1\n4,-1\n5,=1+1\n6,-1\n";
    fs::write(folder.path().join("table.csv"), table).unwrap();
    let flags = "predict table.csv table.csv --targets k --categories k --epochs 1 --out out.csv";
    let output = run(folder.path(), flags);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let header = written.lines().next().unwrap();
    // A number is none of them.
    assert!(header.contains("'=1+1") && header.contains(",-1"), "{header}");
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_unicode_are_refused_before_the_work_or_taken() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let bad = OsStr::from_bytes(b"bad\xff.csv");
    fs::write(folder.path().join("table.csv"), TABLE).unwrap();
    fs::write(folder.path().join(bad), TABLE).unwrap();
    let words = |before: &'static str, after: &'static str| -> Vec<&OsStr> {
        let split = |text: &'static str| text.split_whitespace().map(OsStr::new);
        split(before).chain([bad]).chain(split(after)).collect()
    };
    let commands = [
        words("train", "--targets k --json o.json"),
        words("mnist --data", "--json o.json"),
        words("multilabel --data table.csv --targets 3 --test-data", "--json o.json"),
        words("diagnose --data", "--json o.json"),
        words("diagnose", "--json o.json"),
        words("predict table.csv", "--targets k --epochs 1 --json o.json"),
        words("train table.csv --targets k --epochs 1 --save", "--json o.json"),
        words("train table.csv --targets k --epochs 1 --json", ""),
        words("train table.csv --targets k --epochs 1 --run", ""),
    ];
    for command in commands {
        let output = in_folder(folder.path(), &command);
        let said = stderr(&output);
        assert!(
            [Some(0), Some(1)].contains(&output.status.code()) && !said.contains("panicked"),
            "{command:?}: {said}"
        );
        assert!(output.status.success() || said.contains("error: "), "{command:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_label_file_that_is_no_unicode_is_named_in_the_document() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let table =
        "a,b,l\n1,2.5,0\n2,1.5,1\n3,4.5,0\n4,3.5,1\n5,6.5,0\n6,5.5,1\n".repeat(4).replace("\na,b,l", "");
    let bad = OsStr::from_bytes(b"bad\xff.csv");
    fs::write(folder.path().join("table.csv"), &table).unwrap();
    fs::write(folder.path().join(bad), &table).unwrap();
    let flags = "multilabel --data table.csv --targets l --epochs 1 --json o.json --test-data";
    let flags: Vec<&OsStr> = flags.split_whitespace().map(OsStr::new).chain([bad]).collect();
    let output = in_folder(folder.path(), &flags);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read_to_string(folder.path().join("o.json")).unwrap().contains("bad\u{fffd}.csv"));
}

#[test]
fn what_there_is_no_room_for_is_refused_by_name() {
    for (flags, what) in [
        ("multilabel --features 1000000000 --labels 1000000", "the teacher's weights"),
        ("multilabel --data xor --features 1000000000 --samples 1000000000", "samples of 1000000000 numbers"),
        ("mnist --hidden 1000000x99 --samples 100", "the weights of the network"),
    ] {
        let output = gradlens(flags);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{flags}: {said}");
        assert!(
            said.contains(what) && said.contains("there is no room for that; take fewer"),
            "{flags}: {said}"
        );
    }
}

/// A pipe that nobody writes into would keep the program forever.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_program_that_has_nothing_to_lose_at_once() {
    use std::os::unix::process::ExitStatusExt;
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg("pipe.csv").current_dir(&folder).status().unwrap().success());
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut program = Command::new(PROGRAM)
            .args(["train", "pipe.csv", "--targets", "k"])
            .current_dir(&folder)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let ended = loop {
            // Again and again, as the first may come before the program listens.
            let _ = Command::new("kill").args([format!("-{signal}"), program.id().to_string()]).status();
            if let Some(status) = program.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "SIG{signal} does not end it");
            std::thread::sleep(Duration::from_millis(20));
        };
        let found = ended.code().or(ended.signal().map(|signal| 128 + signal));
        assert_eq!(found, Some(code));
    }
    let refused = run(folder.path(), "mnist --data pipe.csv");
    assert!(stderr(&refused).contains("a pipe or a device"), "{}", stderr(&refused));
}
