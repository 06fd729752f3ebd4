//! What observation costs: `cargo bench -p gradlens-benches --bench diagnostics`.
//!
//! Epochs without diagnostics, with diagnostics at every 100th step and at every step, in turn on
//! the same network, so that whatever else the machine does hits all three; medians and their
//! ratio.

use gradlens::diagnostics::Diagnostics;
use gradlens::{Dense, Mnist, Relu, Sequential, Sgd, SoftmaxCrossEntropy, Trainer, every};

fn main() -> gradlens::Result<()> {
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let mut data = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist"))?.train;
    if quick {
        data = data.select(&(0..512).collect::<Vec<_>>());
    }
    println!(
        "network              off  every 100th step  every step  (seconds an epoch, and over those without)"
    );
    for (name, hidden, batch, rounds) in
        [("S 784-128-10", &[128][..], 64, 9), ("M 784-512-512-10", &[512, 512][..], 128, 5)]
    {
        let mut builder = Sequential::input(data.input_len());
        for &width in hidden {
            builder = builder.layer(Dense::new(width)).layer(Relu);
        }
        let mut net = builder.layer(Dense::new(10)).head(SoftmaxCrossEntropy::default()).build()?;
        let mut seconds = [vec![], vec![], vec![]];
        for _ in 0..if quick { 1 } else { rounds } {
            for (mode, seconds) in seconds.iter_mut().enumerate() {
                let mut diagnostics = Diagnostics::new();
                let mut trainer = Trainer::new(Sgd::default()).epochs(1).batch(batch);
                if mode > 0 {
                    let when = every(if mode == 1 { 100 } else { 1 });
                    trainer = trainer.observe(when, &mut diagnostics);
                }
                seconds.push(trainer.fit(&mut net, &data)?.epochs[0].seconds);
            }
        }
        let [off, hundredth, all] = seconds.map(|mut seconds| {
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        });
        println!(
            "{name:<18} {off:>5.3}  {hundredth:>8.3} ({:>5.3})  {all:>6.3} ({:.2})",
            hundredth / off,
            all / off
        );
    }
    Ok(())
}
