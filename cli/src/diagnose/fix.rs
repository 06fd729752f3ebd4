//! `--fix`: remedies in turn, each kept where it helps.

use super::{Measured, measure, shown};
use crate::interrupt::interrupted;
use crate::output::{Text, text};
use crate::session::Session;
use gradlens::data::Task;
use gradlens::diagnostics::{Illness, Remedy};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Trainings that are tried, at most.
const MOST: usize = 12;
/// A score that is lower by so much is worse.
const WORSE: f64 = 0.005;

/// What came of the remedies.
pub struct Fixed {
    /// The last run that was kept; `None` where no remedy was.
    pub after: Option<Measured>,
    pub tried: Vec<Tried>,
}

/// Remedies that were tried together.
pub struct Tried {
    pub remedies: Vec<Remedy>,
    pub kept: bool,
    illness: Illness,
    score: Option<f64>,
}

impl Tried {
    pub fn json(&self) -> Value {
        json!({ "remedies": self.remedies, "kept": self.kept, "illness": self.illness, "score": self.score })
    }
}

/// Where the remedies have come to.
struct Attempt<'a> {
    task: Task,
    images: Option<&'a Path>,
    now: Session,
    before: &'a Measured,
    fixed: Fixed,
    /// The rate that suits the network as it is now, once it was looked for.
    rate: Option<Option<f64>>,
}

impl Attempt<'_> {
    fn run(&self) -> &Measured {
        self.fixed.after.as_ref().unwrap_or(self.before)
    }

    fn is_healthy(&self) -> bool {
        !self.run().diagnosis.verdict.illness.is_sick()
    }

    /// What is left to try: the remedies of the verdicts, the first verdict's first, and then a rate that is found by
    /// trying and more steps, which any network may lack.
    fn candidates(&self) -> Vec<Remedy> {
        let diagnosis = &self.run().diagnosis;
        let verdicts = [&diagnosis.verdict].into_iter().chain(&diagnosis.also);
        let said = verdicts.flat_map(|verdict| verdict.remedies.iter().cloned());
        let longer = |remedy: &Remedy| matches!(remedy, Remedy::Longer(_));
        let was_longer = self.fixed.tried.iter().any(|tried| tried.remedies.iter().any(longer));
        let all = said.chain([Remedy::Rate(1.0), Remedy::Longer(5.0)]);
        // Once: five times as long again and again has no end.
        all.filter(|remedy| !(was_longer && longer(remedy))).collect()
    }

    /// The session after a remedy; `None` where it changes nothing or cannot be.
    fn after(&self, session: &Session, remedy: &Remedy) -> Option<Session> {
        let changed = remedy.apply(&session.config)?;
        let next = match changed.data == session.config.data {
            true => session.with(&changed).ok()?,
            false => Session::new(&changed, self.images).ok()?,
        };
        (next.config != session.config).then_some(next)
    }

    fn suiting_rate(&mut self) -> anyhow::Result<Option<f64>> {
        if let Some(rate) = self.rate {
            return Ok(rate);
        }
        let rate = self.now.config.find_rate(&self.now.data)?;
        self.rate = Some(rate);
        Ok(rate)
    }

    /// Trains with these remedies and keeps them where that helps.
    fn try_them(&mut self, remedies: Vec<Remedy>, next: Session, out: &mut Text) -> anyhow::Result<bool> {
        let after = measure(&next)?;
        let now = self.run();
        let [old, new] = [now.score, after.score].map(|score| score.unwrap_or(f64::NEG_INFINITY));
        let illness = after.diagnosis.verdict.illness;
        let cured = illness != now.diagnosis.verdict.illness;
        let kept = new > old + WORSE || (cured && new >= old - WORSE);
        let words: Vec<String> = remedies.iter().map(Remedy::to_string).collect();
        text(writeln!(
            out,
            "\nremedy: {}\n  verdict {} -> {illness}, score {} -> {}{}",
            words.join(", and "),
            now.diagnosis.verdict.illness,
            shown(self.task, now.score),
            shown(self.task, after.score),
            if kept { "" } else { ": it does not help and is withdrawn" }
        ))?;
        self.fixed.tried.push(Tried { remedies, kept, illness, score: after.score });
        if kept {
            self.now = next;
            self.rate = None;
            self.fixed.after = Some(after);
        }
        Ok(kept)
    }

    /// Tries the candidates until one helps.
    fn step(&mut self, out: &mut Text) -> anyhow::Result<bool> {
        for remedy in self.candidates() {
            if interrupted() {
                text(writeln!(out, "\nInterrupted before all remedies were tried, so this is incomplete."))?;
                return Ok(false);
            }
            // A factor says that the rate is wrong; which is right is found by trying.
            let remedy = match remedy {
                Remedy::Rate(_) => match self.suiting_rate()? {
                    Some(rate) => Remedy::LearningRate(rate),
                    None => continue,
                },
                remedy => remedy,
            };
            let Some(next) = self.after(&self.now, &remedy) else { continue };
            if self.was_tried(&[&remedy]) {
                continue;
            }
            if self.try_them(vec![remedy.clone()], next, out)? {
                return Ok(true);
            }
            // A network that was changed may need another rate.
            if !matches!(remedy, Remedy::LearningRate(_) | Remedy::Longer(_))
                && let Some(changed) = self.after(&self.now, &remedy)
                && let Some(rate) = changed.config.find_rate(&changed.data)?
                && let Some(next) = self.after(&changed, &Remedy::LearningRate(rate))
                && self.try_them(vec![remedy, Remedy::LearningRate(rate)], next, out)?
            {
                return Ok(true);
            }
            if self.fixed.tried.len() >= MOST {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Whether these were tried since the last that was kept.
    fn was_tried(&self, remedies: &[&Remedy]) -> bool {
        let since = self.fixed.tried.iter().rev().take_while(|tried| !tried.kept);
        since.into_iter().any(|tried| tried.remedies.iter().collect::<Vec<_>>() == remedies)
    }
}

/// Applies remedies until the verdict is healthy and more steps or another rate add nothing, or until none helps.
pub fn fix(
    session: Session,
    before: &Measured,
    images: Option<&Path>,
    out: &mut Text,
) -> anyhow::Result<Fixed> {
    let fixed = Fixed { after: None, tried: vec![] };
    let task = session.data.task;
    let mut attempt = Attempt { task, images, now: session, before, fixed, rate: None };
    if attempt.is_healthy() {
        return Ok(attempt.fixed);
    }
    while attempt.fixed.tried.len() < MOST && !attempt.is_healthy() && attempt.step(out)? {}
    // What is healthy may still lack the rate or the steps to show it.
    if attempt.is_healthy() && attempt.fixed.tried.len() < MOST {
        attempt.step(out)?;
    }
    Ok(attempt.fixed)
}
