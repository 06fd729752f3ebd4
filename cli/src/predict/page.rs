//! What was predicted, as a page.

use super::Predicted;
use crate::flags::files::story;
use crate::results::page::{picture, side};
use gradlens::data::Task;
use gradlens::report::{Bars, Figure, Page};
use gradlens::short;

/// Rows that are shown, of those that a reader should look at first.
const SHOWN: usize = 24;
/// Rows of the table of all.
const TABLE: usize = 200;

impl Predicted {
    /// The page. `decided` has the classes or labels that are said of each row.
    pub fn html(&self, decided: &[Vec<&str>]) -> String {
        let task = self.about.task.unwrap_or(Task::Regression);
        let wrong = self.wrong();
        story(&self.title(&wrong, decided), |page| {
            if task != Task::Regression {
                page.figure(&self.how_often(decided));
            }
            if task == Task::Classes {
                let (heading, rows) = match &wrong {
                    Some(wrong) if !wrong.is_empty() => {
                        ("The worst mistakes, the surest first", wrong.clone())
                    }
                    _ => ("What the network is least sure of", self.unsure()),
                };
                page.heading(2, heading);
                self.look(page, &rows[..rows.len().min(SHOWN)], decided);
            }
            page.heading(2, "Every row");
            self.table(page, decided);
        })
    }

    fn title(&self, wrong: &Option<Vec<usize>>, decided: &[Vec<&str>]) -> String {
        let rows = self.outputs.nrows();
        match wrong {
            Some(wrong) => {
                format!("Of {rows} rows {} are right and {} are not", rows - wrong.len(), wrong.len())
            }
            None if decided.iter().all(Vec::is_empty) => format!("What is predicted for {rows} rows"),
            None => format!("What {rows} rows are said to be"),
        }
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

    fn how_often(&self, decided: &[Vec<&str>]) -> Figure {
        let names = &self.about.targets;
        let count = |name: &String| decided.iter().flatten().filter(|said| *said == name).count() as f64;
        let bars = Bars::new("", "rows", names.iter().map(String::as_str)).bars("", names.iter().map(count));
        bars.figure("How often each is said.", format!("Of {} rows.", decided.len()))
    }

    /// Pictures of images, else a table.
    fn look(&self, page: &mut Page, rows: &[usize], decided: &[Vec<&str>]) {
        let truth = |row: usize| self.truth.as_ref().map(|truth| self.about.targets[truth[row]].as_str());
        let width = self.about.pixels.and_then(|_| self.width.or(side(self.inputs.ncols())));
        if let Some(width) = width {
            let picture = |&row: &usize| {
                let sure = format!("{} with {:.0} %", decided[row].concat(), 100.0 * self.best(row).1);
                let caption = truth(row).map_or(sure.clone(), |truth| format!("{truth}, said {sure}"));
                picture(self.inputs.row(row), width, format!("Row {}:", row + 1), caption)
            };
            return page.thumbnails(&rows.iter().map(picture).collect::<Vec<_>>());
        }
        let line = |&row: &usize| {
            vec![
                (row + 1).to_string(),
                truth(row).unwrap_or("not known").into(),
                decided[row].concat(),
                format!("{:.1} %", 100.0 * self.best(row).1),
            ]
        };
        let header = ["row", "truth", "said", "with"];
        page.table("Rows are counted from 1.", 3, &header, &rows.iter().map(line).collect::<Vec<_>>());
    }

    fn table(&self, page: &mut Page, decided: &[Vec<&str>]) {
        let said = !decided.iter().all(Vec::is_empty);
        let header: Vec<&str> = ["row"]
            .into_iter()
            .chain(said.then_some("said"))
            .chain(self.about.targets.iter().map(String::as_str))
            .collect();
        let line = |(row, outputs): (usize, ndarray::ArrayView1<f64>)| {
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
