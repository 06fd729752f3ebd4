//! Samples with sets of labels: those that are made are what they claim to be, those from files are read
//! right, and whatever may be wrong with them ends in an error that says so.

use gradlens::{Dataset, LabelStatistics, Mnist, Overlay, Part, Teacher, Xor};
use ndarray::{Array2, array};

/// Asserts that a count of successes agrees with their probabilities within 5 standard deviations.
#[track_caller]
fn agree(what: &str, count: f64, mean: f64, variance: f64) {
    let z = (count - mean) / variance.sqrt();
    assert!(z.abs() < 5.0, "{what}: {count} is {z:.1} standard deviations from {mean}");
}

#[test]
fn the_labels_of_the_teacher_agree_with_its_marginals() {
    let drawn = Teacher::default().draw::<f32>(20_000, Part::Train).unwrap();
    let (labels, p) = (drawn.data.target_rows().unwrap(), drawn.marginals.unwrap());
    for k in 0..10 {
        let (y, p) = (labels.column(k), p.column(k));
        let count = |low: f64, high: f64| {
            let rows: Vec<_> = (0..p.len()).filter(|&i| (low..high).contains(&p[i])).collect();
            let found = rows.iter().map(|&i| f64::from(y[i])).sum();
            let mean: f64 = rows.iter().map(|&i| p[i]).sum();
            let variance: f64 = rows.iter().map(|&i| p[i] * (1.0 - p[i])).sum();
            agree(&format!("label {k}, marginals {low} to {high}"), found, mean, variance);
        };
        // As a whole, and where the marginal is low, middling and high: it is right for each input.
        for (low, high) in [(0.0, 1.1), (0.0, 0.2), (0.2, 0.8), (0.8, 1.1)] {
            count(low, high);
        }
    }
    // Independent given the inputs: what two labels have in excess of their marginals is uncorrelated.
    let excess = labels.mapv(f64::from) - &p;
    for (j, k) in [(0, 1), (2, 7), (8, 9)] {
        let sum = (&excess.column(j) * &excess.column(k)).sum();
        let variance = p.column(j).iter().zip(p.column(k)).map(|(p, q)| p * (1.0 - p) * q * (1.0 - q)).sum();
        agree(&format!("labels {j} and {k}"), sum, 0.0, variance);
    }
}

#[test]
fn the_marginals_are_those_of_the_inputs_as_rounded() {
    let teacher = Teacher::default().features(4).labels(3).seed(3);
    let (weights, biases) = teacher.parameters().unwrap();
    let drawn = teacher.draw::<f32>(50, Part::Test).unwrap();
    let logits = drawn.data.inputs().mapv(f64::from).dot(&weights) + &biases;
    for (p, logit) in drawn.marginals.unwrap().iter().zip(&logits) {
        assert!((p - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-14);
    }
    // Rounding is all that sets the two types apart.
    let exact = teacher.draw::<f64>(50, Part::Test).unwrap();
    assert_eq!(exact.data.inputs().mapv(|x| x as f32), drawn.data.inputs());
}

#[test]
fn parameters_and_inputs_have_the_moments_that_are_asked_for() {
    let (mut weights, mut biases) = (vec![], vec![]);
    for seed in 0..200 {
        let (w, b) = Teacher::default().seed(seed).parameters().unwrap();
        weights.extend(w);
        biases.extend(b);
    }
    let inputs = Teacher::default().draw::<f64>(2_000, Part::Train).unwrap().data.inputs();
    for (what, values, mean, variance) in [
        ("weights", weights, 0.0, 16.0 / 20.0),
        ("biases", biases, -1.0, 0.25),
        ("inputs", inputs.into_iter().collect(), 0.0, 1.0),
    ] {
        let n = values.len() as f64;
        agree(what, values.iter().sum(), n * mean, n * variance);
        // The square of a standard normal number has mean 1 and variance 2.
        let squares = values.iter().map(|x| (x - mean).powi(2) / variance).sum();
        agree(&format!("the squares of {what}"), squares, n, 2.0 * n);
    }
}

#[test]
fn a_seed_and_a_part_give_the_same_bits_and_others_give_others() {
    let teacher = |seed, part| {
        let drawn = Teacher::default().seed(seed).draw::<f32>(50, part).unwrap();
        (drawn.data.inputs(), drawn.data.target_rows().unwrap().to_owned())
    };
    let xor = |seed, part| {
        let drawn = Xor::default().seed(seed).draw::<f32>(50, part).unwrap();
        (drawn.data.inputs(), drawn.data.target_rows().unwrap().to_owned())
    };
    let overlay = |seed, part| {
        let drawn = Overlay::default().seed(seed).draw(&plain_digits(), 50, part).unwrap();
        (drawn.data.inputs(), drawn.data.target_rows().unwrap().to_owned())
    };
    type Draw<'a> = &'a dyn Fn(u64, Part) -> (Array2<f32>, Array2<f32>);
    let sources: [Draw; 3] = [&teacher, &xor, &overlay];
    for draw in sources {
        assert_eq!(draw(7, Part::Train), draw(7, Part::Train));
        let all =
            [draw(7, Part::Train), draw(7, Part::Validation), draw(7, Part::Test), draw(8, Part::Train)];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert!(one.0 != other.0 && one.1 != other.1);
            }
        }
    }
    // Parts share the teacher, and a longer draw begins as a shorter one.
    let long = Teacher::default().seed(7).draw::<f32>(80, Part::Train).unwrap();
    assert_eq!(long.data.select(&(0..50).collect::<Vec<_>>()).inputs(), teacher(7, Part::Train).0);
}

#[test]
fn settings_out_of_range_are_named() {
    let teacher = |teacher: Teacher| teacher.draw::<f32>(5, Part::Train).unwrap_err().to_string();
    let default = Teacher::default;
    assert_eq!(
        teacher(default().features(0)),
        "the teacher's number of features is 0, but must be at least 1"
    );
    assert_eq!(teacher(default().labels(0)), "the teacher's number of labels is 0, but must be at least 1");
    assert_eq!(
        teacher(default().weight_variance(-1.0)),
        "the teacher's weight variance is -1, but must be finite and at least 0"
    );
    assert_eq!(
        teacher(default().bias_variance(f64::NAN)),
        "the teacher's bias variance is NaN, but must be finite and at least 0"
    );
    assert_eq!(
        teacher(default().bias_mean(f64::INFINITY)),
        "the teacher's bias mean is inf, but must be finite"
    );
    assert_eq!(
        default().draw::<f32>(0, Part::Train).unwrap_err().to_string(),
        "the number of samples is 0, but must be at least 1"
    );
    assert_eq!(
        default().draw::<f32>(usize::MAX, Part::Train).unwrap_err().to_string(),
        format!(
            "{} samples of 20 numbers would take more than a machine can address, and there is no room for that; \
             take fewer",
            usize::MAX
        )
    );
    assert_eq!(
        Xor::default().features(0).seed(0).draw::<f32>(5, Part::Train).unwrap_err().to_string(),
        "the number of features of XOR labels is 0, but must be at least 1"
    );
}

#[test]
fn of_xor_labels_exactly_one_holds_whatever_the_features() {
    let drawn = Xor::default().draw::<f64>(20_000, Part::Train).unwrap();
    let (x, y) = (drawn.data.inputs(), drawn.data.target_rows().unwrap());
    assert_eq!((x.dim(), y.dim()), ((20_000, 2), (20_000, 2)));
    assert!(y.rows().into_iter().all(|set| set == array![0.0, 1.0] || set == array![1.0, 0.0]));
    assert!(drawn.marginals.unwrap().iter().all(|&p| p == 0.5));
    for feature in 0..2 {
        for half in [|x: f64| x < 0.0, |x: f64| x >= 0.0] {
            let rows: Vec<_> = (0..20_000).filter(|&i| half(x[(i, feature)])).collect();
            let n = rows.len() as f64;
            agree("the first label", rows.iter().map(|&i| y[(i, 0)]).sum(), n / 2.0, n / 4.0);
        }
    }
}

/// Two digits of each of five classes, every pixel of class c being 10 (c + 1).
fn plain_digits() -> Dataset<f32> {
    let labels: Vec<usize> = (0..10).map(|row| row % 5).collect();
    let images = Array2::from_shape_fn((10, 784), |(row, _)| 10 * (row as u8 % 5 + 1));
    Dataset::bytes(images, (1.0, 0.0), labels, 5).unwrap()
}

#[test]
fn an_image_shows_the_digits_of_its_labels_and_no_others() {
    let overlay = Overlay::default().max_digits(3).canvas(40).empty(0.1).seed(1);
    let images = overlay.draw(&plain_digits(), 4_000, Part::Train).unwrap();
    assert!(images.marginals.is_none());
    let (pixels, labels) = (images.data.inputs(), images.data.target_rows().unwrap());
    assert_eq!((pixels.dim(), labels.dim()), ((4_000, 1600), (4_000, 5)));
    let (mut sizes, mut classes, mut places) = ([0.0; 4], [0.0; 5], [0.0; 13]);
    for (image, set) in pixels.rows().into_iter().zip(labels.rows()) {
        let set: Vec<usize> = (0..5).filter(|&class| set[class] == 1.0).collect();
        let image = image.into_shape_with_order((40, 40)).unwrap();
        sizes[set.len()] += 1.0;
        set.iter().for_each(|&class| classes[class] += 1.0);
        // Every byte is one of a class of the set, and the highest class hides none of its pixels.
        assert!(image.iter().all(|&x| x == 0.0 || set.iter().any(|&class| x == 10.0 * (class as f32 + 1.0))));
        let Some(&top) = set.last() else { continue };
        let ink: Vec<_> = image.indexed_iter().filter(|&(_, &x)| x == 10.0 * (top as f32 + 1.0)).collect();
        let ((row, column), _) = ink[0];
        assert_eq!(ink.len(), 784);
        assert!(
            ink.iter().all(|((r, c), _)| (row..row + 28).contains(r) && (column..column + 28).contains(c))
        );
        places[row] += 1.0;
        places[column] += 1.0;
        // With two, the other fills what the top leaves of a square of 28 x 28.
        if set.len() == 2 {
            let below: Vec<_> = image.indexed_iter().filter(|&(_, &x)| x > 0.0).map(|(at, _)| at).collect();
            let fits = |top_row: usize, left: usize| {
                below.iter().all(|&(r, c)| {
                    let on_top = (row..row + 28).contains(&r) && (column..column + 28).contains(&c);
                    on_top || ((top_row..top_row + 28).contains(&r) && (left..left + 28).contains(&c))
                })
            };
            assert!((0..=12).any(|r| (0..=12).any(|c| fits(r, c))));
        }
    }
    agree("images without a digit", sizes[0], 400.0, 4_000.0 * 0.1 * 0.9);
    for size in &sizes[1..] {
        agree("images with so many digits", *size, 1_200.0, 4_000.0 * 0.3 * 0.7);
    }
    // Two of five classes on average, in nine of ten images.
    for class in classes {
        agree("images with a class", class, 1_440.0, 4_000.0 * 0.36 * 0.64);
    }
    let shown = 2.0 * sizes[1..].iter().sum::<f64>();
    for place in places {
        agree("digits at a place", place, shown / 13.0, shown / 13.0 * 12.0 / 13.0);
    }
}

#[test]
fn digits_come_from_the_set_handed_in_and_keep_bytes_and_scale() {
    // A byte of its own for each digit, two to a class.
    let images = Array2::from_shape_fn((10, 784), |(row, _)| row as u8 + 1);
    let digits = Dataset::<f32>::bytes(images, (0.5, 3.0), (0..10).map(|row| row / 2).collect(), 5).unwrap();
    let (train, test) = (digits.select(&[0, 2, 4, 6, 8]), digits.select(&[1, 3, 5, 7, 9]));
    let overlay = Overlay::default().canvas(32).empty(0.0);
    for (set, part, parity) in [(&train, Part::Train, 1), (&test, Part::Test, 0)] {
        let drawn = overlay.draw(set, 300, part).unwrap().data;
        for x in drawn.inputs() {
            let byte = (x - 3.0) / 0.5;
            assert!(byte == 0.0 || byte as usize % 2 == parity, "{byte}");
        }
        assert_eq!(LabelStatistics::of(&drawn).unwrap().empty, 0.0);
    }
    // Both images of a class are used, each with the label of its class.
    let drawn = overlay.clone().max_digits(1).draw(&digits, 300, Part::Train).unwrap().data;
    let mut seen = std::collections::BTreeSet::new();
    for (image, set) in drawn.inputs().rows().into_iter().zip(drawn.target_rows().unwrap().rows()) {
        let byte = (image.iter().copied().fold(0.0, f32::max) - 3.0) * 2.0;
        assert_eq!(set[(byte as usize - 1) / 2], 1.0);
        seen.insert(byte as usize);
    }
    assert_eq!(seen.len(), 10);
}

#[test]
fn a_canvas_without_room_cuts_off_blank_border_alone() {
    // One point of ink, 1 pixel from the top, 2 from the left.
    let mut image = Array2::zeros((1, 784));
    image[(0, 28 + 2)] = 200;
    let digits = Dataset::<f32>::bytes(image, (1.0, 0.0), vec![0], 1).unwrap();
    let overlay = Overlay::default().max_digits(1).canvas(28).empty(0.0).seed(0);
    let mut seen = std::collections::BTreeSet::new();
    for image in overlay.draw(&digits, 1_000, Part::Train).unwrap().data.inputs().rows() {
        let ink: Vec<_> = (0..784).filter(|&i| image[i] > 0.0).collect();
        assert_eq!(ink.len(), 1);
        seen.insert((ink[0] / 28, ink[0] % 28));
    }
    let expected = (0..=3).flat_map(|row| (0..=4).map(move |column| (row, column))).collect();
    assert_eq!(seen, expected);
}

#[test]
fn one_mnist_digit_on_a_canvas_is_the_digit() {
    let mnist = Mnist::<f32>::load("../data/mnist").unwrap();
    let digits = mnist.test.select(&(0..100).collect::<Vec<_>>());
    for canvas in [28, 36] {
        let overlay = Overlay::default().max_digits(1).canvas(canvas).empty(0.0).seed(4);
        let drawn = overlay.draw(&digits, 100, Part::Test).unwrap().data;
        let ink =
            |image: ndarray::ArrayView1<f32>| image.iter().copied().filter(|&x| x > 0.0).collect::<Vec<_>>();
        let originals: Vec<_> = digits.inputs().rows().into_iter().map(ink).collect();
        for (image, set) in drawn.inputs().rows().into_iter().zip(drawn.target_rows().unwrap().rows()) {
            let digit = originals.iter().position(|original| *original == ink(image)).unwrap();
            assert_eq!((set[digits.labels().unwrap()[digit]], set.sum()), (1.0, 1.0));
        }
    }
}

#[test]
fn an_overlay_that_cannot_be_made_is_named() {
    let refusal = |overlay: Overlay, digits: &Dataset<f32>| {
        overlay.draw(digits, 5, Part::Train).unwrap_err().to_string()
    };
    let (default, plain) = (Overlay::default, plain_digits());
    for canvas in [27, 41] {
        assert_eq!(
            refusal(default().canvas(canvas), &plain),
            format!("the canvas is {canvas}, but must be 28 to 40 pixels wide and high")
        );
    }
    for most in [0, 6] {
        assert_eq!(
            refusal(default().max_digits(most), &plain),
            format!(
                "the greatest number of digits in an image is {most}, but must be from 1 to 5, the number of classes"
            )
        );
    }
    assert_eq!(
        refusal(default().empty(1.5), &plain),
        "the share of images without a digit is 1.5, but must be from 0 to 1"
    );
    let misfit = |found| {
        format!(
            "the digits to overlay: found {found}, expected 784 bytes, 28 x 28 pixels, with a class each; hand in a set as MNIST's"
        )
    };
    let matrix = Dataset::classes(Array2::zeros((1, 784)), vec![0], 1).unwrap();
    assert_eq!(refusal(default(), &matrix), misfit("a matrix of numbers as inputs"));
    let small = Dataset::bytes(Array2::zeros((1, 783)), (1.0, 0.0), vec![0], 1).unwrap();
    assert_eq!(refusal(default(), &small), misfit("783 bytes"));
    let sets =
        Dataset::bytes_with_targets(Array2::zeros((1, 784)), (1.0, 0.0), Array2::zeros((1, 3))).unwrap();
    assert_eq!(refusal(default(), &sets), misfit("rows of targets"));
    assert_eq!(
        refusal(default(), &plain.select(&[0, 1, 2, 4])),
        "class 3 of the digits to overlay: found no image, expected at least one; hand in a set with images of every class"
    );
}

#[test]
fn bytes_may_have_rows_of_targets() {
    let targets = array![[1.0_f64, 0.0, 1.0], [0.0, 0.0, 0.0]];
    let data =
        Dataset::bytes_with_targets(array![[0, 255], [51, 0]], (1.0 / 255.0, 1.0), targets.clone()).unwrap();
    assert_eq!(data.inputs(), array![[1.0, 2.0], [1.2, 1.0]]);
    assert_eq!(data.target_rows().unwrap(), targets);
    assert_eq!(
        Dataset::bytes_with_targets(array![[0_u8]], (1.0, 0.0), targets.clone()).unwrap_err().to_string(),
        "the targets: found 2 rows, expected 1, one for each row of inputs; give every sample one target"
    );
    assert_eq!(
        Dataset::bytes_with_targets(array![[0], [1]], (f64::NAN, 0.0), targets).unwrap_err().to_string(),
        "the scale or shift of bytes is NaN, 0, but must be finite"
    );
}

#[test]
fn label_statistics_count_sets_and_classes() {
    let statistics = LabelStatistics::of(&plain_digits()).unwrap();
    assert_eq!((statistics.cardinality, statistics.density, statistics.empty), (1.0, 0.2, 0.0));
    assert_eq!(statistics.frequencies, [0.2; 5]);
    let sets = |targets| Dataset::new(Array2::<f32>::zeros((4, 1)), targets).unwrap();
    let targets = array![[1.0, 1.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
    let statistics = LabelStatistics::of(&sets(targets)).unwrap();
    assert_eq!((statistics.cardinality, statistics.density, statistics.empty), (0.75, 0.375, 0.5));
    assert_eq!(statistics.frequencies, [0.25, 0.5]);
    let targets = array![[1.0, 1.0], [0.0, 0.0], [0.0, 0.5], [0.0, 0.0]];
    assert_eq!(
        LabelStatistics::of(&sets(targets)).unwrap_err().to_string(),
        "row 2 of the targets: found 0.5 for label 1, expected 0 or 1; count in a set of labels that hold or not"
    );
    let none = Dataset::new(Array2::<f32>::zeros((0, 1)), Array2::zeros((0, 2))).unwrap();
    assert_eq!(
        LabelStatistics::of(&none).unwrap_err().to_string(),
        "the labels to count: found 0 samples with 2 labels, expected at least one of each; count in a set that is not empty"
    );
}
