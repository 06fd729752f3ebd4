//! The same network trained under each head.

use super::model::{Model, Prepare, evaluate};
use super::{Flags, Outcome, label_sets};
use crate::interrupt::{self, interrupted};
use crate::output::{Text, note, text};
use gradlens::config::RunConfig;
use gradlens::diagnostics::{Diagnostics, powers_of_two};
use gradlens::{
    Dataset, Error, Loss, Progress, Sequential, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, Stopped,
    Trainer,
};
use std::io::Write;

/// Trains every head on the same samples from the same start, and scores them. The best possible model
/// comes last, where it is known.
pub fn train_all(
    flags: &Flags,
    Outcome { config, source, statistics, .. }: &Outcome,
    out: &mut Text,
) -> anyhow::Result<Vec<Model>> {
    let pos_weight = flags.pos_weight.map(|weight| weight.weights(statistics));
    let sigmoid = SigmoidBinaryCrossEntropy::default();
    let sigmoid = match pos_weight {
        Some(weights) => sigmoid.pos_weight(weights),
        None => sigmoid,
    };
    let mut models = vec![];
    let as_they_are: Prepare = |labelled| Ok(labelled.data.clone());
    let spread: Prepare = |labelled| labelled.data.clone().spread_targets();
    let heads: [(_, _, Box<dyn Loss>, Prepare); 3] = [
        ("sigmoid", "sigmoid", Box::new(sigmoid), as_they_are),
        ("softmax", "softmax", Box::new(SoftmaxCrossEntropy::default()), spread),
        ("sets", "over sets", Box::new(SoftmaxCrossEntropy::default()), label_sets::as_classes),
    ];
    let mut failed = None;
    for (name, title, head, prepare) in heads {
        if name == "sets" && !source.is_xor || interrupted() {
            continue;
        }
        if name == "softmax" && source.labels.len() == 1 {
            text(writeln!(out, "softmax head: left out, as a softmax of one output is always 1\n"))?;
            continue;
        }
        if !flags.quiet {
            let explained = match name {
                "sigmoid" => "sigmoid head: a probability for each label (per cent: labels decided rightly)",
                "softmax" => {
                    "softmax head: one distribution, targets spread as 1/k over k labels, 1/K over all where there are none (per cent: samples whose top label holds)"
                }
                _ => "softmax over sets: a class for each set of labels",
            };
            text(writeln!(out, "{explained}"))?;
        }
        let (net, seen, is_complete) = match train(flags, config, head, &prepare(&source.train)?, out) {
            Ok(trained) => trained,
            // The other heads may do better.
            Err(error)
                if error
                    .downcast_ref()
                    .is_some_and(|e| matches!(e, Error::NotFinite { .. } | Error::Diverged { .. })) =>
            {
                note(&format!("{title}: {error:#}"));
                failed = failed.or(Some(error));
                continue;
            }
            Err(error) => return Err(error),
        };
        if !flags.quiet {
            let verdict = seen.diagnosis().verdict;
            text(writeln!(out, "gradients: {}: {}\n", verdict.illness, verdict.cause))?;
        }
        let mut model = evaluate(flags, source, (name, title), &net, prepare)?;
        (model.seen, model.net, model.is_complete) = (Some(seen), Some(net), is_complete);
        models.push(model);
    }
    if models.is_empty() {
        return Err(failed.unwrap_or_else(|| anyhow::anyhow!("interrupted before anything was learned")));
    }
    models.extend(Model::best_possible(flags, source));
    Ok(models)
}

fn train(
    flags: &Flags,
    config: &RunConfig,
    head: Box<dyn Loss>,
    data: &Dataset,
    out: &Text,
) -> anyhow::Result<(Sequential, Diagnostics, bool)> {
    let mut net = config.builder(data.input_len(), data.output_len())?.head(head).build()?;
    let probe = data.select(&(0..data.len().min(512)).collect::<Vec<_>>());
    let mut seen = Diagnostics::new().probe(probe);
    let mut trainer =
        Trainer::from_config(config)?.interrupt(interrupt::flag()).observe(powers_of_two(), &mut seen);
    if !flags.quiet {
        trainer = trainer.observe(|_| true, Progress::new(*out).bar(out.is_terminal()));
    }
    let report = trainer.fit(&mut net, data)?;
    Ok((net, seen, report.stopped != Stopped::Interrupted))
}
