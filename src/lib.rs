//! A tiny training framework for multi-layer perceptrons, which shows what the output head and the depth of a
//! network do to its gradients.
//!
//! # Five nouns
//!
//! * [`Dataset`]: samples, a row each, with their targets.
//! * [`Sequential`]: a network, [layers](Layer) one after another under a head. It holds the weights.
//! * [`Loss`]: a head, which is a loss together with its link: [`SoftmaxCrossEntropy`] for classes that exclude
//!   one another, [`SigmoidBinaryCrossEntropy`] for labels that are independent.
//! * [`Trainer`]: the settings of a training. `fit` trains to the end; `start` gives a [`Run`], which can be
//!   stepped, left and resumed.
//! * [`Diagnostics`](diagnostics::Diagnostics): watches a run, and says which layers saturate, where the gradient
//!   vanishes, why, and what to change.
//!
//! # One program
//!
//! ```
//! use gradlens::diagnostics::{Diagnostics, powers_of_two};
//! use gradlens::{Adam, Dataset, Dense, Relu, Sequential, SoftmaxCrossEntropy, Trainer, evaluate};
//! use ndarray::Array2;
//!
//! // 400 points in the plane. The class says whether a point lies inside a circle.
//! let at = |i: usize| i as f32 / 10.0 - 0.95;
//! let points = Array2::from_shape_fn((400, 2), |(i, j)| if j == 0 { at(i % 20) } else { at(i / 20) });
//! let inside = |i: usize| usize::from(at(i % 20).powi(2) + at(i / 20).powi(2) < 0.5);
//! let data = Dataset::classes(points, (0..400).map(inside).collect(), 2)?;
//!
//! let mut net = Sequential::input(2)
//!     .layer(Dense::new(16))
//!     .layer(Relu)
//!     .layer(Dense::new(2))
//!     .head(SoftmaxCrossEntropy::default())
//!     .seed(7)
//!     .build()?;
//! println!("{net}");
//!
//! let mut seen = Diagnostics::new();
//! Trainer::new(Adam::new(0.01)).epochs(60).observe(powers_of_two(), &mut seen).fit(&mut net, &data)?;
//! println!("{}", seen.diagnosis());
//! assert!(evaluate(&net, &data)?.classification.unwrap().accuracy > 0.95);
//! # Ok::<(), gradlens::Error>(())
//! ```
//!
//! # The map
//!
//! | module | what is there |
//! |---|---|
//! | [`nn`] | layers, activations, initialisers, heads, networks, backpropagation; what to implement for your own |
//! | [`train`] | trainer, run, optimisers, schedules, observers, evaluation |
//! | [`data`] | data sets: your own, MNIST, sets of labels, made, and read (feature `data`) |
//! | [`metrics`] | scores for classes and for sets of labels |
//! | `config` | one description of a run, as TOML (feature `config`) |
//! | [`diagnostics`] | measurements of a run, verdicts, remedies |
//! | `model` | trained networks as files: safetensors, ONNX (feature `models`) |
//! | `report` | HTML pages and pictures (feature `report`) |
//! | `runs` | folders of runs that go on where they were left, with logs and checkpoints (feature `models`) |
//!
//! # Features
//!
//! By default the crate is small: 53 packages with itself, 92 with `full`, 44 without features.
//!
//! | feature | what it adds | default |
//! |---|---|---|
//! | `mnist` | MNIST and images in its format | yes |
//! | `progress` | a progress bar | yes |
//! | `report` | HTML pages | yes |
//! | `avx512` | kernels for AVX-512, where the processor has it; the results are the same | yes |
//! | `data` | tables (CSV, ARFF), images as NumPy and CSV; implies `mnist` | |
//! | `config` | runs described in TOML | |
//! | `models` | networks as files, runs that go on; implies `config` and `data` | |
//! | `full` | all of them | |
//!
//! Things are built with `new` or `default` and methods that return `Self`; what the crate hands out are records
//! with public fields. Rows are samples, columns are units. Networks train in f32 and are checked in f64: see
//! [`gradient_check`](nn::gradient_check).

#![warn(missing_docs)]
#![deny(rustdoc::broken_intra_doc_links)]
#![forbid(unsafe_code)]

mod by_name;
#[cfg(feature = "config")]
pub mod config;
pub mod data;
pub mod diagnostics;
mod error;
pub mod file;
mod memory;
pub mod metrics;
#[cfg(feature = "models")]
pub mod model;
pub mod nn;
mod plain;
mod random;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "models")]
pub mod runs;
pub mod train;

/// Tests the README's program.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc(no_inline)]
pub use data::{
    Dataset, LabelStatistics, Labelled, Overlay, Part, Preprocessing, Preprocessor, Table, Teacher, Xor,
};
#[cfg(feature = "mnist")]
#[doc(no_inline)]
pub use data::{Images, Mnist};
pub use error::{Error, Result};
#[doc(no_inline)]
pub use gradlens_kernel::{Mat, Scalar, Threads, VECTORS_VARIABLE, vectors, vectors_are_known};
#[doc(no_inline)]
pub use nn::{
    Activation, BatchNorm, Builder, Dense, Dropout, Init, Layer, LayerNorm, Link, Loss, Mode, Param, Pass,
    Residual, Sequential, Spec, Workspace,
};
#[doc(no_inline)]
pub use nn::{activations::*, heads::*};
#[doc(no_inline)]
pub use plain::{short, visible};
#[cfg(feature = "progress")]
#[doc(no_inline)]
pub use train::Progress;
#[doc(no_inline)]
pub use train::{
    At, EpochRecord, Evaluation, Event, Observer, Optimizer, Report, Run, Schedule, Stopped, Trainer,
    evaluate, every, temperature,
};
#[doc(no_inline)]
pub use train::{optimisers::*, schedules::*};
