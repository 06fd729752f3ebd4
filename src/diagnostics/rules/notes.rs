//! What is no illness of the network, and worth to be known.

use super::Run;
use crate::diagnostics::data_record::{ColumnRecord, DataRecord};
use crate::plain::short;

pub(super) fn notes(run: &Run) -> Vec<String> {
    [overfitting(run), shift(run)].into_iter().flatten().collect()
}

/// The validation loss rises while the training loss falls.
fn overfitting(run: &Run) -> Option<String> {
    let of = |(index, epoch): (usize, &crate::train::record::EpochRecord)| {
        Some((index, epoch.validation_loss?, epoch.train_loss))
    };
    let epochs: Vec<_> = run.history.epochs.iter().enumerate().filter_map(of).collect();
    let &(best, least, then) = epochs.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let &(_, end, now) = epochs.last()?;
    (end > run.limits.overfitting * least && now < then).then(|| {
        format!(
            "overfitting, which is no illness of the gradient: the validation loss was least in epoch {} ({}) and ends at {}, while the \
             training loss went on from {} to {}. Stop earlier (patience), or use more samples, a smaller network, dropout or weight decay",
            best + 1,
            short(least),
            short(end),
            short(then),
            short(now)
        )
    })
}

/// The samples to measure on differ from those trained on, column by column.
fn shift(run: &Run) -> Option<String> {
    let (train, test) = (run.history.data.as_ref()?, run.history.test.as_ref()?);
    let shifted = shifted(train, test, run.limits.shift);
    let &(column, far) = shifted.first()?;
    let (here, there) = (train.inputs[column], test.inputs[column]);
    Some(format!(
        "the samples to measure on were not prepared as those to train on, or come from elsewhere: {} of {} input columns differ, most of all \
         input {}: mean {} and deviation {} in training, {} and {} there ({})",
        shifted.len(),
        train.inputs.len(),
        column + 1,
        short(here.mean),
        short(here.deviation),
        short(there.mean),
        short(there.deviation),
        match far {
            f64::INFINITY => "it was constant".into(),
            far => format!("{} deviations apart, or as many times as wide", short(far)),
        }
    ))
}

/// Columns with means that lie more than `limit` deviations apart, or deviations of which one is more than ten times that
/// limit the other, beyond what chance does to so many samples; the furthest first.
fn shifted(train: &DataRecord, test: &DataRecord, limit: f64) -> Vec<(usize, f64)> {
    let chance = 5.0 * (1.0 / train.samples.max(1) as f64 + 1.0 / test.samples.max(1) as f64).sqrt();
    let squares = train.inputs.iter().map(|column| column.deviation.powi(2)).sum::<f64>();
    let usual = (squares / train.inputs.len().max(1) as f64).sqrt();
    let far = |(column, (a, b)): (usize, (&ColumnRecord, &ColumnRecord))| {
        let both = a.deviation.hypot(b.deviation) / std::f64::consts::SQRT_2;
        let apart = (a.mean - b.mean).abs() / both;
        // Of what is nearly always the same, as a pixel at the edge is, the deviation is chance.
        let wide = match b.deviation > 0.0 && a.deviation > 0.2 * usual {
            true => (b.deviation / a.deviation).ln().abs().exp(),
            false => 1.0,
        };
        let is_far = apart > limit.max(chance); // false for NaN, of columns that are constant alike
        (is_far || wide > 10.0 * limit).then_some((column, if is_far { apart } else { wide }))
    };
    let mut columns: Vec<(usize, f64)> =
        train.inputs.iter().zip(&test.inputs).enumerate().filter_map(far).collect();
    columns.sort_by(|a, b| b.1.total_cmp(&a.1));
    if train.samples.min(test.samples) >= 16 { columns } else { vec![] }
}
