//! The drivers of a wave: for each outcome, what share of its explained differences goes with each
//! pillar, or why that is not said.

use tribometer_findings::Driver;
use tribometer_statistics::drivers::Refusal;
use tribometer_statistics::drivers::products::Cases;
use tribometer_surveys::survey::{Item, Survey};

use crate::drivers::plan::{LEAST_PEOPLE, Plan, Rated, Teams};
use crate::input::Responses;

/// The rows, outcome after outcome, and what is to be said about them.
#[derive(Debug, Default, PartialEq)]
pub struct Drivers {
    pub rows: Vec<Driver>,
    pub notes: Vec<String>,
}

/// The drivers of all outcomes.
pub fn drivers(survey: &Survey, responses: &Responses, teams: Teams<'_>, seed: u64) -> Drivers {
    let mut drivers = Drivers::default();
    let cells = |item: &Item| {
        let ratings = responses
            .ratings
            .iter()
            .find(|ratings| ratings.item == item.id)?;
        Some(ratings.cells.as_slice())
    };
    let outcomes = survey.outcomes.iter().filter_map(|item| {
        let cells = cells(item)?;
        Some(Rated {
            id: &item.id,
            name: &item.text,
            cells,
        })
    });
    let pillars = survey.pillars().filter_map(|pillar| {
        let cells = cells(pillar.rating_item()?)?;
        Some(Rated {
            id: &pillar.id,
            name: &pillar.name,
            cells,
        })
    });
    let mut rated = drivers.usable(outcomes.collect(), teams);
    let outcomes = rated.len();
    rated.extend(pillars);
    let mut plan = Plan::new(&rated, outcomes, teams);
    for (at, outcome) in rated.iter().enumerate().take(outcomes) {
        if let Err(Some(reason)) = plan.add(at) {
            plan.said.not_shown(outcome.name, reason);
        }
    }
    let (rows, notes) = plan.finish(seed);
    drivers.rows = rows;
    drivers.notes.extend(notes);
    drivers
}

impl Drivers {
    fn refuse(&mut self, outcomes: &[Rated<'_>], reason: &str) {
        if !outcomes.is_empty() {
            let names: Vec<String> = outcomes
                .iter()
                .map(|outcome| format!("“{}”", outcome.name))
                .collect();
            self.notes.push(format!(
                "Impact on {} is not shown: {reason}.",
                names.join(", ")
            ));
        }
    }

    /// The outcomes that enough people rated, and not all alike.
    fn usable<'a>(&mut self, outcomes: Vec<Rated<'a>>, teams: Teams<'a>) -> Vec<Rated<'a>> {
        let people = |outcome: &Rated<'a>| teams.table(&[*outcome]).complete(&[0]);
        let (outcomes, thin): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| people(outcome) >= LEAST_PEOPLE);
        self.refuse(
            &thin,
            &format!("that takes {LEAST_PEOPLE} people who rated it"),
        );
        let variance = |outcome: &Rated<'a>| {
            teams
                .table(&[*outcome])
                .products(Cases::Complete)
                .sums
                .total()[0]
        };
        let (outcomes, flat): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| variance(outcome) > 0.0);
        self.refuse(&flat, &Refusal::NoVariance.to_string());
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tribometer_statistics::drivers::johnson::johnson;
    use tribometer_statistics::drivers::products::Table;
    use tribometer_statistics::drivers::{coefficients, lmg};
    use tribometer_statistics::reference::{Table as Expected, near};

    use super::*;
    use crate::input::{Input, Ratings};
    use crate::reference;

    /// The reference's wave 1, and the teams of its people.
    fn wave() -> (Input, Vec<usize>) {
        let input = reference::input(1);
        let teams = input
            .responses
            .people
            .team
            .codes
            .iter()
            .map(|code| *code as usize);
        let teams = teams.collect();
        (input, teams)
    }

    fn of(input: &Input, teams: &[usize]) -> Drivers {
        let count = teams.iter().max().map_or(0, |last| last + 1);
        drivers(
            &input.survey,
            &input.responses,
            Teams { of: teams, count },
            1,
        )
    }

    #[test]
    fn complete_cases_give_the_reference() {
        let (input, teams) = wave();
        let expected = Expected::expected("drivers");
        let ids: Vec<String> = input
            .survey
            .pillars()
            .map(|pillar| pillar.id.clone())
            .collect();
        for outcome in ["productive", "satisfied", "staying"] {
            let column = |id: &str| {
                let ratings = input
                    .responses
                    .ratings
                    .iter()
                    .find(|ratings| ratings.item == id);
                ratings.unwrap().cells.as_slice()
            };
            let items = std::iter::once(outcome)
                .chain(ids.iter().map(String::as_str))
                .map(column);
            let table = Table {
                items: items.collect(),
                teams: &teams,
                count_of_teams: 30,
            };
            let products = table.products(Cases::Complete);
            let all: Vec<usize> = (0..=ids.len()).collect();
            let (covariance, _) = products.covariance(&all, &products.sums.total());
            let (exact, quick) = (
                lmg::lmg(&covariance).unwrap(),
                johnson(&covariance).unwrap(),
            );
            let coefficients = coefficients(&covariance).unwrap();
            for (at, id) in ids.iter().enumerate() {
                let row = expected.find(&[("outcome", outcome), ("pillar", id)]);
                assert_eq!(table.complete(&all), row.count("n"));
                near(exact.weights[at], row.number("lmg"));
                near(quick.weights[at], row.number("johnson"));
                near(exact.r_squared, row.number("r_squared"));
                near(coefficients[at], row.number("coefficient"));
            }
        }
    }

    #[test]
    fn shares_add_up_and_lie_in_their_intervals() {
        let (input, teams) = wave();
        let found = of(&input, &teams);
        assert_eq!(found.rows.len(), 24);
        for outcome in found.rows.chunks(8) {
            near(outcome.iter().map(|row| row.share.value).sum(), 1.0);
            near(
                outcome.iter().map(|row| row.weight.abs()).sum(),
                outcome[0].r_squared,
            );
        }
        assert!(found.rows.iter().all(|row| row.share.low < row.share.value
            && row.share.value < row.share.high
            && row.share.high <= 1.0));
        // A quarter left something out: pairs are used, and it is said.
        assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
        assert!(
            found.notes[0].starts_with("Impact: 205 of "),
            "{:?}",
            found.notes
        );
        assert_eq!(found, of(&input, &teams));
    }

    #[test]
    fn too_few_people_or_teams_and_outcomes_that_do_not_vary_are_refused() {
        let (input, teams) = wave();
        let notes = |input: &Input, teams: &[usize]| {
            let found = of(input, teams);
            assert!(found.rows.is_empty());
            found.notes.join("\n")
        };
        assert!(notes(&input, &vec![0; teams.len()]).contains("8 teams, and there are 1"));
        let mut few = input.clone();
        few.responses
            .ratings
            .iter_mut()
            .for_each(|ratings| ratings.cells[49..].fill(0));
        assert!(notes(&few, &teams).contains("that takes 50 people"));
        let mut flat = input.clone();
        let is_outcome = |ratings: &&mut Ratings| {
            ["productive", "satisfied", "staying"].contains(&ratings.item.as_str())
        };
        flat.responses
            .ratings
            .iter_mut()
            .filter(is_outcome)
            .for_each(|ratings| ratings.cells.fill(4));
        assert!(notes(&flat, &teams).contains("do not differ within teams"));
        let alone: Vec<usize> = (0..teams.len()).collect();
        assert!(notes(&input, &alone).contains("differ within teams"));
    }

    #[test]
    fn a_pillar_that_few_rated_is_left_out_by_itself() {
        let (mut input, teams) = wave();
        let documentation = |ratings: &&mut Ratings| ratings.item == "documentation";
        let ratings = input.responses.ratings.iter_mut().find(documentation);
        ratings.unwrap().cells[40..].fill(6);
        let found = of(&input, &teams);
        assert_eq!(found.rows.len(), 21);
        assert!(
            found.notes[0].starts_with("Impact of Documentation is not shown"),
            "{:?}",
            found.notes
        );
    }

    #[test]
    fn a_pillar_that_does_not_vary_is_left_out_and_named() {
        let (mut input, teams) = wave();
        let documentation = |ratings: &&mut Ratings| ratings.item == "documentation";
        let ratings = input.responses.ratings.iter_mut().find(documentation);
        ratings.unwrap().cells.fill(3);
        let found = of(&input, &teams);
        assert_eq!(found.rows.len(), 21);
        assert!(found.rows.iter().all(|row| row.pillar != "documentation"));
        let note = "Impact of Documentation is not shown: its ratings do not differ within teams.";
        assert!(
            found.notes.iter().any(|own| own == note),
            "{:?}",
            found.notes
        );
    }

    #[test]
    fn an_outcome_that_few_rated_takes_nothing_from_the_others() {
        let (mut input, teams) = wave();
        let rows = |input: &Input, outcome: &str| -> Vec<Driver> {
            let rows = of(input, &teams).rows.into_iter();
            rows.filter(|row| row.outcome == outcome).collect()
        };
        let before = [rows(&input, "productive"), rows(&input, "staying")];
        let staying = |ratings: &&mut Ratings| ratings.item == "staying";
        let cells = &mut input
            .responses
            .ratings
            .iter_mut()
            .find(staying)
            .unwrap()
            .cells;
        cells[100..].fill(0);
        let after = [rows(&input, "productive"), rows(&input, "staying")];
        for (before, after) in before[0].iter().zip(&after[0]) {
            assert_eq!((&before.pillar, before.n), (&after.pillar, after.n));
            // Sums may be added up in another order.
            near(before.weight, after.weight);
            near(before.share.low, after.share.low);
            near(before.share.high, after.share.high);
        }
        assert!(before[0][0].n > 200 && after[1].iter().all(|row| row.n < 100));
    }

    #[test]
    fn areas_that_say_the_same_are_named() {
        let (mut input, teams) = wave();
        // Everybody rated everything.
        for ratings in &mut input.responses.ratings {
            for (row, cell) in ratings.cells.iter_mut().enumerate() {
                if !(1..=5).contains(cell) {
                    *cell = (row % 5 + 1) as u8;
                }
            }
        }
        input.responses.ratings[1].cells = input.responses.ratings[0].cells.clone();
        let found = of(&input, &teams);
        let alike: Vec<&Driver> = found.rows.chunks(8).flat_map(|rows| &rows[..2]).collect();
        for pair in alike.chunks(2) {
            near(pair[0].share.value, pair[1].share.value);
        }
        let note = "Local environment, Test feedback say the same: what they explain is shared out equally among them.";
        assert!(
            found.notes.iter().any(|own| own.contains(note)),
            "{:?}",
            found.notes
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn no_number_is_missing_whatever_people_answer(
            cells in proptest::collection::vec(0u8..=6, 11 * 120), collinear in any::<bool>(), constant in any::<bool>(), teams in 1usize..40
        ) {
            let (mut input, _) = wave();
            for (item, ratings) in input.responses.ratings.iter_mut().enumerate() {
                ratings.cells = cells[120 * item..][..120].to_vec();
            }
            if collinear {
                input.responses.ratings[1].cells = input.responses.ratings[0].cells.clone();
            }
            if constant {
                input.responses.ratings[2].cells.fill(5);
            }
            let teams: Vec<usize> = (0..120).map(|row| row % teams).collect();
            let found = of(&input, &teams);
            prop_assert!(!found.rows.is_empty() || !found.notes.is_empty());
            for row in &found.rows {
                let numbers = [row.weight, row.share.value, row.share.low, row.share.high, row.r_squared];
                prop_assert!(numbers.iter().all(|number| number.is_finite()), "{row:?}");
                prop_assert!(row.share.low <= row.share.value && row.share.value <= row.share.high);
                prop_assert!((0.0..=1.0 + 1e-9).contains(&row.r_squared));
            }
        }
    }
}
