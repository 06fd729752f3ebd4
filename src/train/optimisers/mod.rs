//! The built-in optimisers, a file each.

mod adam;
mod common;
mod rmsprop;
mod sgd;

pub use adam::{Adam, AdamW};
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use crate::by_name::{self, Choice};
use crate::error::Result;
use crate::train::optimizer::Optimizer;
use gradlens_kernel::Scalar;

/// Every built-in optimiser. To add one is a line here.
fn choices<T: Scalar>() -> Vec<Choice<Box<dyn Optimizer<T>>>> {
    vec![
        Choice {
            form: "sgd[:lr][:momentum=..][:nesterov=true][:weight-decay=..]",
            make: |numbers| Box::new(Sgd::from_numbers(numbers)),
        },
        Choice {
            form: "rmsprop[:lr][:rho=..][:eps=..][:weight-decay=..]",
            make: |numbers| Box::new(RmsProp::from_numbers(numbers)),
        },
        Choice {
            form: "adam[:lr][:beta1=..][:beta2=..][:eps=..][:weight-decay=..]",
            make: |numbers| Box::new(Adam::from_numbers(numbers)),
        },
        Choice {
            form: "adamw[:lr][:beta1=..][:beta2=..][:eps=..][:weight-decay=..]",
            make: |numbers| Box::new(AdamW::from_numbers(numbers)),
        },
    ]
}

/// The optimiser of this name, its settings after colons: `adam`, `adam:0.003`, `sgd:0.1:momentum=0.9`.
/// Settings that are not named have their defaults.
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for another name, a setting that it does not have, or one that
/// is out of range.
///
/// ```
/// let optimizer = gradlens::train::optimizer::<f32>("sgd:0.05:momentum=0.9")?;
/// assert_eq!(optimizer.rate(), 0.05);
/// # Ok::<(), gradlens::Error>(())
/// ```
pub fn optimizer<T: Scalar>(text: &str) -> Result<Box<dyn Optimizer<T>>> {
    let optimizer = by_name::choose("the optimiser", &choices(), text)?;
    optimizer.check()?;
    Ok(optimizer)
}

/// The names that [`optimizer`] knows.
pub fn optimizer_names() -> Vec<&'static str> {
    by_name::names(&choices::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::optimizer::Step;

    #[test]
    fn what_an_optimiser_remembers_fades_to_zero_and_not_to_subnormal_numbers() {
        let sgd = Sgd::default().momentum(0.9).nesterov(true);
        let optimizers: [Box<dyn Optimizer<f32>>; 4] = [
            Box::new(sgd),
            Box::new(RmsProp::default()),
            Box::new(Adam::default()),
            Box::new(AdamW::default()),
        ];
        for optimizer in optimizers {
            let (mut weights, mut first, mut second) = ([0.5_f32; 3], [0.0_f32; 3], [0.0_f32; 3]);
            for number in 1..=100_000 {
                let gradient = if number == 1 { [1e-3, -1e-6, 1e-12] } else { [0.0; 3] };
                let step = Step { decay: false, ..Step::new(number, 1e-3) };
                optimizer.update(step, &mut weights, &gradient, [&mut first, &mut second]);
                let remembered = first.iter().chain(&second);
                for x in remembered {
                    assert!(
                        *x == 0.0 || x.is_normal(),
                        "{} remembers {x:e} at step {number}",
                        optimizer.name()
                    );
                }
            }
            assert_eq!((first, second), ([0.0; 3], [0.0; 3]), "{}", optimizer.name());
            assert!(weights.iter().all(|w| w.is_normal()), "{weights:?}");
        }
    }
}
