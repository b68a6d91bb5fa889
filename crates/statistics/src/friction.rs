//! Friction: how many engineers in a hundred are held up by a pillar and would fix it first.

use crate::estimate::Estimate;
use crate::intervals;
use crate::resample::Sums;

/// The covariance of the pillars' friction when teams are the unit of chance: G/(G−1)·Σ
/// (e/n)(e/n)ᵀ, e a team's people in pain less what its size lets expect. `pain` has the people in
/// pain by pillar, then those who were asked by pillar, then the respondents, of each team. All
/// zero for fewer than two teams.
pub fn covariance(pain: &Sums) -> Vec<Vec<f64>> {
    let pillars = pain.width / 2;
    let total = pain.total();
    let teams: Vec<&[f64]> = pain
        .teams()
        .filter(|team| team[2 * pillars] > 0.0)
        .collect();
    let mut covariance = vec![vec![0.0; pillars]; pillars];
    if teams.len() < 2 {
        return covariance;
    }
    let count = teams.len() as f64;
    for team in teams {
        let excess = |at: usize| {
            let (asked, all) = (team[pillars + at], total[pillars + at].max(1.0));
            100.0 * (team[at] - asked * total[at] / all) / all
        };
        let excess: Vec<f64> = (0..pillars).map(excess).collect();
        for (row, a) in covariance.iter_mut().zip(&excess) {
            for (cell, b) in row.iter_mut().zip(&excess) {
                *cell += count / (count - 1.0) * a * b;
            }
        }
    }
    covariance
}

/// The design effect (Kish 1965): how many times the variance of friction is as great as if people
/// answered independently of their teams, the mean over pillars and at least 1. `pain` as in
/// [`covariance`], which gave the second.
pub fn design_effect(pain: &Sums, covariance: &[Vec<f64>]) -> f64 {
    let pillars = pain.width / 2;
    let total = pain.total();
    let effects: Vec<f64> = (0..pillars)
        .filter_map(|at| {
            let (share, asked) = (total[at] / total[pillars + at], total[pillars + at]);
            let independent = 100.0 * 100.0 * share * (1.0 - share) / asked;
            (independent > 0.0).then(|| covariance[at][at] / independent)
        })
        .collect();
    if effects.is_empty() {
        1.0
    } else {
        (effects.iter().sum::<f64>() / effects.len() as f64).max(1.0)
    }
}

/// The friction of a pillar about which nobody of n is in pain, or everybody: no draw of the teams
/// differs, which is no certainty. Wilson's interval, n counting for less by the design effect of
/// [`design_effect`].
pub fn unanimous(everybody: bool, n: f64, design_effect: f64) -> Option<Estimate> {
    let n = n / design_effect.max(1.0);
    let x = if everybody { n } else { 0.0 };
    let share = intervals::score_interval(x, n)?;
    Some(Estimate {
        value: 100.0 * share.value,
        low: 100.0 * share.low,
        high: 100.0 * share.high,
    })
}

/// The respondents of each team that has any, as [`covariance`] counts them.
pub fn sizes(pain: &Sums) -> Vec<f64> {
    let respondents = pain.teams().filter_map(|team| team.last().copied());
    respondents.filter(|people| *people > 0.0).collect()
}

/// The probability of each pillar to be among the worst three, from replicates of its friction;
/// pillars that tie for a place share it.
pub fn worst_three(replicates: &[Vec<f64>]) -> Vec<f64> {
    let count = replicates.first().map_or(0, Vec::len);
    let places = replicates.len().min(3);
    let mut probability = vec![0.0; replicates.len()];
    let mut sorted = Vec::with_capacity(replicates.len());
    for replicate in 0..count {
        sorted.clear();
        sorted.extend(replicates.iter().map(|pillar| pillar[replicate]));
        sorted.sort_unstable_by(|a: &f64, b| b.total_cmp(a));
        let last = sorted[places - 1];
        let above = sorted.iter().filter(|friction| **friction > last).count();
        let tied = sorted.iter().filter(|friction| **friction == last).count();
        for (probability, pillar) in probability.iter_mut().zip(replicates) {
            if pillar[replicate] > last {
                *probability += 1.0;
            } else if pillar[replicate] == last {
                *probability += (places - above) as f64 / tied as f64;
            }
        }
    }
    probability
        .into_iter()
        .map(|places: f64| (places / count.max(1) as f64).min(1.0))
        .collect()
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn places_in_the_worst_three_are_shared_by_ties() {
        let replicates = [vec![9.0], vec![5.0], vec![5.0], vec![5.0], vec![1.0]];
        assert_eq!(
            worst_three(&replicates),
            [1.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 0.0]
        );
        assert_eq!(worst_three(&[vec![0.0], vec![3.0]]), [1.0, 1.0]);
        assert!(worst_three(&[]).is_empty());
    }
}
