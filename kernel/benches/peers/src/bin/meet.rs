//! What it costs to hand a task to another thread and to meet again, by the crates that could do it and by
//! our own threads: `cargo run --release --manifest-path kernel/benches/peers/Cargo.toml --bin meet`.
//!
//! Two tasks of some microseconds, on two threads; rayon's called on a thread of its pool, or from outside,
//! as a program calls `fit`. Microseconds beyond those of one task, the median of many in a row, the best of
//! some rounds in turn. As much as the task itself means that one thread did both.

use gradlens_kernel::Threads;
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let ours = Threads::new(2);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let chili = chili::ThreadPool::with_config(chili::Config {
        thread_count: std::num::NonZero::new(2),
        ..Default::default()
    });
    println!(
        "| microseconds of a task | rayon, join | rayon, broadcast | rayon, join from outside | chili | ours |\n|---|---|---|---|---|---|"
    );
    for wanted in [2.0, 5.0, 20.0] {
        let steps = (wanted / microseconds(|| task(10_000)) * 10_000.0) as usize;
        let alone = microseconds(|| task(steps));
        let mut best = [f64::INFINITY; 5];
        for _ in 0..10 {
            let mut scope = chili.scope();
            let found = [
                pool.install(|| microseconds(|| _ = rayon::join(|| task(steps), || task(steps)))),
                pool.install(|| microseconds(|| _ = rayon::broadcast(|_| task(steps)))),
                microseconds(|| _ = pool.join(|| task(steps), || task(steps))),
                microseconds(|| _ = scope.join(|_| task(steps), |_| task(steps))),
                microseconds(|| ours.run(2, &|_| task(steps))),
            ];
            best.iter_mut().zip(found).for_each(|(best, found)| *best = best.min(found - alone));
        }
        println!("| {alone:.1} | {} |", best.map(|best| format!("{best:.1}")).join(" | "));
    }
}

/// Multiply-adds that wait for one another.
fn task(steps: usize) {
    let mut sum = black_box(1.0_f32);
    for _ in 0..steps {
        sum = sum * 0.999 + 1e-3;
    }
    black_box(sum);
}

/// The median of many runs in a row.
fn microseconds(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..2000)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
