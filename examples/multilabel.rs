//! Several labels at once: a probability for each, and a threshold for each.
//!
//! The samples come from a teacher whose true probabilities are known, so that the best possible result
//! stands beside what was learned. Thresholds are chosen on samples that the network was not trained on.
//!
//! ```text
//! cargo run --release --example multilabel
//! ```

use gradlens::metrics::{MultiLabel, ThresholdMetric, best_thresholds, sigmoid};
use gradlens::train::Cosine;
use gradlens::{
    Adam, Dense, Labelled, Part, Relu, Result, Sequential, SigmoidBinaryCrossEntropy, Teacher, Trainer,
};
use ndarray::Array2;

/// The true labels, `[samples, labels]`.
fn truth(set: &Labelled) -> Array2<f64> {
    set.data.target_rows().expect("sets of labels are rows").mapv(f64::from)
}

fn main() -> Result<()> {
    let teacher = Teacher::default().bias_mean(-3.0).seed(1);
    let train: Labelled = teacher.draw(20_000, Part::Train)?;
    let validation: Labelled = teacher.draw(5_000, Part::Validation)?;
    let test: Labelled = teacher.draw(5_000, Part::Test)?;

    let mut net = Sequential::input(train.data.input_len())
        .layer(Dense::new(32))
        .layer(Relu)
        .layer(Dense::new(train.data.output_len()))
        .head(SigmoidBinaryCrossEntropy::default())
        .seed(1)
        .build()?;
    let trainer = Trainer::new(Adam::new(0.003)).epochs(20).schedule(Cosine);
    trainer.fit(&mut net, &train.data)?;

    // The logits, as probabilities near 1 are rounded.
    let logits = |set: &Labelled| net.logits(&set.data.inputs()).map(|z| z.mapv(f64::from));
    let tuned = best_thresholds(&sigmoid(&logits(&validation)?), &truth(&validation), ThresholdMetric::F1);
    let halves = vec![0.5; tuned.len()];
    let marginals = test.marginals.clone().expect("the teacher knows them");

    println!("{:<34}{:>9}{:>9}{:>10}{:>7}", "", "F1 macro", "Hamming", "log loss", "ECE");
    let of_network = |thresholds: &[f64]| -> Result<MultiLabel> {
        Ok(MultiLabel::from_logits(&logits(&test)?, &truth(&test), thresholds))
    };
    for (name, scores) in [
        ("network, thresholds of 1/2", of_network(&halves)?),
        ("network, thresholds tuned for F1", of_network(&tuned)?),
        ("true probabilities, 1/2", MultiLabel::new(&marginals, &truth(&test), &halves)),
    ] {
        let (f1, hamming) = (scores.f1.macro_, scores.hamming_loss);
        println!("{name:<34}{f1:>9.3}{hamming:>9.3}{:>10.3}{:>7.3}", scores.log_loss, scores.ece);
    }
    println!("\nthresholds: {tuned:.2?}");
    Ok(())
}
