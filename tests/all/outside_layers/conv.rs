//! A convolution.

use gradlens::nn::Gradient;
use gradlens::{Error, Init, Layer, Mat, Param, Pass, Result, Scalar, Spec};
use ndarray::{ArrayView3, ArrayView4, ArrayViewMut3, ArrayViewMut4, s};

/// Cross-correlation of images, a row each, channel after channel, without padding, with stride 1.
#[derive(Debug)]
pub struct Conv2d {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub filters: usize,
    pub size: usize,
}

impl Conv2d {
    fn out(&self) -> (usize, usize, usize) {
        (self.filters, self.height - self.size + 1, self.width - self.size + 1)
    }
    fn image<'a, T>(&self, row: &'a [T]) -> ArrayView3<'a, T> {
        ArrayView3::from_shape((self.channels, self.height, self.width), row).unwrap()
    }
    fn kernel<'a, T>(&self, params: &'a [T]) -> ArrayView4<'a, T> {
        let shape = (self.filters, self.channels, self.size, self.size);
        ArrayView4::from_shape(shape, &params[..params.len() - self.filters]).unwrap()
    }
}

impl<T: Scalar> Layer<T> for Conv2d {
    fn spec(&self, input_len: usize) -> Result<Spec> {
        let pixels = self.channels * self.height * self.width;
        if input_len != pixels {
            return Err(Error::setting(
                "the input of the convolution",
                input_len,
                format!("{pixels} pixels"),
            ));
        }
        let (f, h, w) = self.out();
        let weight = Param::weight("weight", &[self.filters, self.channels, self.size, self.size], None);
        let bias = Param::bias("bias", self.filters, Init::Zeros, weight.fan_in, weight.fan_out);
        Ok(Spec::new(f * h * w).params(vec![weight, bias]).row_by_row())
    }

    fn forward(&self, pass: &Pass<T>, x: &Mat<T>, y: &mut Mat<T>, _: &mut [T]) {
        let (kernel, bias) = (self.kernel(pass.params), &pass.params[pass.params.len() - self.filters..]);
        for (x, mut y) in x.rows().into_iter().zip(y.rows_mut()) {
            let x = self.image(x.to_slice().unwrap());
            let mut y = ArrayViewMut3::from_shape(self.out(), y.as_slice_mut().unwrap()).unwrap();
            for ((f, i, j), y) in y.indexed_iter_mut() {
                let window = x.slice(s![.., i..i + self.size, j..j + self.size]);
                let kernel = kernel.index_axis(ndarray::Axis(0), f);
                *y = bias[f] + window.iter().zip(kernel).map(|(&x, &k)| x * k).sum::<T>();
            }
        }
    }

    fn backward_params(
        &self,
        _: &Pass<T>,
        x: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dw: &mut Gradient<T>,
        _: &mut [T],
    ) {
        let mut sums = vec![T::zero(); dw.len()];
        let (dkernel, dbias) = sums.split_at_mut(dw.len() - self.filters);
        let shape = (self.filters, self.channels, self.size, self.size);
        let mut dkernel = ArrayViewMut4::from_shape(shape, dkernel).unwrap();
        for (x, dy) in x.rows().into_iter().zip(dy.rows()) {
            let x = self.image(x.to_slice().unwrap());
            let dy = ArrayView3::from_shape(self.out(), dy.to_slice().unwrap()).unwrap();
            for ((f, i, j), &dy) in dy.indexed_iter() {
                let window = x.slice(s![.., i..i + self.size, j..j + self.size]);
                dkernel.index_axis_mut(ndarray::Axis(0), f).scaled_add(dy, &window);
                dbias[f] += dy;
            }
        }
        dw.put_all(&sums);
    }

    fn backward_input(
        &self,
        pass: &Pass<T>,
        _: &Mat<T>,
        _: &Mat<T>,
        dy: &Mat<T>,
        dx: &mut Mat<T>,
        _: &mut [T],
    ) {
        let kernel = self.kernel(pass.params);
        dx.fill(T::zero());
        for (mut dx, dy) in dx.rows_mut().into_iter().zip(dy.rows()) {
            let shape = (self.channels, self.height, self.width);
            let mut dx = ArrayViewMut3::from_shape(shape, dx.as_slice_mut().unwrap()).unwrap();
            let dy = ArrayView3::from_shape(self.out(), dy.to_slice().unwrap()).unwrap();
            for ((f, i, j), &dy) in dy.indexed_iter() {
                let mut window = dx.slice_mut(s![.., i..i + self.size, j..j + self.size]);
                window.scaled_add(dy, &kernel.index_axis(ndarray::Axis(0), f));
            }
        }
    }
}
