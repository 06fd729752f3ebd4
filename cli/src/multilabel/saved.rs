//! The network under the sigmoid head, as it is saved.

use super::Outcome;
use gradlens::data::Task;
use gradlens::model::Model;
use gradlens::{Error, Result, SigmoidBinaryCrossEntropy};

/// The network with what its outputs mean: names, temperature, thresholds.
///
/// Thresholds were chosen for probabilities as they are. Those of the file are for probabilities after the temperature, and
/// decide the same.
pub fn model(outcome: &Outcome) -> Result<Model> {
    let Outcome { config, source, .. } = outcome;
    let trained = outcome.model("sigmoid").and_then(|model| Some((model, model.net.as_ref()?)));
    let Some((model, trained)) = trained else {
        return Err(Error::Setting {
            name: "the network to save".into(),
            found: "not trained".into(),
            expected: "the one under the sigmoid head".into(),
        });
    };
    // Weights of positive samples are of the training alone.
    let head = SigmoidBinaryCrossEntropy::default();
    let mut net = config.builder(trained.input_len(), trained.output_len())?.head(head).build()?;
    net.params_mut().copy_from_slice(trained.params());
    net.state_mut().copy_from_slice(trained.state());
    let mut saved = Model::of(net)?;
    let temperature = model.calibration.as_ref().and_then(|calibration| calibration.temperature);
    let warmed = |p: f64| {
        let logit = (p / (1.0 - p)).ln() / temperature.unwrap_or(1.0);
        if p > 0.0 && p < 1.0 { 1.0 / (1.0 + (-logit).exp()) } else { p }
    };
    let about = &mut saved.about;
    about.task = Some(Task::Labels);
    about.targets.clone_from(&source.labels);
    about.preprocessor.clone_from(&source.preprocessor);
    about.pixels = source.image_width.map(|_| [0.0, 1.0]);
    about.thresholds = Some(model.thresholds.iter().map(|&p| warmed(p)).collect());
    about.temperature = temperature;
    Ok(saved)
}
