//! Weights of respondents.

use tribometer_statistics::intervals;
use tribometer_statistics::raking::{Margin, effective_n, rake};
use tribometer_statistics::reference::{Table, within};

use super::input;
use crate::input::{Column, Input, Names};

fn margin(
    name: &str,
    roster: &Column,
    respondents: &Column,
    category: impl Fn(&str) -> String,
) -> Margin {
    let mut names = Names::default();
    let asked: Vec<u32> = (0..roster.codes.len())
        .map(|row| names.code(&category(roster.value(row))))
        .collect();
    let of = (0..respondents.codes.len())
        .map(|row| names.code(&category(respondents.value(row))))
        .collect();
    let mut invited = vec![0; names.all().len()];
    asked.iter().for_each(|code| invited[*code as usize] += 1);
    Margin {
        name: name.into(),
        of,
        invited,
    }
}

fn reference_margins(input: &Input) -> Vec<Margin> {
    let (roster, people) = (input.roster.as_ref().unwrap(), &input.responses.people);
    let department = |path: &str| path.split(" / ").nth(1).unwrap_or_default().to_owned();
    let attribute = |name: &str| {
        margin(
            name,
            &roster.attributes[name],
            &people.attributes[name],
            str::to_owned,
        )
    };
    vec![
        margin("department", &roster.team, &people.team, department),
        attribute("role"),
        attribute("location"),
    ]
}

#[test]
fn weights_and_weighted_shares_are_those_of_the_reference() {
    let input = input(1);
    let raked = rake(&reference_margins(&input), None).unwrap();
    assert!(raked.converged && raked.gap < 1e-9 && raked.dropped.is_empty());
    let expected = Table::expected("raking_weights");
    assert_eq!(expected.len(), raked.weights.len());
    for (respondent, weight) in input.responses.respondents.iter().zip(&raked.weights) {
        let row = expected.find(&[("respondent", respondent)]);
        within(*weight, row.number("weight"), 1e-6);
    }
    for row in Table::expected("weighted").rows() {
        let ratings = input
            .responses
            .ratings
            .iter()
            .find(|ratings| ratings.item == row.text("pillar"))
            .unwrap();
        let rated: Vec<(bool, f64)> = ratings
            .cells
            .iter()
            .zip(&raked.weights)
            .filter(|(cell, _)| (1..=5).contains(*cell))
            .map(|(cell, weight)| (*cell >= 4, *weight))
            .collect();
        let weights: Vec<f64> = rated.iter().map(|(_, weight)| *weight).collect();
        within(effective_n(&weights).unwrap(), row.number("kish_n"), 1e-6);
        let share = intervals::weighted_wilson(rated).unwrap();
        within(share.value, row.number("weighted"), 1e-6);
        within(share.low, row.number("low"), 1e-6);
        within(share.high, row.number("high"), 1e-6);
    }
}
