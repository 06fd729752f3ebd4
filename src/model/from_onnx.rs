//! Networks from ONNX files, as PyTorch, Keras and others export them.

use crate::config::{NetworkConfig, RunConfig};
use crate::error::{Error, Result};
use crate::model::chain::{Affine, Chain, Weights};
use crate::model::tensors::read;
use crate::model::{About, Model};
use crate::nn::{IdentityMse, Loss};
use gradlens_kernel::Scalar;
use onnx_rs::ast::{self, DataLocation, DataType, Node, OpType, TensorProto};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A graph with its constants by name.
struct Reader<'a> {
    path: &'a Path,
    constants: HashMap<&'a str, &'a TensorProto<'a>>,
    /// Names that stand for another tensor.
    aliases: HashMap<&'a str, &'a str>,
}

/// The numbers of a shape, unless there are more than can be.
fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
}

fn title(node: &Node) -> String {
    let name = if node.name.is_empty() { node.output.first().copied().unwrap_or("?") } else { node.name };
    format!("the node {name:?} ({})", node.op_type)
}

impl<'a> Reader<'a> {
    fn refuse<V>(&self, found: String) -> Result<V> {
        Err(Error::file(
            self.path,
            found,
            "a chain of Gemm or MatMul and Add, scales and shifts, activations, Flatten and Dropout, with Softmax or Sigmoid at the end",
            "export the part that is a multi-layer perceptron by itself",
        ))
    }

    fn constant(&self, name: &str) -> Option<&'a TensorProto<'a>> {
        self.constants.get(*self.aliases.get(name).unwrap_or(&name)).copied()
    }

    /// The numbers of a constant, with its shape.
    fn numbers(&self, node: &Node, name: &str) -> Result<(Vec<usize>, Vec<f64>)> {
        let Some(tensor) = self.constant(name) else {
            return self.refuse(format!("{}, whose input {name:?} is no constant", title(node)));
        };
        let shape: Vec<usize> =
            tensor.dims().iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect();
        let numbers: Option<Vec<f64>> = match tensor.as_f32() {
            _ if tensor.data_location() == DataLocation::External => Some(self.beside(tensor)?),
            Some(numbers) => Some(numbers.iter().map(|&x| x.into()).collect()),
            None => tensor.as_f64().map(|numbers| numbers.to_vec()),
        };
        match numbers {
            Some(numbers) if Some(numbers.len()) == product(&shape) => Ok((shape, numbers)),
            _ => self.refuse(format!(
                "{}, whose input {name:?} of {:?} {shape:?} is no whole tensor of f32 or f64",
                title(node),
                tensor.data_type()
            )),
        }
    }

    /// The numbers of a tensor that are kept in a file beside this one, as PyTorch's exporter does it: its name, where they
    /// begin there and how many bytes they are.
    fn beside(&self, tensor: &TensorProto) -> Result<Vec<f64>> {
        let get = |key| tensor.external_data().iter().find(|entry| entry.key == key).map(|entry| entry.value);
        let place = |key| get(key).map_or(Some(0), |text| text.parse::<usize>().ok());
        let name = get("location").unwrap_or("");
        // A file of this folder, and no other of the machine.
        let plain = Path::new(name).file_name().is_some_and(|file| file == name);
        let refuse = |found: String| {
            let remedy = "keep the two files together, or export with external_data=False";
            Err(Error::file(self.path, found, "the file with the weights beside it", remedy))
        };
        if !plain {
            return refuse(format!("weights kept in {name:?}"));
        }
        let bytes = read(&self.path.with_file_name(name))?;
        let wide = tensor.data_type() == DataType::Double;
        let size = if wide { 8 } else { 4 };
        let shape: Vec<usize> =
            tensor.dims().iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect();
        let bytes_of = |size: usize| product(&shape)?.checked_mul(size);
        let length = if get("length").is_some() { place("length") } else { bytes_of(size) };
        let range = place("offset")
            .zip(length)
            .and_then(|(start, length)| bytes.get(start..start.checked_add(length)?));
        match range {
            Some(range) if wide => Ok(range.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect()),
            Some(range) if tensor.data_type() == DataType::Float => {
                Ok(range.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b).into()).collect())
            }
            _ => refuse(format!("{:?} that {name:?} does not hold", tensor.data_type())),
        }
    }

    /// A matrix as `[out, in]`.
    fn weights(&self, node: &Node, name: &str, transposed: bool) -> Result<Weights> {
        let (shape, numbers) = self.numbers(node, name)?;
        let [rows, columns] = shape[..] else {
            return self.refuse(format!("{} with weights {shape:?}", title(node)));
        };
        if rows == 0 || columns == 0 {
            return self.refuse(format!("{} with weights {shape:?}", title(node)));
        }
        let (outputs, inputs) = if transposed { (rows, columns) } else { (columns, rows) };
        let weight = match transposed {
            true => numbers,
            false => (0..outputs * inputs).map(|i| numbers[i % inputs * columns + i / inputs]).collect(),
        };
        Ok(Weights { weight, bias: vec![0.0; outputs], inputs, outputs })
    }

    /// What a node does to every column by a constant, or a batch normalisation by its running statistics: `scale x + shift`.
    fn affine(&self, node: &Node, from: &str) -> Result<Affine> {
        let numbers = |place: usize| {
            let name = node.input.get(place).copied().unwrap_or("");
            self.numbers(node, name).map(|(_, numbers)| numbers)
        };
        if node.op_type == OpType::BatchNormalization {
            let eps =
                node.attribute.iter().find(|attribute| attribute.name == "epsilon").map_or(1e-5, |eps| eps.f);
            let [gain, bias, mean, variance] = [numbers(1)?, numbers(2)?, numbers(3)?, numbers(4)?];
            if [&bias, &mean, &variance].iter().any(|other| other.len() != gain.len()) {
                return self.refuse(format!("{} with statistics of several lengths", title(node)));
            }
            let scale: Vec<f64> =
                gain.iter().zip(&variance).map(|(g, v)| g / (v + f64::from(eps)).sqrt()).collect();
            let shift = bias.iter().zip(mean.iter().zip(&scale)).map(|(b, (m, s))| b - m * s).collect();
            return Ok(Affine { scale, shift });
        }
        if node.op_type == OpType::Custom("Scaler") {
            // ai.onnx.ml, as scikit-learn's models are exported: (x - offset) scale.
            let floats = |name| {
                let found = node.attribute.iter().find(|attribute| attribute.name == name);
                found.map_or(vec![], |attribute| attribute.floats.iter().map(|&x| f64::from(x)).collect())
            };
            let (offset, scale): (Vec<f64>, Vec<f64>) = (floats("offset"), floats("scale"));
            if offset.len() != scale.len() || scale.is_empty() {
                return self.refuse(format!(
                    "{} with {} offsets and {} scales",
                    title(node),
                    offset.len(),
                    scale.len()
                ));
            }
            let shift = offset.iter().zip(&scale).map(|(offset, scale)| -offset * scale).collect();
            return Ok(Affine { scale, shift });
        }
        let first = node.input.first() == Some(&from);
        let c = numbers(usize::from(first))?;
        let negative = |c: Vec<f64>| c.into_iter().map(|c| -c).collect();
        let (scale, shift) = match (&node.op_type, first) {
            (OpType::Add, _) => (vec![1.0], c),
            (OpType::Sub, true) => (vec![1.0], negative(c)),
            (OpType::Sub, false) => (vec![-1.0], c),
            (OpType::Mul, _) => (c, vec![0.0]),
            (OpType::Div, true) => (c.into_iter().map(|c| 1.0 / c).collect(), vec![0.0]),
            _ => return self.refuse(title(node)),
        };
        Ok(Affine { scale, shift })
    }

    fn bias(&self, node: &Node, name: &str, outputs: usize) -> Result<Vec<f64>> {
        let (shape, numbers) = self.numbers(node, name)?;
        match numbers.len() {
            count if count == outputs => Ok(numbers),
            1 => Ok(vec![numbers[0]; outputs]),
            _ => self.refuse(format!("{} with a bias {shape:?} for {outputs} outputs", title(node))),
        }
    }

    /// The activations that exporters write as several nodes: SiLU is x sigmoid(x), GELU x/2 (1 + erf(x / sqrt 2)), softsign
    /// x / (|x| + 1), and softplus, beyond a threshold where the two are the same, x.
    fn folded(&self, nodes: &[&Node<'a>], from: &str) -> Option<(&'static str, usize)> {
        let reads = |node: &Node<'a>, name: &str| node.input.contains(&name);
        let output = |node: &Node<'a>| node.output.first().copied().unwrap_or("");
        if let [sigmoid, mul, ..] = nodes
            && sigmoid.op_type == OpType::Sigmoid
            && mul.op_type == OpType::Mul
            && reads(sigmoid, from)
            && reads(mul, from)
            && reads(mul, output(sigmoid))
        {
            return Some(("silu", 2));
        }
        if let [abs, add, div, ..] = nodes
            && abs.op_type == OpType::Abs
            && add.op_type == OpType::Add
            && div.op_type == OpType::Div
            && reads(abs, from)
            && reads(add, output(abs))
            && self.single(add) == Some(1.0)
            && div.input[..] == [from, output(add)]
        {
            return Some(("softsign", 3));
        }
        if let [softplus, greater, choice, ..] = nodes
            && softplus.op_type == OpType::Softplus
            && greater.op_type == OpType::Greater
            && choice.op_type == OpType::Where
            && reads(softplus, from)
            && greater.input.first() == Some(&from)
            && self.single(greater).is_some_and(|threshold| threshold >= 15.0)
            && choice.input[..] == [output(greater), from, output(softplus)]
        {
            return Some(("softplus", 3));
        }
        // Div or Mul, Erf, Add, Mul, Mul, where both of the last take x and 1/2 in either order.
        if let [scale, erf, add, first, second, ..] = nodes
            && self.divides_by_root_two(scale)
            && reads(scale, from)
            && erf.op_type == OpType::Erf
            && reads(erf, output(scale))
            && add.op_type == OpType::Add
            && reads(add, output(erf))
            && first.op_type == OpType::Mul
            && second.op_type == OpType::Mul
            && reads(second, output(first))
            && (reads(first, from) || reads(second, from))
        {
            return Some(("gelu", 5));
        }
        None
    }

    /// The constant of a node, where that is one number.
    fn single(&self, node: &Node<'a>) -> Option<f64> {
        let constant = node.input.iter().find_map(|name| self.constant(name)).and_then(TensorProto::as_f32);
        constant.filter(|numbers| numbers.len() == 1).map(|numbers| numbers[0].into())
    }

    fn divides_by_root_two(&self, node: &Node<'a>) -> bool {
        let Some(number) = self.single(node) else { return false };
        let divisor = match node.op_type {
            OpType::Div => number,
            OpType::Mul => 1.0 / number,
            _ => return false,
        };
        (divisor - std::f64::consts::SQRT_2).abs() < 1e-3
    }

    /// Reads a node whose input is what the chain put out so far.
    fn node(&self, chain: &mut Chain, node: &Node<'a>, from: &str) -> Result<()> {
        let number = |name: &str, usual: f32| {
            node.attribute
                .iter()
                .find(|attribute| attribute.name == name)
                .map_or(usual, |attribute| attribute.f)
        };
        let whole = |name: &str| {
            node.attribute.iter().find(|attribute| attribute.name == name).map_or(0, |attribute| attribute.i)
        };
        let axis = node.attribute.iter().find(|attribute| attribute.name == "axis").map_or(-1, |axis| axis.i);
        if chain.head.is_some() {
            return self.refuse(format!("{} behind the last activation", title(node)));
        }
        match &node.op_type {
            OpType::Gemm => {
                let plain = number("alpha", 1.0) == 1.0 && number("beta", 1.0) == 1.0 && whole("transA") == 0;
                if !plain || node.input.first() != Some(&from) {
                    return self.refuse(format!("{} with alpha, beta or transA", title(node)));
                }
                let mut weights =
                    self.weights(node, node.input.get(1).copied().unwrap_or(""), whole("transB") != 0)?;
                if let Some(bias) = node.input.get(2).filter(|name| !name.is_empty()) {
                    weights.bias = self.bias(node, bias, weights.outputs)?;
                }
                self.fitting(chain.dense(weights), node)?;
            }
            OpType::MatMul if node.input.first() == Some(&from) => {
                let weights = self.weights(node, node.input.get(1).copied().unwrap_or(""), false)?;
                self.fitting(chain.dense(weights), node)?;
            }
            OpType::Add
            | OpType::Sub
            | OpType::Mul
            | OpType::Div
            | OpType::BatchNormalization
            | OpType::Custom("Scaler") => {
                self.fitting(chain.affine(self.affine(node, from)?), node)?;
            }
            OpType::Dropout
            | OpType::Identity
            | OpType::Cast
            | OpType::Flatten
            | OpType::Reshape
            | OpType::Squeeze => {}
            OpType::Softmax | OpType::LogSoftmax if ![1, -1].contains(&axis) => {
                return self
                    .refuse(format!("{} along axis {axis}, which is not that of the outputs", title(node)));
            }
            // Its logarithm is for the loss; the network is the same.
            OpType::LogSoftmax => chain.head = Some("softmax"),
            operator => {
                let name = match operator {
                    OpType::Relu => "relu".into(),
                    OpType::Sigmoid => "sigmoid".into(),
                    OpType::Tanh => "tanh".into(),
                    OpType::Softsign => "softsign".into(),
                    OpType::Softplus => "softplus".into(),
                    OpType::Selu => "selu".into(),
                    OpType::LeakyRelu => format!("leaky-relu:{}", number("alpha", 0.01)),
                    OpType::Elu => format!("elu:{}", number("alpha", 1.0)),
                    OpType::Softmax => "softmax".into(),
                    OpType::Gelu if node.attribute.iter().all(|attribute| attribute.s != b"tanh") => {
                        "gelu".into()
                    }
                    _ => return self.refuse(title(node)),
                };
                chain.activation(name);
            }
        }
        Ok(())
    }

    /// Refuses a node that does not fit those before it.
    fn fitting(&self, fits: bool, node: &Node) -> Result<()> {
        if fits { Ok(()) } else { self.refuse(format!("{}, of another width or not finite", title(node))) }
    }
}

impl<T: Scalar> Model<T> {
    /// Reads a network from an ONNX file: a chain of dense layers (Gemm, or MatMul and Add) and activations, as the
    /// exporters of PyTorch and Keras write a multi-layer perceptron. A Softmax or Sigmoid at its end is the head; without
    /// one the logits are what comes out, and [`config`](Self::config) leaves the head to the task of the samples.
    /// Dropout, Flatten, Identity and Cast are passed over; scales and shifts by column become part of the weights beside
    /// them (Mul and Add behind the last layer, BatchNormalization), or, in front of the first (Sub and Div of a
    /// normalisation), of what is known [of the inputs](About::moments). Of
    /// several outputs the one that holds numbers is read, as of a classifier of scikit-learn that puts out labels too.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read; [`Error::File`] naming the first node that no such network has.
    pub fn from_onnx(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read(path)?;
        let model = onnx_rs::parse(&bytes).map_err(|error| {
            Error::file(path, format!("no whole ONNX file: {error}"), "one", "export it again")
        })?;
        let remedy = "export the network again, with its weights in the file";
        let graph = model.graph.as_ref().ok_or_else(|| Error::file(path, "no graph", "a network", remedy))?;
        let chain = chain(path, graph)?;
        let Some(inputs) = chain.weights.first().map(|weights| weights.inputs) else {
            return Err(Error::file(path, "a graph without weights", "a network", remedy));
        };
        let outputs = chain.weights.last().map_or(0, |weights| weights.outputs);
        let network = NetworkConfig {
            layers: Some(chain.layers),
            head: chain.head.map(String::from),
            ..NetworkConfig::default()
        };
        let config = RunConfig { network: network.clone(), ..RunConfig::default() };
        let head: Box<dyn Loss<T>> = match chain.head {
            Some(_) => config.head()?,
            None => Box::new(IdentityMse),
        };
        let mut net = config.builder(inputs, outputs)?.head(head).build().map_err(|error| {
            Error::file(path, format!("layers that do not fit: {error}"), "a network", remedy)
        })?;
        let numbers = chain.weights.iter().flat_map(|dense| dense.weight.iter().chain(&dense.bias));
        let numbers: Vec<T> = numbers.map(|&w| T::of(w)).collect();
        if numbers.len() != net.params().len() {
            return Err(Error::file(path, "layers that do not fit", "a network", remedy));
        }
        net.params_mut().copy_from_slice(&numbers);
        let about = About { moments: chain.moments, ..About::default() };
        Ok(Model { net, about, network })
    }
}

/// Whether an output holds floating-point numbers.
fn holds_numbers(output: &ast::ValueInfo) -> bool {
    let kind = output.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    matches!(kind, Some(ast::TypeValue::Tensor(tensor)) if [DataType::Float, DataType::Double].contains(&tensor.elem_type))
}

/// Walks from the input to the output.
fn chain(path: &Path, graph: &ast::Graph) -> Result<Chain> {
    let inline = graph.node.iter().filter(|node| node.op_type == OpType::Constant).filter_map(|node| {
        let tensor = node.attribute.iter().find_map(|attribute| attribute.t.as_ref())?;
        Some((*node.output.first()?, tensor))
    });
    let mut reader = Reader {
        path,
        constants: graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).chain(inline).collect(),
        aliases: HashMap::new(),
    };
    // A constant behind Identity is the constant.
    for node in graph.node.iter().filter(|node| node.op_type == OpType::Identity) {
        if let (Some(&from), Some(&to)) = (node.input.first(), node.output.first())
            && let Some(name) = reader.constant(from).map(|_| *reader.aliases.get(from).unwrap_or(&from))
        {
            reader.aliases.insert(to, name);
        }
    }
    let is_constant = |name: &str| reader.constant(name).is_some();
    let inputs: Vec<&str> =
        graph.input.iter().map(|input| input.name).filter(|name| !is_constant(name)).collect();
    let [input] = inputs[..] else {
        return reader.refuse(format!("{} inputs ({})", inputs.len(), inputs.join(", ")));
    };
    let last = match &graph.output[..] {
        [output] => output.name,
        // Beside the numbers there may be what is decided by them, a label.
        outputs => match outputs.iter().filter(|output| holds_numbers(output)).collect::<Vec<_>>()[..] {
            [output] => output.name,
            _ => return reader.refuse(format!("{} outputs", outputs.len())),
        },
    };
    // Nodes that the output comes from, and that compute with what flows through and not with constants alone.
    let mut wanted = HashSet::from([last]);
    let mut flowing: Vec<&Node> = vec![];
    for node in graph.node.iter().rev().filter(|node| node.op_type != OpType::Constant) {
        let flows = !node.output.iter().all(|name| is_constant(name));
        if flows && node.output.iter().any(|name| wanted.contains(name)) {
            wanted.extend(node.input.iter().copied());
            flowing.push(node);
        }
    }
    flowing.reverse();
    let mut chain = Chain::default();
    let (mut from, mut at) = (input, 0);
    while at < flowing.len() {
        let node = flowing[at];
        if !node.input.contains(&from) {
            return reader.refuse(format!("{}, which does not follow the one before it", title(node)));
        }
        let taken = match reader.folded(&flowing[at..], from) {
            Some((name, count)) => {
                chain.activation(name);
                count
            }
            None => {
                reader.node(&mut chain, node, from)?;
                1
            }
        };
        at += taken;
        from = flowing[at - 1].output.first().copied().unwrap_or("");
    }
    if from != last {
        return reader.refuse(format!("the output {last:?}, which is not that of the last node"));
    }
    if !chain.end() {
        return reader.refuse("a scale or shift behind the last activation".into());
    }
    Ok(chain)
}
