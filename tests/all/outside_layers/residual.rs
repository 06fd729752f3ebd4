//! A block of layers around which the input is passed.

use gradlens::nn::Gradient;
use gradlens::{Layer, Mat, Pass, Result, Scalar, Spec};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};

/// y = x + f(x), with f made of layers (He et al., CVPR 2016).
#[derive(Debug)]
pub struct Residual<T: Scalar>(pub Vec<Box<dyn Layer<T>>>);

impl<T: Scalar> Residual<T> {
    /// Of each inner layer: the lengths of its parameters and its scratch. All have as many outputs
    /// as inputs.
    fn lens(&self, rows: usize, width: usize) -> Vec<(usize, usize)> {
        let lens = |spec: Spec| (spec.params_len(), spec.scratch_len(rows));
        self.0.iter().map(|layer| lens(layer.spec(width).unwrap())).collect()
    }
}

impl<T: Scalar> Layer<T> for Residual<T> {
    /// With every inner layer's output, the gradient at it, and its own scratch space.
    fn spec(&self, width: usize) -> Result<Spec> {
        let (mut params, mut per_row, mut fixed) = (vec![], 0, 0);
        for (index, layer) in self.0.iter().enumerate() {
            let spec = layer.spec(width)?;
            params.extend(spec.params.into_iter().map(|mut param| {
                param.name = format!("{index}.{}", param.name);
                param
            }));
            per_row += 2 * width + spec.scratch_per_row;
            fixed += spec.scratch_fixed;
        }
        Ok(Spec::new(width).params(params).scratch(per_row, fixed))
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, mut scratch: &mut [T]) {
        let shape = x.dim();
        let (mut input, mut params) = (x.view(), pass.params);
        for ((index, layer), (param_len, scratch_len)) in
            self.0.iter().enumerate().zip(self.lens(shape.0, shape.1))
        {
            let (output, rest) = scratch.split_at_mut(x.len());
            let (_, rest) = rest.split_at_mut(x.len());
            let (own, rest) = rest.split_at_mut(scratch_len);
            let (own_params, other_params) = params.split_at(param_len);
            let mut out = ArrayViewMut2::from_shape(shape, &mut *output).unwrap();
            layer.forward(&pass.inner(index, own_params, &[]), &input, &mut out, own);
            input = ArrayView2::from_shape(shape, output).unwrap();
            (params, scratch) = (other_params, rest);
        }
        y.assign(&(&x.view() + &input));
    }

    /// Goes all the way down, leaving the gradient at every inner output in scratch for
    /// `backward_input`.
    fn backward_params(
        &self,
        pass: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        scratch: &mut [T],
    ) {
        let (shape, lens) = (x.dim(), self.lens(x.nrows(), x.ncols()));
        let mut delta = dy.to_owned();
        let (mut params_end, mut scratch_end) = (pass.params.len(), scratch.len());
        for (index, layer) in self.0.iter().enumerate().rev() {
            let (param_len, scratch_len) = lens[index];
            let params = params_end - param_len..params_end;
            let inner = pass.inner(index, &pass.params[params.clone()], &[]);
            let start = scratch_end - scratch_len - 2 * x.len();
            let (below, at) = scratch[..scratch_end].split_at_mut(start);
            let input = match index {
                0 => x.to_owned(),
                _ => {
                    let from = start - lens[index - 1].1 - 2 * x.len();
                    Array2::from_shape_vec(shape, below[from..from + x.len()].to_vec()).unwrap()
                }
            };
            let (output, rest) = at.split_at_mut(x.len());
            let (dinput, own) = rest.split_at_mut(x.len());
            let output = ArrayView2::from_shape(shape, output).unwrap();
            let [_, mut rest] = dw.split_at(params.start);
            let [mut dinner, _] = rest.split_at(param_len);
            layer.backward_params(&inner, &input, &output, &delta, &mut dinner, own);
            let mut dinput = ArrayViewMut2::from_shape(shape, dinput).unwrap();
            layer.backward_input(&inner, &input, &output, &delta, &mut dinput, own);
            delta.assign(&dinput);
            (params_end, scratch_end) = (params.start, start);
        }
    }

    fn backward_input(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        scratch: &mut [T],
    ) {
        let dinput = ArrayView2::from_shape(x.dim(), &scratch[x.len()..2 * x.len()]).unwrap();
        dx.assign(&(&dy.view() + &dinput));
    }
}
