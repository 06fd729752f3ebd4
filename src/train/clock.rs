//! The clock, in one place.

/// When something began. In a browser there is no such clock, and no time passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    #[cfg(not(target_family = "wasm"))]
    began: std::time::Instant,
}

impl Clock {
    /// Starts now.
    pub fn start() -> Self {
        Clock {
            #[cfg(not(target_family = "wasm"))]
            began: std::time::Instant::now(),
        }
    }

    /// Seconds since then.
    pub fn seconds(self) -> f64 {
        #[cfg(not(target_family = "wasm"))]
        return self.began.elapsed().as_secs_f64();
        #[cfg(target_family = "wasm")]
        return 0.0;
    }
}
