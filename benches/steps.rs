//! Training samples a second on real MNIST: `cargo bench -p gradlens-benches --bench steps`, or `-- S 1 adam` for one size, one
//! thread and one variant of the work.
//!
//! Plain SGD, softmax + cross-entropy, shuffled, evaluation not counted; three sizes. Variants: `adam`,
//! `sigmoid` (the head), `dropout` (0.2 after every hidden layer), `observed` (diagnostics at every 100th
//! step), `dense` (standardised pixels, of which none is zero: products can leave nothing out). The best of
//! the epochs is printed beside the median: on a machine that others use too, the best is what the program
//! can do. `peak` measures just the peak. The share of the peak is that of the multiply-adds that the same
//! threads can do in registers, measured just before; those that are left out count. `--json` prints a line
//! for every epoch.

use gradlens::diagnostics::Diagnostics;
use gradlens::{
    Adam, Dense, Dropout, Loss, Mnist, Optimizer, Relu, Sequential, Sgd, SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy, Threads, Trainer, every,
};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// Name, widths of the hidden layers, batch, epochs.
const SIZES: [(&str, &[usize], usize, usize); 3] =
    [("S", &[128], 64, 10), ("M", &[512, 512], 128, 6), ("L", &[2048, 2048], 512, 3)];
const VARIANTS: [&str; 6] = ["plain", "adam", "sigmoid", "dropout", "observed", "dense"];

fn main() -> gradlens::Result<()> {
    // cargo bench passes --bench; cargo test does not, and then a short run is enough.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    let quick = !given("--bench");
    let sizes = SIZES.iter().filter(|size| given(size.0) || !SIZES.iter().any(|size| given(size.0)));
    let variant = VARIANTS.into_iter().find(|variant| given(variant)).unwrap_or("plain");
    let threads = arguments.iter().find_map(|argument| argument.parse::<usize>().ok());
    let threads = threads.map_or_else(Threads::available, Threads::new).count();

    if given("peak") {
        println!(r#"{{"peak": {:.0}}}"#, peak(&Threads::new(threads), 100));
        return Ok(());
    }
    let mut data = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist"))?.train;
    if quick {
        data = data.select(&(0..512).collect::<Vec<_>>());
    }
    if variant == "dense" {
        let moments = data.input_moments();
        data = data.standardised(moments)?;
    }
    if !given("--json") {
        println!("size  variant   threads  samples/s: best    median  share of the FMA peak");
    }
    for (name, hidden, batch, epochs) in sizes {
        let mut builder = Sequential::input(data.input_len()).threads(threads);
        for &width in *hidden {
            builder = builder.layer(Dense::new(width)).layer(Relu);
            if variant == "dropout" {
                builder = builder.layer(Dropout::new(0.2));
            }
        }
        let head: Box<dyn Loss> = match variant {
            "sigmoid" => Box::new(SigmoidBinaryCrossEntropy::default()),
            _ => Box::new(SoftmaxCrossEntropy::default()),
        };
        let mut net = builder.layer(Dense::new(10)).head(head).build()?;
        let optimizer: Box<dyn Optimizer> = match variant {
            "adam" => Box::new(Adam::default()),
            _ => Box::new(Sgd::default()),
        };
        let mut diagnostics = Diagnostics::new();
        let mut trainer = Trainer::new(optimizer).epochs(if quick { 1 } else { *epochs }).batch(*batch);
        if variant == "observed" {
            trainer = trainer.observe(every(100), &mut diagnostics);
        }
        let peak = peak(net.threads(), if quick { 1 } else { 100 });
        let report = trainer.fit(&mut net, &data)?;
        let share = |rate: f64| rate * flops(data.input_len(), hidden) / peak;
        let mut rates: Vec<f64> = report.epochs.iter().map(|record| record.samples_per_second).collect();
        if given("--json") {
            for rate in rates {
                println!(r#"{{"samples_per_s": {rate:.0}, "share_of_peak": {:.4}}}"#, share(rate));
            }
            continue;
        }
        rates.sort_by(f64::total_cmp);
        let (best, median) = (rates[rates.len() - 1], rates[rates.len() / 2]);
        println!(
            "{name:<4}  {variant:<8}  {threads:>7}  {best:>15.0}  {median:>8.0}  {:>5.1} % of {:.0} GFLOP/s",
            100.0 * share(best),
            peak / 1e9
        );
    }
    Ok(())
}

/// Operations of the products for one sample: forward, both gradients, none for the lowest input.
fn flops(inputs: usize, hidden: &[usize]) -> f64 {
    let widths: Vec<usize> = [inputs].iter().chain(hidden).chain(&[10]).copied().collect();
    let products = widths.windows(2).enumerate();
    products.map(|(layer, pair)| ((if layer == 0 { 4 } else { 6 }) * pair[0] * pair[1]) as f64).sum()
}

/// Operations a second of multiply-adds in registers, on all of these threads: the best of some rounds.
fn peak(threads: &Threads, rounds: usize) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..rounds {
        let operations = AtomicUsize::new(0);
        let start = Instant::now();
        threads.run(threads.count(), &|_| {
            operations.fetch_add(pulp::Arch::new().dispatch(MultiplyAdds), Relaxed);
        });
        best = best.max(operations.into_inner() as f64 / start.elapsed().as_secs_f64());
    }
    best
}

/// Chains of multiply-adds, as wide as the processor has them, that wait for nothing but themselves.
struct MultiplyAdds;

impl pulp::WithSimd for MultiplyAdds {
    /// How many operations there were.
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> usize {
        const CHAINS: usize = 12; // more than an addition takes cycles, times the units there are
        const STEPS: usize = 20_000;
        let (factor, term) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(1e-3));
        let mut sums = [simd.splat_f32s(1.0); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, term);
            }
        }
        black_box(sums);
        2 * CHAINS * STEPS * size_of::<S::f32s>() / size_of::<f32>()
    }
}
