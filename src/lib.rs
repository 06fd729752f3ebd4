#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![deny(unsafe_code)]

mod activation;
pub mod check;
mod data;
mod dense;
pub mod diagnostics;
mod dropout;
mod error;
mod evaluation;
mod exp;
pub mod file;
mod init;
mod layer;
mod loss;
#[allow(unsafe_code)]
mod matmul;
pub mod metrics;
mod not_finite;
mod observer;
mod optimizer;
mod progress;
mod random;
#[cfg(feature = "report")]
pub mod report;
mod scalar;
mod schedule;
mod sequential;
mod simd;
mod store;
mod temperature;
mod trainer;
mod workspace;

pub use activation::{
    ACTIVATIONS, Activation, Elu, Gelu, Identity, LeakyRelu, Relu, Selu, Sigmoid, Silu, Softplus, Softsign,
    Tanh, activation,
};
pub use data::{Dataset, LabelStatistics, Labelled, LabelledFile, Mnist, Overlay, Part, Teacher, Xor};
pub use dense::Dense;
pub use dropout::Dropout;
pub use error::{Error, Result};
pub use evaluation::{Evaluation, evaluate};
pub use init::Init;
pub use layer::{Layer, Param, ParamSlice, Pass};
pub use loss::{
    IdentityMse, Link, Loss, Misfit, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse,
};
pub use matmul::{Threads, matmul};
pub use observer::{At, Event, Observer, every, watch};
pub use optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd, Step};
pub use progress::Progress;
pub use scalar::Scalar;
pub use schedule::Schedule;
pub use sequential::{Builder, Mode, Placed, Sequential};
pub use store::Store;
pub use temperature::temperature;
pub use trainer::{EpochRecord, Report, Stopped, Trainer};
pub use workspace::Workspace;

/// A matrix by reference, owned or a view: rows are samples, columns are units.
pub type Mat<T> = ndarray::ArrayRef2<T>;
