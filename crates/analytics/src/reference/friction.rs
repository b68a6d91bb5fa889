//! Friction, its error and its ranks.

use tribometer_findings::Pain;
use tribometer_statistics::friction::{covariance, sizes, worst_three};
use tribometer_statistics::ranks::RankSets;
use tribometer_statistics::reference::{Table, near, within};
use tribometer_statistics::resample::{Sums, bootstrap, interval};

use super::input;
use crate::answers::ItemRatings;
use crate::pain::{definition, in_pain};

/// People in pain and people asked by pillar of wave 1, and respondents, of each of the 30 teams.
fn pain() -> Sums {
    let input = input(1);
    let responses = &input.responses;
    assert_eq!(definition(responses), Pain::PickedAndRatedLow);
    let (teams, places) = responses.numbered_teams();
    let ratings: Vec<ItemRatings> = responses.ratings().collect();
    let mut sums = Sums::new(teams.len(), 17);
    for (row, place) in places.into_iter().enumerate() {
        let team = sums.team(place);
        for (pillar, sum) in team.iter_mut().take(8).enumerate() {
            let (rating, picked) = (ratings[pillar].cells[row], responses.picked(pillar)(row));
            *sum += f64::from(in_pain(Pain::PickedAndRatedLow, rating, picked));
        }
        team[8..].iter_mut().for_each(|asked| *asked += 1.0);
    }
    sums
}

fn pillars() -> Vec<String> {
    input(1)
        .survey
        .pillars()
        .map(|pillar| pillar.id.clone())
        .collect()
}

#[test]
fn friction_its_error_and_its_ranks_are_those_of_the_reference() {
    let (expected, pain) = (Table::expected("friction"), pain());
    let total = pain.total();
    let friction: Vec<f64> = total[..8]
        .iter()
        .map(|pain| 100.0 * pain / total[8])
        .collect();
    let covariance = covariance(&pain);
    let share = |total: &[f64]| {
        total[..8]
            .iter()
            .map(|pain| 100.0 * pain / total[8])
            .collect()
    };
    let replicates = bootstrap(&pain, 20_000, 1, share);
    let worst = worst_three(&replicates);
    let sets = RankSets::new(&friction, &covariance, &sizes(&pain), 1);
    for (at, pillar) in pillars().iter().enumerate() {
        let row = expected.find(&[("pillar", pillar)]);
        assert_eq!(total[8], row.number("n"));
        near(friction[at], row.number("friction"));
        near(covariance[at][at].sqrt(), row.number("se_cluster"));
        let interval = interval(friction[at], &replicates[at], &sizes(&pain));
        within(interval.low, row.number("bootstrap_low"), 0.3);
        within(interval.high, row.number("bootstrap_high"), 0.3);
        within(worst[at], row.number("worst3_probability"), 0.01);
        let limits = |set: (u32, u32)| [set.0, set.1];
        assert_eq!(
            limits(sets.simultaneous[at]),
            ["simultaneous_low", "simultaneous_high"].map(|name| row.count(name)),
            "{pillar}"
        );
        assert_eq!(
            limits(sets.marginal(at)),
            ["marginal_low", "marginal_high"].map(|name| row.count(name)),
            "{pillar}"
        );
    }
}

#[test]
fn the_covariance_is_that_of_the_reference() {
    let (expected, covariance, pillars) = (
        Table::expected("friction_covariance"),
        covariance(&pain()),
        pillars(),
    );
    for (row, a) in covariance.iter().zip(&pillars) {
        for (cell, b) in row.iter().zip(&pillars) {
            near(*cell, expected.find(&[("pillar", a)]).number(b));
        }
    }
}
