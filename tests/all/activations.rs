//! What must hold for activations whatever the numbers.

use gradlens::nn::{activation, activation_names};
use gradlens::{
    Activation, Dense, Elu, Gelu, Identity, Layer, LeakyRelu, Relu, Scalar, Selu, Sequential, Sigmoid, Silu,
    SoftmaxCrossEntropy, Softplus, Softsign, Tanh,
};
use serde_json::Value;

fn stays_finite<T: Scalar>(name: &str, phi: &impl Activation) {
    for x in [-100.0, -88.8, -30.0, 0.0, -0.0, 30.0, 88.8, 100.0, 1e4, -1e4] {
        let y = phi.value(T::of(x));
        let slope = phi.slope(T::of(x), y);
        assert!(y.is_finite() && slope.is_finite(), "{name} at {x}: {y}, slope {slope}");
    }
}

fn slope_stays_below_its_maximum(name: &str, phi: &impl Activation) {
    let slopes = (-200_000..=200_000).map(|i| {
        let x = f64::from(i) * 1e-4;
        phi.slope(x, phi.value(x)).abs()
    });
    let greatest = slopes.fold(0.0, f64::max);
    let stated = phi.max_slope();
    assert!(
        greatest <= stated + 1e-15 && greatest > stated - 1e-3,
        "{name}: greatest slope {greatest}, stated {stated}"
    );
}

macro_rules! for_all {
    ($check:ident $(::<$t:ty>)?) => {
        $check $(::<$t>)? ("identity", &Identity);
        $check $(::<$t>)? ("sigmoid", &Sigmoid);
        $check $(::<$t>)? ("tanh", &Tanh);
        $check $(::<$t>)? ("relu", &Relu);
        $check $(::<$t>)? ("leaky-relu", &LeakyRelu::default());
        $check $(::<$t>)? ("leaky-relu:3", &LeakyRelu(3.0));
        $check $(::<$t>)? ("elu", &Elu::default());
        $check $(::<$t>)? ("elu:2", &Elu(2.0));
        $check $(::<$t>)? ("selu", &Selu);
        $check $(::<$t>)? ("gelu", &Gelu);
        $check $(::<$t>)? ("silu", &Silu);
        $check $(::<$t>)? ("softsign", &Softsign);
        $check $(::<$t>)? ("softplus", &Softplus);
    };
}

fn stays_finite_f32(name: &str, phi: &impl Activation) {
    stays_finite::<f32>(name, phi);
}

fn stays_finite_f64(name: &str, phi: &impl Activation) {
    stays_finite::<f64>(name, phi);
}

#[test]
fn values_and_slopes_are_finite_at_the_far_ends() {
    for_all!(stays_finite_f32);
    for_all!(stays_finite_f64);
}

#[test]
fn the_greatest_slope_is_the_one_that_is_stated() {
    for_all!(slope_stays_below_its_maximum);
}

#[test]
fn the_far_ends_have_their_limits() {
    assert_eq!((Sigmoid.value(100.0_f32), Sigmoid.value(-100.0_f32) < 1e-43), (1.0, true));
    assert_eq!((Tanh.value(100.0_f32), Tanh.value(-100.0_f32)), (1.0, -1.0));
    assert_eq!((Gelu.value(100.0_f32), Gelu.value(-100.0_f32)), (100.0, 0.0));
    assert_eq!((Silu.value(100.0_f64), Softplus.value(100.0_f64)), (100.0, 100.0));
    assert_eq!((Elu(2.0).value(-110.0_f32), Elu(2.0).slope(-110.0_f32, -2.0)), (-2.0, 0.0));
    assert!((Softsign.value(100.0_f64) - 100.0 / 101.0).abs() < 1e-15);
    // The tail of the normal distribution, to its last digits: 1e-23 and not 0.
    let exact = -10.0 * 7.619_853_024_160_527e-24;
    assert!((Gelu.value(-10.0_f64) / exact - 1.0).abs() < 1e-12);
}

/// Compares with numbers of 60 digits (`golden/activations.py`), from the middle to far out.
fn keeps_its_digits<T: Scalar>(name: &str, phi: &impl Activation) {
    let golden: Value = serde_json::from_str(include_str!("../golden/activations.json")).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value
            .as_array()
            .unwrap_or_else(|| panic!("{name} is not there"))
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect()
    };
    let expected = &golden["functions"][name];
    let points = numbers(&golden["points"]);
    for ((&x, value), slope) in
        points.iter().zip(numbers(&expected["value"])).zip(numbers(&expected["slope"]))
    {
        let y = phi.value(T::of(x));
        // The terms of a slope may cancel to a fiftieth near its zero; exp(-x^2 / 2) makes x^2 times the rounding
        // of its argument.
        let digits = if name == "gelu" { 64.0 + 2.0 * x * x } else { 64.0 };
        for (what, ours, exact) in [("value", y, value), ("slope", phi.slope(T::of(x), y), slope)] {
            let (ours, exact) = (ours.f64(), T::of(exact).f64());
            let tolerance = digits * T::epsilon().f64() * exact.abs() + T::min_positive_value().f64();
            assert!(
                (ours - exact).abs() <= tolerance,
                "{what} of {name} at {x}: {ours}, but {exact} is right"
            );
        }
    }
}

fn keeps_its_digits_in_f32(name: &str, phi: &impl Activation) {
    keeps_its_digits::<f32>(name, phi);
}

fn keeps_its_digits_in_f64(name: &str, phi: &impl Activation) {
    keeps_its_digits::<f64>(name, phi);
}

#[test]
fn values_and_slopes_keep_their_digits_however_far_out() {
    for_all!(keeps_its_digits_in_f32);
    for_all!(keeps_its_digits_in_f64);
}

#[test]
fn nan_goes_through_every_activation_so_that_it_is_found() {
    fn check(name: &str, phi: &impl Activation) {
        assert!(phi.value(f32::NAN).is_nan(), "{name} hides NaN");
    }
    for_all!(check);
}

#[test]
fn selu_keeps_mean_0_and_variance_1() {
    // The fixed point of Klambauer et al., by the trapezoidal rule over the normal density.
    let (mut mean, mut square) = (0.0, 0.0);
    for i in -100_000..=100_000 {
        let x = f64::from(i) * 1e-4;
        let weight = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt() * 1e-4;
        let y = Selu.value(x);
        mean += weight * y;
        square += weight * y * y;
    }
    assert!(mean.abs() < 1e-8 && (square - 1.0).abs() < 1e-8, "mean {mean}, mean square {square}");
}

#[test]
fn names_with_and_without_numbers_are_understood_and_others_refused() {
    for name in activation_names() {
        let layer = activation::<f32>(name).unwrap();
        let spec = layer.spec(3).unwrap();
        assert!(spec.max_slope.is_some() && spec.preferred_init.is_some());
        assert!(layer.name().to_lowercase().starts_with(&name.replace('-', "")), "{name}: {}", layer.name());
    }
    assert_eq!(activation::<f32>("elu:0.5").unwrap().name(), "Elu(0.5)");
    for wrong in ["", "ReLU", "relu:1", "leaky-relu:", "leaky-relu:x", "elu:nan", "tanh "] {
        let error = activation::<f32>(wrong).unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")) && error.contains("but must be"), "{error}");
    }
}

#[test]
fn a_number_that_is_out_of_range_is_refused_by_name_and_when_the_network_is_built() {
    let built = |layer: Box<dyn Layer>| {
        let builder = Sequential::input(2).layer(Dense::new(2)).layer(layer);
        builder.head(SoftmaxCrossEntropy::default()).build().unwrap_err().to_string()
    };
    let elu = |number| format!("the alpha of ELU is {number}, but must be finite and at least 0");
    let leaky = |number| format!("the slope of the leaky rectifier is {number}, but must be finite");
    assert_eq!(activation::<f32>("elu:-1").unwrap_err().to_string(), elu("-1"));
    assert_eq!(built(Box::new(Elu(-1.0))), format!("layer 1 (Elu(-1)): {}", elu("-1")));
    assert_eq!(built(Box::new(Elu(f64::NAN))), format!("layer 1 (Elu(NaN)): {}", elu("NaN")));
    assert_eq!(built(Box::new(Elu(f64::INFINITY))), format!("layer 1 (Elu(inf)): {}", elu("inf")));
    let infinite = Box::new(LeakyRelu(f64::NEG_INFINITY));
    assert_eq!(built(infinite), format!("layer 1 (LeakyRelu(-inf)): {}", leaky("-inf")));
    assert!(activation::<f32>("leaky-relu:inf").unwrap_err().to_string().contains("leaky-relu[:slope]"));
    // What f64 holds and f32 does not.
    assert!(activation::<f32>("leaky-relu:1e300").unwrap_err().to_string().contains("must be finite"));
    for name in ["leaky-relu:1e300", "leaky-relu:-1", "elu:0", "elu:3"] {
        assert!(activation::<f64>(name).is_ok(), "{name}");
    }
}
