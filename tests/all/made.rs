//! Samples that are made: they are what their formulas say, and configs name them.

use gradlens::config::RunConfig;
use gradlens::data::{Part, Planar, Task, made_names};
use std::f64::consts::TAU;
use std::path::Path;

fn points(planar: Planar, samples: usize, noise: f64) -> Vec<([f64; 2], usize)> {
    let (points, classes) = planar.points(samples, noise, 7, Part::Train).unwrap();
    points.rows().into_iter().map(|point| [point[0], point[1]]).zip(classes).collect()
}

fn radius([x, y]: [f64; 2]) -> f64 {
    x.hypot(y)
}

#[test]
fn without_noise_every_point_lies_where_its_class_does() {
    for (point, class) in points(Planar::Circles, 200, 0.0) {
        assert!((radius(point) - [1.0, 0.5][class]).abs() < 1e-12);
    }
    for ([x, y], class) in points(Planar::Xor, 200, 0.0) {
        assert_eq!(usize::from(x * y > 0.0), class);
        assert!(x.abs() <= 1.0 && y.abs() <= 1.0);
    }
    for (point, class) in points(Planar::Spiral, 200, 0.0) {
        let (r, angle) = (radius(point), point[1].atan2(point[0]));
        let turns = (angle / TAU - 1.75 * r - 0.5 * class as f64).rem_euclid(1.0);
        assert!(turns.min(1.0 - turns) < 1e-9, "{point:?} {class}");
    }
    for ([x, y], class) in points(Planar::Moons, 200, 0.0) {
        let (x, y) = (1.5 * x + 0.5, 1.5 * y + 0.25);
        let centre = [[0.0, 0.0], [1.0, 0.5]][class];
        assert!((radius([x - centre[0], y - centre[1]]) - 1.0).abs() < 1e-12);
        assert!(if class == 0 { y >= -1e-12 } else { y <= 0.5 + 1e-12 });
    }
    let quarters = [[0.6, 0.6], [-0.6, 0.6], [-0.6, -0.6], [0.6, -0.6]];
    assert!(points(Planar::Blobs, 40, 0.0).into_iter().all(|(point, class)| point == quarters[class]));
}

#[test]
fn noise_is_a_standard_deviation() {
    for planar in Planar::ALL {
        let (clean, noisy) = (points(planar, 4000, 0.0), points(planar, 4000, 0.3));
        let squares =
            clean.iter().zip(&noisy).map(|((a, _), (b, _))| radius([a[0] - b[0], a[1] - b[1]]).powi(2));
        let deviation = (squares.sum::<f64>() / 8000.0).sqrt();
        assert!((deviation - 0.3).abs() < 0.01, "{planar:?} {deviation}");
    }
}

#[test]
fn classes_are_as_many_and_parts_and_sets_differ() {
    for planar in Planar::ALL {
        let some = points(planar, 40, 0.1);
        assert_eq!(some, points(planar, 400, 0.1)[..40], "a longer draw begins with a shorter one");
        let count = planar.classes().len();
        assert!((0..count).all(|class| some.iter().filter(|point| point.1 == class).count() == 40 / count));
        let (test, _) = planar.points(40, 0.1, 7, Part::Test).unwrap();
        assert_ne!(test.row(0).to_vec(), some[0].0.to_vec());
    }
    assert!(Planar::Xor.points(10, -0.1, 0, Part::Train).is_err());
    assert!(Planar::Xor.points(0, 0.1, 0, Part::Train).is_err());
}

#[test]
fn a_config_names_every_made_set() {
    for name in made_names() {
        let mut config = RunConfig::default();
        config.set("made", name).unwrap();
        config.set("samples", "100").unwrap();
        config.set("test_share", "0.25").unwrap();
        let data = config.load(Path::new("nowhere")).unwrap();
        assert_eq!((data.train.len(), data.test.as_ref().unwrap().len()), (75, 25), "{name}");
        assert_eq!(data.task, if name == "teacher" { Task::Labels } else { Task::Classes });
        assert_eq!(data.target_names.len(), data.train.output_len());
        let complete = config.complete(&data).unwrap();
        let again = RunConfig::from_toml(&complete.to_toml()).unwrap().load(Path::new("nowhere")).unwrap();
        assert_eq!(again.train.inputs(), data.train.inputs());
        config.set("seed", "1").unwrap();
        assert_ne!(config.load(Path::new("nowhere")).unwrap().train.inputs(), data.train.inputs());
    }
    let mut config = RunConfig::default();
    let error = config.set("made", "spirals").unwrap_err().to_string();
    assert!(error.contains("did you mean spiral?"), "{error}");
    config.set("made", "spiral").unwrap();
    config.set("mnist", "true").unwrap();
    assert!(config.load(Path::new("nowhere")).unwrap_err().to_string().contains("several sources"));
}

#[test]
fn made_samples_are_standardised_as_a_table_is() {
    let mut config = RunConfig::default();
    for (key, value) in [("made", "moons"), ("scale_inputs", "50"), ("test_share", "0.5")] {
        config.set(key, value).unwrap();
    }
    let scaled = config.load(Path::new("nowhere")).unwrap();
    assert!(scaled.train.inputs().iter().any(|x| x.abs() > 20.0));
    config.set("standardise", "true").unwrap();
    let data = config.load(Path::new("nowhere")).unwrap();
    let inputs = data.train.inputs();
    for column in inputs.columns() {
        let mean = column.sum() / column.len() as f32;
        assert!(mean.abs() < 1e-4, "{mean}");
    }
}
