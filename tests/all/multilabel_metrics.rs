//! Multi-label metrics: the same numbers as scikit-learn (see `golden/multilabel.py`, which made
//! them), what must hold whatever the data, and thresholds against trying all of them.

use gradlens::metrics::{
    LabelScores, MultiLabel, ThresholdMetric, best_thresholds, mean_absolute_error, one_against_rest, sigmoid,
};
use gradlens::{Loss, SoftmaxCrossEntropy};
use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| if v.is_null() { f64::NAN } else { v.as_f64().unwrap() };
    value.as_array().unwrap().iter().map(number).collect()
}

fn matrix(case: &Value, key: &str) -> Array2<f64> {
    let (numbers, columns) = (numbers(&case[key]), case["columns"].as_u64().unwrap() as usize);
    Array2::from_shape_vec((numbers.len() / columns, columns), numbers).unwrap()
}

#[track_caller]
fn assert_close(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let same = (ours - theirs).abs() <= 1e-9 || (ours.is_nan() && theirs.is_nan());
        assert!(same, "{what}: {ours}, scikit-learn has {theirs}");
    }
}

/// A metric of one label and its name.
type OfLabel = (&'static str, fn(&LabelScores) -> f64);

#[test]
fn every_metric_equals_scikit_learns() {
    let golden: Value = serde_json::from_str(include_str!("../golden/multilabel.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 69);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let (p, y) = (matrix(case, "probabilities"), matrix(case, "truth"));
        let scores = MultiLabel::new(&p, &y, &numbers(&case["thresholds"]));

        let ours: BTreeMap<&str, f64> = scores.metrics().into_iter().collect();
        let theirs = case["metrics"].as_object().unwrap();
        assert!(ours.keys().eq(theirs.keys()), "{name}: {ours:?}");
        for (metric, theirs) in theirs {
            let theirs = theirs.as_f64().unwrap_or(f64::NAN);
            assert_close(&format!("{metric} of {name}"), &[ours[metric.as_str()]], &[theirs]);
        }

        let of_labels: [OfLabel; 10] = [
            ("precision", |label| label.precision),
            ("recall", |label| label.recall),
            ("f1", |label| label.f1),
            ("support", |label| label.support as f64),
            ("predicted", |label| label.predicted as f64),
            ("roc_auc", |label| label.roc_auc),
            ("average_precision", |label| label.average_precision),
            ("log_loss", |label| label.log_loss),
            ("brier", |label| label.brier),
            ("ece", |label| label.ece),
        ];
        assert_eq!(case["labels"].as_object().unwrap().len(), of_labels.len());
        for (metric, ours) in of_labels {
            let ours: Vec<f64> = scores.labels.iter().map(ours).collect();
            assert_close(&format!("labels' {metric} of {name}"), &ours, &numbers(&case["labels"][metric]));
        }

        let others = [
            ("mean_absolute_error", mean_absolute_error(&p, &matrix(case, "marginals"))),
            ("output_sum_mean", scores.output_sum_mean),
            ("output_sum_std", scores.output_sum_std),
        ];
        assert_eq!(case["other"].as_object().unwrap().len(), others.len());
        for (metric, ours) in others {
            let theirs = case["other"][metric].as_f64().unwrap();
            assert_close(&format!("{metric} of {name}"), &[ours], &[theirs]);
        }
    }
}

#[test]
fn a_prediction_that_is_not_a_number_ranks_last_and_is_never_made() {
    let p = array![[f64::NAN, 0.9], [0.2, 0.1], [0.7, 0.4]];
    let y = array![[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]];
    let scores = MultiLabel::new(&p, &y, &[0.5, 0.5]);
    let label = &scores.labels[0];
    assert_eq!((label.predicted, label.recall, label.roc_auc), (1, 0.0, 0.0));
    assert_eq!(scores.coverage_error, (2.0 + 1.0 + 0.0) / 3.0);
    assert_eq!(scores.one_error, 2.0 / 3.0);
    assert!(scores.log_loss.is_nan() && scores.brier.is_nan() && scores.ece.is_nan());
    assert_eq!(best_thresholds(&p, &y, ThresholdMetric::F1), [0.1, 0.65]);
    let nothing = array![[f64::NAN], [f64::NAN]];
    assert_eq!(best_thresholds(&nothing, &array![[1.0], [0.0]], ThresholdMetric::Hamming), [0.5]);
}

#[test]
fn the_calibration_error_of_a_probability_on_an_edge_is_the_same_in_both_scalars() {
    // 0.2 closes the third of fifteen bins, in which 0.15 is too: |0.175 - 0.5|.
    let (p, y) = (array![[0.2], [0.15]], array![[1.0], [0.0]]);
    let narrow = MultiLabel::new(&p.mapv(|p| p as f32), &y.mapv(|y| y as f32), &[0.5]);
    for ece in [MultiLabel::new(&p, &y, &[0.5]).ece, narrow.ece] {
        assert!((ece - 0.325).abs() < 1e-7, "{ece}");
    }
}

#[test]
fn the_log_loss_of_logits_is_how_far_they_are_wrong() {
    for (z, y, log_loss) in [
        (17.0_f32, 0.0, 17.0),
        (-1000.0, 1.0, 1000.0),
        (1000.0, 1.0, 0.0),
        (f32::INFINITY, 1.0, 0.0),
        (f32::NEG_INFINITY, 1.0, f64::INFINITY),
    ] {
        let scores = MultiLabel::from_logits(&array![[z]], &array![[y]], &[0.5]);
        let close = |found: f64| found == log_loss || (found - log_loss).abs() < 1e-6;
        assert!(close(scores.log_loss) && close(scores.labels[0].log_loss), "{z}: {}", scores.log_loss);
    }
    // Both probabilities are 1 in f32, and in f64.
    let scores = MultiLabel::from_logits(&array![[50.0_f32], [60.0]], &array![[0.0], [1.0]], &[0.5]);
    assert_eq!((scores.roc_auc_macro, scores.labels[0].average_precision), (1.0, 1.0));
}

#[test]
fn logits_of_a_softmax_against_all_others_have_its_probabilities() {
    let logits = array![[1.0, -2.0, 0.5], [30.0, 29.0, -30.0], [3.0, 3.0, 3.0], [-800.0, 0.0, 800.0]];
    let mut p = logits.clone();
    SoftmaxCrossEntropy::default().predict(&mut p);
    let found = sigmoid(&one_against_rest(&logits));
    assert!((&found - &p).iter().all(|d| d.abs() < 1e-15), "{found} and {p}");
    assert_eq!(one_against_rest(&logits)[[3, 0]], -1600.0);
    // Of two classes it is the difference, however large.
    assert_eq!(one_against_rest(&array![[1e4_f32, -1e4]]), array![[2e4, -2e4]]);
}

#[test]
fn of_no_samples_means_over_samples_are_not_numbers() {
    let none = Array2::<f64>::zeros((0, 2));
    let scores = MultiLabel::new(&none, &none, &[0.5, 0.5]);
    assert!(scores.hamming_loss.is_nan() && scores.coverage_error.is_nan() && scores.ece.is_nan());
    assert_eq!(best_thresholds(&none, &none, ThresholdMetric::F1), [0.5, 0.5]);
}

#[test]
fn a_threshold_can_predict_all_and_none_when_probabilities_touch_the_ends() {
    let p = array![[0.0], [1.0], [1.0]];
    assert_eq!(best_thresholds(&p, &array![[1.0], [1.0], [1.0]], ThresholdMetric::F1), [0.0]);
    assert_eq!(
        best_thresholds(&p, &array![[1.0], [0.0], [0.0]], ThresholdMetric::Hamming),
        [1.0_f64.next_up()]
    );
}

#[test]
fn a_midpoint_that_rounds_down_still_separates_its_neighbours() {
    let low = 0.75_f64;
    let p = array![[low], [low.next_up()]];
    assert_eq!(best_thresholds(&p, &array![[0.0], [1.0]], ThresholdMetric::Hamming), [low.next_up()]);
}

#[test]
fn what_thresholds_are_tuned_for_has_a_name() {
    for tuned in [ThresholdMetric::F1, ThresholdMetric::Hamming, ThresholdMetric::Balanced] {
        assert_eq!(tuned.to_string().parse::<ThresholdMetric>().unwrap(), tuned);
    }
    assert_eq!(
        "auc".parse::<ThresholdMetric>().unwrap_err().to_string(),
        r#"the metric that thresholds are tuned for is "auc", but must be f1, hamming or balanced"#
    );
}

/// Probabilities that are multiples of 1/`steps`, so with many ties for few steps, and labels.
fn data() -> impl Strategy<Value = (Array2<f64>, Array2<f64>)> {
    let steps = prop_oneof![Just(1_u32), Just(4), Just(10), Just(1024)];
    (1_usize..30, 1_usize..6, steps).prop_flat_map(|(samples, labels, steps)| {
        let cell = (0..=steps, any::<bool>());
        prop::collection::vec(cell, samples * labels).prop_map(move |cells| {
            let shape = (samples, labels);
            let p = cells.iter().map(|&(p, _)| f64::from(p) / f64::from(steps)).collect();
            let y = cells.iter().map(|&(_, y)| f64::from(u8::from(y))).collect();
            (Array2::from_shape_vec(shape, p).unwrap(), Array2::from_shape_vec(shape, y).unwrap())
        })
    })
}

fn half(p: &Array2<f64>) -> Vec<f64> {
    vec![0.5; p.ncols()]
}

/// The metrics that depend on the order of scores alone.
fn of_ranks(scores: &MultiLabel) -> Vec<f64> {
    let mut metrics = vec![
        scores.average_precision_micro,
        scores.label_ranking_average_precision,
        scores.coverage_error,
        scores.label_ranking_loss,
        scores.one_error,
    ];
    metrics.extend(scores.labels.iter().flat_map(|label| [label.roc_auc, label.average_precision]));
    metrics
}

proptest! {
    #[test]
    fn metrics_keep_to_their_ranges((p, y) in data()) {
        let scores = MultiLabel::new(&p, &y, &half(&p));
        for (name, value) in scores.metrics() {
            let most = match name {
                "coverage_error" => p.ncols() as f64,
                "log_loss" => 36.05,
                _ => 1.0,
            };
            let undefined = name == "roc_auc_macro" && value.is_nan();
            prop_assert!(undefined || (0.0..=most + 1e-12).contains(&value), "{} is {}", name, value);
        }
        for label in &scores.labels {
            prop_assert_eq!(label.bins.len(), 15);
            prop_assert_eq!(label.bins.iter().map(|bin| bin.count).sum::<usize>(), p.nrows());
            let shares = label.bins.iter().map(|bin| bin.count as f64 * bin.accuracy).sum::<f64>();
            prop_assert!((shares - label.support as f64).abs() < 1e-9);
        }
    }

    #[test]
    fn the_order_of_samples_does_not_matter((p, y) in data(), turn in 0_usize..30) {
        let rows: Vec<usize> = (0..p.nrows()).map(|row| (row + turn) % p.nrows()).rev().collect();
        let (q, z) = (p.select(Axis(0), &rows), y.select(Axis(0), &rows));
        let scores = MultiLabel::new(&p, &y, &half(&p));
        let turned = MultiLabel::new(&q, &z, &half(&p));
        for ((name, before), (_, after)) in scores.metrics().iter().zip(turned.metrics()) {
            let same = (before - after).abs() < 1e-9 || (before.is_nan() && after.is_nan());
            prop_assert!(same, "{} is {} and {}", name, before, after);
        }
        for tuned in [ThresholdMetric::F1, ThresholdMetric::Hamming, ThresholdMetric::Balanced] {
            prop_assert_eq!(best_thresholds(&p, &y, tuned), best_thresholds(&q, &z, tuned));
        }
    }

    #[test]
    fn ranks_do_not_change_when_scores_rise_together((p, y) in data()) {
        // Scores are multiples of 1/1024 or coarser: their cubes and quotients stay distinct.
        let maps: [fn(f64) -> f64; 3] = [|p| p.powi(3), |p| p / (1.0 + p), |p| 8.0 * p - 100.0];
        let bits = |scores: MultiLabel| of_ranks(&scores).into_iter().map(f64::to_bits).collect::<Vec<_>>();
        let before = bits(MultiLabel::new(&p, &y, &half(&p)));
        for map in maps {
            prop_assert_eq!(&bits(MultiLabel::new(&p.mapv(map), &y, &half(&p))), &before);
        }
    }

    #[test]
    fn logits_score_as_their_probabilities_do((p, y) in data()) {
        let logits = p.mapv(|p| 8.0 * p - 3.0);
        let (from, of) = (MultiLabel::from_logits(&logits, &y, &half(&p)), MultiLabel::new(&sigmoid(&logits), &y, &half(&p)));
        for ((name, from), (_, of)) in from.metrics().iter().zip(of.metrics()) {
            prop_assert!((from - of).abs() < 1e-12 || (from.is_nan() && of.is_nan()), "{} is {} and {}", name, from, of);
        }
    }

    #[test]
    fn f32_scores_as_f64_does((p, y) in data()) {
        let p = p.mapv(|p| (p * 1024.0).round() / 1024.0);
        let narrow = MultiLabel::new(&p.mapv(|p| p as f32), &y.mapv(|y| y as f32), &half(&p));
        let bits = |scores: MultiLabel| scores.metrics().into_iter().map(|(_, v)| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(narrow), bits(MultiLabel::new(&p, &y, &half(&p))));
    }

    #[test]
    fn roc_auc_is_the_share_of_pairs_in_order((p, y) in data()) {
        let scores = MultiLabel::new(&p, &y, &half(&p));
        for (label, (p, y)) in scores.labels.iter().zip(p.columns().into_iter().zip(y.columns())) {
            let (mut right, mut pairs) = (0.0, 0.0);
            for (own, _) in p.iter().zip(y).filter(|(_, y)| **y == 1.0) {
                for (other, _) in p.iter().zip(y).filter(|(_, y)| **y == 0.0) {
                    right += if own > other { 1.0 } else if own == other { 0.5 } else { 0.0 };
                    pairs += 1.0;
                }
            }
            let expected = right / pairs;
            prop_assert!((label.roc_auc - expected).abs() < 1e-12 || (label.roc_auc.is_nan() && pairs == 0.0));
        }
    }

    #[test]
    fn no_threshold_is_better_than_the_best((p, y) in data()) {
        for tuned in [ThresholdMetric::F1, ThresholdMetric::Hamming, ThresholdMetric::Balanced] {
            let thresholds = best_thresholds(&p, &y, tuned);
            for ((p, y), best) in p.columns().into_iter().zip(y.columns()).zip(thresholds) {
                let decided: Vec<(f64, bool)> = p.iter().zip(y).map(|(&p, &y)| (p, y == 1.0)).collect();
                prop_assert_eq!(best, brute_force(&decided, tuned), "{} of {:?}", tuned, decided);
            }
        }
    }
}

/// The best of all candidates, each scored by looking at every sample.
fn brute_force(decided: &[(f64, bool)], tuned: ThresholdMetric) -> f64 {
    let support = decided.iter().filter(|(_, y)| *y).count() as i64;
    if support == 0 {
        return 0.5;
    }
    let mut ends: Vec<f64> = decided.iter().map(|&(p, _)| p).chain([0.0, 1.0]).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let mut candidates: Vec<f64> = ends.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
    if decided.iter().any(|&(p, _)| p == 0.0) {
        candidates.push(0.0);
    }
    if decided.iter().any(|&(p, _)| p == 1.0) {
        candidates.push(1.0 + f64::EPSILON);
    }
    let value = |threshold: f64| {
        let count = |truth| decided.iter().filter(|&&(p, y)| p >= threshold && y == truth).count() as i64;
        let (tp, fp, others) = (count(true), count(false), decided.len() as i64 - support);
        // Numerator and denominator: fractions are compared exactly.
        match tuned {
            ThresholdMetric::F1 => (2 * tp, tp + fp + support),
            ThresholdMetric::Hamming => (tp + others - fp, decided.len() as i64),
            ThresholdMetric::Balanced => (tp * others - fp * support, (support * others).max(1)),
            other => panic!("{other} is not compared"),
        }
    };
    candidates.sort_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()).then(b.total_cmp(a)));
    let better = |best: f64, next: f64| {
        let ((a, b), (c, d)) = (value(best), value(next));
        if c * b > a * d { next } else { best }
    };
    candidates.iter().copied().reduce(better).unwrap()
}
