//! Backpropagation.
//!
//! With x⁰ the input, xˡ⁺¹ = fₗ(xˡ; wₗ) what layer l computes from it, z the output of the last layer (the
//! logits) and L the loss of the head, a training step is
//!
//! 1. forward, from the lowest layer up: xˡ⁺¹ = fₗ(xˡ; wₗ);
//! 2. the loss, and its gradient at the logits: dL/dz;
//! 3. backward, from the top down, by the chain rule: dL/dxˡ = (∂fₗ/∂xˡ)ᵀ dL/dxˡ⁺¹;
//! 4. the gradient of the parameters: dL/dwₗ = (∂fₗ/∂wₗ)ᵀ dL/dxˡ⁺¹, the sum over the batch;
//! 5. the update, by plain gradient descent: wₗ ← wₗ - rate dL/dwₗ.
//!
//! (Nielsen, *Neural networks and deep learning*, 2015, chapter 2: step 2 is his equation BP1, step 3 is BP2,
//! step 4 is BP3 and BP4. His δˡ is dL/dxˡ⁺¹ here, the *delta* of layer l.)
//!
//! A residual connection adds xᵏ of a layer below to xˡ⁺¹, and so dL/dxˡ⁺¹ to dL/dxᵏ.
//!
//! The formulas of each layer stand with the layer (`dense.rs` has dx = dy W and dW = dyᵀ x), those of the
//! heads in `heads/`. How the batch is shared out among threads is told in `parallel.rs`, optimisers other
//! than plain descent in `train/`.

use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::nn::gradient::Gradient;
use crate::nn::layer::{Mode, Pass};
use crate::nn::network::Sequential;
use crate::nn::slot::LayerSlot;
use crate::nn::workspace::{Samples, Workspace};
use gradlens_kernel::{Mat, Scalar};
use std::ops::Range;

impl<T: Scalar> Sequential<T> {
    /// Steps 1 to 3 for these rows of a data set. Returns the loss, mean over the rows.
    pub(crate) fn forward_backward(
        &self,
        workspace: &mut Workspace<T>,
        data: &Dataset<T>,
        rows: &[usize],
        mode: Mode,
    ) -> f64 {
        workspace.prepare(rows.len(), data);
        let done = self.wide_lowest_layer(workspace, data, rows, mode);
        self.in_blocks(workspace, mode, |batch| {
            if done == 0 {
                batch.load(data, rows);
            }
            self.forward_through(done..self.layers.len(), batch);
            batch.loss(self.head());
            if self.row_by_row() {
                self.backward_through(batch);
            }
            batch.check_bounds(&self.layers, data.bound());
        });
        workspace.loss()
    }

    /// Step 1 for some layers.
    pub(super) fn forward_through(&self, layers: Range<usize>, batch: &mut Samples<T>) {
        for l in layers {
            self.forward_layer(l, None, batch);
        }
    }

    /// xˡ⁺¹ = fₗ(xˡ; wₗ), from this input or the one in the workspace.
    pub(super) fn forward_layer(&self, l: usize, input: Option<&Mat<T>>, batch: &mut Samples<T>) {
        let (slot, pass) = (&self.layers[l], self.pass(l, batch));
        let [x, mut y, scratch] = batch.layer(l);
        let scratch = slot.scratch(scratch, y.nrows());
        slot.layer().forward(&pass, input.unwrap_or(&x.view()), &mut y, scratch);
        if let Some(block) = self.block_below(l) {
            batch.add_input(l, block.start);
        }
    }

    /// Step 3, down to the lowest layer with parameters: below it nobody needs a gradient.
    pub(super) fn backward_through(&self, batch: &mut Samples<T>) {
        for l in (self.lowest_with_params() + 1..self.layers.len()).rev() {
            self.backward_layer(l, batch);
        }
    }

    /// dL/dxˡ = (∂fₗ/∂xˡ)ᵀ dL/dxˡ⁺¹, and what reaches xˡ past residual blocks that begin with this layer.
    fn backward_layer(&self, l: usize, batch: &mut Samples<T>) {
        let (slot, pass) = (&self.layers[l], self.pass(l, batch));
        let [x, y, scratch, dy, mut dx] = batch.layer_and_deltas(l);
        let scratch = slot.scratch(scratch, y.nrows());
        slot.layer().backward_input(&pass, &x.view(), &y.view(), &dy.view(), &mut dx, scratch);
        for end in l..self.layers.len() {
            if self.block_below(end).is_some_and(|block| block.start == l) {
                batch.add_delta(l, end);
            }
        }
    }

    /// The layers that layer `l` adds the input of, where it is the end of a residual block.
    pub(crate) fn block_below(&self, l: usize) -> Option<Range<usize>> {
        let layers = self.layers[l].spec().adds_input_of;
        (layers > 0).then(|| l - layers..l)
    }

    /// Step 4, into the workspace; and step 3, where not all layers work row by row.
    pub(crate) fn param_gradients(&self, workspace: &mut Workspace<T>, mode: Mode) -> Result<()> {
        let (mut batch, gradients) = workspace.whole(mode, &self.threads);
        for (l, slot) in self.layers.iter().enumerate().skip(self.lowest_with_params()).rev() {
            let (pass, to) = (self.pass_of_params(l, &batch), &mut gradients[slot.range()]);
            let written = Gradient::write(to, |dw| backward_params(slot, l, &pass, &mut batch, dw));
            slot.check_written(l, written)?;
            if l > self.lowest_with_params() && !self.row_by_row() {
                self.backward_layer(l, &mut batch);
            }
        }
        Ok(())
    }

    /// Steps 4 and 5 at once, where [`can_descend`](Self::can_descend) says so: each gradient is added to the
    /// weights as it is computed, and stored nowhere.
    pub(crate) fn descend(&mut self, workspace: &mut Workspace<T>, mode: Mode, rate: f64) -> Result<()> {
        let (mut batch, _) = workspace.whole(mode, &self.threads);
        for (l, slot) in self.layers.iter().enumerate().rev() {
            let pass = slot.pass_without_params(l, mode, self.seed, &self.state, &self.threads);
            let (factor, to) = (T::of(-rate), &mut self.params[slot.range()]);
            let written = Gradient::add(factor, to, |dw| backward_params(slot, l, &pass, &mut batch, dw));
            slot.check_written(l, written)?;
        }
        Ok(())
    }
}

/// dL/dwₗ = (∂fₗ/∂wₗ)ᵀ dL/dxˡ⁺¹, over the whole batch.
fn backward_params<T: Scalar>(
    slot: &LayerSlot<T>,
    l: usize,
    pass: &Pass<T>,
    batch: &mut Samples<T>,
    dw: &mut Gradient<T>,
) {
    if !dw.is_empty() {
        let [x, y, scratch, dy] = batch.layer_and_delta(l);
        let scratch = slot.scratch(scratch, y.nrows());
        slot.layer().backward_params(pass, &x.view(), &y.view(), &dy.view(), dw, scratch);
    }
}
