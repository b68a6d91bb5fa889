//! Changes between waves.

use std::collections::HashMap;

use tribometer_statistics::change::{TwoWaves, newcombe};
use tribometer_statistics::reference::{Table, near, within};

use super::input;
use crate::answers::AnswerTables;

/// The two waves' ratings of a team of the reference, by pillar.
fn two_waves(team: &str, pillar: &str) -> TwoWaves {
    let input = input(2);
    let ratings = |responses: &AnswerTables| -> HashMap<String, u8> {
        let respondents = responses.respondents.iter().flatten();
        let cells = responses.cells(pillar).unwrap().iter();
        respondents
            .zip(responses.teams())
            .zip(cells)
            .filter(|((_, path), cell)| path.starts_with(team) && (1..=5).contains(*cell))
            .map(|((respondent, _), cell)| (respondent.to_owned(), *cell))
            .collect()
    };
    let now = ratings(&input.responses);
    let mut before = ratings(&input.previous[0].responses);
    let mut both = TwoWaves::default();
    for (respondent, rating) in now {
        both.add(Some(rating), before.remove(&respondent));
    }
    before
        .into_values()
        .for_each(|rating| both.add(None, Some(rating)));
    both
}

#[test]
fn partly_linked_waves_are_compared_as_in_the_reference() {
    let expected = Table::expected("changes");
    assert_eq!(expected.len(), 48);
    for row in expected.rows() {
        let both = two_waves(row.text("team"), row.text("pillar"));
        let counts = [both.before.n, both.now.n, both.linked_now.n];
        assert_eq!(
            counts,
            ["n_1", "n_2", "n_both"].map(|column| row.count(column))
        );
        let test = both.test().unwrap();
        near(both.correlation().unwrap(), row.number("r"));
        near(test.change, row.number("change"));
        near(test.statistic, row.number("t"));
        within(test.degrees, row.number("df"), 1e-6);
        near(test.p, row.number("p"));
        near(test.low, row.number("low"));
        near(test.high, row.number("high"));

        let unlinked = TwoWaves {
            now: both.now,
            before: both.before,
            ..TwoWaves::default()
        };
        let welch = unlinked.test().unwrap();
        near(welch.statistic, row.number("welch_t"));
        within(welch.degrees, row.number("welch_df"), 1e-6);
        near(welch.p, row.number("welch_p"));
    }
}

#[test]
fn changes_of_shares_are_those_of_the_reference() {
    let input = input(2);
    for row in Table::expected("newcombe").rows() {
        let share = |responses: &AnswerTables| {
            let cells = responses.cells(row.text("pillar")).unwrap();
            let rated = cells.iter().filter(|cell| (1..=5).contains(*cell));
            (
                cells.iter().filter(|cell| matches!(cell, 4 | 5)).count() as u32,
                rated.count() as u32,
            )
        };
        let change =
            newcombe(share(&input.responses), share(&input.previous[0].responses)).unwrap();
        near(change.change, row.number("difference"));
        near(change.low, row.number("low"));
        near(change.high, row.number("high"));
    }
}
