//! A training step allocates nothing but what the matrix kernel does for itself, and ours nothing.

use gradlens::train::watch;
use gradlens::{
    Adam, Dataset, Dense, Dropout, Event, IdentityMse, Loss, Optimizer, Relu, Sequential, Sgd, Sigmoid,
    SoftmaxCrossEntropy, Threads, Trainer,
};
use gradlens_kernel::matmul;
use ndarray::{Array2, s};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
struct Counting;

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Relaxed);
        // SAFETY: the caller's promise is the one that the system asks for.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations between the steps 20 and 120, with batches of such a shape and so many outputs, classes if
/// there are several. Of the wide ones most numbers are zero from step 50 on, for products to skip.
fn in_a_hundred_steps(
    [batch, width, outputs]: [usize; 3],
    optimizer: impl Optimizer + 'static,
    threads: usize,
) -> usize {
    let number = |(i, j)| match ((i * 7 + j * 3) % 11) as f32 / 11.0 {
        _ if width > 40 && i >= 50 * batch && j / 8 % 4 > 0 => 0.0,
        number => number,
    };
    let inputs = Array2::from_shape_fn((batch * 130, width), number);
    let (data, head): (_, Box<dyn Loss>) = if outputs == 1 {
        let targets = inputs.slice(s![.., ..1]).to_owned();
        (Dataset::new(inputs, targets), Box::new(IdentityMse))
    } else {
        let labels = (0..batch * 130).map(|i| i % outputs).collect();
        (Dataset::classes(inputs, labels, outputs), Box::new(SoftmaxCrossEntropy::default()))
    };
    let mut net = Sequential::input(width)
        .threads(threads)
        .layer(Dense::new(64))
        .layer(Relu)
        .layer(Dropout::new(0.2))
        .layer(Dense::new(48))
        .layer(Sigmoid)
        .layer(Dense::new(outputs))
        .head(head)
        .build()
        .unwrap();
    let (mut first, mut last) = (0, 0);
    let watcher = watch(|event: &Event| {
        if let Event::Step(at) = event {
            match at.step {
                20 => first = COUNT.load(Relaxed),
                120 => last = COUNT.load(Relaxed),
                _ => {}
            }
        }
    });
    let trainer = Trainer::new(optimizer).epochs(1).batch(batch).shuffle(false);
    let trainer = trainer.observe(|step| step == 20 || step == 120, watcher);
    trainer.fit(&mut net, &data.unwrap()).unwrap();
    last - first
}

/// Allocations of the products of a step, a hundred times: the kernel's own.
fn of_the_kernel() -> usize {
    let threads = Threads::new(1);
    let sizes = [(40, 64), (64, 48), (48, 5)];
    let numbers = |rows, cols| Array2::<f32>::ones((rows, cols));
    let mut matrices: Vec<_> = sizes
        .iter()
        .map(|&(n, m)| (numbers(8, n), numbers(m, n), numbers(8, m), numbers(m, n), numbers(8, n)))
        .collect();
    let before = COUNT.load(Relaxed);
    for _ in 0..100 {
        for (index, (x, w, y, dw, dx)) in matrices.iter_mut().enumerate() {
            matmul(&threads, x, &w.t(), y);
            matmul(&threads, &y.t(), x, dw);
            if index > 0 {
                matmul(&threads, y, w, dx);
            }
        }
    }
    COUNT.load(Relaxed) - before
}

/// The least of eight counts: the count is of the whole process, so what the test harness or a worker that other programs
/// kept from working until then allocates meanwhile is in some of them.
fn least(count: impl FnMut() -> usize) -> usize {
    std::iter::repeat_with(count).take(8).min().expect("eight counts")
}

// One test, for the same reason.
#[test]
fn a_training_step_allocates_nothing_beyond_what_the_kernel_does() {
    let kernel = least(of_the_kernel);
    for threads in [1, 2] {
        let small = [8, 40, 5];
        let sgd = least(|| in_a_hundred_steps(small, Sgd::default(), threads));
        assert_eq!(sgd, kernel, "SGD, {threads} threads");
        let adam = least(|| in_a_hundred_steps(small, Adam::default(), threads));
        assert_eq!(adam, kernel, "Adam, {threads} threads");
        for (shape, what) in [
            ([64, 640, 5], "where zeros are skipped"),
            ([1, 640, 5], "for one sample at a time"),
            ([8, 40, 1], "with one output"),
        ] {
            let count = least(|| in_a_hundred_steps(shape, Sgd::default(), threads));
            assert!(count <= kernel, "{count} allocations {what}, {threads} threads");
        }
    }
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        assert_eq!(kernel, 0, "our own kernel keeps its buffers");
    }
}
