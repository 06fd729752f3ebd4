//! The built-in activations, a file each.

mod elu;
mod gelu;
mod identity;
mod leaky_relu;
mod relu;
mod selu;
pub(crate) mod sigmoid;
mod silu;
pub(crate) mod softplus;
mod softsign;
mod tanh;

pub use elu::Elu;
pub use gelu::Gelu;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use relu::Relu;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softplus::Softplus;
pub use softsign::Softsign;
pub use tanh::Tanh;

use crate::by_name::{self, Choice};
use crate::error::{Error, Result};
use crate::nn::layer::Layer;
use gradlens_kernel::Scalar;

/// Every built-in activation. To add one is a line here.
fn choices<T: Scalar>() -> Vec<Choice<Box<dyn Layer<T>>>> {
    vec![
        Choice { form: "identity", make: |_| Box::new(Identity) },
        Choice { form: "sigmoid", make: |_| Box::new(Sigmoid) },
        Choice { form: "tanh", make: |_| Box::new(Tanh) },
        Choice { form: "relu", make: |_| Box::new(Relu) },
        Choice {
            form: "leaky-relu[:slope]",
            make: |numbers| Box::new(numbers.optional("slope").map_or_else(LeakyRelu::default, LeakyRelu)),
        },
        Choice {
            form: "elu[:alpha]",
            make: |numbers| Box::new(numbers.optional("alpha").map_or_else(Elu::default, Elu)),
        },
        Choice { form: "selu", make: |_| Box::new(Selu) },
        Choice { form: "gelu", make: |_| Box::new(Gelu) },
        Choice { form: "silu", make: |_| Box::new(Silu) },
        Choice { form: "softsign", make: |_| Box::new(Softsign) },
        Choice { form: "softplus", make: |_| Box::new(Softplus) },
    ]
}

/// The activation of this name, kebab-case, its number after a colon: `relu`, `leaky-relu:0.1`,
/// `elu:0.5`. [`activation_names`] lists them.
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for another name, a number where none belongs, or one that is out of range.
///
/// ```
/// assert_eq!(gradlens::nn::activation::<f32>("leaky-relu:0.1")?.name(), "LeakyRelu(0.1)");
/// let error = gradlens::nn::activation::<f32>("rellu").unwrap_err();
/// assert!(error.to_string().ends_with("did you mean relu?"));
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn activation<T: Scalar>(text: &str) -> Result<Box<dyn Layer<T>>> {
    let layer = by_name::choose("the activation", &choices(), text)?;
    layer.spec(1)?;
    Ok(layer)
}

/// Refuses a number that does not fit, or that is not finite in the scalar of the network.
fn check_number<T: Scalar>(
    name: &str,
    number: f64,
    expected: &str,
    fits: impl Fn(f64) -> bool,
) -> Result<()> {
    if T::of(number).is_finite() && fits(number) {
        Ok(())
    } else {
        Err(Error::setting(name, number, expected))
    }
}

/// The names that [`activation`] knows.
pub fn activation_names() -> Vec<&'static str> {
    by_name::names(&choices::<f32>())
}

/// How each of them is written, with the numbers that may follow, for help texts.
pub fn activation_forms() -> Vec<&'static str> {
    by_name::forms(&choices::<f32>())
}
