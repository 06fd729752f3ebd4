//! One description of a run: what is written is read again, and what is wrong is answered with line and key.

use gradlens::config::{KEYS, LayerConfig, RunConfig};
use gradlens::data::Task;
use gradlens::diagnostics::Remedy;
use gradlens::{Dataset, Init, Sequential, Trainer};
use ndarray::array;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

const FULL: &str = r#"
[data]
file = "data.csv"
task = "labels"
targets = ["y", 3]
scale_inputs = 255
standardise = false

[network]
layers = [
    { dense = 30, init = "normal:1.0", bias_init = "zeros" },
    "sigmoid",
    { dropout = 0.5 },
    { dense = 10 },
    "softmax",
    "leaky-relu:0.1",
]
head = "sigmoid"
loss = "binary-cross-entropy"

[training]
optimizer = "sgd"
lr = 1
momentum = 0.9
nesterov = true
batch = 32
steps = 5000
shuffle = false
seed = 7
"#;

fn error(text: &str) -> String {
    RunConfig::from_toml(text).unwrap_err().to_string()
}

#[test]
fn a_config_says_what_its_file_says() {
    let config = RunConfig::from_toml(FULL).unwrap();
    assert_eq!(config.data.targets, ["y", "3"]);
    assert_eq!((config.data.task, config.data.scale_inputs), (Some(Task::Labels), Some(255.0)));
    let layers = config.network.layers.as_ref().unwrap();
    let first = LayerConfig::Dense { units: 30, init: Some(Init::Normal(1.0)), bias_init: Init::Zeros };
    assert_eq!((layers.len(), &layers[0], &layers[2]), (6, &first, &LayerConfig::Dropout(0.5)));
    let training = &config.training;
    assert_eq!((training.lr, training.momentum, training.steps), (Some(1.0), Some(0.9), Some(5000)));
    assert_eq!((training.batch, training.shuffle, training.seed, training.epochs), (32, false, 7, None));
}

#[test]
fn what_is_wrong_is_answered_with_the_line_the_key_and_the_nearest_key() {
    for (text, expected) in [
        (
            "[training]\n\nepoch = 3",
            "line 3: the key epoch of [training] is unknown, but must be one of optimizer",
        ),
        ("[training]\nepoch = 3", "did you mean epochs?"),
        ("[data]\nlr = 3", "line 2: the key lr of [data] is unknown"),
        ("[data]\nlr = 3", "lr belongs into [training]"),
        (
            "[trainin]\nlr = 3",
            "line 1: the section trainin is unknown, but must be [data], [network] and [training]; did you mean [training]?",
        ),
        ("lr = 3", "line 1: the section lr is unknown"),
        ("[training]\nlr = \"fast\"", "line 2: lr is \"fast\", but must be a number"),
        ("[training]\nlr = -1", "line 2: lr is -1, but must be finite and at least 0"),
        ("[training]\nlr = nan", "line 2: lr is NaN, but must be finite and at least 0"),
        ("[training]\nbatch = 0", "line 2: batch is 0, but must be at least 1"),
        ("[training]\nbatch = 1.5", "line 2: batch is 1.5, but must be a whole number"),
        ("[training]\nshuffle = \"no\"", "line 2: shuffle is \"no\", but must be true or false"),
        (
            "[training]\noptimizer = \"adamm\"",
            "line 2: optimizer is \"adamm\", but must be one of sgd, rmsprop, adam, adamw; did you mean adam?",
        ),
        (
            "[training]\nlr = 2026-01-01",
            "line 2: lr is 2026-01-01, but must be text, a number, true, false or a list",
        ),
        ("[data]\ntask = \"class\"", "line 2: task is \"class\", but must be classes, labels, regression"),
        (
            "[data]\nmissing = \"median\"",
            "line 2: missing is \"median\", but must be error, mean, drop, indicator",
        ),
        (
            "[network]\nlayers = [\n  { dense = 3 },\n  \"rellu\",\n]",
            "line 4: layers is \"rellu\", but must be one of identity",
        ),
        ("[network]\nlayers = [\n  { dense = 0 },\n]", "line 3: layers is 0, but must be at least 1"),
        (
            "[network]\nlayers = [\n  { dens = 3 },\n]",
            "line 3: layers is { dens = 3 }, but must be { dense = UNITS }",
        ),
        (
            "[network]\nlayers = [\n  { dense = 3, int = \"zeros\" },\n]",
            "line 3: layers is a layer with the key int, but must be one with dense, init, bias_init; did you mean init?",
        ),
        (
            "[network]\nlayers = [\n  { dense = 3, init = \"xavier\" },\n]",
            "line 3: layers is \"xavier\", but must be one of zeros",
        ),
        ("[network]\nlayers = \"relu\"", "line 2: layers is \"relu\", but must be a list of layers"),
        (
            "[network]\nhead = \"soft\"",
            "line 2: head is \"soft\", but must be one of softmax, sigmoid, identity",
        ),
        (
            "[network]\nhidden = [3]\nlayers = [{ dense = 3 }]",
            "line 2: hidden is given beside layers, but must be left out",
        ),
        ("[training\nlr = 3", "line 1 is "),
        ("[training]\nlr = 3\nlr = 4", "line 3 is "),
    ] {
        let found = error(text);
        assert!(found.contains(expected), "{text:?}: {found}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.toml");
    fs::write(&path, "[data]\nfil = 1\n").unwrap();
    let found = RunConfig::read(&path).unwrap_err().to_string();
    assert!(
        found.starts_with(&format!("{}, line 2: the key fil of [data] is unknown", path.display())),
        "{found}"
    );
    assert!(
        RunConfig::read("no/such.toml")
            .unwrap_err()
            .to_string()
            .starts_with("no/such.toml: cannot read the config")
    );
}

#[test]
fn what_is_set_last_comes_first_and_a_list_of_layers_is_not_thrown_away() {
    let mut config = RunConfig::from_toml(FULL).unwrap();
    let keys =
        [("dropout", "0.2"), ("hidden", "3"), ("activation", "tanh"), ("init", "zeros"), ("norm", "batch")];
    for (key, value) in keys.into_iter().chain([("residual", "true")]) {
        let error = config.set(key, value).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{key} is set, but must be left out, as layers says everything; change its list")
        );
    }
    config.set("optimizer", "adam").unwrap();
    assert_eq!((config.training.momentum, config.training.nesterov), (None, None));
    config.set("test_share", "0.25").unwrap();
    config.set("test", "t.csv").unwrap();
    assert_eq!((config.data.test.as_deref(), config.data.test_share), (Some("t.csv"), 0.0));
    let beside = error("[network]\nlayers = [{ dense = 3 }]\ndropout = 0.5");
    assert!(beside.contains("line 3: dropout is given beside layers"), "{beside}");
}

#[test]
fn head_and_loss_that_do_not_go_together_are_refused_with_what_does() {
    let classes = Dataset::classes(array![[0.0_f32], [1.0]], vec![0, 1], 2).unwrap();
    let labels = Dataset::new(array![[0.0_f32], [1.0]], array![[1.0, 1.0], [0.0, 1.0]]).unwrap();
    let build = |network: &str, task: &str, data: &Dataset| {
        let text = format!("[data]\ntask = \"{task}\"\n[network]\nlayers = [{{ dense = 2 }}]\n{network}");
        Sequential::from_config(&RunConfig::from_toml(&text).unwrap(), data).map(|net| net.head().name())
    };
    for (network, task, expected) in [
        ("", "classes", "softmax + cross-entropy"),
        ("", "labels", "sigmoid + binary cross-entropy"),
        ("", "regression", "identity + squared error"),
        ("loss = \"binary-cross-entropy\"", "classes", "sigmoid + binary cross-entropy"),
        ("head = \"sigmoid\"\nloss = \"squared-error\"", "labels", "sigmoid + squared error"),
        ("head = \"softmax\"\nloss = \"mse\"", "classes", "softmax + squared error"),
    ] {
        assert_eq!(build(network, task, &classes).unwrap(), expected, "{network} {task}");
    }
    for (network, task, expected) in [
        ("head = \"softmax\"", "labels", "a sigmoid for labels"),
        (
            "head = \"sigmoid\"\nloss = \"cross-entropy\"",
            "classes",
            "the loss of sigmoid is binary-cross-entropy",
        ),
        ("head = \"softmax\"\nloss = \"bce\"", "classes", "the loss of softmax is cross-entropy"),
        ("head = \"softmax\"\nloss = \"huber\"", "classes", "a loss that the head has"),
    ] {
        let error = build(network, task, &labels).unwrap_err().to_string();
        assert!(
            error.contains(": head and loss is ") && error.contains(expected),
            "{network} {task}: {error}"
        );
    }
    let narrow = RunConfig::from_toml("[network]\nlayers = [{ dense = 1 }]\nhead = \"identity\"").unwrap();
    let error = Sequential::from_config(&narrow, &classes).unwrap_err().to_string();
    assert!(
        error.starts_with("line 2: the last dense layer is of 1 unit, but must be 2, one a class"),
        "{error}"
    );
}

#[test]
fn settings_that_belong_to_another_optimiser_are_refused() {
    for (training, expected) in [
        (
            "optimizer = \"adam\"\nmomentum = 0.9",
            "momentum is set for adam, but must be left out, as it belongs to sgd",
        ),
        (
            "optimizer = \"sgd\"\nbeta1 = 0.9",
            "beta1 is set for sgd, but must be left out, as it belongs to adam and adamw",
        ),
        ("optimizer = \"sgd\"\nnesterov = true", "the momentum is 0"),
        ("patience = 3", "no samples set aside"),
        ("steps = 0", "the number of steps is 0"),
    ] {
        let config = RunConfig::from_toml(&format!("[training]\n{training}")).unwrap();
        let error = Trainer::<f32>::from_config(&config).unwrap_err().to_string();
        assert!(error.contains(expected), "{training}: {error}");
    }
}

/// A table of three classes in a folder with a config.
fn folder() -> (tempfile::TempDir, RunConfig) {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60).map(|i| format!("{},{},{}\n", i % 7, i % 5, ["a", "b", "c"][i % 3])).collect();
    fs::write(folder.path().join("t.csv"), format!("x,y,kind\n{rows}")).unwrap();
    let path = folder.path().join("run.toml");
    fs::write(&path, "[data]\nfile = \"t.csv\"\ntargets = \"kind\"\ntest_share = 0.25\n[training]\nsteps = 30\nbatch = 10\n").unwrap();
    (folder, RunConfig::read(path).unwrap())
}

#[test]
fn a_complete_config_says_everything_and_comes_to_the_same() {
    let (_folder, config) = folder();
    let data = config.load(Path::new("")).unwrap();
    assert_eq!((data.train.len(), data.test.as_ref().unwrap().len()), (45, 15));
    let complete = config.complete(&data).unwrap();
    for said in [
        "task = \"classes\"",
        "init = \"he-normal\"",
        "head = \"softmax\"",
        "lr = 0.001",
        "epochs = 6",
        "{ dense = 3,",
    ] {
        assert!(complete.to_toml().contains(said), "{said} is not in\n{}", complete.to_toml());
    }
    let train = |config: &RunConfig| {
        let data = config.load(Path::new("")).unwrap();
        let mut net = Sequential::from_config(config, &data.train).unwrap();
        Trainer::from_config(config).unwrap().fit(&mut net, &data.train).unwrap();
        net.params().to_vec()
    };
    let mut again = RunConfig::from_toml(&complete.to_toml()).unwrap();
    again.folder = config.folder.clone();
    assert_eq!(again.to_toml(), complete.to_toml());
    // The task is needed to choose the head, and a config that is not complete does not say it.
    assert_eq!(train(&again), train(&complete));
}

#[test]
fn balanced_classes_weigh_the_same_whatever_their_number() {
    let data = Dataset::classes(array![[0.0_f32], [1.0], [2.0], [3.0]], vec![0, 0, 0, 1], 2).unwrap();
    let config = |weights: &str| {
        RunConfig::from_toml(&format!("[data]\ntask = \"classes\"\n[network]\nlayers = [{{ dense = 2, init = \"zeros\" }}]\n[training]\n{weights}")).unwrap()
    };
    let loss_gradient = |config: &RunConfig| {
        let net = Sequential::from_config(config, &data).unwrap();
        let mut gradient = ndarray::Array2::zeros((4, 2));
        let targets = array![[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        gradlens::nn::mean_loss(net.head(), &ndarray::Array2::zeros((4, 2)), &targets, &mut gradient);
        gradient.sum_axis(ndarray::Axis(0)).to_vec()
    };
    // At equal logits the gradients of three samples of one class and one of the other cancel.
    assert_eq!(loss_gradient(&config("class_weights = \"balanced\"")), [0.0, 0.0]);
    assert_eq!(loss_gradient(&config("")), [-0.25, 0.25]);
}

#[test]
fn samples_come_from_one_place() {
    for (data, expected) in [
        ("", "[data] is without samples"),
        ("file = \"t.csv\"\nmnist = true", "[data] is with several sources"),
        ("mnist = true\ntargets = \"y\"", "targets is set, but must be left out, as it belongs to tables"),
        ("mnist = true\ntask = \"labels\"", "task is labels, but must be classes, as the samples are images"),
        ("mnist = true\nsamples = 70000", "samples is 70000, but must be at most the 60000 images"),
        ("file = \"no.csv\"", "no.csv: cannot read the file"),
    ] {
        let config = RunConfig::from_toml(&format!("[data]\n{data}")).unwrap();
        let error = config.load(Path::new("../data/mnist")).unwrap_err().to_string();
        assert!(error.contains(expected), "{data}: {error}");
    }
}

#[test]
fn a_remedy_changes_the_description_where_it_says_so() {
    let config = RunConfig::from_toml(FULL).unwrap();
    let line = |remedy: Remedy| {
        let after = remedy.apply(&config).unwrap().to_toml();
        let (old, new) = (config.to_toml(), after);
        new.lines()
            .filter(|line| !old.lines().any(|known| known == *line))
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(line(Remedy::Rate(0.1)), "lr = 0.1");
    assert_eq!(line(Remedy::ScaleInput(0.5)), "scale_inputs = 127.5");
    assert_eq!(line(Remedy::Dropout(0.25)), "{ dropout = 0.25 },");
    assert!(line(Remedy::Activation("tanh".into())).contains("\"tanh\""));
    assert!(!line(Remedy::Activation("tanh".into())).contains("normal:1"));
    let plain = Remedy::PlainLogits.apply(&config).unwrap();
    assert_eq!(plain.network.layers.unwrap().len(), 4);
    assert_eq!(Remedy::Other("sleep".into()).apply(&config), None);
}

#[test]
fn the_page_on_configs_has_every_key_with_what_it_does() {
    let page = include_str!("../../docs/config.md");
    for key in KEYS {
        let row = format!("| `{}` | {} | {} |", key.name, key.takes, key.help);
        assert!(page.contains(&row), "docs/config.md lacks {row}");
    }
    let first = page.split("```toml").nth(1).and_then(|text| text.split("```").next()).unwrap();
    assert!(RunConfig::from_toml(first).is_ok());
}

/// Some value for every key.
fn values(name: &str) -> BoxedStrategy<String> {
    let from = |choices: &[&str]| {
        let choices: Vec<String> = choices.iter().map(|choice| choice.to_string()).collect();
        prop::sample::select(choices).boxed()
    };
    match name {
        "file" | "test" | "images" | "encoding" => "[ -~é\\t]{1,20}".prop_map(|text: String| text).boxed(),
        "mnist" | "header" | "standardise" | "standardise_targets" | "nesterov" | "shuffle" => {
            from(&["true", "false"])
        }
        "task" => from(&["classes", "labels", "regression"]),
        "targets" | "features" | "ignore" | "categories" => from(&["a", "a,b", "3", "1-4", "a b,c"]),
        "separator" => from(&[";", ",", "tab", "blank", "|"]),
        "decimal" => from(&[".", ","]),
        "comment" => from(&["#", "%", "\"", "'"]),
        "missing" => from(&["error", "mean", "drop", "indicator"]),
        "layers" => from(&[
            "[{ dense = 3 }]",
            "[\"relu\", { dropout = 0.25 }, { dense = 2, init = \"normal:0.1\" }, \"softmax\"]",
        ]),
        "hidden" => from(&["none", "3", "128,64", "10x3"]),
        "activation" => from(&["relu", "elu:0.5", "tanh"]),
        "init" | "bias_init" => from(&["zeros", "normal:0.5", "uniform-range:-1,0.5"]),
        "head" => from(&["softmax", "sigmoid", "identity"]),
        "loss" => from(&["cross-entropy:0.1", "bce", "huber:2", "squared-error"]),
        "optimizer" => from(&["sgd", "adam", "adamw", "rmsprop"]),
        "schedule" => from(&["constant", "cosine", "step:0.5:0.1", "warmup:0.1"]),
        "class_weights" => from(&["balanced"]),
        "seed" => any::<u64>().prop_map(|seed| seed.to_string()).boxed(),
        "skip" | "steps" | "batch" | "epochs" | "patience" | "samples" | "max_categories" => {
            (1_u32..1_000_000).prop_map(|n| n.to_string()).boxed()
        }
        "threads" => (1_u32..1024).prop_map(|n| n.to_string()).boxed(),
        _ => (1e-9_f64..0.999).prop_map(|x| format!("{x:?}")).boxed(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn printing_reading_and_printing_again_gives_the_same_bytes(
        settings in proptest::collection::vec((0..KEYS.len()).prop_flat_map(|k| (Just(KEYS[k].name), values(KEYS[k].name))), 0..30)
    ) {
        let mut config = RunConfig::default();
        for (name, value) in &settings {
            let _ = config.set(name, value); // what a list of layers says is not set beside it
        }
        let printed = config.to_toml();
        let read = RunConfig::from_toml(&printed);
        prop_assert!(read.is_ok(), "{:?}\n{}", read, printed);
        prop_assert_eq!(read.unwrap().to_toml(), printed);
    }

    #[test]
    fn whatever_a_config_holds_nothing_panics(text in r#"(\[data\]|\[network\]|\[training\]|\n|lr|layers|file|=|"|[0-9.{}\[\], a-z]){0,40}"#) {
        let _ = RunConfig::from_toml(&text);
    }
}
