//! How a batch is shared out among the threads. What is computed does not depend on it, to the bit.
//!
//! A thread takes some samples through all layers, so that the threads meet once and not at every layer. The
//! gradients of the parameters are sums over the batch: there each product is cut along the units.

use crate::data::dataset::Dataset;
use crate::nn::layer::Mode;
use crate::nn::network::Sequential;
use crate::nn::workspace::{Samples, Workspace};
use gradlens_kernel::{LEAST_ROWS, Scalar, Threads, can_add};
use std::sync::LazyLock;

/// With fewer products than these a batch is not cut into blocks: a microsecond's work.
const MIN_PRODUCTS: usize = 50_000;

/// To move as many weights between the threads' caches takes longer than to meet once more.
const MANY_WEIGHTS: usize = 1 << 15;

/// The caller's thread, for what is shared out already.
pub(super) static SINGLE: LazyLock<Threads> = LazyLock::new(|| Threads::new(1));

impl<T: Scalar> Sequential<T> {
    /// Runs the task on blocks of the batch, a thread each; or on the whole batch, on all threads, where
    /// there is too little to share out or a layer does not work row by row.
    pub(super) fn in_blocks(
        &self,
        workspace: &mut Workspace<T>,
        mode: Mode,
        task: impl Fn(&mut Samples<T>) + Sync,
    ) {
        let (rows, threads) = (workspace.rows(), self.threads.count());
        let worth = rows * self.params.len() >= MIN_PRODUCTS && rows >= threads * LEAST_ROWS;
        if threads > 1 && worth && self.row_by_row() {
            workspace.in_blocks(&self.threads, threads, (mode, &SINGLE), task);
        } else {
            workspace.in_blocks(&SINGLE, 1, (mode, &self.threads), task);
        }
    }

    /// Computes a lowest layer of many weights and more units than there are samples for the whole batch:
    /// each thread computes the units whose weights it changes, which so stay in its cache. Returns how many
    /// layers were computed, 0 or 1.
    pub(super) fn wide_lowest_layer(
        &self,
        workspace: &mut Workspace<T>,
        data: &Dataset<T>,
        rows: &[usize],
        mode: Mode,
    ) -> usize {
        let lowest = &self.layers[0];
        let wide = lowest.range().len() >= MANY_WEIGHTS && lowest.output_len() > rows.len();
        if !(wide && lowest.spec().linear && self.threads.count() > 1) {
            return 0;
        }
        self.in_blocks(workspace, mode, |batch| batch.load(data, rows));
        self.forward_through(0..1, &mut workspace.whole(mode, &self.threads).0);
        1
    }

    /// Whether every layer works row by row.
    pub(super) fn row_by_row(&self) -> bool {
        self.layers.iter().all(|layer| layer.spec().row_by_row)
    }

    /// Whether the gradients of a batch of so many samples may be added to the weights while they are
    /// computed, with the same result, bit for bit, as when they are stored first.
    pub(crate) fn can_descend(&self, rows: usize) -> bool {
        let linear = self.layers.iter().all(|layer| layer.range().is_empty() || layer.spec().linear);
        self.row_by_row() && linear && can_add(rows)
    }

    /// The lowest layer with parameters.
    pub(super) fn lowest_with_params(&self) -> usize {
        self.layers.iter().position(|layer| !layer.range().is_empty()).unwrap_or(self.layers.len())
    }
}
