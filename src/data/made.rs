//! Tables that are made rather than read, by the name that a config gives them.

use crate::by_name;
use crate::data::labelled::Part;
use crate::data::planar::Planar;
use crate::data::table::{Column, Table, Values};
use crate::data::teacher::Teacher;
use crate::error::{Error, Result};

/// The samples of a made set where a config does not say how many.
pub(crate) const SAMPLES: usize = 500;
/// The noise where it does not say how much.
pub(crate) const NOISE: f64 = 0.1;

/// What a config may call `made`: a set of [`Planar`], or `teacher`, a [`Teacher`] of ten labels.
pub fn made_names() -> Vec<&'static str> {
    Planar::ALL.into_iter().map(Planar::name).chain(["teacher"]).collect()
}

/// The samples of a part as a table, and the names of the columns that are targets.
///
/// # Errors
/// [`Error::Setting`] for a name that there is not, and what the makers of samples refuse.
pub(crate) fn made(
    name: &str,
    samples: usize,
    noise: f64,
    seed: u64,
    part: Part,
) -> Result<(Table, Vec<String>)> {
    let (columns, targets) = match Planar::ALL.into_iter().find(|planar| planar.name() == name) {
        Some(planar) => of_points(planar, samples, noise, seed, part)?,
        None if name == "teacher" => of_teacher(samples, seed, part)?,
        None => {
            let near = by_name::nearest(name, made_names().into_iter());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let expected = format!("one of {}{near}", made_names().join(", "));
            return Err(Error::setting("made", format!("{name:?}"), expected));
        }
    };
    let lines = (1..=samples as u32).collect();
    let table = Table { path: name.into(), named: true, columns, lines, notes: vec![], labels: None };
    Ok((table, targets))
}

fn of_points(
    planar: Planar,
    samples: usize,
    noise: f64,
    seed: u64,
    part: Part,
) -> Result<(Vec<Column>, Vec<String>)> {
    let (points, classes) = planar.points(samples, noise, seed, part)?;
    let numbers = |name: &str, column| Column {
        name: name.into(),
        values: Values::Numbers(points.column(column).to_vec()),
    };
    let codes = classes.into_iter().map(|class| class as u32).collect();
    let words = planar.classes().iter().map(|&class| class.into()).collect();
    let class = Column { name: "class".into(), values: Values::Words { codes, words, declared: true } };
    Ok((vec![numbers("x", 0), numbers("y", 1), class], vec!["class".into()]))
}

fn of_teacher(samples: usize, seed: u64, part: Part) -> Result<(Vec<Column>, Vec<String>)> {
    let data = Teacher::default().seed(seed).draw::<f32>(samples, part)?.data;
    let targets = data.target_rows().expect("labels are rows");
    let column = |name: String, numbers: ndarray::ArrayView1<f32>| Column {
        name,
        values: Values::Numbers(numbers.iter().map(|&number| f64::from(number)).collect()),
    };
    let inputs = data.inputs();
    let names: Vec<String> = (1..=targets.ncols()).map(|label| format!("label {label}")).collect();
    let features = (0..inputs.ncols()).map(|at| column(format!("x{}", at + 1), inputs.column(at)));
    let labels = names.iter().enumerate().map(|(at, name)| column(name.clone(), targets.column(at)));
    Ok((features.chain(labels).collect(), names))
}
