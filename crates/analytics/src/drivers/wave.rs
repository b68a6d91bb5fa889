//! The drivers of a wave: for each outcome, what share of its explained differences goes with each
//! pillar, or why that is not said.

use tribometer_findings::{Driver, ImpactFact, Note, OutcomeLeftOut};
use tribometer_statistics::drivers::products::Cases;
use tribometer_statistics::thresholds::IMPACT_PEOPLE;
use tribometer_surveys::survey::Survey;

use crate::answers::AnswerTables;
use crate::drivers::plan::{Plan, Rated, Teams};

/// The rows, outcome after outcome, and the notes about them.
#[derive(Debug, Default, PartialEq)]
pub struct Drivers {
    pub rows: Vec<Driver>,
    pub notes: Vec<Note>,
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
        if let Err(Some(why)) = plan.add(at) {
            plan.notes
                .add(outcome.named(), ImpactFact::NotShown { why });
        }
    }
    let (rows, notes) = plan.finish(seed);
    drivers.rows = rows;
    drivers.notes.extend(notes);
    drivers
}

impl Drivers {
    fn leave_out(&mut self, outcomes: &[Rated<'_>], why: OutcomeLeftOut) {
        if !outcomes.is_empty() {
            let outcomes = outcomes.iter().map(Rated::named).collect();
            self.notes.push(Note::OutcomesLeftOut { outcomes, why });
        }
    }

    /// The outcomes that enough people rated, and not all alike.
    fn usable<'a>(&mut self, outcomes: Vec<Rated<'a>>, teams: Teams<'a>) -> Vec<Rated<'a>> {
        let people = |outcome: &Rated<'a>| teams.table(&[*outcome]).complete(&[0]);
        let (outcomes, thin): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| people(outcome) >= IMPACT_PEOPLE);
        self.leave_out(&thin, OutcomeLeftOut::FewPeople);
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
        self.leave_out(&flat, OutcomeLeftOut::NoVariance);
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, DataFrame};
    use proptest::prelude::*;
    use tribometer_findings::{NoImpact, PillarNotShown};
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

    fn facts(drivers: &Drivers) -> Vec<&ImpactFact> {
        let facts = drivers.notes.iter().filter_map(|note| match note {
            Note::Impact { fact, .. } => Some(fact),
            _ => None,
        });
        facts.collect()
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
        let [
            Note::Impact {
                outcomes,
                of: 3,
                fact,
            },
        ] = &found.notes[..]
        else {
            panic!("{:?}", found.notes)
        };
        assert_eq!(outcomes.len(), 3);
        assert!(
            matches!(fact, ImpactFact::Pairwise { complete: 205, .. }),
            "{fact:?}"
        );
        assert_eq!(found, of(&input, &teams));
    }

    #[test]
    fn too_few_people_or_teams_and_outcomes_that_do_not_vary_are_refused() {
        let (input, teams) = wave();
        let note = |input: &Input, teams: &[usize]| {
            let found = of(input, teams);
            assert!(found.rows.is_empty());
            found.notes.into_iter().next_back()
        };
        let left_out = |note| match note {
            Some(Note::OutcomesLeftOut { why, .. }) => Some(why),
            _ => None,
        };
        let one_team = note(&input, &vec![0; teams.len()]);
        let Some(Note::Impact { fact, .. }) = one_team else {
            panic!("{one_team:?}")
        };
        let why = NoImpact::FewTeams { teams: 1 };
        assert_eq!(fact, ImpactFact::NotShown { why });
        let mut few = input.clone();
        for item in 0..few.responses.ratings.width() {
            few.responses.edit(item, |cells| cells[49..].fill(0));
        }
        let why = left_out(note(&few, &teams));
        assert_eq!(why, Some(OutcomeLeftOut::FewPeople));
        let mut flat = input.clone();
        for outcome in ["productive", "satisfied", "staying"] {
            let item = flat.responses.position(outcome);
            flat.responses.edit(item, |cells| cells.fill(4));
        }
        let why = left_out(note(&flat, &teams));
        assert_eq!(why, Some(OutcomeLeftOut::NoVariance));
        let alone: Vec<usize> = (0..teams.len()).collect();
        let why = left_out(note(&input, &alone));
        assert_eq!(why, Some(OutcomeLeftOut::NoVariance));
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
        let fact = ImpactFact::PillarsNotShown {
            pillars: vec!["documentation".into()],
            why: PillarNotShown::FewPeople,
        };
        assert_eq!(facts(&found)[0], &fact);
    }

    #[test]
    fn a_pillar_that_does_not_vary_is_left_out_and_named() {
        let (mut input, teams) = wave();
        let documentation = input.responses.position("documentation");
        input.responses.edit(documentation, |cells| cells.fill(3));
        let found = of(&input, &teams);
        assert_eq!(found.rows.len(), 21);
        assert!(found.rows.iter().all(|row| row.pillar != "documentation"));
        let fact = ImpactFact::PillarsNotShown {
            pillars: vec!["documentation".into()],
            why: PillarNotShown::NoVariance,
        };
        assert!(facts(&found).contains(&&fact), "{:?}", found.notes);
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
        let fact = ImpactFact::Collinear {
            pillars: vec!["local-environment".into(), "test-feedback".into()],
        };
        assert!(facts(&found).contains(&&fact), "{:?}", found.notes);
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
