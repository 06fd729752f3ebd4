//! Verdicts, what they rest on, and what is left behind.

use super::*;

#[test]
fn every_layer_has_a_verdict_with_its_evidence() {
    let data = classes::<f32>(128, 6, 3, 2);
    let dense = |bias| Dense::new(8).bias_init(Init::Constant(bias));
    let mut net = Sequential::input(6)
        .layer(dense(0.0))
        .layer(Relu)
        .layer(dense(-50.0))
        .layer(Relu)
        .layer(Dense::new(3))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let mut report = Diagnostics::new().probe(data.clone());
    Trainer::new(Sgd::default())
        .epochs(4)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data)
        .unwrap();
    let diagnosis = report.diagnosis();
    assert_eq!((diagnosis.verdict.illness, &diagnosis.verdict.layers), (Illness::DeadUnits, &vec![2]));
    let finding = &diagnosis.verdict.evidence[0];
    assert_eq!(
        (finding.quantity, finding.layer, finding.value, finding.limit),
        ("dead_share", Some(2), 1.0, Some(0.7))
    );
    let illnesses: Vec<Illness> = diagnosis.layers.iter().map(|layer| layer.illness).collect();
    assert_eq!(illnesses[1], Illness::DeadUnits);
    assert_eq!((illnesses.len(), illnesses[2]), (3, Illness::Healthy));
    assert_eq!(diagnosis.layers[1].evidence, diagnosis.verdict.evidence);
    // Counted as PyTorch does: the second Dense stands behind a Dense and an activation.
    assert_eq!((diagnosis.layers[1].layer, diagnosis.layers[1].name.as_str()), (2, "2 Dense"));
    assert!(report.table(0).lines().nth(2).unwrap().contains("dead-units"), "{}", report.table(0));
}

#[test]
fn thresholds_are_those_that_were_set() {
    let data = classes::<f32>(64, 6, 3, 2);
    let run = |thresholds: Thresholds| {
        let mut net = Sequential::input(6).layer(Dense::new(9)).layer(Tanh).layer(Dense::new(9)).layer(Tanh);
        net = net.layer(Dense::new(3));
        let mut net = net.head(SoftmaxCrossEntropy::default()).build().unwrap();
        let mut report = Diagnostics::new().thresholds(thresholds);
        let trainer = Trainer::new(Sgd::default()).epochs(4).batch(64);
        trainer.observe(powers_of_two(), &mut report).fit(&mut net, &data).unwrap();
        report
    };
    // Four steps learn nothing yet, which is another verdict.
    assert_eq!(run(Thresholds::default()).diagnosis().verdict.illness, Illness::Undertrained);
    let usual = Thresholds::default().with(|limits| limits.better = f64::INFINITY);
    let illness = |thresholds| run(thresholds).diagnosis().verdict.illness;
    assert_eq!(illness(usual), Illness::Healthy);
    assert_eq!(illness(usual.with(|limits| limits.exploding = 0.1)), Illness::Exploding);
    assert_eq!(illness(usual.with(|limits| limits.input_low = 2.0)), Illness::InputScale);
    assert_eq!(illness(usual.with(|limits| limits.saturated = 0.0)), Illness::Saturated);
    assert_eq!(
        illness(usual.with(|limits| {
            limits.update_low = 0.0;
            limits.moved = 1.0
        })),
        Illness::RateTooLow
    );
    let flat = run(usual.with(|limits| limits.flat = 1.1));
    assert_eq!(flat.snapshots()[0].layers[0].saturated_share, 1.0);
}

#[test]
fn the_first_steps_of_every_epoch_are_those_that_are_observed() {
    let data = classes::<f32>(40, 4, 2, 3);
    let mut net =
        Sequential::input(4).layer(Dense::new(2)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut report = Diagnostics::new();
    let trainer = Trainer::new(Sgd::default()).epochs(3).batch(10);
    trainer.observe(first_of_epochs(2, 4), &mut report).fit(&mut net, &data).unwrap();
    let seen: Vec<(usize, u64)> =
        report.snapshots().iter().map(|snapshot| (snapshot.epoch, snapshot.step)).collect();
    assert_eq!(seen, [(1, 1), (1, 2), (2, 5), (2, 6), (3, 9), (3, 10)]);
    assert_eq!(report.epochs().iter().map(|epoch| epoch.step).collect::<Vec<_>>(), [4, 8, 12]);
}

#[test]
fn a_batch_of_few_samples_calls_no_unit_dead() {
    let data = classes::<f32>(4, 6, 2, 3);
    let mut net = Sequential::input(6)
        .layer(Dense::new(8).bias_init(Init::Constant(-50.0)))
        .layer(Relu)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let mut report = Diagnostics::new();
    Trainer::new(Sgd::default())
        .epochs(1)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data)
        .unwrap();
    let diagnosis = report.diagnosis();
    assert_eq!(diagnosis.verdict.illness, Illness::NotJudged);
    assert!(diagnosis.verdict.cause.contains("4 samples are too few"), "{diagnosis}");
}

#[test]
fn softplus_far_on_its_flat_side_is_dead() {
    let data = classes::<f32>(32, 6, 2, 3);
    let mut net = Sequential::input(6)
        .layer(Dense::new(8).bias_init(Init::Constant(-30.0)))
        .layer(gradlens::Softplus)
        .layer(Dense::new(2))
        .head(SoftmaxCrossEntropy::default())
        .build()
        .unwrap();
    let snapshot = first_snapshot(&mut net, &data, false);
    assert_eq!((snapshot.layers[0].dead_share, snapshot.layers[0].one_sided), (1.0, true));
}

#[test]
fn the_plateau_of_a_regression_is_the_variance_of_its_targets() {
    let targets = Array2::from_shape_fn((40, 1), |(i, _)| 50.0 + i as f64);
    let data = Dataset::new(noise(40, 3, 1), targets).unwrap();
    let mut net = Builder::<f64>::new(3).layer(Dense::new(1)).head(gradlens::IdentityMse).build().unwrap();
    // Half the variance of 0, 1, ..., 39.
    near("plateau", first_snapshot(&mut net, &data, false).head.plateau, 0.5 * (40.0 * 40.0 - 1.0) / 12.0);
}

#[test]
fn steps_that_are_not_observed_leave_no_trace_and_observation_changes_no_bit() {
    let data = classes::<f32>(64, 6, 3, 7);
    let run = |observed: bool| {
        let mut net = Sequential::input(6)
            .layer(Dense::new(5))
            .layer(Tanh)
            .layer(Dense::new(3))
            .head(SoftmaxCrossEntropy::default())
            .build()
            .unwrap();
        let mut diagnostics = Diagnostics::new().probe(data.clone());
        let mut trainer = Trainer::new(Adam::default()).epochs(4).batch(8);
        if observed {
            trainer = trainer.observe(powers_of_two(), &mut diagnostics);
        }
        trainer.fit(&mut net, &data).unwrap();
        let steps: Vec<u64> = diagnostics.snapshots().iter().map(|snapshot| snapshot.step).collect();
        (net.params().to_vec(), steps)
    };
    assert_eq!(run(true).0, run(false).0);
    assert_eq!(run(true).1, [1, 2, 4, 8, 16, 32]);
}

#[test]
fn a_schedule_that_never_fires_and_a_network_of_one_layer_are_sensible() {
    let data = classes::<f32>(12, 4, 3, 8);
    let mut net =
        Sequential::input(4).layer(Dense::new(3)).head(SoftmaxCrossEntropy::default()).build().unwrap();
    let mut silent = Diagnostics::new();
    let mut seen = Diagnostics::new();
    let trainer = Trainer::new(Sgd::default()).epochs(3).observe(|_| false, &mut silent);
    trainer.observe(powers_of_two(), &mut seen).fit(&mut net, &data).unwrap();
    let nothing = silent.diagnosis();
    assert_eq!(nothing.verdict.severity, Severity::None);
    assert!(nothing.verdict.cause.contains("no step was observed"), "{nothing}");
    assert!(silent.to_html().contains("no step was observed") && silent.table(0).is_empty());
    assert_eq!(seen.diagnosis().verdict.illness, Illness::NotJudged);
    assert!(!seen.diagnosis().verdict.illness.is_sick());
    assert_eq!((seen.snapshots()[0].hidden().len(), seen.snapshots()[0].profile()), (0, None));
    assert_eq!(seen.table(0).lines().count(), 2);
}

#[test]
fn reports_are_written_whole_and_a_place_that_cannot_be_written_is_named() {
    let data = classes::<f32>(32, 6, 3, 9);
    let mut net = deep("tanh", Init::GlorotUniform, (6, 3), SoftmaxCrossEntropy::default(), 1);
    let data10 = Dataset::classes(data.inputs(), vec![0; 32], 10).unwrap();
    let mut report = Diagnostics::new();
    Trainer::new(Sgd::default())
        .epochs(2)
        .observe(powers_of_two(), &mut report)
        .fit(&mut net, &data10)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (html, json) = (folder.path().join("a.html"), folder.path().join("a.json"));
    report.write_html(&html).unwrap();
    report.write_json(&json).unwrap();
    let page = std::fs::read_to_string(html).unwrap();
    let figures = page.matches("<figure").count();
    assert!(
        figures >= 8 && page.matches("<svg").count() == figures && page.ends_with("</html>\n"),
        "{figures}"
    );
    assert_eq!(
        page.matches("role=\"img\" aria-label=\"").count(),
        figures,
        "words stand in for every picture"
    );
    for forbidden in ["src=", "http://", "https://", "NaN"] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(forbidden), "{forbidden}");
    }
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(json["snapshots"].as_array().unwrap().len(), report.snapshots().len());
    assert!(json["snapshots"][0]["layers"][0]["pre"]["quantiles"].as_array().unwrap().len() == 5);
    assert_eq!(json["diagnosis"]["verdict"]["illness"], report.diagnosis().verdict.illness.to_string());
    let error = report.write_html("/no/such/folder/a.html").unwrap_err().to_string();
    assert!(error.contains("/no/such/folder/a.html: cannot write this file"), "{error}");
}
