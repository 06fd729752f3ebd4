//! Starting weights have the moments that their formula states.

use gradlens::{Dense, Identity, Init, Param, Relu, Selu, Sequential, SoftmaxCrossEntropy, Tanh};
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const N: usize = 400; // fan-in
const M: usize = 250; // fan-out

fn draw(init: Init) -> Vec<f64> {
    let param = Param::weight("weight", &[M, N], Some(init));
    let mut values = vec![f64::NAN; param.len()];
    init.fill(&param.shape, [param.fan_in, param.fan_out], &mut values, &mut ChaCha8Rng::seed_from_u64(1))
        .unwrap();
    values
}

/// Mean, variance, and greatest absolute value.
fn moments(values: &[f64]) -> (f64, f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance, values.iter().fold(0.0, |m: f64, v| m.max(v.abs())))
}

#[test]
fn every_initialiser_has_its_variance_and_its_limits() {
    let (n, m) = (N as f64, M as f64);
    // The variance, and the limit of a uniform distribution, which is sqrt(3 variance).
    let cases = [
        (Init::Normal(0.5), 0.25, false),
        (Init::Uniform(0.3), 0.03, true),
        (Init::Standard, 1.0 / (3.0 * n), true),
        (Init::GlorotUniform, 2.0 / (n + m), true),
        (Init::GlorotNormal, 2.0 / (n + m), false),
        (Init::HeUniform, 2.0 / n, true),
        (Init::HeNormal, 2.0 / n, false),
        (Init::LecunNormal, 1.0 / n, false),
    ];
    for (init, variance, uniform) in cases {
        let (mean, found, greatest) = moments(&draw(init));
        // Five standard errors over 100 000 draws; of the variance, with the kurtosis of the normal.
        let draws = n * m;
        assert!(mean.abs() < 5.0 * (variance / draws).sqrt(), "{init}: mean {mean}");
        assert!(
            (found / variance - 1.0).abs() < 5.0 * (2.0 / draws).sqrt(),
            "{init}: variance {found}, not {variance}"
        );
        let limit = (3.0 * variance).sqrt();
        assert_eq!(uniform, greatest <= limit, "{init}: greatest {greatest}, limit {limit}");
        assert!(greatest > 0.999 * limit);
    }
    // Elsewhere than around 0.
    for (init, expected, variance) in [
        (Init::UniformRange(0.0, 1.0), 0.5, 1.0 / 12.0),
        (Init::UniformRange(-3.0, 1.0), -1.0, 16.0 / 12.0),
        (Init::NormalShifted(0.5, 2.0), 2.0, 0.25),
    ] {
        let (mean, found, _) = moments(&draw(init));
        let draws = n * m;
        assert!((mean - expected).abs() < 5.0 * (variance / draws).sqrt(), "{init}: mean {mean}");
        assert!((found / variance - 1.0).abs() < 5.0 * (2.0 / draws).sqrt(), "{init}: variance {found}");
        assert_eq!(init.to_string().parse::<Init>().unwrap(), init);
    }
    assert!(draw(Init::UniformRange(0.2, 0.3)).iter().all(|w| (0.2..=0.3).contains(w)));
    assert!(draw(Init::Zeros).iter().all(|&w| w == 0.0));
    assert!(draw(Init::Constant(0.1)).iter().all(|&w| w == 0.1));
}

#[test]
fn orthogonal_weights_have_orthonormal_rows_or_columns() {
    for (rows, cols) in [(30, 50), (50, 30), (40, 40), (1, 9), (9, 1)] {
        let param = Param::weight("weight", &[rows, cols], None);
        let mut values = vec![0.0; rows * cols];
        Init::Orthogonal
            .fill(&param.shape, [param.fan_in, param.fan_out], &mut values, &mut ChaCha8Rng::seed_from_u64(2))
            .unwrap();
        let w = ArrayView2::from_shape((rows, cols), &values).unwrap();
        let gram: Array2<f64> = if rows <= cols { w.dot(&w.t()) } else { w.t().dot(&w) };
        let error =
            (&gram - &Array2::<f64>::eye(rows.min(cols))).iter().fold(0.0, |m: f64, e| m.max(e.abs()));
        assert!(error < 1e-13, "{rows} x {cols}: {error}");
    }
}

#[test]
fn weights_in_f32_are_those_in_f64_rounded() {
    let param = Param::weight("weight", &[M, N], None);
    let mut narrow = vec![0.0_f32; M * N];
    Init::HeNormal
        .fill(&param.shape, [param.fan_in, param.fan_out], &mut narrow, &mut ChaCha8Rng::seed_from_u64(1))
        .unwrap();
    assert!(narrow.iter().zip(draw(Init::HeNormal)).all(|(&a, b)| a == b as f32));
}

#[test]
fn weights_start_as_suits_the_activation_above_unless_told_otherwise() {
    let net = Sequential::input(4)
        .layer(Dense::new(5))
        .layer(Relu)
        .layer(Dense::new(5))
        .layer(gradlens::Dropout::new(0.1))
        .layer(Selu)
        .layer(Dense::new(5))
        .layer(Tanh)
        .layer(Dense::new(5).init(Init::Standard).bias_init(Init::Standard))
        .layer(Relu)
        .layer(Dense::new(5))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let inits: Vec<String> = net.named_params().map(|(_, spec, _)| spec.init.unwrap().to_string()).collect();
    let expected = [
        "he-normal",
        "zeros",
        "lecun-normal",
        "zeros",
        "glorot-uniform",
        "zeros",
        "standard",
        "standard",
        "glorot-uniform",
        "zeros",
    ];
    assert_eq!(inits, expected);
    let printed = net.to_string();
    for expected in
        ["lecun-normal, zeros", "standard, standard", "4 -> 5", "Dropout(0.1)", "softmax + cross-entropy"]
    {
        assert!(printed.contains(expected), "{printed}");
    }
    let standard = net.param("7.bias").unwrap();
    assert!(standard.iter().all(|b| b.abs() <= 1.0 / 5.0_f32.sqrt() && *b != 0.0));
}

#[test]
fn parameters_are_drawn_apart_from_one_another() {
    let build = |first: usize| {
        let net = Sequential::input(3).layer(Dense::new(first)).layer(Identity).layer(Dense::new(3));
        net.head(SoftmaxCrossEntropy::default()).seed(5).build().unwrap()
    };
    // Another width of layer 0 leaves the stream of layer 2 alone: the first weights are the same
    // but for their scale.
    let (a, b) = (build(3), build(4));
    let ratio = a.param("2.weight").unwrap()[[0, 0]] / b.param("2.weight").unwrap()[[0, 0]];
    assert!((ratio - (7.0_f32 / 6.0).sqrt()).abs() < 1e-5, "{ratio}");
    assert_ne!(a.param("0.weight").unwrap(), a.param("2.weight").unwrap());
}

#[test]
fn names_and_initialisers_are_one_to_one() {
    let names = [
        "zeros",
        "constant:0.1",
        "normal:0.5",
        "uniform:0.1",
        "standard",
        "glorot-uniform",
        "glorot-normal",
        "he-uniform",
        "he-normal",
        "lecun-normal",
        "orthogonal",
    ];
    for name in names {
        assert_eq!(name.parse::<Init>().unwrap().to_string(), name);
    }
    for wrong in ["", "he", "zeros:1", "constant", "normal:-1", "uniform:inf", "constant:nan", "normal:x"] {
        assert!(wrong.parse::<Init>().is_err(), "{wrong}");
    }
}
