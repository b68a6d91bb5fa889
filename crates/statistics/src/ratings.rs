//! Ratings of an item, counted.

use crate::estimate::Estimate;
use crate::intervals;

/// A rating cell: 1 to 5, [`NOT_ANSWERED`] or [`DOES_NOT_APPLY`].
pub type RatingCell = u8;
/// The cell of a question that was left out.
pub const NOT_ANSWERED: RatingCell = 0;
/// The cell of a question that does not apply to the person.
pub const DOES_NOT_APPLY: RatingCell = 6;

/// How often 1, 2, 3, 4 and 5 were given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratings(pub [u32; 5]);

impl Ratings {
    /// Ratings given; "does not apply" and items left out are none.
    pub fn n(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Ratings of 4 or 5.
    pub fn favorable(&self) -> u32 {
        self.0[3] + self.0[4]
    }

    /// None without ratings.
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = (1..)
            .zip(self.0)
            .map(|(rating, n)| f64::from(rating) * f64::from(n))
            .sum();
        (self.n() > 0).then(|| sum / f64::from(self.n()))
    }

    /// The sample standard deviation; none for fewer than two ratings.
    pub fn sd(&self) -> Option<f64> {
        let mean = self.mean()?;
        let squares: f64 = (1..)
            .zip(self.0)
            .map(|(rating, n)| (f64::from(rating) - mean).powi(2) * f64::from(n))
            .sum();
        (self.n() > 1).then(|| (squares / f64::from(self.n() - 1)).sqrt())
    }

    /// The favorable share: as the group thinks now if everybody in it is known, else with Wilson's
    /// interval.
    pub fn favorable_share(&self, invited: Option<u32>) -> Option<Estimate> {
        let now = invited.and_then(|invited| intervals::now(self.favorable(), self.n(), invited));
        now.or_else(|| intervals::wilson(self.favorable(), self.n()))
    }
}

impl std::ops::AddAssign for Ratings {
    fn add_assign(&mut self, other: Self) {
        for (sum, n) in self.0.iter_mut().zip(other.0) {
            *sum += n;
        }
    }
}
