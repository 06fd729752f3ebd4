//! Networks: layers one after another under a head, and backpropagation through them.
//!
//! A [`Sequential`] network is made of [`Layer`]s and a head, which is a [`Loss`] together with its link.
//! Read `backprop.rs` to see how they work together. Layers, activations and heads of your own are equals of
//! those in the crate: `examples/own_layer.rs`, `own_activation.rs` and `own_head.rs` show it.
//!
//! Numbers are of a [`Scalar`](gradlens_kernel::Scalar) type, f32 or f64: `T::of(0.5)` makes one,
//! `T::zero()`, `T::one()`, `x.exp()`, `x.sqrt()` and all else come from `num_traits::Float`.

pub(crate) mod activation;
pub(crate) mod activations;
mod backprop;
mod batch_norm;
pub(crate) mod builder;
pub(crate) mod dense;
pub(crate) mod dropout;
pub(crate) mod gradient;
pub mod gradient_check;
pub(crate) mod heads;
pub(crate) mod initialisers;
pub(crate) mod layer;
mod layer_norm;
pub(crate) mod loss;
mod lsuv;
pub(crate) mod network;
mod parallel;
pub(crate) mod param;
mod residual;
pub(crate) mod slot;
mod softmax;
pub(crate) mod workspace;

pub use activation::Activation;
pub use activations::*;
pub use batch_norm::BatchNorm;
#[cfg(feature = "models")]
pub(crate) use batch_norm::EPS;
pub use builder::Builder;
pub use dense::Dense;
pub use dropout::Dropout;
pub use gradient::Gradient;
pub use heads::*;
pub use initialisers::{Init, initialiser_forms, initialiser_names};
pub use layer::{Layer, Mode, Pass, Spec};
pub use layer_norm::LayerNorm;
pub use loss::{Link, Loss, LossSpec, TargetError, column_means, mean_loss};
pub use network::Sequential;
pub use param::Param;
pub use residual::Residual;
pub use slot::LayerSlot;
pub use softmax::Softmax;
pub use workspace::Workspace;
