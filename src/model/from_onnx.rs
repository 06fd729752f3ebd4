//! Networks from ONNX files, as PyTorch, Keras and others export them.

use crate::config::{LayerConfig, NetworkConfig, RunConfig};
use crate::error::{Error, Result};
use crate::model::tensors::read;
use crate::model::{About, Model};
use crate::nn::{IdentityMse, Init, Loss};
use gradlens_kernel::Scalar;
use onnx_rs::ast::{self, DataLocation, DataType, Node, OpType, TensorProto};
use std::collections::HashMap;
use std::path::Path;

/// A dense layer as it is read: `[out, in]` and `[out]`.
struct Weights {
    weight: Vec<f64>,
    bias: Vec<f64>,
    inputs: usize,
    outputs: usize,
}

/// What has been read of the chain of nodes.
#[derive(Default)]
struct Chain {
    layers: Vec<LayerConfig>,
    weights: Vec<Weights>,
    head: Option<&'static str>,
}

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
            "a chain of Gemm or MatMul and Add, activations, Flatten and Dropout, with Softmax or Sigmoid at the end",
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

    fn bias(&self, node: &Node, name: &str, outputs: usize) -> Result<Vec<f64>> {
        let (shape, numbers) = self.numbers(node, name)?;
        match numbers.len() {
            count if count == outputs => Ok(numbers),
            1 => Ok(vec![numbers[0]; outputs]),
            _ => self.refuse(format!("{} with a bias {shape:?} for {outputs} outputs", title(node))),
        }
    }

    /// The activations that exporters write as several nodes: SiLU is x sigmoid(x), and GELU x/2 (1 + erf(x / sqrt 2)).
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

    fn divides_by_root_two(&self, node: &Node<'a>) -> bool {
        let constant = node.input.iter().find_map(|name| self.constant(name)).and_then(TensorProto::as_f32);
        let Some(&[number]) = constant.as_deref() else { return false };
        let divisor = match node.op_type {
            OpType::Div => f64::from(number),
            OpType::Mul => 1.0 / f64::from(number),
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
        let other = || node.input.iter().copied().find(|&name| name != from);
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
                chain.push(weights);
            }
            OpType::MatMul if node.input.first() == Some(&from) => {
                let weights = self.weights(node, node.input.get(1).copied().unwrap_or(""), false)?;
                chain.push(weights);
            }
            OpType::Add => match (chain.layers.last(), chain.weights.last_mut(), other()) {
                (Some(LayerConfig::Dense { .. }), Some(last), Some(bias)) => {
                    let bias = self.bias(node, bias, last.outputs)?;
                    last.bias.iter_mut().zip(bias).for_each(|(b, more)| *b += more);
                }
                _ => return self.refuse(title(node)),
            },
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
                chain.layers.push(LayerConfig::Activation(name));
            }
        }
        Ok(())
    }
}

impl Chain {
    fn push(&mut self, weights: Weights) {
        let dense = LayerConfig::Dense { units: weights.outputs, init: None, bias_init: Init::Zeros };
        self.layers.push(dense);
        self.weights.push(weights);
    }

    /// A softmax or sigmoid at the end is the head.
    fn take_head(&mut self) {
        if self.head.is_some() {
            return;
        }
        let head = match self.layers.last() {
            Some(LayerConfig::Activation(name)) if name == "softmax" => "softmax",
            Some(LayerConfig::Activation(name)) if name == "sigmoid" => "sigmoid",
            _ => return,
        };
        self.layers.pop();
        self.head = Some(head);
    }
}

impl<T: Scalar> Model<T> {
    /// Reads a network from an ONNX file: a chain of dense layers (Gemm, or MatMul and Add) and activations, as the
    /// exporters of PyTorch and Keras write a multi-layer perceptron. A Softmax or Sigmoid at its end is the head; without
    /// one the logits are what comes out, and [`config`](Self::config) leaves the head to the task of the samples.
    /// Dropout, Flatten, Identity and Cast are passed over.
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
        Ok(Model { net, about: About::default(), network })
    }
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
        outputs => return reader.refuse(format!("{} outputs", outputs.len())),
    };
    // Nodes that compute with what flows through, and not with constants alone.
    let flowing: Vec<&Node> = graph
        .node
        .iter()
        .filter(|node| node.op_type != OpType::Constant && !node.output.iter().all(|name| is_constant(name)))
        .collect();
    let mut chain = Chain::default();
    let (mut from, mut at) = (input, 0);
    while at < flowing.len() {
        let node = flowing[at];
        if !node.input.contains(&from) {
            return reader.refuse(format!("{}, which does not follow the one before it", title(node)));
        }
        let taken = match reader.folded(&flowing[at..], from) {
            Some((name, count)) => {
                chain.layers.push(LayerConfig::Activation(name.into()));
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
    chain.take_head();
    Ok(chain)
}
