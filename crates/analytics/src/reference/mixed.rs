//! Components of variance.

use tribometer_statistics::mixed::{Fit, Team};
use tribometer_statistics::reference::{Table, within};

use super::input;

/// The teams of the reference's wave 1 by name, with their ratings of a pillar.
fn teams(pillar: &str) -> Vec<(String, Team)> {
    let responses = input(1).responses;
    let (names, places) = responses.numbered_teams();
    let department = |name: &str| name.split(" / ").nth(1).unwrap().to_owned();
    let mut departments: Vec<String> = names.iter().map(|name| department(name)).collect();
    departments.sort();
    departments.dedup();
    let mut teams: Vec<(String, Team)> = names
        .iter()
        .map(|name| {
            let department = departments.binary_search(&department(name)).unwrap();
            (
                (*name).to_owned(),
                Team {
                    department,
                    ..Team::default()
                },
            )
        })
        .collect();
    for (cell, place) in responses.cells(pillar).unwrap().iter().zip(places) {
        if let rating @ 1..=5 = cell {
            let (rating, team) = (f64::from(*rating), &mut teams[place].1);
            team.n += 1.0;
            team.sum += rating;
            team.squares += rating * rating;
        }
    }
    teams
}

#[test]
fn components_and_estimates_are_those_of_the_reference() {
    let (components, estimates) = (
        Table::expected("reml_components"),
        Table::expected("reml_estimates"),
    );
    assert_eq!((components.len(), estimates.len()), (8, 240));
    for row in components.rows() {
        let teams = teams(row.text("pillar"));
        let sample: Vec<Team> = teams.iter().map(|(_, team)| *team).collect();
        let fit = Fit::reml(&sample).unwrap();
        within(fit.mu, row.number("mu"), 1e-4);
        within(fit.sigma2, row.number("sigma2"), 1e-4);
        within(fit.sigma2 * fit.ratios.team, row.number("tau2_team"), 1e-4);
        within(
            fit.sigma2 * fit.ratios.department,
            row.number("tau2_dept"),
            1e-4,
        );
        within(fit.deviance, row.number("reml_deviance"), 1e-6);
        for (name, team) in &teams {
            let key = [("team", name.as_str()), ("pillar", row.text("pillar"))];
            let expected = estimates.find(&key);
            assert_eq!(team.n, expected.number("n"));
            within(fit.predict(team), expected.number("estimate"), 1e-4);
        }
    }
}

#[test]
fn nobody_is_expected_where_the_department_is() {
    let fit = Fit::reml(
        &teams("code-review")
            .into_iter()
            .map(|(_, team)| team)
            .collect::<Vec<_>>(),
    );
    let fit = fit.unwrap();
    let silent = |department| Team {
        department,
        ..Team::default()
    };
    assert_eq!(fit.predict(&silent(2)), fit.expected(2));
    assert_eq!(fit.predict(&silent(99)), fit.mu);
    assert_eq!(fit.expected_error(99).1, 1.0);
}
