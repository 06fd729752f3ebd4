#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![deny(rustdoc::broken_intra_doc_links)]
#![forbid(unsafe_code)]

mod by_name;
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
pub use data::{Dataset, LabelStatistics, Labelled, Overlay, Part, Teacher, Xor};
#[cfg(feature = "data")]
#[doc(no_inline)]
pub use data::{LabelledFile, Mnist};
pub use error::{Error, Result};
#[doc(no_inline)]
pub use gradlens_kernel::{Mat, Scalar, Threads};
#[doc(no_inline)]
pub use nn::{
    Activation, Builder, Dense, Dropout, Elu, Gelu, Identity, IdentityMse, Init, Layer, LeakyRelu, Link,
    Loss, Mode, Param, Pass, Relu, Selu, Sequential, Sigmoid, SigmoidBinaryCrossEntropy, SigmoidMse, Silu,
    SoftmaxCrossEntropy, SoftmaxMse, Softplus, Softsign, Spec, Tanh, Workspace,
};
#[cfg(feature = "progress")]
#[doc(no_inline)]
pub use train::Progress;
#[doc(no_inline)]
pub use train::{
    Adam, AdamW, At, EpochRecord, Evaluation, Event, Observer, Optimizer, Report, RmsProp, Run, Schedule,
    Sgd, Stopped, Trainer, evaluate, every, temperature,
};
