//! What can be said of scores by their order alone.

/// Things with a score, each relevant or not, the greatest score first.
///
/// Per label the things are samples, per sample they are labels. NaN ranks last, as -inf.
pub(super) struct Ranking {
    /// One for each distinct score.
    pub ties: Vec<Tie>,
    /// Relevant things in all.
    pub relevant: usize,
    /// The others.
    pub others: usize,
}

/// The things that share a score.
pub(super) struct Tie {
    pub score: f64,
    pub relevant: usize,
    pub others: usize,
}

impl Ranking {
    /// Ranks (score, relevant) in n log n.
    pub fn new(scores: impl Iterator<Item = (f64, bool)>) -> Self {
        let last_if_nan = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
        let mut scores: Vec<_> = scores.map(|(score, relevant)| (last_if_nan(score), relevant)).collect();
        scores.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let tie = |tied: &[(f64, bool)]| {
            let relevant = tied.iter().filter(|(_, relevant)| *relevant).count();
            Tie { score: tied[0].0, relevant, others: tied.len() - relevant }
        };
        let ties: Vec<Tie> = scores.chunk_by(|a, b| a.0 == b.0).map(tie).collect();
        let relevant = ties.iter().map(|tie| tie.relevant).sum();
        Ranking { ties, relevant, others: scores.len() - relevant }
    }

    /// The ties, each with how many relevant things and others rank at it or before it.
    fn counted(&self) -> impl Iterator<Item = (&Tie, usize, usize)> {
        self.ties.iter().scan((0, 0), |(relevant, others), tie| {
            *relevant += tie.relevant;
            *others += tie.others;
            Some((tie, *relevant, *others))
        })
    }

    /// Of the pairs (relevant, other), the share in the right order; a pair of equal score counts a
    /// half (Mann and Whitney, 1947). NaN without pairs.
    pub fn roc_auc(&self) -> f64 {
        let right = |(tie, found, _): (&Tie, usize, usize)| {
            tie.others as f64 * (found as f64 - tie.relevant as f64 / 2.0)
        };
        self.counted().map(right).sum::<f64>() / self.pairs()
    }

    /// Of the pairs (relevant, other), the share not in the right order; a pair of equal score is
    /// not. 0 without pairs.
    pub fn ranking_loss(&self) -> f64 {
        let wrong = |(tie, found, _): (&Tie, usize, usize)| {
            tie.others as f64 * (self.relevant - found + tie.relevant) as f64
        };
        self.counted().map(wrong).sum::<f64>() / self.pairs().max(1.0)
    }

    fn pairs(&self) -> f64 {
        self.relevant as f64 * self.others as f64
    }

    /// The mean over relevant things of the share that is relevant among those ranked no lower. 0
    /// if nothing is relevant.
    pub fn average_precision(&self) -> f64 {
        let precision = |(tie, relevant, others): (&Tie, usize, usize)| {
            tie.relevant as f64 * relevant as f64 / (relevant + others) as f64
        };
        self.counted().map(precision).sum::<f64>() / self.relevant.max(1) as f64
    }

    /// How many things must be taken from the top, ties as a whole, to have all relevant ones.
    pub fn coverage(&self) -> usize {
        let last = self.counted().filter(|(tie, ..)| tie.relevant > 0).last();
        last.map_or(0, |(_, relevant, others)| relevant + others)
    }
}
