//! Weights of respondents.

use std::collections::HashMap;

use polars::prelude::DataFrame;
use tribometer_statistics::intervals;
use tribometer_statistics::raking::{Margin, effective_n, rake};
use tribometer_statistics::reference::{Table, within};

use super::input;
use crate::answers::{TEAM, by_category};
use crate::input::Input;

fn margin(name: &str, column: &str, input: &Input, category: impl Fn(&str) -> String) -> Margin {
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut of = |people: &DataFrame| {
        by_category(people.column(column).unwrap(), |text| {
            let next = codes.len() as u32;
            *codes.entry(category(text)).or_insert(next)
        })
    };
    let asked = of(input.roster.as_ref().unwrap());
    let of = of(&input.responses.people);
    let mut invited = vec![0; codes.len()];
    asked.iter().for_each(|code| invited[*code as usize] += 1);
    Margin {
        name: name.into(),
        of,
        invited,
    }
}

fn reference_margins(input: &Input) -> Vec<Margin> {
    let department = |path: &str| path.split(" / ").nth(1).unwrap_or_default().to_owned();
    vec![
        margin("department", TEAM, input, department),
        margin("role", "role", input, str::to_owned),
        margin("location", "location", input, str::to_owned),
    ]
}

#[test]
fn weights_and_weighted_shares_are_those_of_the_reference() {
    let input = input(1);
    let raked = rake(&reference_margins(&input), None).unwrap();
    assert!(raked.converged && raked.gap < 1e-9 && raked.dropped.is_empty());
    let expected = Table::expected("raking_weights");
    assert_eq!(expected.len(), raked.weights.len());
    for (respondent, weight) in input
        .responses
        .respondents
        .iter()
        .flatten()
        .zip(&raked.weights)
    {
        let row = expected.find(&[("respondent", respondent)]);
        within(*weight, row.number("weight"), 1e-6);
    }
    for row in Table::expected("weighted").rows() {
        let cells = input.responses.cells(row.text("pillar")).unwrap();
        let rated: Vec<(bool, f64)> = cells
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
