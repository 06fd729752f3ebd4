//! The strongest thing that the runs of a sweep show: in a title, in sentences, and in the picture that proves it.

use super::axes::{ACROSS, Axes, spread_out};
use super::numbers::{names, score, score_title, short};

use super::runs::{Row, Runs, Spread};
use crate::table::capital;
use gradlens::config::Grid;
use gradlens::report::{Figure, Lines};
use std::collections::BTreeMap;

/// Differences of less than this share of a scale are none.
const LEAST: f64 = 0.02;
/// Powers of ten between gradients that count as much as scores of 0 and 1. The heat maps have the same scale.
const DECADES: f64 = 4.0;
/// A second key is named where the difference at one of its values is so many times the usual one.
const MORE: f64 = 1.5;
/// Lines of a picture that can be told apart.
const LINES: usize = 6;

/// What is said of the runs.
pub struct Finding {
    pub title: String,
    /// What shows it, for the verdict.
    pub sentences: Vec<String>,
    /// The picture that proves it; `None` where no key has several values.
    pub proof: Option<Figure>,
}

/// A number of every run that may be what differs.
struct Quantity {
    name: String,
    of: fn(&Row) -> f64,
    /// What counts as a whole difference; that of a logarithm is in powers of ten.
    scale: f64,
    log: bool,
    score: &'static str,
}

/// How a quantity differs between the values of a key.
struct Effect {
    axis: usize,
    /// The values with the least and the greatest mean, in the order of the key, and their means.
    ends: [(usize, f64); 2],
    /// The part of all differences between runs that the key makes by itself.
    share: f64,
}

impl Effect {
    fn size(&self) -> f64 {
        (self.ends[1].1 - self.ends[0].1).abs()
    }
}

impl Finding {
    /// The key and the quantity between whose means, over all runs with a value, there is most of a difference. There is none within
    /// two standard errors over seeds.
    pub fn of(grid: &Grid, axes: &Axes, runs: &Runs) -> Self {
        let keys: Vec<usize> =
            [axes.x, axes.y].into_iter().flatten().chain(axes.panels.iter().copied()).collect();
        let quantities = quantities(runs);
        let effects = quantities.iter().map(|quantity| (quantity, quantity.effects(grid, &keys, runs)));
        let strongest = effects
            .filter_map(|(quantity, effects)| {
                let first = effects.first()?;
                let size = (first.size() / quantity.scale).min(1.0);
                let is_one = size >= LEAST && first.size() > quantity.error(grid, runs, first);
                is_one.then_some((size, quantity, effects))
            })
            .reduce(|one, other| if other.0 > one.0 { other } else { one });
        let mut finding = match strongest {
            Some((_, quantity, effects)) => quantity.finding(grid, runs, &effects),
            None => nothing(grid, &keys, runs, quantities.last()),
        };
        finding.sentences.extend(best_and_worst(grid, runs));
        finding.sentences.extend(verdicts(runs));
        finding
    }
}

/// Gradient and score, where they are known.
fn quantities(runs: &Runs) -> Vec<Quantity> {
    let gradient = Quantity {
        name: "g1/gL at initialisation".into(),
        of: |row| row.profile[0],
        scale: DECADES,
        log: true,
        score: runs.score,
    };
    // Worse than a constant is as bad as one, however much worse.
    let of: fn(&Row) -> f64 = |row| if row.score < 0.0 { 0.0 } else { row.score };
    let score = Quantity { name: score_title(runs.score), of, scale: 1.0, log: false, score: runs.score };
    [gradient, score]
        .into_iter()
        .filter(|quantity| runs.rows.iter().any(|row| (quantity.of)(row).is_finite()))
        .collect()
}

impl Quantity {
    fn mean<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> f64 {
        Spread::of(rows.into_iter().map(self.of)).mean
    }

    /// The mean at every value of a key; NaN where there is none.
    fn means<'a>(&self, grid: &Grid, axis: usize, rows: impl IntoIterator<Item = &'a Row>) -> Vec<f64> {
        let mut by_value: Vec<Vec<&Row>> = vec![vec![]; grid.axes()[axis].values.len()];
        rows.into_iter().for_each(|row| by_value[row.values[axis]].push(row));
        by_value.into_iter().map(|rows| self.mean(rows)).collect()
    }

    /// Of each key, the strongest first.
    fn effects(&self, grid: &Grid, keys: &[usize], runs: &Runs) -> Vec<Effect> {
        let all = self.mean(&runs.rows);
        let square = |rows: &mut dyn Iterator<Item = f64>| {
            rows.filter(|number| number.is_finite()).map(|number| (number - all).powi(2)).sum::<f64>()
        };
        let whole = square(&mut runs.rows.iter().map(self.of));
        let effect = |&axis: &usize| {
            let means = self.means(grid, axis, &runs.rows);
            let known = || means.iter().copied().enumerate().filter(|(_, mean)| mean.is_finite());
            let least = known().min_by(|a, b| a.1.total_cmp(&b.1))?;
            let greatest = known().max_by(|a, b| a.1.total_cmp(&b.1))?;
            let mut ends = [least, greatest];
            ends.sort_by_key(|end| end.0);
            let of_key =
                runs.rows.iter().filter(|row| (self.of)(row).is_finite()).map(|row| means[row.values[axis]]);
            let share = if whole > 0.0 { square(&mut { of_key }) / whole } else { 0.0 };
            Some(Effect { axis, ends, share })
        };
        let mut effects: Vec<Effect> = keys.iter().filter_map(effect).collect();
        effects.sort_by(|a, b| b.size().total_cmp(&a.size()));
        effects
    }

    /// The standard deviation of runs that differ in their seeds alone; 0 where there are no such runs.
    fn between_seeds(&self, grid: &Grid, runs: &Runs) -> f64 {
        let seed = grid.axes().iter().position(|axis| axis.name == "seed");
        let mut settings: BTreeMap<Vec<usize>, Vec<f64>> = BTreeMap::new();
        for row in runs.rows.iter().filter(|row| (self.of)(row).is_finite()) {
            let mut values = row.values.clone();
            seed.into_iter().for_each(|seed| values[seed] = 0);
            settings.entry(values).or_default().push((self.of)(row));
        }
        let (mut squares, mut free) = (0.0, 0);
        for numbers in settings.values() {
            let mean = Spread::of(numbers.iter().copied()).mean;
            squares += numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
            free += numbers.len() - 1;
        }
        if free > 0 { (squares / free as f64).sqrt() } else { 0.0 }
    }

    /// Two standard errors, over seeds, of an effect.
    fn error(&self, grid: &Grid, runs: &Runs, effect: &Effect) -> f64 {
        let known = |value: usize| {
            let of_value = runs.rows.iter().filter(|row| row.values[effect.axis] == value);
            of_value.filter(|row| (self.of)(row).is_finite()).count() as f64
        };
        let counts: f64 = effect.ends.iter().map(|(value, _)| 1.0 / known(*value).max(1.0)).sum();
        2.0 * self.between_seeds(grid, runs) * counts.sqrt()
    }

    fn shown(&self, number: f64) -> String {
        if self.log { short(10_f64.powf(number)) } else { score(number, self.score) }
    }

    fn finding(&self, grid: &Grid, runs: &Runs, effects: &[Effect]) -> Finding {
        let first = &effects[0];
        let key = &grid.axes()[first.axis];
        let [(from, before), (to, after)] = first.ends;
        let most = effects.get(1).and_then(|second| self.most(grid, runs, first, second.axis));
        let title = format!(
            "{} {} from {} at {} {} to {} at {}{}",
            capital_of(&self.name),
            if after < before { "falls" } else { "rises" },
            self.shown(before),
            key.name,
            key.label(from),
            self.shown(after),
            key.label(to),
            most.map_or(String::new(), |most| format!(", most with {most}"))
        );
        let name = |effect: &Effect| grid.axes()[effect.axis].name.clone();
        let share = |effect: &Effect| format!("{} {:.0} %", name(effect), 100.0 * effect.share);
        let shares: Vec<String> = effects.iter().map(share).collect();
        let sentence = format!(
            "What makes the differences in {} between runs: {}; what is left is made by keys together, and by seeds.",
            self.name,
            shares.join(", ")
        );
        let proof = Some(self.picture(grid, runs, first.axis, effects.get(1).map(|second| second.axis)));
        Finding { title, sentences: vec![sentence], proof }
    }

    /// The value of a second key at which the difference is greatest, where it is much greater than usual.
    fn most(&self, grid: &Grid, runs: &Runs, first: &Effect, second: usize) -> Option<String> {
        let axis = &grid.axes()[second];
        let gap = |value: usize| {
            let means =
                self.means(grid, first.axis, runs.rows.iter().filter(|row| row.values[second] == value));
            // In the same direction.
            let gap = means[first.ends[1].0] - means[first.ends[0].0];
            (value, gap * (first.ends[1].1 - first.ends[0].1).signum())
        };
        let gaps = (0..axis.values.len()).map(gap).filter(|(_, gap)| gap.is_finite());
        let (value, gap) = gaps.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (gap >= MORE * first.size()).then(|| format!("{} {}", axis.name, axis.label(value)))
    }

    /// The quantity over a key: a line for each value of a second one, or one that shows how far all runs are apart.
    fn picture(&self, grid: &Grid, runs: &Runs, key: usize, second: Option<usize>) -> Figure {
        let x = &grid.axes()[key];
        let columns = spread_out(x.values.len(), ACROSS);
        let all_names = names(x);
        let lines =
            Lines::new(&x.name, &self.name).names(columns.iter().map(|&value| all_names[value].clone()));
        let mut lines = if self.log { lines.log_y() } else { lines };
        let mean = |number: f64| if self.log { 10_f64.powf(number) } else { number };
        let points = |means: Vec<f64>| -> Vec<(f64, f64)> {
            columns.iter().enumerate().map(|(place, &value)| (place as f64, mean(means[value]))).collect()
        };
        let kind = if self.log { "Geometric mean" } else { "Mean" };
        let by;
        match second.map(|second| (second, names(&grid.axes()[second]))) {
            None => {
                let of_value =
                    |value: usize| runs.rows.iter().filter(move |row| row.values[key] == value).map(self.of);
                let band = columns.iter().enumerate().map(|(place, &value)| {
                    let spread = Spread::of(of_value(value));
                    (place as f64, mean(spread.least), mean(spread.greatest))
                });
                lines = lines.line("", points(self.means(grid, key, &runs.rows))).band(band);
                by = "; the band goes from the least to the greatest".into();
            }
            Some((second, values)) => {
                let shown = spread_out(values.len(), LINES);
                for &value in &shown {
                    let of_value = runs.rows.iter().filter(|row| row.values[second] == value);
                    lines = lines.line(&values[value], points(self.means(grid, key, of_value)));
                }
                let some = match shown.len() < values.len() {
                    true => format!(" ({} of {} values)", shown.len(), values.len()),
                    false => String::new(),
                };
                by = format!(", a line for each {}{some}", grid.axes()[second].name);
            }
        }
        let some = match columns.len() < x.values.len() {
            true => format!(" Drawn are {} of {} values, evenly spread.", columns.len(), x.values.len()),
            false => String::new(),
        };
        lines.figure(
            format!("{} by {}.", capital_of(&self.name), x.name),
            format!("{kind} of all runs with the value{by}.{some}"),
        )
    }
}

/// What is said where no key makes a difference.
fn nothing(grid: &Grid, keys: &[usize], runs: &Runs, quantity: Option<&Quantity>) -> Finding {
    let known = runs.rows.iter().map(|row| row.score).filter(|score| score.is_finite());
    let spread = Spread::of(known);
    let name = score_title(runs.score);
    let title = match (spread.runs, keys) {
        (0, _) => match verdicts(runs) {
            Some(sentence) => sentence.trim_end_matches('.').into(),
            None => "No run has a score".into(),
        },
        (1, _) => format!("{} is {} in the only run", capital_of(&name), score(spread.mean, runs.score)),
        (_, []) => format!(
            "{} is {} on average, from {} to {} by the seed",
            capital_of(&name),
            score(spread.mean, runs.score),
            score(spread.least, runs.score),
            score(spread.greatest, runs.score)
        ),
        _ => {
            let keys: Vec<&str> = keys.iter().map(|&key| grid.axes()[key].name.as_str()).collect();
            let depends = match quantity.is_some_and(|quantity| quantity.between_seeds(grid, runs) > 0.0) {
                true => format!("depends on {} no more than on the seed", keys.join(" and ")),
                false => format!("hardly depends on {}", keys.join(" and ")),
            };
            format!(
                "{} {depends}: it is between {} and {}",
                capital_of(&name),
                score(spread.least, runs.score),
                score(spread.greatest, runs.score)
            )
        }
    };
    let proof = quantity.zip(keys.first()).map(|(quantity, &key)| quantity.picture(grid, runs, key, None));
    Finding { title, sentences: vec![], proof }
}

/// The settings with the best and the worst score.
fn best_and_worst(grid: &Grid, runs: &Runs) -> Option<String> {
    let mut groups = runs.over_seeds(grid);
    groups.retain(|group| group.score.mean.is_finite());
    groups.sort_by(|a, b| b.score.mean.total_cmp(&a.score.mean).then(a.first.cmp(&b.first)));
    let (best, worst) = (groups.first()?, groups.last()?);
    (groups.len() > 1).then(|| {
        format!(
            "The best setting is {}, with {} {}; the worst is {}, with {}.",
            best.label,
            score_title(runs.score),
            score(best.score.mean, runs.score),
            worst.label,
            score(worst.score.mean, runs.score)
        )
    })
}

/// The most frequent verdict.
fn verdicts(runs: &Runs) -> Option<String> {
    let (name, count) = runs.verdicts().into_iter().next()?;
    Some(format!("{count} of {} runs are {name}.", runs.rows.len()))
}

/// A name as a sentence begins; g1/gL stays as it is.
fn capital_of(name: &str) -> String {
    if name.starts_with("g1/gL") { name.into() } else { capital(name) }
}
