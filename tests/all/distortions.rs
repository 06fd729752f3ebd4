//! Images that are distorted where they are trained on, and nowhere else.

use gradlens::config::RunConfig;
use gradlens::data::Distortion;
use gradlens::{Adam, Dataset, Dense, Relu, Sequential, SoftmaxCrossEntropy, Trainer, evaluate};
use ndarray::Array2;

/// Bars of 8 by 12 pixels at eight places, as bytes.
fn bars(samples: usize) -> Dataset {
    let bytes = Array2::from_shape_fn((samples, 96), |(i, j)| if j % 8 == i % 8 { 255 } else { 0 });
    Dataset::bytes(bytes, (1.0 / 255.0, 0.0), (0..samples).map(|i| i % 8).collect(), 8).unwrap()
}

fn bent() -> Distortion {
    Distortion::new(8).elastic(12.0).smoothness(2.0).rotate(10.0).rescale(0.1).seed(3)
}

/// The bits of the weights after training, and the network.
fn train(data: &Dataset, threads: usize) -> (Vec<u32>, Sequential) {
    let layers = Sequential::input(96).layer(Dense::new(200)).layer(Relu).layer(Dense::new(8));
    let mut net = layers.head(SoftmaxCrossEntropy::default()).seed(1).threads(threads).build().unwrap();
    let trainer = Trainer::new(Adam::new(0.003)).epochs(2).batch(64).validation(0.1);
    trainer.fit(&mut net, data).unwrap();
    (net.params().iter().map(|w| w.to_bits()).collect(), net)
}

#[test]
fn training_on_distorted_images_has_the_same_bits_for_any_number_of_threads() {
    let plain = bars(400);
    let data = plain.clone().distorted(bent()).unwrap();
    let (one, net) = train(&data, 1);
    for threads in [2, 5] {
        assert_eq!(one, train(&data, threads).0, "{threads} threads");
    }
    assert_ne!(one, train(&plain, 1).0, "they were distorted");
    assert_ne!(one, train(&plain.clone().distorted(bent().seed(4)).unwrap(), 1).0, "by the seed");
    // Where a network is evaluated images are as they are.
    let [one, other] = [&data, &plain].map(|data| evaluate(&net, data).unwrap());
    assert_eq!((one.loss, one.predictions), (other.loss, other.predictions));
    assert_eq!(data.inputs(), plain.inputs());
}

#[test]
fn what_is_selected_or_given_other_labels_is_distorted_as_well() {
    let data = bars(20).distorted(bent()).unwrap();
    assert_eq!(data.select(&[3, 4]).distortion(), Some(&bent()));
    assert_eq!(data.with_labels(vec![0; 20], 2).unwrap().distortion(), Some(&bent()));
    assert_eq!(data.standardised((0.1, 2.0)).unwrap().distortion(), Some(&bent()));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |distortion| bars(2).distorted(distortion).unwrap_err().to_string();
    for (distortion, expected) in [
        (
            Distortion::new(7),
            "the width of the images is 7, but must be a divisor of the 96 pixels of an image",
        ),
        (Distortion::new(0), "the width of the images is 0, but must be at least 1"),
        (bent().elastic(-1.0), "the elastic distortion is -1, but must be finite and at least 0"),
        (bent().elastic(f64::NAN), "the elastic distortion is NaN, but must be finite and at least 0"),
        (
            bent().smoothness(0.0),
            "the smoothness of the distortion is 0, but must be above 0 and at most 100",
        ),
        (bent().rotate(181.0), "the rotation is 181, but must be from 0 to 180 degrees"),
        (bent().rescale(1.0), "the change of the scale is 1, but must be at least 0 and below 1"),
    ] {
        assert_eq!(refused(distortion), expected);
    }
    // Displacements that are far beyond the image leave what is least.
    let far = bars(64).distorted(bent().elastic(1e30)).unwrap();
    assert!(train(&far, 1).1.params().iter().all(|w| w.is_finite()));
}

#[test]
fn a_config_that_distorts_a_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "x,y\n1,2\n2,3\n3,4\n").unwrap();
    let text = format!("[data]\nfile = {:?}\ntargets = \"y\"\nelastic = 34", path.display().to_string());
    let error = RunConfig::from_toml(&text).unwrap().load("../data/mnist".as_ref()).unwrap_err().to_string();
    assert!(
        error.contains("elastic, rotate or rescale is set, but must be left out, as they belong to images"),
        "{error}"
    );
}

#[test]
fn a_config_distorts_the_images_that_are_trained_on_and_not_the_others() {
    let text = "[data]\nmnist = true\nsamples = 100\nelastic = 34\nrotate = 10\n[training]\nseed = 5";
    let data = RunConfig::from_toml(text).unwrap().load("../data/mnist".as_ref()).unwrap();
    assert_eq!(data.train.distortion(), Some(&Distortion::new(28).elastic(34.0).rotate(10.0).seed(5)));
    assert_eq!(data.test.unwrap().distortion(), None);
}
