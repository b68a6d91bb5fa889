//! The drivers of a wave: for each outcome, what share of its explained differences goes with each
//! pillar, or why that is not said.

use tribometer_findings::Driver;
use tribometer_statistics::drivers::Refusal;
use tribometer_statistics::drivers::products::Cases;
use tribometer_surveys::survey::Survey;

use crate::answers::AnswerTables;
use crate::drivers::plan::{LEAST_PEOPLE, Plan, Rated, Teams};

/// The rows, outcome after outcome, and what is to be said about them.
#[derive(Debug, Default, PartialEq)]
pub struct Drivers {
    pub rows: Vec<Driver>,
    pub notes: Vec<String>,
}

/// The drivers of all outcomes.
pub fn drivers(survey: &Survey, responses: &AnswerTables, teams: Teams<'_>, seed: u64) -> Drivers {
    let mut drivers = Drivers::default();
    let outcomes = survey.outcomes.iter().filter_map(|item| {
        Some(Rated {
            id: &item.id,
            name: &item.text,
            cells: responses.cells(&item.id)?,
        })
    });
    let pillars = survey.pillars().filter_map(|pillar| {
        Some(Rated {
            id: &pillar.id,
            name: &pillar.name,
            cells: responses.cells(&pillar.rating_item()?.id)?,
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
    use polars::prelude::{Column, DataFrame};
    use proptest::prelude::*;
    use tribometer_statistics::drivers::johnson::johnson;
    use tribometer_statistics::drivers::products::Table;
    use tribometer_statistics::drivers::{coefficients, lmg};
    use tribometer_statistics::reference::{Table as Expected, near};

    use super::*;
    use crate::input::Input;
    use crate::reference;

    /// The reference's wave 1, and the teams of its people.
    fn wave() -> (Input, Vec<usize>) {
        let input = reference::input(1);
        let teams = input.responses.numbered_teams().1;
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
            let column = |id: &str| input.responses.cells(id).unwrap();
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
        for item in 0..few.responses.ratings.width() {
            few.responses.edit(item, |cells| cells[49..].fill(0));
        }
        assert!(notes(&few, &teams).contains("that takes 50 people"));
        let mut flat = input.clone();
        for outcome in ["productive", "satisfied", "staying"] {
            let item = flat.responses.position(outcome);
            flat.responses.edit(item, |cells| cells.fill(4));
        }
        assert!(notes(&flat, &teams).contains("do not differ within teams"));
        let alone: Vec<usize> = (0..teams.len()).collect();
        assert!(notes(&input, &alone).contains("differ within teams"));
    }

    #[test]
    fn a_pillar_that_few_rated_is_left_out_by_itself() {
        let (mut input, teams) = wave();
        let documentation = input.responses.position("documentation");
        input
            .responses
            .edit(documentation, |cells| cells[40..].fill(6));
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
        let documentation = input.responses.position("documentation");
        input.responses.edit(documentation, |cells| cells.fill(3));
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
        let staying = input.responses.position("staying");
        input.responses.edit(staying, |cells| cells[100..].fill(0));
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
        for item in 0..input.responses.ratings.width() {
            input.responses.edit(item, |cells| {
                let cells = cells.iter_mut().enumerate();
                let gaps = cells.filter(|(_, cell)| !(1..=5).contains(*cell));
                gaps.for_each(|(row, cell)| *cell = (row % 5 + 1) as u8);
            });
        }
        let first = input.responses.ratings().next().unwrap().cells.to_vec();
        input
            .responses
            .edit(1, |cells| cells.copy_from_slice(&first));
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
            let columns = cells.chunks(120).zip(input.responses.ratings().collect::<Vec<_>>());
            let columns = columns.map(|(cells, ratings)| Column::new(ratings.item.into(), cells));
            input.responses.ratings = DataFrame::new(120, columns.collect()).unwrap();
            if collinear {
                input.responses.edit(1, |second| second.copy_from_slice(&cells[..120]));
            }
            if constant {
                input.responses.edit(2, |cells| cells.fill(5));
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
