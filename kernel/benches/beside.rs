//! What two threads gain, and what they lose beside other programs: `cargo bench -p gradlens-kernel --bench
//! beside`.
//!
//! Steps of a small network (784-128-10, batches of 64, the hidden layer's three products and the head's), in
//! steps a second with some numbers of threads: alone, with an endless loop on one processor or on all, and
//! where the system grants the process one processor, or one and a half. Each number is the median of some
//! rounds, in which all numbers of threads take turns. The loops are this program again, called with
//! `--spin`.

use gradlens_kernel::{Blocks, Store, Threads, product};
use ndarray::{Array2, ArrayViewMut2};
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BATCH: usize = 64;
const INPUTS: usize = 784;
const HIDDEN: usize = 128;
const OUTPUTS: usize = 10;
/// Time of one measurement, and measurements of each number of threads.
const LASTING: Duration = Duration::from_millis(1000);
const ROUNDS: usize = 5;

fn main() {
    let flag = |name: &str| std::env::args().any(|argument| argument == name);
    if flag("--spin") {
        spin();
    }
    if let Some(threads) = std::env::args().skip_while(|argument| argument != "--steps").nth(1) {
        return println!("{}", steps_per_second(threads.parse().expect("--steps THREADS")));
    }
    if flag("--test") {
        return; // `cargo test --benches`: it compiles
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let counts = [1, 2, 2 * processors];
    println!("{}, {processors} processors, load {}", processor(), load());
    print!("| beside it |");
    counts.iter().for_each(|count| print!(" {count} threads |"));
    print!(" ratio |\n|---|");
    counts.iter().for_each(|_| print!("---|"));
    println!("---|");
    for loops in [0, 1, processors] {
        let _loops: Vec<Loop> = (0..loops).map(|_| Loop::start()).collect();
        let name = match loops {
            0 => "nothing".to_owned(),
            1 => "one loop".to_owned(),
            _ => format!("{loops} loops"),
        };
        row(&name, counts, None);
    }
    for quota in [1.0, 1.5] {
        match Quota::new(quota) {
            Some(group) => row(&format!("a limit of {quota} processors"), counts, Some(&group)),
            None => println!("| a limit of {quota} processors: no control group can be made here |"),
        }
    }
}

/// One row of the table: steps a second, and how many times those of one thread two threads do.
fn row(name: &str, counts: [usize; 3], quota: Option<&Quota>) {
    let mut all = counts.map(|_| vec![]);
    for _ in 0..ROUNDS {
        for (count, found) in counts.iter().zip(&mut all) {
            found.push(measure(*count, quota));
        }
    }
    let medians = all.map(|mut found| {
        found.sort_by(f64::total_cmp);
        found[found.len() / 2]
    });
    print!("| {name} |");
    medians.iter().for_each(|median| print!(" {median:.0} |"));
    println!(" {:.2} |", medians[1] / medians[0]);
}

/// In a process of its own, as how many processors there are is asked when threads start.
fn measure(threads: usize, quota: Option<&Quota>) -> f64 {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--steps", &threads.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts");
    if let Some(quota) = quota {
        quota.hold(&child);
    }
    // It waits for its input to end.
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("this program ends");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("steps a second")
}

fn steps_per_second(threads: usize) -> f64 {
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("the input ends");
    let mut network = Network::new();
    let threads = Threads::new(threads);
    // Past the first steps, in which threads start and memory is touched.
    let mut steps = |lasting: Duration| {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < lasting {
            for _ in 0..10 {
                network.step(&threads);
            }
            count += 10;
        }
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    steps(LASTING / 2);
    steps(LASTING)
}

/// A network as gradlens trains it, as far as the kernel goes: forward, back and the gradients' products.
struct Network {
    samples: Blocks<f32>,
    weights: [Array2<f32>; 2],
    alone: Threads,
}

impl Network {
    fn new() -> Self {
        let number = |(i, j): (usize, usize)| ((i * 31 + j * 17) as f32).sin() * 0.05;
        let mut samples = Blocks::new();
        for width in [INPUTS, HIDDEN, OUTPUTS, HIDDEN] {
            let matrix = samples.add(BATCH, width);
            // As of a picture, four in five numbers are zero, so that the kernel skips some.
            let pixel = |(i, j): (usize, usize)| if j / 28 % 5 == 2 { number((i, j)) } else { 0.0 };
            samples.view_mut(matrix, BATCH).indexed_iter_mut().for_each(|(at, x)| *x = pixel(at));
        }
        let weights = [[HIDDEN, INPUTS], [OUTPUTS, HIDDEN]].map(|shape| Array2::from_shape_fn(shape, number));
        Network { samples, weights, alone: Threads::new(1) }
    }

    fn step(&mut self, threads: &Threads) {
        let Network { samples, weights: [hidden, head], alone } = self;
        samples.run(threads, BATCH, threads.count(), |mut block| {
            let [x, mut h, mut y, mut delta] = block.get([0, 1, 2, 3]);
            product(alone, &x, &hidden.t(), None, Store::Replace, &mut h);
            let activate = |h: &mut ArrayViewMut2<f32>| h.iter_mut().for_each(|h| *h = h.max(0.0));
            activate(&mut h);
            product(alone, &h, &head.t(), None, Store::Replace, &mut y);
            product(alone, &y, &*head, None, Store::Replace, &mut delta);
        });
        let [x, h, y, delta] = [0, 1, 2, 3].map(|matrix| samples.view(matrix, BATCH));
        product(threads, &y.t(), &h, None, Store::Add(-1e-6), head);
        product(threads, &delta.t(), &x, None, Store::Add(-1e-6), hidden);
    }
}

/// An endless loop in a process of its own, which ends when this is dropped.
struct Loop(Child);

impl Loop {
    fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        Loop(Command::new(program).arg("--spin").stdin(Stdio::piped()).spawn().expect("this program starts"))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Spins until the program that called it is gone, however it went.
fn spin() -> ! {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    loop {
        std::hint::spin_loop();
    }
}

/// A control group of Linux that limits the processors; it goes when this is dropped.
struct Quota(std::path::PathBuf);

impl Quota {
    fn new(processors: f64) -> Option<Self> {
        let root = std::path::Path::new("/sys/fs/cgroup");
        let first = root.join("cpu").join("cpu.cfs_quota_us").exists();
        let group = if first { root.join("cpu") } else { root.to_owned() };
        let group = Quota(group.join(format!("gradlens-beside-{}", std::process::id())));
        std::fs::create_dir(&group.0).ok()?;
        let period = 100_000;
        let quota = (processors * f64::from(period)) as u32;
        match first {
            true => std::fs::write(group.0.join("cpu.cfs_quota_us"), quota.to_string()),
            false => std::fs::write(group.0.join("cpu.max"), format!("{quota} {period}")),
        }
        .ok()?;
        Some(group)
    }

    fn hold(&self, child: &Child) {
        let file = std::fs::OpenOptions::new().write(true).open(self.0.join("cgroup.procs"));
        let written = file.and_then(|mut file| file.write_all(child.id().to_string().as_bytes()));
        written.expect("a process can be put into the control group");
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let [name, family, model] =
        ["model name", "cpu family", "model\t"].map(|name| field(name).unwrap_or_default());
    format!("{name} (family {family}, model {model})")
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}
