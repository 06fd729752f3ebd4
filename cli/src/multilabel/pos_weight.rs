//! The weight of the positive samples of each label.

use crate::flags::numbers::positive;
use gradlens::LabelStatistics;
use std::fmt;
use std::str::FromStr;

/// What `--pos-weight` asks for.
#[derive(Debug, Clone, Copy)]
pub enum PosWeight {
    Balanced,
    Number(f64),
}

impl FromStr for PosWeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "balanced" => Ok(PosWeight::Balanced),
            _ => positive(text)
                .map(PosWeight::Number)
                .map_err(|_| "expected a number above 0, or balanced".into()),
        }
    }
}

impl fmt::Display for PosWeight {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PosWeight::Balanced => f.write_str("balanced"),
            PosWeight::Number(weight) => write!(f, "{weight}"),
        }
    }
}

impl PosWeight {
    /// A weight for each label.
    pub fn weights(self, statistics: &LabelStatistics) -> Vec<f64> {
        match self {
            PosWeight::Balanced => statistics.pos_weights(),
            PosWeight::Number(weight) => vec![weight; statistics.frequencies.len()],
        }
    }
}
