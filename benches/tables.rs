//! How fast tables are read: `cargo bench -p gradlens-benches --bench tables -- FILE...` reads each file and prints MB/s, and the most memory
//! that the program had at once. Without a file it writes one of 100 MB into the temporary folder first:
//! `cargo bench -p gradlens-benches --bench tables -- --write FILE` writes it to keep. `benches/peers/tables.py` reads the same with pandas and
//! polars.

use gradlens::data::{Table, Values};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// Numbers, whole numbers and a column of words; about 100 MB.
fn write(path: &Path) -> std::io::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{},count,colour,y", (0..16).map(|c| format!("x{c}")).collect::<Vec<_>>().join(","))?;
    for _ in 0..620_000 {
        for _ in 0..16 {
            write!(out, "{:.6},", rng.random_range(-1.0..1.0))?;
        }
        let colour = ["red", "green", "blue", "grey"][rng.random_range(0..4)];
        writeln!(out, "{},{colour},{}", rng.random_range(0..1000), rng.random_range(0..2))?;
    }
    out.flush()
}

/// The most memory that the program had at once, in MB, where the system tells.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [flag, path] = &args[..]
        && flag == "--write"
    {
        return write(Path::new(path)).expect("the file can be written");
    }
    let own = std::env::temp_dir().join("gradlens-bench.csv");
    let files = if args.is_empty() {
        write(&own).expect("the temporary folder can be written");
        vec![own.display().to_string()]
    } else {
        args
    };
    for file in &files {
        let size = std::fs::metadata(file).expect("the file is there").len() as f64 / 1e6;
        let began = Instant::now();
        let table = Table::read(file).expect("the table is one");
        let seconds = began.elapsed().as_secs_f64();
        let numbers = table.columns().iter().filter(|c| matches!(c.values, Values::Numbers(_))).count();
        println!(
            "{file}: {size:.1} MB, {} rows, {} columns, {numbers} of numbers: {seconds:.3} s, {:.0} MB/s, peak {:.0} MB",
            table.rows(),
            table.columns().len(),
            size / seconds,
            peak().unwrap_or(f64::NAN)
        );
    }
    if files[0] == own.display().to_string() {
        let _ = std::fs::remove_file(own);
    }
}
