//! The head that a config names.

use crate::config::run::NetworkConfig;
use crate::data::Task;
use crate::error::{Error, Result};
use crate::nn::{Loss, MeanOverOutputs, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy, head};
use gradlens_kernel::Scalar;

/// The links that a head can have in a config.
pub const LINKS: &[&str] = &["softmax", "sigmoid", "identity"];
/// The losses that a config can name.
pub const LOSSES: &[&str] = &[
    "cross-entropy",
    "generalised-cross-entropy",
    "huberised-cross-entropy",
    "categorical-cross-entropy",
    "label-cross-entropy",
    "binary-cross-entropy",
    "squared-error",
    "absolute-error",
    "huber",
];

/// The link and the loss that belong to a task.
pub(super) fn usual(task: Task) -> (&'static str, &'static str) {
    match task {
        Task::Classes => ("softmax", "cross-entropy"),
        Task::Labels => ("sigmoid", "binary-cross-entropy"),
        Task::Regression => ("identity", "squared-error"),
    }
}

/// The loss that belongs to a link.
fn loss_of(link: &str) -> &'static str {
    match link {
        "softmax" => "cross-entropy",
        "sigmoid" => "binary-cross-entropy",
        _ => "squared-error",
    }
}

/// The link and the loss, those that are not named as suits the other or the task.
pub(super) fn link_and_loss(network: &NetworkConfig, task: Option<Task>) -> (String, String) {
    let link = network.head.clone();
    let link = link.unwrap_or_else(|| match (network.loss.as_deref().map(kind), task) {
        (
            Some(
                "cross-entropy"
                | "generalised-cross-entropy"
                | "huberised-cross-entropy"
                | "label-cross-entropy",
            ),
            _,
        ) => "softmax".into(),
        (Some("binary-cross-entropy"), _) => "sigmoid".into(),
        (_, Some(task)) => usual(task).0.into(),
        (_, None) => "identity".into(),
    });
    let loss = network.loss.clone().unwrap_or_else(|| loss_of(&link).into());
    (link, loss)
}

/// The name of a loss without its number.
fn kind(loss: &str) -> &str {
    loss.split(':').next().unwrap_or(loss)
}

/// The head with the sum over outputs, or their mean.
fn reduced<T: Scalar>(network: &NetworkConfig, head: Box<dyn Loss<T>>) -> Box<dyn Loss<T>> {
    if network.mean_over_outputs { Box::new(MeanOverOutputs::new(head)) } else { head }
}

/// The head. `weights` are one number for each class or label.
pub(super) fn build<T: Scalar>(
    network: &NetworkConfig,
    task: Option<Task>,
    weights: Option<Vec<f64>>,
) -> Result<Box<dyn Loss<T>>> {
    let (link, loss) = link_and_loss(network, task);
    let number = loss.split_once(':').map_or(String::new(), |(_, number)| format!(":{number}"));
    let refuse = |found: String, expected: &str| Err(Error::setting("head and loss", found, expected));
    if task == Some(Task::Labels) && link == "softmax" && loss != "label-cross-entropy" {
        return refuse(
            "a softmax for labels".into(),
            "a sigmoid for labels: they are independent, and a softmax is for classes that exclude one another (to see what goes wrong: loss = label-cross-entropy)",
        );
    }
    if kind(&loss) == "label-cross-entropy" && !number.is_empty() {
        return refuse(loss.clone(), "label-cross-entropy, which has no number");
    }
    if let Some(weights) = weights {
        let weighted: Box<dyn Loss<T>> = match (link.as_str(), kind(&loss)) {
            ("softmax", "cross-entropy") => {
                let smoothing = number.strip_prefix(':').map_or(Ok(0.0), str::parse);
                let smoothing = smoothing
                    .map_err(|_| Error::setting("loss", &loss, "cross-entropy[:label-smoothing]"))?;
                Box::new(SoftmaxCrossEntropy::default().label_smoothing(smoothing).class_weights(weights))
            }
            ("sigmoid", "binary-cross-entropy") => {
                Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(weights))
            }
            _ => {
                return Err(Error::setting(
                    "class_weights",
                    format!("set for {link} with {loss}"),
                    "set for softmax with cross-entropy or sigmoid with binary-cross-entropy",
                ));
            }
        };
        return Ok(reduced(network, weighted));
    }
    let name = match (link.as_str(), kind(&loss)) {
        ("softmax", "cross-entropy") => format!("softmax{number}"),
        ("sigmoid", "binary-cross-entropy") => format!("sigmoid{number}"),
        ("softmax" | "sigmoid" | "identity", "squared-error") => format!("{link}-mse{number}"),
        ("softmax" | "sigmoid" | "identity", "absolute-error") => format!("{link}-mae{number}"),
        ("softmax", "generalised-cross-entropy") => format!("softmax-gce{number}"),
        ("softmax", "label-cross-entropy") => "softmax-labels".into(),
        ("softmax", "huberised-cross-entropy") => format!("softmax-huberised{number}"),
        ("identity", "huber") => format!("identity-huber{number}"),
        ("identity", "categorical-cross-entropy") => "identity-cce".into(),
        (_, "cross-entropy") => {
            return refuse(
                format!("{link} with {loss}"),
                "softmax with cross-entropy, for classes that exclude one another; the loss of sigmoid is binary-cross-entropy",
            );
        }
        (_, "binary-cross-entropy") => {
            return refuse(
                format!("{link} with {loss}"),
                "sigmoid with binary-cross-entropy, for labels that are independent or a single output; the loss of softmax is cross-entropy",
            );
        }
        _ => {
            return refuse(
                format!("{link} with {loss}"),
                "a loss that the head has: softmax with cross-entropy, generalised-cross-entropy, huberised-cross-entropy, squared-error or absolute-error, sigmoid with binary-cross-entropy, squared-error or absolute-error, identity with squared-error, absolute-error, huber or, for study, categorical-cross-entropy",
            );
        }
    };
    Ok(reduced(network, head(&name)?))
}
