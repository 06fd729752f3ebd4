//! What a network is worth, beside what is said without looking at the inputs.

use gradlens::report::{Page, Tone};
use gradlens::short;
use ndarray::ArrayView1;

/// What a network is worth, in a word and a sentence.
#[derive(Debug)]
pub struct Verdict {
    tone: Tone,
    word: String,
    sentence: String,
}

impl Verdict {
    /// Something that is known, and no praise or blame.
    pub fn plain(word: &str, sentence: String) -> Self {
        Verdict { tone: Tone::Neutral, word: word.into(), sentence }
    }

    /// Something that a reader should look into.
    pub fn warning(word: &str, sentence: String) -> Self {
        Verdict { tone: Tone::Warning, word: word.into(), sentence }
    }

    /// By what is gained at every sample on a constant answer.
    fn beside_a_constant(gains: &[f64], sentence: String) -> Self {
        let (tone, word) = match gained(gains) {
            Gained::Much => (Tone::Good, "Better than a constant answer:".into()),
            Gained::Nothing => {
                let word =
                    format!("No better than a constant answer, as far as {} samples tell:", gains.len());
                (Tone::Warning, word)
            }
            Gained::Less => (Tone::Failure, "Worse than a constant answer:".into()),
        };
        Verdict { tone, word, sentence }
    }

    /// Of classes: the true one of every sample, and whether the network is right. The constant is the most frequent class.
    pub fn of_classes(truth: &[usize], right: &[bool], names: &[String]) -> Self {
        let count = |class: usize| truth.iter().filter(|&&other| other == class).count();
        let Some(constant) = (0..names.len()).rev().max_by_key(|&class| count(class)) else {
            return Self::plain("Nothing was measured.", String::new());
        };
        let (name, samples) = (&names[constant], truth.len());
        let mistakes = right.iter().filter(|right| !**right).count();
        if count(constant) == samples {
            let sentence =
                format!(" all {samples} samples are of {name}, and a constant answer would be right.");
            return Self::plain("Nothing to compare with:", sentence);
        }
        let gain = |(&class, &right): (&usize, &bool)| {
            f64::from(u8::from(right)) - f64::from(u8::from(class == constant))
        };
        let gains: Vec<f64> = truth.iter().zip(right).map(gain).collect();
        let constant = samples - count(constant);
        let sentence = format!(
            " always saying {name} would be wrong about {constant} of {samples} samples, the network is wrong about {mistakes}."
        );
        Self::beside_a_constant(&gains, sentence)
    }

    /// Of labels: for every sample the share of them that is right, and that would be if every label were said as it mostly is.
    pub fn of_labels(right: &[f64], constant: &[f64]) -> Self {
        let gains: Vec<f64> = right.iter().zip(constant).map(|(right, constant)| right - constant).collect();
        let percent = |shares: &[f64]| 100.0 * shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        let sentence = format!(
            " saying the same of all samples would get {:.2} % of the labels right, the network gets {:.2} %.",
            percent(constant),
            percent(right)
        );
        Self::beside_a_constant(&gains, sentence)
    }

    /// Of numbers under a name. The constant is their mean.
    pub fn of_numbers(truth: ArrayView1<f64>, said: ArrayView1<f64>, name: &str) -> Self {
        let mean = truth.mean().unwrap_or(0.0);
        let constant: Vec<f64> = truth.iter().map(|truth| (truth - mean).powi(2)).collect();
        let left: Vec<f64> = truth.iter().zip(said).map(|(truth, said)| (truth - said).powi(2)).collect();
        let whole = constant.iter().sum::<f64>();
        if whole == 0.0 {
            let sentence =
                format!(" {name} is {} in all samples, and a constant answer would be right.", short(mean));
            return Self::plain("Nothing to compare with:", sentence);
        }
        let gains: Vec<f64> = constant.iter().zip(&left).map(|(constant, left)| constant - left).collect();
        let share = left.iter().sum::<f64>() / whole;
        let sentence = match share.is_finite() {
            true => format!(
                " of the squared error of the best constant for {name} {} % is left.",
                short(100.0 * share)
            ),
            false => format!(" what the network says of {name} are no finite numbers."),
        };
        Self::beside_a_constant(&gains, sentence)
    }

    /// Shows it on a page.
    pub fn show(&self, page: &mut Page) {
        page.callout(self.tone, &self.word, &self.sentence, |_| ());
    }
}

/// What gains come to.
enum Gained {
    Much,
    Nothing,
    Less,
}

/// A mean counts where it is beyond two standard errors; what is not finite has failed.
fn gained(gains: &[f64]) -> Gained {
    let count = gains.len().max(1) as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let error = 2.0 * (variance / count).sqrt();
    match mean {
        _ if !mean.is_finite() || mean < -error => Gained::Less,
        _ if mean > error => Gained::Much,
        _ => Gained::Nothing,
    }
}
