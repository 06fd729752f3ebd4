//! What must hold for output heads whatever the numbers.

use gradlens::nn::mean_loss;
use gradlens::{
    Dataset, Dense, Error, IdentityHuber, IdentityMae, IdentityMse, Loss, Scalar, Sequential,
    SigmoidBinaryCrossEntropy, SigmoidMse, SoftmaxCrossEntropy, SoftmaxGeneralisedCrossEntropy,
    SoftmaxHuberisedCrossEntropy, SoftmaxMae, SoftmaxMse,
};
use ndarray::{Array2, array};

/// Loss, gradient and prediction.
fn all<T: Scalar>(
    head: &dyn Loss<T>,
    logits: &Array2<T>,
    targets: &Array2<T>,
) -> (f64, Array2<T>, Array2<T>) {
    let (mut gradient, mut p) = (logits.clone(), logits.clone());
    let loss = mean_loss(head, logits, targets, &mut gradient);
    head.predict(&mut p);
    (loss, gradient, p)
}

#[test]
fn softmax_does_not_change_when_all_logits_move_by_a_million() {
    let logits = array![[1.0_f32, -2.0, 0.5], [3.0, 0.0, -1.0]];
    let targets = array![[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]];
    for head in [&SoftmaxCrossEntropy::default() as &dyn Loss, &SoftmaxMse] {
        // Every logit is a multiple of 1/16, which f32 still holds at a million: so the results are
        // equal to the bit.
        assert_eq!(all(head, &logits, &targets), all(head, &logits.mapv(|z| z + 1e6), &targets), "{head:?}");
    }
}

#[test]
fn equal_logits_cost_ln_of_the_number_of_classes() {
    for classes in [2, 3, 10, 1000] {
        let logits = Array2::from_elem((4, classes), 7.5_f64);
        let mut targets = Array2::zeros((4, classes));
        targets.column_mut(1).fill(1.0);
        let (loss, _, p) = all(&SoftmaxCrossEntropy::default(), &logits, &targets);
        assert!((loss - (classes as f64).ln()).abs() < 1e-12);
        assert!(p.iter().all(|p| (p - 1.0 / classes as f64).abs() < 1e-15));
        let (loss, _, p) = all(&SigmoidBinaryCrossEntropy::default(), &(&logits * 0.0), &targets);
        assert!((loss - classes as f64 * 2.0_f64.ln()).abs() < 1e-9, "sum over outputs, mean over samples");
        assert!(p.iter().all(|&p| p == 0.5));
    }
}

fn stays_finite<T: Scalar>() {
    let logits = array![[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]].mapv(T::of);
    for targets in [array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], array![[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]] {
        let targets = targets.mapv(T::of);
        let heads: [&dyn Loss<T>; 4] = [
            &SoftmaxCrossEntropy::default(),
            &SigmoidBinaryCrossEntropy::default(),
            &SigmoidMse,
            &SoftmaxMse,
        ];
        for head in heads {
            let (loss, gradient, p) = all(head, &logits, &targets);
            assert!(loss.is_finite() && loss >= 0.0, "{head:?}: {loss}");
            assert!(gradient.iter().all(|g| g.is_finite()), "{head:?}: {gradient}");
            assert!(p.iter().all(|p| *p >= T::zero() && *p <= T::one()), "{head:?}: {p}");
        }
    }
}

#[test]
fn logits_of_ten_thousand_give_finite_losses_gradients_and_probabilities() {
    stays_finite::<f32>();
    stays_finite::<f64>();
}

fn infinite_logits<T: Scalar>() {
    let inf = f64::INFINITY;
    let plain = SigmoidBinaryCrossEntropy::default();
    let weighted = SigmoidBinaryCrossEntropy::default().pos_weight(vec![3.0]);
    // Logit, target, loss, gradient with weight 1 and with weight 3.
    for (z, t, loss, pull) in [
        (inf, 1.0, 0.0, [0.0, 0.0]),
        (-inf, 0.0, 0.0, [0.0, 0.0]),
        (inf, 0.0, inf, [1.0, 1.0]),
        (-inf, 1.0, inf, [-1.0, -3.0]),
        (inf, 0.25, inf, [0.75, 0.75]),
        (-inf, 0.25, inf, [-0.25, -0.75]),
    ] {
        for (head, pull) in [&plain, &weighted].into_iter().zip(pull) {
            let found = all::<T>(head, &array![[T::of(z)]], &array![[T::of(t)]]);
            let p = if z > 0.0 { 1.0 } else { 0.0 };
            assert_eq!(found, (loss, array![[T::of(pull)]], array![[T::of(p)]]), "{head:?}, {z}, {t}");
        }
    }
    let nan = all::<T>(&plain, &array![[T::nan()]], &array![[T::one()]]);
    assert!(nan.0.is_nan() && nan.1[[0, 0]].is_nan(), "a NaN is not hidden: {nan:?}");

    let hard = SoftmaxCrossEntropy::default();
    let (certain, right, wrong) = ([1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    for (z, t, loss, p) in [
        ([inf, 5.0, -inf], right, 0.0, certain),
        ([inf, 5.0, -inf], wrong, inf, certain),
        ([inf, -inf, -inf], [0.5, 0.5, 0.0], inf, certain),
        ([2.0, -inf, -inf], right, 0.0, certain),
        ([-inf, -inf, 2.0], right, inf, [0.0, 0.0, 1.0]),
    ] {
        let row = |numbers: [f64; 3]| array![numbers.map(T::of)];
        let found = all::<T>(&hard, &row(z), &row(t));
        assert_eq!(found, (loss, row(p) - row(t), row(p)), "{z:?}, {t:?}");
        let (loss, gradient, _) = all::<T>(&SoftmaxMse, &row(z), &row(t));
        assert!(
            loss.is_finite() && gradient.iter().all(|g| g.is_finite()),
            "{z:?}, {t:?}: {loss}, {gradient}"
        );
    }
    for nothing in [[inf, inf, 0.0], [-inf, -inf, -inf], [f64::NAN, 0.0, inf]] {
        let (loss, ..) = all::<T>(&hard, &array![nothing.map(T::of)], &array![right.map(T::of)]);
        assert!(loss.is_nan(), "{nothing:?} says nothing, but costs {loss}");
    }
}

#[test]
fn infinite_logits_are_certain_and_cost_nothing_where_they_are_right() {
    infinite_logits::<f32>();
    infinite_logits::<f64>();
}

#[test]
fn the_loss_of_a_logit_wrong_by_ten_thousand_is_ten_thousand() {
    let targets = array![[0.0_f32, 1.0]];
    let (loss, ..) = all(&SoftmaxCrossEntropy::default(), &array![[1e4, 0.0]], &targets);
    assert_eq!(loss, 1e4);
    let (loss, ..) = all(&SigmoidBinaryCrossEntropy::default(), &array![[-30.0, -1e4]], &targets);
    assert_eq!(loss, 1e4);
}

#[test]
fn small_losses_of_confident_and_right_answers_keep_their_digits() {
    // -ln s(20) = ln(1 + exp(-20)): in f32, s(20) is 1 and its logarithm would be 0.
    let exact = (-20.0_f64).exp().ln_1p();
    let (loss, ..) = all(&SigmoidBinaryCrossEntropy::default(), &array![[20.0_f32]], &array![[1.0]]);
    assert!((loss / exact - 1.0).abs() < 1e-6, "{loss} is not {exact}");
    let (loss, ..) = all(&SigmoidBinaryCrossEntropy::default(), &array![[-20.0_f32]], &array![[0.0]]);
    assert!((loss / exact - 1.0).abs() < 1e-6, "{loss} is not {exact}");
}

#[test]
fn softmax_over_two_classes_is_the_sigmoid_of_the_difference() {
    for (a, b) in [(0.3_f64, -1.7), (8.0, 8.0), (-40.0, 3.0), (700.0, -700.0)] {
        for t in [0.0, 0.25, 1.0] {
            let (loss, gradient, p) =
                all(&SoftmaxCrossEntropy::default(), &array![[a, b]], &array![[1.0 - t, t]]);
            let (loss1, gradient1, p1) =
                all(&SigmoidBinaryCrossEntropy::default(), &array![[b - a]], &array![[t]]);
            assert!((loss - loss1).abs() <= 1e-12 * loss.abs().max(1.0), "{loss} is not {loss1}");
            assert!((p[[0, 1]] - p1[[0, 0]]).abs() < 1e-15);
            assert!((gradient[[0, 1]] - gradient1[[0, 0]]).abs() < 1e-15);
            assert!((gradient[[0, 0]] + gradient1[[0, 0]]).abs() < 1e-15);
        }
    }
}

#[test]
fn a_logit_wrong_by_ten_is_pulled_back_by_the_matched_heads_and_not_by_the_squared_error() {
    // The numbers of Goodfellow, Bengio and Courville, section 6.2.2, worked out: for the softmax
    // heads the norm over both logits.
    let norm = |g: &Array2<f64>| g.iter().map(|g| g * g).sum::<f64>().sqrt();
    let sigmoid = |head: &dyn Loss<f64>| norm(&all(head, &array![[10.0]], &array![[0.0]]).1);
    assert!((sigmoid(&SigmoidMse) - 4.5e-5).abs() < 1e-6);
    assert!((sigmoid(&SigmoidBinaryCrossEntropy::default()) - 0.99995).abs() < 1e-5);
    let ten = |head: &dyn Loss<f64>| {
        let (mut z, mut t) = (Array2::zeros((1, 10)), Array2::zeros((1, 10)));
        (z[[0, 0]], t[[0, 1]]) = (10.0, 1.0);
        norm(&all(head, &z, &t).1)
    };
    assert!((ten(&SoftmaxCrossEntropy::default()) - 1.414).abs() < 1e-3);
    assert!((ten(&SoftmaxMse) - 4.8e-4).abs() < 5e-7, "{}", ten(&SoftmaxMse));
}

#[test]
fn at_zero_logits_the_gradient_norms_of_ten_outputs_are_those_of_sums_and_not_of_means() {
    let mut target = Array2::<f64>::zeros((1, 10));
    target[[0, 3]] = 1.0;
    let norm =
        |head: &dyn Loss<f64>| all(head, &Array2::zeros((1, 10)), &target).1.mapv(|g| g * g).sum().sqrt();
    assert!((norm(&SoftmaxCrossEntropy::default()) - 0.949).abs() < 5e-4);
    assert!((norm(&SigmoidBinaryCrossEntropy::default()) - 1.581).abs() < 5e-4);
}

/// The error that a network with this head gives for these targets.
fn refusal(head: impl Loss + 'static, targets: Array2<f32>) -> String {
    let data = Dataset::new(Array2::zeros((targets.nrows(), 2)), targets.clone()).unwrap();
    let net = Sequential::input(2).layer(Dense::new(targets.ncols())).head(head).build().unwrap();
    let error = net.check(&data).unwrap_err();
    assert!(matches!(error, Error::Target { row: 1, .. }), "{error:?}");
    error.to_string()
}

#[test]
fn a_target_that_does_not_fit_its_head_is_refused_by_row() {
    let error = refusal(SoftmaxCrossEntropy::default(), array![[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]);
    assert!(
        error.contains("row 1") && error.contains("sums to 2") && error.contains("sigmoid head"),
        "{error}"
    );
    let error = refusal(SoftmaxCrossEntropy::default(), array![[1.0, 0.0], [1.5, -0.5]]);
    assert!(error.contains("1.5 in column 0"), "{error}");
    let error = refusal(SoftmaxMse, array![[1.0, 0.0], [0.0, 0.0]]);
    assert!(error.contains("sums to 0"), "{error}");
    let error = refusal(SigmoidBinaryCrossEntropy::default(), array![[1.0, 1.0], [0.0, 1.01]]);
    assert!(error.contains("1.01 in column 1") && error.contains("between 0 and 1"), "{error}");
    let error = refusal(SigmoidMse, array![[1.0], [f32::NAN]]);
    assert!(error.contains("NaN"), "{error}");
    let error = refusal(IdentityMse, array![[1.0], [f32::INFINITY]]);
    assert!(error.contains("finite"), "{error}");
}

#[test]
fn a_class_past_the_last_is_refused_by_row() {
    let error = Dataset::classes(Array2::<f32>::zeros((3, 2)), vec![0, 1, 10], 10).unwrap_err().to_string();
    assert!(error.contains("row 2") && error.contains("class 10") && error.contains("below 10"), "{error}");
}

#[test]
fn settings_of_a_head_that_do_not_fit_are_refused_when_the_network_is_built() {
    let build = |head: Box<dyn Loss>| Sequential::input(2).layer(Dense::new(3)).head(head).build();
    let weights = |n| vec![1.0; n];
    let wrong: [Box<dyn Loss>; 8] = [
        Box::new(SoftmaxCrossEntropy::default().class_weights(weights(2))),
        Box::new(SoftmaxCrossEntropy::default().class_weights(vec![1.0, -1.0, 1.0])),
        Box::new(SoftmaxCrossEntropy::default().label_smoothing(1.0)),
        Box::new(SoftmaxGeneralisedCrossEntropy::default().q(0.0)),
        Box::new(SoftmaxGeneralisedCrossEntropy::default().q(1.1)),
        Box::new(SoftmaxHuberisedCrossEntropy::default().tau(1.0)),
        Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(weights(4))),
        Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(vec![1.0, f64::NAN, 1.0])),
    ];
    for head in wrong {
        let text = format!("{head:?}");
        assert!(matches!(build(head), Err(Error::Setting { .. })), "{text}");
    }
}

#[test]
fn a_softmax_of_one_output_is_refused_when_the_network_is_built() {
    let build = |head: Box<dyn Loss>| Sequential::input(2).layer(Dense::new(1)).head(head).build();
    for name in ["softmax", "softmax:0.1", "softmax-mse", "softmax-mae", "softmax-gce", "softmax-huberised"] {
        let error = build(gradlens::nn::head(name).unwrap()).unwrap_err().to_string();
        assert!(
            error.starts_with("the number of outputs under a softmax is 1, but must be at least 2"),
            "{error}"
        );
        assert!(error.contains("sigmoid head") && error.contains("an output for each class"), "{error}");
    }
    for name in ["sigmoid", "sigmoid-mse", "identity-mse"] {
        assert!(build(gradlens::nn::head(name).unwrap()).is_ok(), "{name}");
    }
}

/// The mean loss of an output that is the same for every sample.
fn loss_of_constant(head: &dyn Loss<f64>, logits: &[f64], targets: &Array2<f64>) -> f64 {
    let constant = Array2::from_shape_fn(targets.dim(), |(_, k)| logits[k]);
    mean_loss(head, &constant, targets, &mut Array2::zeros(targets.dim()))
}

#[test]
fn no_constant_output_is_better_than_the_best() {
    // An even number of targets, outliers, ties.
    let numbers = array![[0.0, 5.0], [1.0, 5.0], [1.5, 5.0], [4.0, -2.0], [100.0, 5.0], [3.0, 6.0]];
    let distributions = array![[1.0, 0.0], [0.0, 1.0], [0.25, 0.75], [0.0, 1.0]];
    // Frequencies of 0.55 and 0.45, of 0.6 and 0.4, of 0.34, 0.33 and 0.33: at the edge of what is worth its cost.
    let even = array![[0.55, 0.45]];
    let uneven = array![[0.6, 0.4]];
    let three = array![[0.34, 0.33, 0.33]];
    type Case<'a> = (Box<dyn Loss<f64>>, &'a Array2<f64>);
    let heads: [Case; 18] = [
        (Box::new(IdentityMse), &numbers),
        (Box::new(IdentityMae), &numbers),
        (Box::new(IdentityHuber::default()), &numbers),
        (Box::new(IdentityHuber::default().delta(0.01)), &numbers),
        (Box::new(IdentityHuber::default().delta(50.0)), &numbers),
        (Box::new(SoftmaxCrossEntropy::default().class_weights(vec![3.0, 1.0])), &distributions),
        (Box::new(SigmoidBinaryCrossEntropy::default().pos_weight(vec![3.0, 1.0])), &distributions),
        (Box::new(SigmoidMse), &distributions),
        (Box::new(SoftmaxMse), &distributions),
        (Box::new(SoftmaxMae), &distributions),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default()), &distributions),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default().q(1.0)), &distributions),
        (Box::new(SoftmaxHuberisedCrossEntropy::default()), &distributions),
        (Box::new(SoftmaxHuberisedCrossEntropy::default().tau(2.0)), &distributions),
        (Box::new(SoftmaxHuberisedCrossEntropy::default().tau(1.5)), &even),
        (Box::new(SoftmaxHuberisedCrossEntropy::default().tau(2.0)), &uneven),
        (Box::new(SoftmaxHuberisedCrossEntropy::default().tau(2.0)), &three),
        (Box::new(SoftmaxGeneralisedCrossEntropy::default().q(1e-8)), &three),
    ];
    for (head, targets) in heads {
        let best = head.best_constant(targets);
        let least = loss_of_constant(&*head, &best, targets);
        for k in 0..2 {
            for step in [-10.0, -1.0, -0.1, -1e-3, 1e-3, 0.1, 1.0, 10.0] {
                let mut other = best.clone();
                other[k] += step;
                let loss = loss_of_constant(&*head, &other, targets);
                assert!(loss >= least - 1e-12, "{head:?}: {other:?} costs {loss}, {best:?} {least}");
            }
        }
    }
    assert_eq!(IdentityMae.best_constant(&numbers), [2.25, 5.0], "the median");
    // Within 1 of their best constant the errors are squared, beyond they count as 1 or -1: by hand, with m between 2
    // and 2.5 for 1.5 (m - 1.5), 0 and 1 (+1 each), and 3 (m - 3), 4 and 100 (-1 each): 2 m = 4.5.
    let [huber, _] = IdentityHuber::default().best_constant(&numbers)[..] else { panic!("two outputs") };
    assert!((huber - 2.25).abs() < 1e-12, "{huber}");
}

fn robust_heads<T: Scalar>() {
    let (z, t) = (array![[3.0, 0.5, -2.0, 0.0]].mapv(T::of), array![[0.0, 0.0, 0.0, 0.0]].mapv(T::of));
    let (loss, gradient, p) = all(&IdentityMae, &z, &t);
    assert_eq!((loss, gradient, &p), (5.5, array![[1.0, 1.0, -1.0, 0.0]].mapv(T::of), &z));
    let (loss, gradient, p) = all(&IdentityHuber::default(), &z, &t);
    assert_eq!((loss, gradient, &p), (2.5 + 0.125 + 1.5, array![[1.0, 0.5, -1.0, 0.0]].mapv(T::of), &z));
    let (loss, gradient, _) = all(&IdentityHuber::default().delta(2.5), &z, &t);
    assert_eq!((loss, gradient), (4.375 + 0.125 + 2.0, array![[2.5, 0.5, -2.0, 0.0]].mapv(T::of)));
    for head in [&IdentityMae as &dyn Loss<T>, &IdentityHuber::default()] {
        let (loss, gradient, _) = all(head, &array![[T::nan()]], &array![[T::zero()]]);
        assert!(loss.is_nan() && gradient[[0, 0]].is_nan(), "{head:?} hides NaN");
        let (loss, gradient, _) = all(head, &array![[-T::infinity()]], &array![[T::zero()]]);
        assert_eq!((loss, gradient), (f64::INFINITY, array![[-T::one()]]), "{head:?}");
    }
}

#[test]
fn regression_heads_pull_on_an_outlier_no_harder_than_on_others() {
    robust_heads::<f32>();
    robust_heads::<f64>();
    let named = |name: &str| gradlens::nn::head::<f32>(name).unwrap().name();
    assert_eq!(named("identity-mae"), "identity + absolute error");
    assert_eq!(named("identity-huber"), "identity + Huber's loss, delta 1");
    assert_eq!(named("identity-huber:2.5"), "identity + Huber's loss, delta 2.5");
    for delta in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        let head = IdentityHuber::default().delta(delta);
        let error = Sequential::input(2).layer(Dense::new(1)).head(head).build().unwrap_err().to_string();
        assert_eq!(error, format!("the delta of Huber's loss is {delta}, but must be finite and above 0"));
    }
}
