//! What was saved is what is loaded, here and in PyTorch; what is damaged or does not fit is refused, and says all of it.

use gradlens::config::RunConfig;
use gradlens::model::Model;
use gradlens::nn::{activation_names, head, head_names};
use gradlens::{
    Adam, BatchNorm, Dataset, Dense, Dropout, Error, LayerNorm, Relu, Residual, Scalar, Sequential, Sgd,
    SoftmaxCrossEntropy, Tanh, Trainer,
};
use ndarray::Array2;
use std::fs;
use std::path::{Path, PathBuf};

fn net<T: Scalar>() -> Sequential<T>
where
    Box<dyn gradlens::Layer<T>>: From<Dense> + From<Relu>,
    Box<dyn gradlens::Loss<T>>: From<SoftmaxCrossEntropy>,
{
    let layers = gradlens::Builder::<T>::new(3).layer(Dense::new(5)).layer(Relu).layer(Dense::new(2));
    layers.head(SoftmaxCrossEntropy::default()).seed(4).build().unwrap()
}

fn file(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}

/// A safetensors file by its definition: the length of the header, the header, the data.
fn by_hand(path: &Path, tensors: &[(&str, &str, &[usize], Vec<u8>)]) {
    let mut data = vec![];
    let mut entries = vec![];
    for (name, dtype, shape, bytes) in tensors {
        let start = data.len();
        data.extend(bytes);
        entries.push(format!(
            "\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{start},{}]}}",
            data.len()
        ));
    }
    let header = format!("{{{}}}", entries.join(","));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
    fs::write(path, bytes).unwrap();
}

#[test]
fn normalisations_with_their_running_statistics_and_residual_blocks_come_back() {
    let (_folder, path) = file("net.safetensors");
    let inputs = Array2::from_shape_fn((40, 4), |(i, j)| ((i * 5 + j * 3) % 11) as f32 / 4.0 - 1.2);
    let data = Dataset::classes(inputs.clone(), (0..40).map(|i| i % 3).collect(), 3).unwrap();
    let mut net = Sequential::input(4)
        .layer(Dense::new(6))
        .layer(BatchNorm::default())
        .layer(Relu)
        .layer(Dense::new(6))
        .layer(BatchNorm::default().momentum(0.25).eps(1e-3))
        .layer(Relu)
        .layer(Dense::new(6))
        .layer(LayerNorm::default().eps(1e-6))
        .layer(Residual::over(2))
        .layer(Residual::over(6))
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    Trainer::new(Sgd::new(0.1)).epochs(3).batch(10).fit(&mut net, &data).unwrap();
    net.save(&path).unwrap();
    let same = Sequential::<f32>::load(&path).unwrap();
    assert_eq!(same.to_string(), net.to_string());
    assert_eq!((same.params(), same.state()), (net.params(), net.state()));
    assert_eq!(same.predict(&inputs).unwrap(), net.predict(&inputs).unwrap());
    // A block that would cut another one apart has no place in a description.
    let crossed = Sequential::input(4)
        .layer(Dense::new(4))
        .layer(Relu)
        .layer(Residual::over(2))
        .layer(Dense::new(4))
        .layer(Residual::over(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let error = crossed.save(&path).unwrap_err().to_string();
    assert!(error.starts_with("layer 4 is Residual(2), but must be one that a config can name"), "{error}");
}

#[test]
fn the_count_of_batches_that_pytorch_keeps_is_left_out() {
    let (_folder, path) = file("torch.safetensors");
    let numbers = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let build = || {
        let head = SoftmaxCrossEntropy::default();
        Sequential::input(2).layer(BatchNorm::default()).layer(Dense::new(2)).head(head).build().unwrap()
    };
    let write = |more: &str| {
        by_hand(
            &path,
            &[
                ("0.weight", "F32", &[2], numbers(&[1.0, 2.0])),
                ("0.bias", "F32", &[2], numbers(&[3.0, 4.0])),
                ("0.running_mean", "F32", &[2], numbers(&[5.0, 6.0])),
                ("0.running_var", "F32", &[2], numbers(&[7.0, 8.0])),
                ("1.weight", "F32", &[2, 2], numbers(&[0.0; 4])),
                ("1.bias", "F32", &[2], numbers(&[0.0; 2])),
                (more, "I64", &[], 30i64.to_le_bytes().to_vec()),
            ],
        );
    };
    write("0.num_batches_tracked");
    let mut net = build();
    net.load_params(&path).unwrap();
    assert_eq!(net.state(), [5.0, 6.0, 7.0, 8.0]);
    write("1.num_batches_tracked");
    let error = build().load_params(&path).unwrap_err().to_string();
    assert!(error.contains("1.num_batches_tracked [] is none of the network's"), "{error}");
}

#[test]
fn every_activation_and_every_head_comes_back_with_the_same_bits() {
    let (_folder, path) = file("net.safetensors");
    let inputs = Array2::from_shape_fn((7, 4), |(i, j)| ((i * 5 + j * 3) % 11) as f32 / 4.0 - 1.2);
    let activations = activation_names().into_iter().chain(["leaky-relu:0.2", "elu:0.7"]);
    let heads = head_names().into_iter().flat_map(|name| [(name, false), (name, true)]);
    for (name, (head_name, mean)) in activations.cycle().zip(heads.cycle()).take(60) {
        let mut builder =
            Sequential::input(4).layer(Dense::new(6)).layer(gradlens::nn::activation(name).unwrap());
        builder = builder.layer(Dropout::new(0.25)).layer(Dense::new(3));
        let inner = head::<f32>(head_name).unwrap();
        let head = if mean { Box::new(gradlens::MeanOverOutputs::new(inner)) } else { inner };
        let net = builder.head(head).seed(9).build().unwrap();
        net.save(&path).unwrap();
        let same = Sequential::<f32>::load(&path).unwrap();
        assert_eq!(same.to_string(), net.to_string(), "{name} {head_name}");
        assert_eq!(same.head().name(), net.head().name());
        assert_eq!(same.predict(&inputs).unwrap(), net.predict(&inputs).unwrap(), "{name} {head_name}");
        let bytes = fs::read(&path).unwrap();
        same.save(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name} {head_name}: saved again it is another file");
    }
}

#[test]
fn f64_is_kept() {
    let (_folder, path) = file("net.safetensors");
    let net = net::<f64>();
    net.save(&path).unwrap();
    assert_eq!(Sequential::<f64>::load(&path).unwrap().params(), net.params());
    let narrow: Vec<f32> = net.params().iter().map(|&w| w as f32).collect();
    assert_eq!(Sequential::<f32>::load(&path).unwrap().params(), narrow);
}

#[test]
fn half_precision_is_widened() {
    let (_folder, path) = file("half.safetensors");
    // 1.5, -2 and 0.333251953125 as IEEE 754 binary16; 1.5 and -2 as bfloat16, the upper half of an f32.
    let f16 = [0x3e00_u16, 0xc000, 0x3555].map(u16::to_le_bytes).concat();
    let bf16 = [0x3fc0_u16].map(u16::to_le_bytes).concat();
    by_hand(&path, &[("0.bias", "BF16", &[1], bf16), ("0.weight", "F16", &[1, 3], f16)]);
    let mut net = Sequential::input(3).layer(Dense::new(1)).head(gradlens::IdentityMse).build().unwrap();
    net.load_params(&path).unwrap();
    assert_eq!(net.params(), [1.5, -2.0, 0.333_251_95, 1.5]);
}

#[test]
fn a_file_of_another_network_is_refused_with_everything_that_differs_and_nothing_is_loaded() {
    let (_folder, path) = file("other.safetensors");
    let zeros = |count: usize| vec![0; 4 * count];
    by_hand(
        &path,
        &[
            ("0.weights", "F32", &[5, 3], zeros(15)),
            ("0.bias", "F32", &[4], zeros(4)),
            ("2.weight", "F32", &[5, 2], zeros(10)),
            ("2.bias", "I32", &[2], zeros(2)),
            ("4.weight", "F32", &[1], zeros(1)),
        ],
    );
    let mut net = net::<f32>();
    let before = net.params().to_vec();
    let error = net.load_params(&path).unwrap_err().to_string();
    for part in [
        "0.weight [5, 3] is missing (did you mean 0.weights?)",
        "0.bias is [4], and the network's [5]",
        "2.weight is [5, 2], and the network's [2, 5]",
        "2.bias holds I32, and not f64, f32, f16 or bf16",
        "0.weights [5, 3] is none of the network's",
        "4.weight [1] is none of the network's",
    ] {
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    assert_eq!(net.params(), before);
    let error = Sequential::<f32>::load(&path).unwrap_err().to_string();
    assert!(error.contains("no description of a network"), "{error}");
}

#[test]
fn a_file_that_is_torn_or_altered_anywhere_is_refused_or_says_the_same() {
    let (_folder, path) = file("net.safetensors");
    let net = net::<f32>();
    net.save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(13) {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(Sequential::<f32>::load(&path), Err(Error::File { .. })), "cut to {length} bytes");
    }
    for place in (0..bytes.len()).step_by(3) {
        let mut other = bytes.clone();
        other[place] ^= 0x10;
        fs::write(&path, &other).unwrap();
        // A letter of the version, say, may be another without harm.
        if let Ok(loaded) = Sequential::<f32>::load(&path) {
            assert_eq!(loaded.params(), net.params(), "byte {place}");
        }
    }
    // A header that is said to be longer than any network's is not read.
    fs::write(&path, [&(1_u64 << 21).to_le_bytes()[..], &vec![b' '; 1 << 21]].concat()).unwrap();
    let error = Sequential::<f32>::load(&path).unwrap_err().to_string();
    assert!(error.contains("a header of 2097152 bytes"), "{error}");
}

#[test]
fn a_layer_of_ones_own_cannot_be_described_and_says_so() {
    #[derive(Debug)]
    struct Own;
    impl gradlens::Layer for Own {
        fn forward(
            &self,
            _: &gradlens::Pass,
            x: &gradlens::Mat<f32>,
            y: &mut gradlens::Mat<f32>,
            _: &mut [f32],
        ) {
            y.assign(x);
        }
        fn backward_input(
            &self,
            _: &gradlens::Pass,
            _: &gradlens::Mat<f32>,
            _: &gradlens::Mat<f32>,
            dy: &gradlens::Mat<f32>,
            dx: &mut gradlens::Mat<f32>,
            _: &mut [f32],
        ) {
            dx.assign(dy);
        }
    }
    let net =
        Sequential::input(2).layer(Own).layer(Dense::new(1)).head(gradlens::IdentityMse).build().unwrap();
    let (_folder, path) = file("net.safetensors");
    let error = net.save(&path).unwrap_err().to_string();
    assert!(error.starts_with("layer 0 is Own, but must be one that a config can name"), "{error}");
    assert!(!path.exists());
}

#[test]
fn what_a_network_was_trained_on_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..90)
        .map(|i| format!("{},{},{}\n", 5 * i, ["red", "blue"][i % 2], ["a", "b", "c"][i / 30]))
        .collect();
    fs::write(folder.path().join("t.csv"), format!("x,colour,kind\n{rows}")).unwrap();
    let mut config = RunConfig::default();
    config.data.file = Some(folder.path().join("t.csv").display().to_string());
    config.data.targets = vec!["kind".into()];
    config.data.standardise = true;
    let data = config.load(Path::new("")).unwrap();
    let mut net = Sequential::from_config(&config, &data.train).unwrap();
    Trainer::new(Adam::new(0.01)).epochs(2).fit(&mut net, &data.train).unwrap();
    let path = folder.path().join("m.safetensors");
    let model = Model::new(net, &config, &data).unwrap();
    model.save(&path).unwrap();
    let same = Model::<f32>::load(&path).unwrap();
    assert_eq!((&same.about, same.net.params()), (&model.about, model.net.params()));
    assert_eq!(same.about.targets, ["a", "b", "c"]);
    // Rows with columns in another order become the same inputs.
    fs::write(folder.path().join("new.csv"), "colour,x\nblue,45\n").unwrap();
    let new = gradlens::Table::read(folder.path().join("new.csv")).unwrap();
    let old = gradlens::Table::read(folder.path().join("t.csv")).unwrap();
    let inputs = |table| same.about.preprocessor.as_ref().unwrap().inputs::<f32>(table).unwrap();
    assert_eq!(inputs(&new).row(0), inputs(&old).row(9));
}

/// `tests/models/torch.safetensors` is what PyTorch saved, and `torch.json` what it computes: `tests/interop/torch_model.py`.
#[test]
fn what_pytorch_saved_gives_what_pytorch_computes() {
    let text = fs::read_to_string("models/torch.json").unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = |key: &str| {
        let rows: Vec<Vec<f64>> = serde_json::from_value(golden[key].clone()).unwrap();
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j] as f32)
    };
    let layers = Sequential::input(4).layer(Dense::new(6)).layer(Tanh).layer(Dropout::new(0.5));
    let mut net = layers.layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    net.load_params("models/torch.safetensors").unwrap();
    let (ours, theirs) = (net.predict(&rows("inputs")).unwrap(), rows("outputs"));
    assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6), "{ours} {theirs}");
}

#[test]
fn what_is_written_as_onnx_is_read_as_the_same_network() {
    let (_folder, path) = file("net.onnx");
    let inputs = Array2::from_shape_fn((7, 4), |(i, j)| ((i * 5 + j * 3) % 11) as f32 / 4.0 - 1.2);
    for name in
        activation_names().into_iter().chain(["leaky-relu:0.2", "elu:0.7"]).filter(|&name| name != "identity")
    {
        for head_name in ["softmax", "sigmoid", "identity-mse"] {
            let layers =
                Sequential::input(4).layer(Dense::new(6)).layer(gradlens::nn::activation(name).unwrap());
            let layers = layers.layer(Dropout::new(0.5)).layer(Dense::new(3));
            let net = layers.head(head::<f32>(head_name).unwrap()).seed(2).build().unwrap();
            let model = Model::of(net.clone()).unwrap();
            model.write_onnx(&path, false).unwrap();
            let same = Model::<f32>::from_onnx(&path).unwrap();
            assert_eq!(
                same.net.predict(&inputs).unwrap(),
                net.predict(&inputs).unwrap(),
                "{name} {head_name}"
            );
            model.write_onnx(&path, true).unwrap();
            let logits = Model::<f32>::from_onnx(&path).unwrap().net.predict(&inputs).unwrap();
            assert_eq!(logits, net.logits(&inputs).unwrap(), "{name} {head_name}");
        }
    }
}

/// `tests/models/torch.onnx` is what PyTorch's exporter wrote, and `torch_onnx.json` what PyTorch computes:
/// `tests/interop/torch_onnx.py`. SiLU and GELU are several nodes in it.
#[test]
fn what_pytorch_exported_gives_what_pytorch_computes() {
    let text = fs::read_to_string("models/torch_onnx.json").unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = |key: &str| {
        let rows: Vec<Vec<f64>> = serde_json::from_value(golden[key].clone()).unwrap();
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j] as f32)
    };
    let model = Model::<f32>::from_onnx("models/torch.onnx").unwrap();
    assert_eq!(model.config().network.head.as_deref(), Some("softmax"));
    let (ours, theirs) = (model.net.predict(&rows("inputs")).unwrap(), rows("outputs"));
    assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6), "{ours} {theirs}");
}

/// `tests/models/scikit_learn_*` are what skl2onnx exported and what scikit-learn computes: `tests/interop/scikit_learn.py`.
#[test]
fn what_scikit_learn_exported_gives_what_scikit_learn_computes() {
    for (name, head) in [("classes", Some("softmax")), ("numbers", None)] {
        let text = fs::read_to_string(format!("models/scikit_learn_{name}.json")).unwrap();
        let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = |key: &str| -> Vec<Vec<f64>> { serde_json::from_value(golden[key].clone()).unwrap() };
        let (inputs, outputs) = (rows("inputs"), rows("outputs"));
        let model = Model::<f32>::from_onnx(format!("models/scikit_learn_{name}.onnx")).unwrap();
        assert_eq!(model.config().network.head.as_deref(), head);
        let moments = model.about.input_moments(inputs[0].len()).unwrap();
        let standardised = Array2::from_shape_fn((inputs.len(), moments.len()), |(i, j)| {
            ((inputs[i][j] - moments[j][0]) / moments[j][1]) as f32
        });
        for ((i, j), &y) in model.net.predict(&standardised).unwrap().indexed_iter() {
            let y = f64::from(y);
            assert!((y - outputs[i][j]).abs() < 1e-5 * y.abs().max(1.0), "{name}: {y} {}", outputs[i][j]);
        }
    }
}

/// `tests/models/torch_normalised.onnx`, of the same script: a normalisation in front, in the middle and behind, softplus
/// and softsign of several nodes.
#[test]
fn a_normalised_network_from_pytorch_gives_what_pytorch_computes() {
    let text = fs::read_to_string("models/torch_normalised.json").unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<Vec<f64>> = serde_json::from_value(golden["inputs"].clone()).unwrap();
    let outputs: Vec<Vec<f64>> = serde_json::from_value(golden["outputs"].clone()).unwrap();
    let model = Model::<f32>::from_onnx("models/torch_normalised.onnx").unwrap();
    let moments = model.about.input_moments(4).unwrap();
    let near = |a: f64, b: f64| (a - b).abs() < 1e-5 * b.abs().max(1.0);
    for (found, expected) in moments.iter().zip([[3.0, 2.0], [-100.0, 50.0], [0.5, 0.1], [0.0, 1.0]]) {
        assert!(near(found[0], expected[0]) && near(found[1], expected[1]), "{moments:?}");
    }
    let inputs =
        Array2::from_shape_fn((5, 4), |(i, j)| ((rows[i][j] - moments[j][0]) / moments[j][1]) as f32);
    let ours = model.net.predict(&inputs).unwrap();
    for ((i, j), &y) in ours.indexed_iter() {
        assert!(near(y.into(), outputs[i][j]), "{ours} {outputs:?}");
    }
    // What is written of it again is the same network.
    let (_folder, path) = file("again.onnx");
    model.write_onnx(&path, false).unwrap();
    let again = Model::<f32>::from_onnx(&path).unwrap();
    assert_eq!(again.net.params(), model.net.params());
    let same = again.about.input_moments(4).unwrap();
    assert!(same.iter().flatten().zip(moments.iter().flatten()).all(|(&a, &b)| near(a, b)), "{same:?}");
}

#[test]
fn an_onnx_file_that_is_torn_or_altered_is_refused_or_read_and_never_panics() {
    let (_folder, path) = file("net.onnx");
    for file in ["torch", "torch_normalised", "scikit_learn_classes"] {
        let bytes = fs::read(format!("models/{file}.onnx")).unwrap();
        altered(&path, &bytes);
    }
    fs::write(&path, b"no ONNX").unwrap();
    let error = Model::<f32>::from_onnx(&path).unwrap_err().to_string();
    assert!(error.contains("no whole ONNX file") || error.contains("no graph"), "{error}");
}

/// Reads a file cut short anywhere, and with any bit of some turned.
fn altered(path: &Path, bytes: &[u8]) {
    for length in (0..bytes.len()).step_by(7) {
        fs::write(path, &bytes[..length]).unwrap();
        let _ = Model::<f32>::from_onnx(path);
    }
    for place in 0..bytes.len() {
        for bit in [1, 0x40] {
            let mut other = bytes.to_vec();
            other[place] ^= bit;
            fs::write(path, &other).unwrap();
            let _ = Model::<f32>::from_onnx(path);
        }
    }
}
