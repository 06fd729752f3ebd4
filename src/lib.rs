#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod data;
pub mod diagnostics;
mod error;
pub mod file;
pub mod metrics;
pub mod nn;
mod random;
#[cfg(feature = "report")]
pub mod report;
pub mod train;

#[doc(no_inline)]
pub use data::{Dataset, LabelStatistics, Labelled, LabelledFile, Mnist, Overlay, Part, Teacher, Xor};
pub use error::{Error, Result};
#[doc(no_inline)]
pub use gradlens_kernel::{Mat, Scalar, Store, Threads, matmul};
#[doc(no_inline)]
pub use nn::gradient_check as check;
#[doc(no_inline)]
pub use nn::{
    ACTIVATIONS, Activation, Builder, Dense, Dropout, Elu, Gelu, Identity, IdentityMse, Init, Layer,
    LeakyRelu, Link, Loss, Misfit, Mode, Param, ParamSlice, Pass, Placed, Relu, Selu, Sequential, Sigmoid,
    SigmoidBinaryCrossEntropy, SigmoidMse, Silu, SoftmaxCrossEntropy, SoftmaxMse, Softplus, Softsign, Tanh,
    Workspace, activation,
};
#[doc(no_inline)]
pub use train::{
    Adam, AdamW, At, EpochRecord, Evaluation, Event, Observer, Optimizer, Progress, Report, RmsProp,
    Schedule, Sgd, Step, Stopped, Trainer, evaluate, every, temperature, watch,
};
