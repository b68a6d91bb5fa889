//! Associations of metrics with ratings.

use tribometer_statistics::association::association;
use tribometer_statistics::reference::{Table, near, within};

use super::input;

/// The median hours to the first review of each team of the reference that has any, beside its mean
/// rating of code review.
fn pickup_and_rating() -> (Vec<f64>, Vec<f64>) {
    let input = input(1);
    let responses = &input.responses;
    let cells = responses.cells("code-review").unwrap();
    let medians = Table::expected("pull_request_phases");
    let (teams, places) = responses.numbered_teams();
    let pairs = teams.into_iter().enumerate().map(|(at, team)| {
        let median = medians.find(&[("team", team), ("phase", "pickup")]);
        let ratings: Vec<f64> = (0..responses.len())
            .filter(|row| places[*row] == at)
            .filter(|row| (1..=5).contains(&cells[*row]))
            .map(|row| f64::from(cells[row]))
            .collect();
        let mean = ratings.iter().sum::<f64>() / ratings.len() as f64;
        (median.number("p50"), mean)
    });
    pairs.unzip()
}

#[test]
fn the_association_is_that_of_the_reference() {
    let expected = Table::expected("association");
    let row = expected.find(&[("pillar", "code-review")]);
    let (medians, means) = pickup_and_rating();
    assert_eq!(medians.len() as u32, row.count("teams"));
    let found = association(&medians, &means, 1).unwrap();
    near(found.spearman, row.number("spearman"));
    near(found.kendall, row.number("kendall_tau_b"));
    // Both drew 200,000 times and none reached the coefficient, or one or two did.
    within(found.p, row.number("spearman_p"), 1.1e-5);
}
