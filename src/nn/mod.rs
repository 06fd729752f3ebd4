//! Networks: layers one after another under a head, and backpropagation through them.

pub(crate) mod activation;
pub(crate) mod backprop;
pub(crate) mod dense;
pub(crate) mod dropout;
pub mod gradient_check;
pub(crate) mod heads;
pub(crate) mod initialisers;
pub(crate) mod layer;
pub(crate) mod network;
pub(crate) mod param;
pub(crate) mod parts;
pub(crate) mod workspace;

pub use activation::{
    ACTIVATIONS, Activation, Elu, Gelu, Identity, LeakyRelu, Relu, Selu, Sigmoid, Silu, Softplus, Softsign,
    Tanh, activation,
};
pub use dense::Dense;
pub use dropout::Dropout;
pub use heads::{
    IdentityMse, Link, Loss, Misfit, SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxMse,
};
pub use initialisers::Init;
pub use layer::{Layer, Mode, ParamSlice, Pass};
pub use network::{Builder, Placed, Sequential};
pub use param::Param;
pub use workspace::Workspace;
