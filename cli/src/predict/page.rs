//! What was predicted, as a page.

use super::Predicted;
use crate::flags::files::story;
use crate::results::histogram::histogram;
use crate::results::verdict::Verdict;
use gradlens::data::Task;
use gradlens::report::{Bars, Figure, Page};
use gradlens::short;
use ndarray::ArrayView1;

/// Rows that are shown, of those that a reader should look at first.
const SHOWN: usize = 24;
/// Rows of the table of all.
const TABLE: usize = 200;
/// Classes, labels or numbers of which there is a picture.
const DRAWN: usize = 20;
/// The probability from which on a network is sure.
const SURE: f64 = 0.9;

impl Predicted {
    /// The page. `decided` has the classes or labels that are said of each row.
    pub fn html(&self, decided: &[Vec<&str>]) -> String {
        let wrong = self.wrong();
        story(&self.title(&wrong, decided), |page| {
            page.paragraph(&self.about_the_rows());
            self.verdict(&wrong, decided).show(page);
            let mut figures = match self.task() {
                Task::Regression => self.numbers(),
                _ => vec![self.how_often(&wrong, decided)],
            };
            let others = figures.split_off(figures.len().min(1));
            figures.iter().for_each(|figure| page.figure(figure));
            if !others.is_empty() {
                page.details("The other numbers", false, |page| page.figures(&others));
            }
            if self.task() == Task::Classes {
                let (summary, rows) = match &wrong {
                    Some(wrong) if !wrong.is_empty() => {
                        ("The worst mistakes, the surest first", wrong.clone())
                    }
                    _ => ("What the network is least sure of", self.unsure()),
                };
                page.details(summary, false, |page| self.look(page, &rows[..rows.len().min(SHOWN)], decided));
            }
            page.details("Every row", false, |page| self.table(page, decided));
        })
    }

    fn task(&self) -> Task {
        self.about.task.unwrap_or(Task::Regression)
    }

    fn title(&self, wrong: &Option<Vec<usize>>, decided: &[Vec<&str>]) -> String {
        let (rows, names) = (self.outputs.nrows(), &self.about.targets);
        if let Some(wrong) = wrong {
            return format!("Of {rows} rows {} are right and {} are not", rows - wrong.len(), wrong.len());
        }
        let often = self.by_frequency(decided);
        match (self.task(), &often[..]) {
            (Task::Regression, _) => {
                let Some([least, mean, greatest]) = spread(self.outputs.column(0)) else {
                    return format!("{} is a finite number for none of {rows} rows", names[0]);
                };
                format!(
                    "{} is predicted as {} on average, from {} to {}",
                    names[0],
                    short(mean),
                    short(least),
                    short(greatest)
                )
            }
            (Task::Labels, [(name, count), others @ ..]) => {
                let none = decided.iter().filter(|said| said.is_empty()).count();
                let most = if others.is_empty() { "" } else { ", the most frequent label" };
                format!("Of {rows} rows {count} are said to have {name}{most}, and {none} to have none")
            }
            (_, [(name, count), ..]) if *count == rows => format!("All of {rows} rows are said to be {name}"),
            (_, [(name, count), (second, next), others @ ..]) => {
                let left = match (others, others.iter().map(|(_, count)| count).sum::<usize>()) {
                    (_, 0) => String::new(),
                    ([(third, _)], left) => format!(", {left} {third}"),
                    (_, left) => format!(", {left} something else"),
                };
                format!("Of {rows} rows {count} are said to be {name}, {next} {second}{left}")
            }
            _ => format!("Nothing is said of {rows} rows"),
        }
    }

    /// What the rows were asked, in two sentences.
    fn about_the_rows(&self) -> String {
        let (rows, names) = (self.outputs.nrows(), &self.about.targets);
        match self.task() {
            Task::Classes if self.truth.is_some() => format!(
                "A network says of each of {rows} rows which of {} classes it is. The file has the true classes too.",
                names.len()
            ),
            Task::Classes => format!(
                "A network says of each of {rows} rows which of {} classes it is. Nothing here says which are right.",
                names.len()
            ),
            Task::Labels => format!(
                "A network gives each of {rows} rows a probability for each of {} labels. A label is said to hold where it reaches its \
                 threshold, which is 0.5 unless another was saved with the network.",
                names.len()
            ),
            _ => format!(
                "A network predicts {} for each of {rows} rows. {}",
                match &names[..] {
                    [name] => name.clone(),
                    names => format!("{} numbers", names.len()),
                },
                match self.about.preprocessor {
                    Some(_) => "They are in the units of the table that it was trained on.",
                    None => "They are what the network puts out.",
                }
            ),
        }
    }

    fn verdict(&self, wrong: &Option<Vec<usize>>, decided: &[Vec<&str>]) -> Verdict {
        let (rows, names) = (self.outputs.nrows(), &self.about.targets);
        if let (Some(truth), Some(wrong)) = (&self.truth, wrong) {
            let mut right = vec![true; rows];
            wrong.iter().for_each(|&row| right[row] = false);
            return Verdict::of_classes(truth, &right, names);
        }
        match self.task() {
            Task::Classes => {
                let count =
                    |holds: &dyn Fn(f64) -> bool| (0..rows).filter(|&row| holds(self.best(row).1)).count();
                let sentence = format!(
                    " {} of {rows} rows get their class with {SURE} or more, {} with less than 0.5.",
                    count(&|p| p >= SURE),
                    count(&|p| p < 0.5)
                );
                Verdict::plain("How sure the network is:", sentence)
            }
            Task::Labels => {
                let said: usize = decided.iter().map(Vec::len).sum();
                let mean = short(said as f64 / rows.max(1) as f64);
                let sentence = format!(" {mean} a row on average, of {}.", names.len());
                Verdict::plain("How many labels are said to hold:", sentence)
            }
            _ => self.verdict_of_numbers(),
        }
    }

    fn verdict_of_numbers(&self) -> Verdict {
        let is_one = |column: &ArrayView1<f64>| spread(*column).is_some_and(|[least, _, most]| least == most);
        let columns = self.outputs.columns().into_iter().zip(&self.about.targets);
        let same: Vec<&str> =
            columns.filter(|(column, _)| is_one(column)).map(|(_, name)| name.as_str()).collect();
        if self.outputs.nrows() > 1 && !same.is_empty() {
            let names = same[..same.len().min(DRAWN)].join(", ");
            let sentence = format!(" {names}. The network does not tell these rows apart.");
            return Verdict::warning("The same for all rows:", sentence);
        }
        match middle_half(self.outputs.column(0)) {
            Some(ends) => {
                let [low, high] = ends.map(short);
                let sentence = format!(
                    " half of the rows are predicted between {low} and {high}. Nothing here says how far off they are."
                );
                Verdict::plain("Where the numbers lie:", sentence)
            }
            None => Verdict::warning("No number:", " the network puts out nothing that is finite.".into()),
        }
    }

    /// How often each class or label is said, the most frequent first.
    fn by_frequency(&self, decided: &[Vec<&str>]) -> Vec<(&str, usize)> {
        let count = |name: &str| decided.iter().flatten().filter(|said| **said == name).count();
        let mut counts: Vec<(&str, usize)> =
            self.about.targets.iter().map(|name| (name.as_str(), count(name))).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// The rows that are taken for another class, the surest first, where the truth is known.
    fn wrong(&self) -> Option<Vec<usize>> {
        let truth = self.truth.as_ref()?;
        let mut wrong: Vec<usize> = (0..truth.len()).filter(|&row| self.best(row).0 != truth[row]).collect();
        wrong.sort_by(|&a, &b| self.best(b).1.total_cmp(&self.best(a).1));
        Some(wrong)
    }

    /// The rows, the least sure first.
    fn unsure(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.outputs.nrows()).collect();
        rows.sort_by(|&a, &b| self.best(a).1.total_cmp(&self.best(b).1));
        rows
    }

    /// The greatest output of a row, and which it is.
    fn best(&self, row: usize) -> (usize, f64) {
        let best =
            |best: (usize, f64), (class, &p): (usize, &f64)| if p > best.1 { (class, p) } else { best };
        self.outputs.row(row).iter().enumerate().fold((0, f64::NEG_INFINITY), best)
    }

    /// How often each is said, and how often that is right where the truth is known.
    fn how_often(&self, wrong: &Option<Vec<usize>>, decided: &[Vec<&str>]) -> Figure {
        let often = self.by_frequency(decided);
        let shown = &often[..often.len().min(DRAWN)];
        let some = match often.len() {
            all if all > shown.len() => format!(" The {DRAWN} most frequent of {all}."),
            _ => String::new(),
        };
        let bars = Bars::new("", "rows", shown.iter().map(|(name, _)| *name));
        let (bars, title) = match wrong {
            None => (bars.bars("", shown.iter().map(|(_, count)| *count as f64)), "How often each is said."),
            Some(wrong) => {
                let right = |(name, count): &(&str, usize)| {
                    (count - wrong.iter().filter(|&&row| decided[row].contains(name)).count()) as f64
                };
                let bars = bars.bars("is said", shown.iter().map(|(_, count)| *count as f64));
                (bars.bars("is right", shown.iter().map(right)), "How often each is said, and is right.")
            }
        };
        bars.figure(title, format!("Of {} rows.{some}", decided.len()))
    }

    /// How each number is spread.
    fn numbers(&self) -> Vec<Figure> {
        let columns = self.outputs.columns().into_iter().zip(&self.about.targets);
        let picture = |(column, name): (ArrayView1<f64>, &String)| {
            let caption = format!("Of {} rows.", column.len());
            histogram(&column.to_vec(), name, "rows", format!("{name}, as predicted."), caption)
        };
        columns.take(DRAWN).map(picture).collect()
    }

    /// Pictures of images, else a table.
    fn look(&self, page: &mut Page, rows: &[usize], decided: &[Vec<&str>]) {
        let truth = |row: usize| self.truth.as_ref().map(|truth| self.about.targets[truth[row]].as_str());
        if let Some(layout) = self.layout {
            let image = |&row: &usize| {
                let sure = format!("{} with {:.0} %", decided[row].concat(), 100.0 * self.best(row).1);
                let caption = truth(row).map_or(sure.clone(), |truth| format!("{truth}, said {sure}"));
                (self.inputs.row(row), format!("Row {}:", row + 1), caption)
            };
            return layout.show(page, rows.iter().map(image));
        }
        let known = self.truth.is_some();
        let line = |&row: &usize| {
            [(row + 1).to_string()]
                .into_iter()
                .chain(truth(row).map(String::from))
                .chain([decided[row].concat(), format!("{:.1} %", 100.0 * self.best(row).1)])
                .collect::<Vec<String>>()
        };
        let header: Vec<&str> =
            ["row"].into_iter().chain(known.then_some("truth")).chain(["said", "with"]).collect();
        let words = header.len() - 1;
        page.table("Rows are counted from 1.", words, &header, &rows.iter().map(line).collect::<Vec<_>>());
    }

    fn table(&self, page: &mut Page, decided: &[Vec<&str>]) {
        let said = !decided.iter().all(Vec::is_empty);
        let header: Vec<&str> = ["row"]
            .into_iter()
            .chain(said.then_some("said"))
            .chain(self.about.targets.iter().map(String::as_str))
            .collect();
        let line = |(row, outputs): (usize, ArrayView1<f64>)| {
            let words = [(row + 1).to_string()].into_iter().chain(said.then(|| decided[row].join(", ")));
            words.chain(outputs.iter().map(|&p| short(p))).collect::<Vec<String>>()
        };
        let rows: Vec<Vec<String>> =
            self.outputs.rows().into_iter().enumerate().take(TABLE).map(line).collect();
        let caption = match self.outputs.nrows() {
            rows if rows > TABLE => format!("The first {TABLE} of {rows} rows; --out FILE has all."),
            _ => "The outputs of the network.".into(),
        };
        page.table(&caption, 1 + usize::from(said), &header, &rows);
    }
}

/// Between which of the finite numbers the middle half of them lies; `None` where there are none.
fn middle_half(numbers: ArrayView1<f64>) -> Option<[f64; 2]> {
    let mut finite: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let last = finite.len().checked_sub(1)?;
    Some([1, 3].map(|quarter| finite[(last * quarter + 2) / 4]))
}

/// The least, the mean and the greatest of the finite numbers; `None` where there are none.
fn spread(numbers: ArrayView1<f64>) -> Option<[f64; 3]> {
    let finite = || numbers.iter().copied().filter(|number| number.is_finite());
    let [least, greatest] = [f64::min, f64::max].map(|of| finite().reduce(of));
    Some([least?, finite().sum::<f64>() / finite().count() as f64, greatest?])
}
