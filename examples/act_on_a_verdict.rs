//! Let a program act on a verdict: train, diagnose, apply the remedy in code, train again, until all is well.
//!
//! ```text
//! cargo run --release --example act_on_a_verdict
//! ```

use gradlens::diagnostics::{Diagnostics, Remedy, powers_of_two};
use gradlens::nn::activation;
use gradlens::{Dense, Init, Mnist, Result, Sequential, Sgd, SoftmaxCrossEntropy, Trainer, evaluate};

/// What can be changed about the network.
#[derive(Debug, Clone)]
struct Settings {
    activation: String,
    /// `None` is the one that suits the activation.
    init: Option<Init>,
    rate: f64,
}

impl Settings {
    /// Trains six hidden layers of 60 units for 300 steps; returns what was seen and the test accuracy.
    fn train(&self, mnist: &Mnist) -> Result<(Diagnostics, f64)> {
        let mut builder = Sequential::input(mnist.train.input_len()).seed(1);
        for _ in 0..6 {
            builder = builder.layer(Dense::new(60).init(self.init)).layer(activation(&self.activation)?);
        }
        let head = SoftmaxCrossEntropy::default();
        let mut net = builder.layer(Dense::new(mnist.train.output_len())).head(head).build()?;
        // The same samples at every snapshot, so that their losses can be compared.
        let mut seen = Diagnostics::new().probe(mnist.train.select(&(0..512).collect::<Vec<_>>()));
        let trainer = Trainer::new(Sgd::new(self.rate)).steps(300);
        trainer.observe(powers_of_two(), &mut seen).fit(&mut net, &mnist.train)?;
        let scores = evaluate(&net, &mnist.test)?.classification.expect("MNIST has classes");
        Ok((seen, scores.accuracy))
    }

    /// These settings after a remedy, where it is one that they can follow.
    fn after(&self, remedy: &Remedy) -> Option<Self> {
        let mut settings = self.clone();
        match remedy {
            Remedy::Activation(name) => settings.activation = name.clone(),
            Remedy::Init(name) if name == "default" => settings.init = None,
            Remedy::Init(name) => settings.init = Some(name.parse().ok()?),
            Remedy::Rate(factor) => settings.rate *= factor,
            _ => return None,
        }
        Some(settings)
    }
}

fn main() -> Result<()> {
    let mnist = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    // Two faults: sigmoids this deep lose the gradient, and the rate hardly moves a weight.
    let mut settings = Settings { activation: "sigmoid".into(), init: None, rate: 1e-6 };
    for attempt in 1..=5 {
        let (seen, accuracy) = settings.train(&mnist)?;
        let verdict = seen.diagnosis().verdict;
        println!("attempt {attempt}: {settings:?}");
        println!("  test accuracy {:.1} %, {}: {}", 100.0 * accuracy, verdict.illness, verdict.cause);
        if !verdict.illness.is_sick() {
            break;
        }
        let remedy = verdict.remedies.iter().find_map(|remedy| Some((remedy, settings.after(remedy)?)));
        let Some((remedy, better)) = remedy else { break };
        println!("  remedy: {remedy}");
        settings = better;
    }
    Ok(())
}
