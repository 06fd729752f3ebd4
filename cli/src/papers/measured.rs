//! Numbers of papers that need no training.

use gradlens::diagnostics::{Diagnostics, at_initialisation};
use gradlens::{
    Dataset, Dense, IdentityMse, Init, Relu, Sequential, Sgd, SoftmaxCrossEntropy, Tanh, Trainer,
};
use ndarray::Array2;

/// A number of a paper, and ours.
pub struct Number {
    pub name: String,
    pub published: f64,
    pub ours: f64,
    pub agrees: bool,
}

/// By how much a mean singular value may differ, which is printed with one digit.
const NEAR: f64 = 0.05;

/// What networks look like before the first step, for the page.
pub type Seen = Vec<(&'static str, Diagnostics)>;

/// Glorot and Bengio, AISTATS 2010, section 4.2.1: the mean singular value of a layer's Jacobian at the start, with the standard
/// and with the normalised initialisation, of five hidden layers of tanh; the paper prints 0.5 and 0.8.
pub fn glorot_figures(images: &Dataset, smaller: bool, seed: u64) -> anyhow::Result<(Vec<Number>, Seen)> {
    let width = if smaller { 100 } else { 300 };
    let batch = images.select(&(0..256.min(images.len())).collect::<Vec<_>>());
    let (mut numbers, mut seen) = (vec![], vec![]);
    for (name, published, init) in [
        ("standard initialisation", 0.5, Init::Standard),
        ("normalised initialisation", 0.8, Init::GlorotUniform),
    ] {
        let mut builder = Sequential::input(batch.input_len()).seed(seed);
        for _ in 0..5 {
            builder = builder.layer(Dense::new(width).init(init)).layer(Tanh);
        }
        let head = SoftmaxCrossEntropy::default();
        let mut net = builder.layer(Dense::new(batch.output_len()).init(init)).head(head).build()?;
        let mut diagnostics = Diagnostics::new().jacobian(true);
        let trainer = Trainer::new(Sgd::new(0.0)).epochs(1).batch(batch.len());
        trainer.observe(at_initialisation(), &mut diagnostics).fit(&mut net, &batch)?;
        let snapshot = diagnostics.snapshots().first().ok_or_else(|| anyhow::anyhow!("nothing was seen"))?;
        // Those between hidden layers, which are square.
        let square =
            snapshot.hidden().iter().skip(1).filter_map(|layer| layer.jacobian).map(|values| values.mean);
        let square: Vec<f64> = square.collect();
        let ours = crate::statistics::mean(&square);
        numbers.push(Number {
            name: format!("{name}, 5 x {width} tanh"),
            published,
            ours,
            agrees: (ours - published).abs() <= NEAR,
        });
        seen.push((name, diagnostics));
    }
    Ok((numbers, seen))
}

/// Lu, Shin, Su and Karniadakis, *Dying ReLU and initialization*, Commun. Comput. Phys. 28, 2020: a ReLU network whose
/// weights are drawn from a symmetric distribution, without biases, and which has depth hidden layers of N units. At one
/// input each unit is off with a probability of 1/2, whatever is below it, so that a layer is off with 2^-N and the network
/// puts out 0 with 1 - (1 - 2^-N)^depth. That it is dead, 0 for all inputs, is at most as likely.
pub fn depth_collapse(smaller: bool, seed: u64) -> anyhow::Result<Vec<Number>> {
    let networks = if smaller { 200 } else { 2000 };
    // Both signs, so that a network of one live half is not taken for dead.
    let x = Array2::from_shape_fn((60, 1), |(i, _)| (i as f32 - 29.5) / 17.0);
    let mut numbers = vec![];
    for (width, depth) in [(2, 5), (2, 10), (3, 10), (4, 20), (8, 50)] {
        let (mut off, mut dead) = (0, 0);
        for network in 0..networks {
            let mut builder = Sequential::input(1).seed(seed.wrapping_add(network)).threads(1);
            for _ in 0..depth {
                builder = builder.layer(Dense::new(width).init(Init::HeNormal)).layer(Relu);
            }
            let y = builder.layer(Dense::new(1)).head(IdentityMse).build()?.logits(&x)?;
            off += u64::from(y[[0, 0]] == 0.0);
            dead += u64::from(y.iter().all(|&y| y == 0.0));
        }
        let exact = 1.0 - (1.0 - 0.5_f64.powi(width as i32)).powi(depth);
        let error = (exact * (1.0 - exact) / networks as f64).sqrt();
        let [off, dead] = [off, dead].map(|count| count as f64 / networks as f64);
        let name = |what: &str| format!("{depth} hidden layers of {width}, {what}");
        let at_one = (off - exact).abs() <= 3.0 * error;
        numbers.push(Number { name: name("0 at one input"), published: exact, ours: off, agrees: at_one });
        numbers.push(Number {
            name: name("dead (at most)"),
            published: exact,
            ours: dead,
            agrees: dead <= exact + 3.0 * error,
        });
    }
    Ok(numbers)
}
