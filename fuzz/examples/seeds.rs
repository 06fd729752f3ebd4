//! Writes the files that the fuzzer begins with: `cargo run -p gradlens-fuzz --example seeds`.

use gradlens::config::{KEYS, RunConfig};
use gradlens::model::Model;
use gradlens::{Dense, Dropout, Relu, Sequential, Sigmoid, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy};
use std::fs;
use std::path::Path;

fn put(attack: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(attack);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("room for a file");
}

/// The first part with its length, and the second.
fn halves(first: &[u8], second: &[u8]) -> Vec<u8> {
    [&(first.len() as u16).to_le_bytes(), first, second].concat()
}

fn tests(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)).expect("a file of the tests")
}

fn main() {
    let images =
        [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[0, 255, 7, 1, 0, 9, 3, 4, 200, 1, 2, 3]]
            .concat();
    let labels = [0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2];
    put("idx", "bytes", &halves(&images, &labels));
    let floats =
        [&[0, 0, 13, 2, 0, 0, 0, 2, 0, 0, 0, 1][..], &1.5_f32.to_be_bytes(), &(-2.0_f32).to_be_bytes()]
            .concat();
    put("idx", "floats", &halves(&floats, &[0, 0, 11, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0, 0]));
    for name in ["f2", "i2", "u8", "bool", "keras", "medical", "records", "big_f4"] {
        put("numpy", name, &tests(&format!("images/{name}.npz")));
    }
    put("numpy", "npy", &tests("images/y_test.npy"));
    let tables = [
        ("comma", "\0\0\0\x02x,y,kind\n0.5,1,a\n1.5,,b\n2,3,a\n".as_bytes()),
        ("semicolon", "\0\0\0\x04a;b;c\n\"1,5\";\"x \"\"y\"\"\";-\n2,25;z;?\n".as_bytes()),
        ("blanks", "\x02\0\0\0# a comment\n1 2  3\n4 5e3 6\n".as_bytes()),
        ("windows", b"\x01\0\0\x14n\xe4me\t\xfcber\r\n1.000,5\t2\r\n2.000,25\t3\r\n"),
        ("images", "\0\0\0\0label,a,b,c,d\n0,0,255,0,51\n1,255,0,255,0\n".as_bytes()),
    ];
    tables.iter().for_each(|(name, bytes)| put("csv", name, bytes));
    let dense = "@relation 'r: -C 1'\n@attribute l {0,1}\n@attribute 'x y' numeric\n@attribute d date\n@data\n1,2.5,?\n0,-1e3,'2001-01-01'\n% end\n";
    let sparse = "@RELATION r\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE b {x,'y z'}\n@ATTRIBUTE c {0,1}\n@DATA\n{0 1.5, 1 'y z'}\n{}\n{2 1} , {3}\n";
    let xml = "<?xml version=\"1.0\"?><labels xmlns=\"http://mulan.sourceforge.net/labels\"><label name=\"c\"></label></labels>";
    put("arff", "dense", &halves(dense.as_bytes(), &[]));
    put("arff", "sparse", &halves(sparse.as_bytes(), xml.as_bytes()));
    let grid = "[network]\nactivation = \"tanh\"\n[training]\nmomentum = 0.9\noptimizer = \"sgd\"\n[grid]\n";
    let axes = [
        (
            "values",
            "hidden = [\"8x2\", [16, 8], 4]\ninit = [\"standard\", \"normal:0.1\"]\nresidual = [true, false]\nseeds = 3\n",
        ),
        (
            "ranges",
            "lr = { log = [1e-4, 1], count = 9 }\nbatch = { linear = [8, 64], random = 3, seed = 7 }\noptimizer = [\"sgd\", \"adam\"]\n",
        ),
        (
            "lists",
            "targets = [[\"a\", \"b\"], \"c\"]\n\"head,loss\" = [[\"softmax\", \"ce\"], [\"sigmoid\", \"bce\"]]\nlayers = [[{ dense = 2 }], [{ dense = 3 }, \"relu\", { dense = 2 }]]\nseed = [1, 5]\n",
        ),
    ];
    axes.iter().for_each(|(name, text)| put("grid", name, format!("{grid}{text}").as_bytes()));
    let line = "{\"id\":\"4f00b7aa891128bb\",\"config\":{\"training\":{\"lr\":0.1}},\"metrics\":{\"accuracy\":0.5},\"seconds\":0.1}\n";
    let failed = "{\"id\":\"a244a86451e39e22\",\"config\":{},\"error\":\"no samples\",\"seconds\":1e-3}\n";
    put("results", "whole", format!("{line}{failed}{line}").as_bytes());
    put("results", "torn", format!("{line}{failed}{}", &line[..50]).as_bytes());
    put("results", "damaged", format!("{line}\n{{}}\n[1]\n{}\0\n{failed}", &failed[..30]).as_bytes());
    put("results", "other", b"Dear diary,\n");
    let mut config = RunConfig::default();
    for (key, text) in
        [("targets", "y,z"), ("hidden", "100x3"), ("epochs", "3"), ("lr", "0.1"), ("separator", "tab")]
    {
        config.set(key, text).expect("a setting");
    }
    put("config", "printed", config.to_toml().as_bytes());
    put(
        "config",
        "layers",
        b"[network]\nlayers = [{ dense = 3, init = \"he-normal\" }, \"elu:0.5\", { dropout = 0.1 }]\n",
    );
    let flags: Vec<u8> = KEYS
        .iter()
        .enumerate()
        .filter_map(|(place, key)| Some((place, key.get(&config)?.to_string())))
        .flat_map(|(place, text)| {
            [&[place as u8][..], &halves(text.trim_matches('"').as_bytes(), &[])].concat()
        })
        .collect();
    put("flags", "all", &flags);
    let classes =
        Sequential::input(2).layer(Dense::new(3)).layer(Relu).layer(Dropout::new(0.1)).layer(Dense::new(2));
    let classes = classes.head(SoftmaxCrossEntropy::default()).build().expect("a network");
    let labels = Sequential::input(1).layer(Dense::new(2)).layer(Sigmoid).layer(Dense::new(1));
    let labels = labels.head(SigmoidBinaryCrossEntropy::default()).build().expect("a network");
    for (name, net) in [("classes", classes), ("labels", labels)] {
        let model = Model::of(net).expect("a model");
        put("safetensors", name, &model.to_bytes().expect("bytes"));
        put("onnx", name, &model.to_onnx(false).expect("bytes"));
    }
    for name in ["torch", "torch_normalised", "scikit_learn_numbers", "scikit_learn_classes"] {
        put("onnx", name, &tests(&format!("models/{name}.onnx")));
    }
    put("checkpoint", "whole", &halves(&gradlens_fuzz::a_checkpoint(), b"{\"epoch\":1}\n"));
}
