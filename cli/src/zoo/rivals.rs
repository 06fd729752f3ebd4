//! The rules of three other tools, written anew from their published definitions, to run on the same zoo.
//!
//! * AUTOTRAINER (Zhang et al., ICSE 2021): first over last weight-gradient norm below 1e-3 with
//!   the first below 1e-4, above 70; 70 % of gradient entries zero; each only if accuracy stays
//!   below 0.7 or rises by less than 0.01 an epoch; accuracy that oscillates.
//! * Amazon SageMaker Debugger's built-in rules: mean |g| below 1e-7; NaN; half the units dead or
//!   beyond fixed limits of the activation; update ratio outside 1e-8 to 10; variance of layer
//!   inputs that differs by a factor of 10; loss that does not fall in ten steps.
//! * TheDeepChecker (Ben Braiek and Khomh, TOSEM 2023): inputs neither standardised nor in [0, 1]
//!   or [-1, 1]; start loss off ln K by its double; weights without variance, or with one that an
//!   F-test tells from the reference; mean |g| below 1e-6 or above 1e6; dead and saturated units;
//!   update ratio outside 10^-4 to 10^-1; loss that does not fall.
//!
//! Where a definition leaves a number open, that of the tool's code or documentation is taken. A
//! tool may raise several alarms, and is right if one of them fits the fault.

use gradlens::diagnostics::Illness;
use gradlens::{At, EpochRecord, Error, Event, Observer};
use ndarray::ArrayView2;

/// The tools, in the order of [`Rivals::alarms`].
pub const NAMES: [&str; 3] = ["AUTOTRAINER", "SageMaker Debugger", "TheDeepChecker"];

/// Applies the rules of all three tools to a run.
#[derive(Default)]
pub struct Rivals {
    vanish: bool,
    explode: bool,
    dying: bool,
    not_a_number: bool,
    epochs: Vec<EpochRecord>,
    losses: Vec<f64>,
    before: Vec<f32>,
    sagemaker: Vec<Illness>,
    deep_checker: Vec<Illness>,
}

fn mean_abs(values: impl ExactSizeIterator<Item = f32>) -> f64 {
    let count = values.len().max(1) as f64;
    values.map(|v| f64::from(v.abs())).sum::<f64>() / count
}

fn variance(values: &[f32]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n
}

/// Share of columns for which `holds`.
fn units(values: &ArrayView2<f32>, holds: impl Fn(&[f32]) -> bool) -> f64 {
    let count = values.columns().into_iter().filter(|column| holds(&column.to_vec())).count();
    count as f64 / values.ncols().max(1) as f64
}

/// All faults of starting weights.
const INIT: [Illness; 4] =
    [Illness::Symmetric, Illness::Exploding, Illness::VanishingWeights, Illness::Saturated];

impl Rivals {
    fn take_snapshot(&mut self, at: &At<'_>) {
        let first = self.losses.is_empty();
        self.losses.push(at.loss);
        let (net, workspace) = (at.net, at.workspace);
        let gradients = workspace.gradients();
        let kernels: Vec<_> =
            net.named_params().filter(|(_, spec, _)| spec.decay).map(|(.., range)| range).collect();
        let norm = |range: &std::ops::Range<usize>| {
            gradients[range.clone()].iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt()
        };
        let (low, high) = (norm(&kernels[0]), norm(&kernels[kernels.len() - 1]));
        self.vanish |= low / high < 1e-3 && low < 1e-4;
        self.explode |= low / high > 70.0;
        self.dying |= gradients.iter().filter(|g| **g == 0.0).count() as f64 >= 0.7 * gradients.len() as f64;

        let means: Vec<f64> =
            kernels.iter().map(|range| mean_abs(gradients[range.clone()].iter().copied())).collect();
        if means.iter().any(|&mean| mean < 1e-7) {
            self.sagemaker.extend([Illness::VanishingSlope, Illness::VanishingWeights]);
        }
        if means.iter().any(|&mean| mean < 1e-6) {
            self.deep_checker.extend([Illness::VanishingSlope, Illness::VanishingWeights]);
        }
        if means.iter().any(|&mean| mean > 1e6) {
            self.deep_checker.push(Illness::Exploding);
        }
        let mut spreads = vec![];
        for (index, placed) in
            net.layers().iter().enumerate().filter(|(_, slot)| slot.spec().max_slope.is_some())
        {
            let (input, output) = (workspace.input_of(index), workspace.output(index));
            spreads.push(variance(input.as_slice().unwrap_or(&[])));
            let outside =
                |low: f32, high: f32| units(&input, |unit| unit.iter().all(|&s| s < low || s > high));
            let (limits, range) = match placed.layer().name().as_str() {
                "Tanh" => (Some((-9.4999, 9.4999)), Some((-1.0, 1.0))),
                "Sigmoid" => (Some((-23.0, 16.99999)), Some((0.0, 1.0))),
                _ => (None, None),
            };
            if limits.is_some_and(|(low, high)| outside(low, high) > 0.5) {
                self.sagemaker.push(Illness::Saturated);
            }
            let dead = units(&output, |unit| unit.iter().all(|&y| y <= 0.0));
            if placed.layer().name() == "Relu" && dead > 0.5 {
                self.sagemaker.push(Illness::DeadUnits);
            }
            match range {
                Some((low, high)) => {
                    // Mean distance from the middle, in bins that are as fine as the numbers themselves.
                    let distance = |unit: &[f32]| {
                        mean_abs(
                            unit.iter()
                                .map(|y| 2.0 * (y - low) / (high - low) - 1.0)
                                .collect::<Vec<_>>()
                                .into_iter(),
                        )
                    };
                    if units(&output, |unit| distance(unit) > 0.85) > 0.5 {
                        self.deep_checker.push(Illness::Saturated);
                    }
                }
                None => {
                    let silent =
                        |unit: &[f32]| unit.iter().filter(|y| y.abs() >= 1e-5).count() * 20 <= unit.len();
                    if units(&output, silent) > 0.5 {
                        self.deep_checker.push(Illness::DeadUnits);
                    }
                }
            }
        }
        if at.step <= 10 {
            let (least, most) =
                spreads.iter().fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), &v| (a.min(v), b.max(v)));
            if most > 10.0 * least {
                self.sagemaker.extend(INIT);
            }
        }
        if first {
            self.pre_checks(at);
        }
        self.before.clear();
        self.before.extend_from_slice(net.params());
    }

    /// What TheDeepChecker checks before training.
    fn pre_checks(&mut self, at: &At<'_>) {
        let input = at.workspace.input();
        let input = input.as_slice().unwrap_or(&[]);
        let (low, high) =
            input.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        let mean = input.iter().map(|&x| f64::from(x)).sum::<f64>() / input.len().max(1) as f64;
        let near = |a: f64, b: f64| (a - b).abs() <= 0.01;
        let boxed = near(high.into(), 1.0) && (near(low.into(), 0.0) || near(low.into(), -1.0));
        let standard = near(mean, 0.0) && near(variance(input).sqrt(), 1.0);
        if !boxed && !standard {
            self.deep_checker.push(Illness::InputScale);
        }
        let classes = at.net.output_len() as f64;
        let expected =
            if at.net.head().name().starts_with("softmax") { classes.ln() } else { classes * 2.0_f64.ln() };
        if (at.loss - expected).abs() >= expected {
            self.deep_checker.extend([Illness::Exploding, Illness::HeadLossMismatch]);
        }
        for (_, spec, range) in at.net.named_params().filter(|(_, spec, _)| spec.decay) {
            let found = variance(&at.net.params()[range]);
            if found <= 1e-8 {
                self.deep_checker.push(Illness::Symmetric);
                continue;
            }
            let references = [
                2.0 / spec.fan_in as f64,
                2.0 / (spec.fan_in + spec.fan_out) as f64,
                1.0 / spec.fan_in as f64,
            ];
            if references.iter().all(|&reference| (found / reference).max(reference / found) > 2.70554) {
                self.deep_checker.extend(INIT);
            }
        }
    }

    fn after(&mut self, at: &At<'_>) {
        for (.., range) in at.net.named_params().filter(|(_, spec, _)| spec.decay) {
            let (old, new) = (&self.before[range.clone()], &at.net.params()[range]);
            let change =
                mean_abs(old.iter().zip(new).map(|(old, new)| new - old).collect::<Vec<_>>().into_iter());
            let ratio = change / (mean_abs(old.iter().copied()) + 1e-9);
            match ratio {
                r if r > 10.0 => self.sagemaker.push(Illness::RateTooHigh),
                r if r < 1e-8 => self.sagemaker.push(Illness::RateTooLow),
                _ => {}
            }
            match ratio.log10() {
                r if r > -1.0 => self.deep_checker.push(Illness::RateTooHigh),
                r if r < -4.0 => self.deep_checker.push(Illness::RateTooLow),
                _ => {}
            }
        }
    }

    /// What each tool suspects: nothing if all is well; a list of what its alarms can mean otherwise.
    pub fn alarms(&self) -> [Vec<Illness>; 3] {
        let (mut sagemaker, mut deep_checker) = (self.sagemaker.clone(), self.deep_checker.clone());
        if self.not_a_number {
            sagemaker.extend([Illness::Exploding, Illness::NotFinite]);
            deep_checker.extend([Illness::Exploding, Illness::NotFinite, Illness::RateTooHigh]);
        }
        // Snapshots are at powers of two, so that two in succession are ten steps apart from the fifth on.
        if self.losses.windows(2).skip(4).any(|pair| pair[1] >= pair[0]) {
            sagemaker.extend([
                Illness::BiasPlateau,
                Illness::ConstantInputs,
                Illness::RateTooLow,
                Illness::RateTooHigh,
            ]);
        }
        if self.losses.len() >= 5
            && self.losses.windows(2).rev().take(4).all(|pair| (pair[0] - pair[1]) / pair[0] < 0.05)
        {
            deep_checker.extend([Illness::BiasPlateau, Illness::ConstantInputs, Illness::RateTooLow]);
        }
        [self.autotrainer(), sagemaker, deep_checker]
    }

    fn autotrainer(&self) -> Vec<Illness> {
        if self.not_a_number {
            return vec![Illness::Exploding, Illness::NotFinite];
        }
        // Its rules are those of classifiers: in a regression, which has no accuracy, they say nothing.
        let accuracy: Option<Vec<f64>> = self.epochs.iter().map(|epoch| epoch.train_accuracy).collect();
        let Some(accuracy) = accuracy else { return vec![] };
        let best = accuracy.iter().copied().fold(0.0, f64::max);
        let rise = accuracy.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        if best < 0.7 || rise < 0.01 {
            return match () {
                () if self.dying => vec![Illness::DeadUnits],
                () if self.explode => vec![Illness::Exploding],
                () if self.vanish => vec![Illness::VanishingSlope, Illness::VanishingWeights],
                () if rise < 0.01 => vec![Illness::RateTooLow, Illness::BiasPlateau, Illness::ConstantInputs],
                () => vec![],
            };
        }
        let inner = || accuracy.windows(3);
        let highs: Vec<f64> = inner().filter(|w| w[1] >= w[0] && w[1] >= w[2]).map(|w| w[1]).collect();
        let lows: Vec<f64> = inner().filter(|w| w[1] <= w[0] && w[1] <= w[2]).map(|w| w[1]).collect();
        let swings = highs.iter().zip(&lows).filter(|(high, low)| *high - *low >= 0.03).count();
        if swings as f64 >= 0.2 * accuracy.len() as f64 { vec![Illness::RateTooHigh] } else { vec![] }
    }
}

impl Observer for Rivals {
    fn observe(&mut self, event: &Event<'_>) {
        match event {
            Event::Gradients(at) => self.take_snapshot(at),
            Event::Step(at) => self.after(at),
            Event::Epoch { record, .. } => self.epochs.push((*record).clone()),
            Event::Failed { error: Error::NotFinite { .. } } => self.not_a_number = true,
            _ => {}
        }
    }

    fn wants_gradients(&self) -> bool {
        true
    }
}
