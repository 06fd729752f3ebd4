//! `--fix`: remedies in turn, each kept where it helps.

use super::{Measured, measure, shown};
use crate::interrupt::interrupted;
use crate::output::{Text, text};
use crate::session::Session;
use gradlens::diagnostics::{Illness, Remedy};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Trainings that are tried, at most.
const MOST: usize = 10;
/// A score that is lower by so much is worse.
const WORSE: f64 = 0.005;

/// What came of the remedies.
pub struct Fixed {
    /// The last run that was kept; `None` where no remedy was.
    pub after: Option<Measured>,
    pub tried: Vec<Tried>,
}

/// A remedy that was tried.
pub struct Tried {
    pub remedy: Remedy,
    pub kept: bool,
    illness: Illness,
    score: Option<f64>,
}

impl Tried {
    pub fn json(&self) -> Value {
        json!({ "remedy": self.remedy, "kept": self.kept, "illness": self.illness, "score": self.score })
    }
}

/// The remedies of a diagnosis, those of the first verdict first; then a rate that is found by trying, and more steps.
fn candidates(run: &Measured) -> Vec<Remedy> {
    let diagnosis = &run.diagnosis;
    let verdicts = [&diagnosis.verdict].into_iter().chain(&diagnosis.also);
    let said = verdicts.flat_map(|verdict| verdict.remedies.iter().cloned());
    said.chain([Remedy::Rate(1.0), Remedy::Longer(5.0)]).collect()
}

/// Applies remedies until the verdict is healthy, or none of them helps.
pub fn fix(
    session: &Session,
    before: &Measured,
    images: Option<&Path>,
    out: &mut Text,
) -> anyhow::Result<Fixed> {
    let mut fixed = Fixed { after: None, tried: vec![] };
    let mut config = session.config.clone();
    let mut searched = false;
    'again: loop {
        let now = fixed.after.as_ref().unwrap_or(before);
        if now.diagnosis.verdict.illness == Illness::Healthy || fixed.tried.len() >= MOST {
            return Ok(fixed);
        }
        for mut remedy in candidates(now) {
            if interrupted() {
                text(writeln!(out, "\nInterrupted before all remedies were tried, so this is incomplete."))?;
                return Ok(fixed);
            }
            // A factor says that the rate is wrong; which is right is found by trying.
            if matches!(remedy, Remedy::Rate(_)) {
                if searched {
                    continue;
                }
                searched = true;
                let Ok(here) = Session::new(&config, images) else { continue };
                let Some(rate) = config.find_rate(&here.data)? else { continue };
                remedy = Remedy::LearningRate(rate);
            }
            if fixed.tried.iter().any(|tried| tried.remedy == remedy) {
                continue;
            }
            let Some(changed) = remedy.apply(&config) else { continue };
            let Ok(next) = Session::new(&changed, images) else { continue };
            if next.config == config {
                continue;
            }
            let now = fixed.after.as_ref().unwrap_or(before);
            let after = measure(&next)?;
            let (old, new) =
                (now.score.unwrap_or(f64::NEG_INFINITY), after.score.unwrap_or(f64::NEG_INFINITY));
            let cured = after.diagnosis.verdict.illness != now.diagnosis.verdict.illness;
            let kept = new > old + WORSE || (cured && new >= old - WORSE);
            text(writeln!(
                out,
                "\nremedy: {remedy}\n  verdict {} -> {}, score {} -> {}{}",
                now.diagnosis.verdict.illness,
                after.diagnosis.verdict.illness,
                shown(session.data.task, now.score),
                shown(session.data.task, after.score),
                if kept { "" } else { ": it does not help and is withdrawn" }
            ))?;
            let illness = after.diagnosis.verdict.illness;
            fixed.tried.push(Tried { remedy, kept, illness, score: after.score });
            if kept {
                // After another change another rate may suit.
                searched &=
                    matches!(fixed.tried.last().map(|tried| &tried.remedy), Some(Remedy::LearningRate(_)));
                config = next.config;
                fixed.after = Some(after);
                continue 'again;
            }
            if fixed.tried.len() >= MOST {
                return Ok(fixed);
            }
        }
        return Ok(fixed);
    }
}
