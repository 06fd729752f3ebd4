//! Networks as ONNX files, for the engines that run those.

use crate::config::{LayerConfig, NormKind};
use crate::error::{Error, Result};
use crate::file;
use crate::model::Model;
use crate::nn::{EPS, Link, Param};
use gradlens_kernel::Scalar;
use onnx_rs::ast::{
    self, Attribute, AttributeType, DataType, Dimension, Graph, Node, OpType, OperatorSetId,
    StringStringEntry, TensorProto, TensorShape, TensorShapeDimension, TensorTypeProto, TypeProto, TypeValue,
    ValueInfo,
};
use std::path::Path;

/// The version of the file format. Engines refuse a newer one than they know, and this one is known since 2021.
const IR_VERSION: i64 = 8;
/// The operators' version: the least that has them all, but for LayerNormalization and Gelu.
const OPSET: i64 = 13;
const OPSET_OF_LAYER_NORMALIZATION: i64 = 17;
const OPSET_OF_GELU: i64 = 20;

/// An operator with a number of its own, if it has one.
struct Step {
    operator: OpType<'static>,
    number: Option<(&'static str, f32)>,
    /// The tensors of the network that it takes.
    tensors: Vec<String>,
    /// Its other input, if it has one: what went into this step. Mul, of SiLU, and Add, of a residual block.
    with_input_of: Option<usize>,
    /// The other input, a number a column, and its name.
    constant: Option<(&'static str, Vec<f32>)>,
}

impl Step {
    fn of(operator: OpType<'static>) -> Self {
        Step { operator, number: None, tensors: vec![], with_input_of: None, constant: None }
    }
}

/// Two steps with the mean (0) or the deviation (1) of each column.
fn by_column(moments: &[[f64; 2]], of: [(OpType<'static>, &'static str, usize); 2]) -> [Step; 2] {
    of.map(|(operator, name, which)| {
        let numbers = moments.iter().map(|moments| moments[which] as f32).collect();
        Step { constant: Some((name, numbers)), ..Step::of(operator) }
    })
}

/// The operators of an activation, the first of which is step number `first`.
fn activation(text: &str, first: usize) -> Option<Vec<Step>> {
    let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
    let alpha = |operator, usual| {
        let number = number.map_or(Some(usual), |number| number.parse().ok())?;
        Some(vec![Step { number: Some(("alpha", number)), ..Step::of(operator) }])
    };
    match name {
        "leaky-relu" => return alpha(OpType::LeakyRelu, 0.01),
        "elu" => return alpha(OpType::Elu, 1.0),
        "silu" => {
            let mul = Step { with_input_of: Some(first), ..Step::of(OpType::Mul) };
            return Some(vec![Step::of(OpType::Sigmoid), mul]);
        }
        _ => {}
    }
    Some(vec![Step::of(match name {
        "identity" => OpType::Identity,
        "sigmoid" => OpType::Sigmoid,
        "tanh" => OpType::Tanh,
        "relu" => OpType::Relu,
        "selu" => OpType::Selu,
        "softsign" => OpType::Softsign,
        "softplus" => OpType::Softplus,
        "gelu" => OpType::Gelu,
        "softmax" => OpType::Softmax,
        _ => return None,
    })])
}

fn whole(name: &'static str, i: i64) -> Attribute<'static> {
    Attribute { name, r#type: AttributeType::Int, i, ..Default::default() }
}

/// A tensor of so many columns, with a row a sample.
fn batch(name: &str, columns: usize) -> ValueInfo<'_> {
    let dimension = |value| TensorShapeDimension { value, ..Default::default() };
    let shape = TensorShape {
        dim: vec![dimension(Dimension::Param("batch")), dimension(Dimension::Value(columns as i64))],
    };
    let tensor = TensorTypeProto { elem_type: DataType::Float, shape: Some(shape) };
    let kind = TypeProto { value: Some(TypeValue::Tensor(tensor)), ..Default::default() };
    ValueInfo { name, r#type: Some(kind), ..Default::default() }
}

impl<T: Scalar> Model<T> {
    /// Writes the network to an ONNX file, whole or not at all: from samples `[batch, inputs]` in f32, as they were before
    /// they were standardised, to what the head makes of the logits, in units of the targets, or to the logits. Dropout is
    /// left out. In the metadata stand, as JSON lists, the names of the inputs and of the outputs.
    ///
    /// (ONNX IR version 8 and opset 13, 17 where there is a layer normalisation, or 20 where there is a GELU; <https://onnx.ai/onnx/operators/>.)
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written; [`Error::Setting`] for a head that ONNX has no operator for.
    pub fn write_onnx(&self, path: impl AsRef<Path>, logits: bool) -> Result<()> {
        file::write(path, &self.to_onnx(logits)?)
    }

    /// The bytes of that file.
    ///
    /// # Errors
    /// [`Error::Setting`] for a head that ONNX has no operator for.
    ///
    /// ```
    /// use gradlens::model::Model;
    /// use gradlens::{Dense, Sequential, SoftmaxCrossEntropy, Tanh};
    /// let layers = Sequential::input(4).layer(Dense::new(8)).layer(Tanh).layer(Dense::new(3));
    /// let bytes = Model::of(layers.head(SoftmaxCrossEntropy::default()).build()?)?.to_onnx(false)?;
    /// assert!(bytes.len() > 4 * (8 * 4 + 8 + 3 * 8 + 3));
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn to_onnx(&self, logits: bool) -> Result<Vec<u8>> {
        let mut steps = vec![];
        if let Some(moments) = self.about.input_moments(self.net.input_len()) {
            let of = [(OpType::Sub, "inputs.mean", 0), (OpType::Div, "inputs.deviation", 1)];
            steps.extend(by_column(&moments, of));
        }
        self.steps(&mut steps)?;
        if !logits {
            steps.extend(match self.net.head().spec().link {
                Link::Softmax => Some(Step::of(OpType::Softmax)),
                Link::Sigmoid => Some(Step::of(OpType::Sigmoid)),
                Link::Identity => None,
                Link::Other => {
                    let found = self.net.head().name();
                    return Err(Error::setting(
                        "the head",
                        found,
                        "softmax, sigmoid or identity, or left out",
                    ));
                }
            });
            if let Some(moments) = self.about.target_moments() {
                let of = [(OpType::Mul, "targets.deviation", 1), (OpType::Add, "targets.mean", 0)];
                steps.extend(by_column(&moments, of));
            }
        }
        let last = if logits { "logits" } else { "outputs" };
        // What a step puts out; the last is the output of the graph.
        let names: Vec<String> = (0..steps.len())
            .map(|i| if i + 1 == steps.len() { last.into() } else { format!("step{i}") })
            .collect();
        let constants = steps
            .iter()
            .filter_map(|step| step.constant.as_ref())
            .map(|(name, numbers)| (name.to_string(), vec![numbers.len() as i64], numbers.clone()));
        let tensor = |(name, spec, numbers): (String, &Param, &[T])| {
            let numbers = numbers.iter().map(|w| w.f64() as f32).collect();
            (name, spec.shape.iter().map(|&size| size as i64).collect(), numbers)
        };
        let params =
            self.net.named_params().map(|(name, spec, range)| (name, spec, &self.net.params()[range]));
        let state = self.net.named_state().map(|(name, spec, range)| (name, spec, &self.net.state()[range]));
        let tensors: Vec<(String, Vec<i64>, Vec<f32>)> =
            params.chain(state).map(tensor).chain(constants).collect();
        let inputs = "inputs".to_string();
        let from = |i: usize| i.checked_sub(1).map_or(&inputs, |i| &names[i]);
        let node = |i: usize| {
            let step = &steps[i];
            let mut input = vec![from(i).as_str()];
            let mut attribute = vec![];
            input.extend(step.tensors.iter().map(String::as_str));
            if step.operator == OpType::Gemm {
                attribute.push(whole("transB", 1));
            }
            input.extend(step.constant.as_ref().map(|(name, _)| *name));
            input.extend(step.with_input_of.map(|other| from(other).as_str()));
            if step.operator == OpType::Softmax {
                attribute.push(whole("axis", 1));
            }
            if let Some((name, f)) = step.number {
                attribute.push(Attribute { name, r#type: AttributeType::Float, f, ..Default::default() });
            }
            Node {
                name: &names[i],
                op_type: step.operator.clone(),
                input,
                output: vec![&names[i]],
                attribute,
                ..Default::default()
            }
        };
        let graph = Graph {
            name: "gradlens",
            node: (0..steps.len()).map(node).collect(),
            initializer: tensors
                .iter()
                .map(|(name, shape, numbers)| TensorProto::from_f32(name, shape.clone(), numbers.clone()))
                .collect(),
            input: vec![batch("inputs", self.net.input_len())],
            output: vec![batch(last, self.net.output_len())],
            ..Default::default()
        };
        let has = |operator| steps.iter().any(|step| step.operator == operator);
        let version = match (has(OpType::Gelu), has(OpType::LayerNormalization)) {
            (true, _) => OPSET_OF_GELU,
            (_, true) => OPSET_OF_LAYER_NORMALIZATION,
            _ => OPSET,
        };
        let list = |names: &[String]| serde_json::Value::from(names.to_vec()).to_string();
        let mut known = vec![];
        if let Some(preprocessor) = &self.about.preprocessor {
            known.push(("inputs", list(&preprocessor.input_names())));
        }
        if !self.about.targets.is_empty() {
            known.push(("targets", list(&self.about.targets)));
        }
        Ok(onnx_rs::encode(&ast::Model {
            ir_version: IR_VERSION,
            opset_import: vec![OperatorSetId { domain: "", version }],
            producer_name: "gradlens",
            producer_version: env!("CARGO_PKG_VERSION"),
            graph: Some(graph),
            metadata_props: known.iter().map(|(key, value)| StringStringEntry { key, value }).collect(),
            ..Default::default()
        }))
    }

    /// Adds the operators of the layers.
    fn steps(&self, steps: &mut Vec<Step>) -> Result<()> {
        let layers = self.network.layers.iter().flatten();
        layers.into_iter().try_fold(0, |place, layer| add(layer, place, steps)).map(|_| ())
    }
}

/// Adds the operators of a layer at this place. Returns the place behind it.
fn add(layer: &LayerConfig, place: usize, steps: &mut Vec<Step>) -> Result<usize> {
    let with = |operator, names: &[&str]| {
        let tensors = names.iter().map(|name| format!("{place}.{name}")).collect();
        Step { tensors, ..Step::of(operator) }
    };
    match layer {
        LayerConfig::Dense { .. } => steps.push(with(OpType::Gemm, &["weight", "bias"])),
        LayerConfig::Dropout(_) => {}
        LayerConfig::Activation(name) => {
            steps.extend(activation(name, steps.len()).ok_or_else(|| {
                Error::setting(format!("layer {place}"), name, "one that ONNX has an operator for")
            })?);
        }
        LayerConfig::Norm(norm) => {
            let (operator, tensors): (_, &[&str]) = match norm.kind {
                NormKind::Batch => {
                    (OpType::BatchNormalization, &["weight", "bias", "running_mean", "running_var"])
                }
                NormKind::Layer => (OpType::LayerNormalization, &["weight", "bias"]),
            };
            let number = Some(("epsilon", norm.eps.unwrap_or(EPS) as f32));
            steps.push(Step { number, ..with(operator, tensors) });
        }
        LayerConfig::Residual(block) => {
            let first = steps.len();
            let end = block.iter().try_fold(place, |place, layer| add(layer, place, steps))?;
            steps.push(Step { with_input_of: Some(first), ..Step::of(OpType::Add) });
            return Ok(end + 1);
        }
    }
    Ok(place + 1)
}
