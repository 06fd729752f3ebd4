//! What was learned of numbers.

use super::{Learned, SHOWN};
use crate::results::histogram::histogram;
use crate::results::regression;
use crate::results::verdict::Verdict;
use gradlens::metrics::Regression;
use gradlens::report::{Figure, Lines, Page};
use gradlens::short;
use ndarray::ArrayView1;

/// Numbers that are drawn, at most.
const POINTS: usize = 200;

impl Learned<'_> {
    /// Each target of a regression with its scores, the one first that gains least on the best constant.
    fn targets(&self) -> Vec<(String, Regression)> {
        let mut each = regression::by_target(self.evaluation, self.samples, &self.session.data);
        if each.is_empty() {
            let scores = regression::scores(self.evaluation, self.samples, &self.session.data);
            each.extend(self.session.data.target_names.first().map(|name| (name.clone(), scores)));
        }
        let gain = |scores: &Regression| scores.rmse / scores.constant_rmse;
        each.sort_by(|a, b| gain(&b.1).total_cmp(&gain(&a.1)));
        each
    }

    pub(super) fn title_of_numbers(&self) -> String {
        let (targets, what) = (self.targets(), self.what);
        let Some((name, scores)) = targets.first() else { return self.line.trim().into() };
        let which = match targets.len() {
            1 => name.clone(),
            count => format!("{name}, the worst of {count} targets,"),
        };
        if !scores.rmse.is_finite() {
            return format!("On the {what} {which} is no finite number");
        }
        let [error, constant] = [scores.rmse, scores.constant_rmse].map(short);
        format!(
            "On the {what} {which} is off by {error} (root mean square), where the best constant is off by {constant}"
        )
    }

    pub(super) fn regression(&self, page: &mut Page) {
        let names = &self.session.data.target_names;
        let [predictions, truth] = regression::in_units(self.evaluation, self.samples, &self.session.data);
        let targets = self.targets();
        let columns = |(name, _): &(String, Regression)| {
            let column = names.iter().position(|other| other == name)?;
            Some((truth.column(column), predictions.column(column), name.clone()))
        };
        let mut each = targets.iter().take(SHOWN).filter_map(columns);
        if let Some((truth, said, name)) = each.next() {
            Verdict::of_numbers(truth, said, &name).show(page);
            page.figure(&follows(truth, said, &name, self.what));
            page.details("How far off it is, and to which side", false, |page| {
                page.figure(&residuals(truth, said, &name));
            });
        }
        let others: Vec<Figure> =
            each.map(|(truth, said, name)| follows(truth, said, &name, self.what)).collect();
        if !others.is_empty() {
            page.details("The other targets", false, |page| page.figures(&others));
        }
        let row = |(name, scores): &(String, Regression)| {
            let numbers = [scores.mae, scores.constant_mae, scores.rmse, scores.constant_rmse];
            let r2 = scores.r2.map_or("not known".into(), |r2| format!("{r2:.4}"));
            [name.clone()].into_iter().chain(numbers.map(regression::number)).chain([r2]).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = targets.iter().map(row).collect();
        page.details("All scores", false, |page| {
            let header = ["target", "MAE", "of a constant", "RMSE", "of a constant", "R2"];
            let caption = "Errors in the units of the table, beside those of the best constant.";
            page.table(caption, 1, &header, &rows);
        });
    }
}

/// How predictions follow the truth.
fn follows(truth: ArrayView1<f64>, said: ArrayView1<f64>, name: &str, what: &str) -> Figure {
    let mut pairs: Vec<(f64, f64)> = truth.iter().copied().zip(said.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let every = pairs.len().div_ceil(POINTS).max(1);
    let shown: Vec<(f64, f64)> = pairs.into_iter().step_by(every).collect();
    let at = |(place, value): (usize, f64)| ((place * every) as f64, value);
    let lines = Lines::new("sample, by its true value", name)
        .line("truth", shown.iter().map(|pair| pair.0).enumerate().map(at))
        .line("prediction", shown.iter().map(|pair| pair.1).enumerate().map(at));
    let caption = format!("The {what} in the order of the truth; a good prediction follows it.");
    lines.figure(format!("{name}, true and predicted."), caption)
}

/// How far predictions are from the truth.
fn residuals(truth: ArrayView1<f64>, said: ArrayView1<f64>, name: &str) -> Figure {
    let off: Vec<f64> = said.iter().zip(truth).map(|(said, truth)| said - truth).collect();
    let mean = off.iter().sum::<f64>() / off.len().max(1) as f64;
    let caption = match mean.is_finite() {
        true => format!("Prediction less truth, {} on average; above 0 it says too much.", short(mean)),
        false => "Prediction less truth, where it is a finite number; above 0 it says too much.".into(),
    };
    histogram(
        &off,
        &format!("{name}, prediction less truth"),
        "samples",
        format!("How far off {name} is."),
        caption,
    )
}
