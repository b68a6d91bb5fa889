//! The drivers of a wave: for each outcome, what share of its explained differences goes with each pillar, or why that is not said.

use nalgebra::DMatrix;
use tribometer_surveys::survey::{Item, Survey};

use super::products::{Cases, Products, Table, triangle};
use super::{COLLINEAR, Refusal, coefficients, johnson::johnson, lmg};
use crate::findings::Driver;
use crate::input::{RatingCell, Responses};
use crate::resample::{REPLICATES, bootstrap, interval};

/// Fewer people or teams carry no drivers.
const LEAST_PEOPLE: u32 = 50;
const LEAST_TEAMS: usize = 8;
/// People a pillar, beside one a team: each team's mean is taken from them too.
const PEOPLE_A_PILLAR: usize = 2;
/// Up to this share of people may be left out for a rating that they did not give.
const MOST_LOST: f64 = 0.05;

/// The rows, outcome after outcome, and what is to be said about them.
#[derive(Debug, Default, PartialEq)]
pub struct Drivers {
    pub rows: Vec<Driver>,
    pub notes: Vec<String>,
}

/// An item with everybody's ratings of it.
#[derive(Clone, Copy)]
struct Rated<'a> {
    /// The outcome's id, or the pillar's.
    id: &'a str,
    /// What a note calls it.
    name: &'a str,
    cells: &'a [RatingCell],
}

/// Each respondent's team from 0 on, and how many teams there are.
#[derive(Clone, Copy)]
pub struct Teams<'a> {
    pub of: &'a [usize],
    pub count: usize,
}

impl<'a> Teams<'a> {
    fn table(self, items: &[Rated<'a>]) -> Table<'a> {
        Table {
            items: items.iter().map(|rated| rated.cells).collect(),
            teams: self.of,
            count_of_teams: self.count,
        }
    }
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
    let outcomes = drivers.usable(outcomes.collect(), teams);
    let pillars = drivers.rated_together(&outcomes, pillars.collect(), teams);
    if outcomes.is_empty() || pillars.is_empty() {
        return drivers;
    }

    let items: Vec<Rated> = outcomes.iter().chain(&pillars).copied().collect();
    let table = teams.table(&items);
    let (pairs, complete) = (table.pairs(), table.complete());
    let is_complete = f64::from(complete) >= (1.0 - MOST_LOST) * f64::from(pairs[0]);
    let (cases, n) = match pairs.iter().min() {
        Some(least) if !is_complete => (Cases::Pairwise, *least),
        _ => (Cases::Complete, complete),
    };
    let products = table.products(cases);
    let behind = Behind {
        people: n,
        teams: products.teams(),
    };
    if let Some(reason) = behind.too_thin(pillars.len()) {
        drivers.refuse(&outcomes, &reason);
        return drivers;
    }
    let (covariance, raised) = products.covariance(&products.sums.total());
    if cases == Cases::Pairwise {
        drivers.notes.push(format!(
            "Impact: {complete} of {} respondents rated everything, so each pair of areas is taken from those who rated both, at least {n}.",
            pairs[0]
        ));
    }
    if raised > 0 {
        drivers.notes.push(format!(
            "Impact: pairs that different people rated contradicted each other; {raised} of {} eigenvalues of their correlations were raised.",
            items.len()
        ));
    }
    if pillars.len() > lmg::MOST {
        drivers.notes.push(format!(
            "Impact is by Johnson’s relative weights: the exact shares of more than {} areas take too long.",
            lmg::MOST
        ));
    }
    let replicates = replicates(&products, outcomes.len(), seed);
    for ((at, outcome), replicates) in outcomes.iter().enumerate().zip(replicates) {
        match rows(
            &part(&covariance, outcomes.len(), at),
            &replicates,
            (outcome, &pillars),
            behind,
        ) {
            Ok(rows) => drivers.rows.extend(rows),
            Err(reason) => drivers.refuse(&[*outcome], &reason.to_string()),
        }
    }
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
        let people = |outcome: &Rated<'a>| teams.table(&[*outcome]).complete();
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

    /// The pillars of which each pair, and each with each outcome, was rated by enough of the same people. Of a pair that was not, the pillar with fewer ratings goes.
    fn rated_together<'a>(
        &mut self,
        outcomes: &[Rated<'a>],
        mut pillars: Vec<Rated<'a>>,
        teams: Teams<'a>,
    ) -> Vec<Rated<'a>> {
        let mut gone = Vec::new();
        loop {
            let items: Vec<Rated> = outcomes.iter().chain(&pillars).copied().collect();
            let pairs = teams.table(&items).pairs();
            let of = |row: usize, column: usize| pairs[triangle(row, column)];
            let first = outcomes.len();
            let all =
                (first..items.len()).flat_map(|row| (0..=row).map(move |column| (row, column)));
            let Some((row, column)) = all
                .filter(|at| of(at.0, at.1) < LEAST_PEOPLE)
                .min_by_key(|at| of(at.0, at.1))
            else {
                break;
            };
            let fewer = if column >= first && of(column, column) < of(row, row) {
                column
            } else {
                row
            };
            gone.push(pillars.remove(fewer - first).name);
        }
        if !gone.is_empty() && !outcomes.is_empty() {
            self.notes.push(format!(
                "Impact of {} is not shown: that takes {LEAST_PEOPLE} people who rated it and each of the other areas.",
                gone.join(", ")
            ));
        }
        pillars
    }
}

/// Who stands behind the drivers.
#[derive(Clone, Copy)]
struct Behind {
    people: u32,
    teams: usize,
}

impl Behind {
    /// Why so many people in so many teams carry no drivers.
    fn too_thin(self, pillars: usize) -> Option<String> {
        let Self { people, teams } = self;
        let least = teams + PEOPLE_A_PILLAR * pillars;
        if people < LEAST_PEOPLE {
            Some(format!(
                "that takes {LEAST_PEOPLE} people who rated everything, and there are {people}"
            ))
        } else if teams < LEAST_TEAMS {
            Some(format!(
                "that takes answers from {LEAST_TEAMS} teams, and there are {teams}"
            ))
        } else if (people as usize) < least {
            Some(format!(
                "{pillars} areas and {teams} teams take {least} people, and there are {people}"
            ))
        } else {
            None
        }
    }
}

/// The covariance of one of the outcomes, which come first, with the pillars.
fn part(covariance: &DMatrix<f64>, outcomes: usize, outcome: usize) -> DMatrix<f64> {
    let items: Vec<usize> = std::iter::once(outcome)
        .chain(outcomes..covariance.nrows())
        .collect();
    covariance.select_rows(&items).select_columns(&items)
}

/// By outcome and pillar, the share by Johnson's weights in each draw of the teams.
fn replicates(products: &Products, outcomes: usize, seed: u64) -> Vec<Vec<Vec<f64>>> {
    let drawn = bootstrap(&products.sums, REPLICATES, seed, |total| {
        let (covariance, _) = products.covariance(total);
        let pillars = covariance.nrows() - outcomes;
        let shares = (0..outcomes).flat_map(|outcome| {
            match johnson(&part(&covariance, outcomes, outcome)) {
                Ok(explained) => explained.shares(),
                Err(_) => vec![f64::NAN; pillars],
            }
        });
        shares.collect()
    });
    let pillars = drawn.len() / outcomes.max(1);
    let mut drawn = drawn.into_iter();
    (0..outcomes)
        .map(|_| drawn.by_ref().take(pillars).collect())
        .collect()
}

/// An outcome's rows. The interval is that of the share by Johnson's weights, in proportion to the exact share.
fn rows(
    covariance: &DMatrix<f64>,
    replicates: &[Vec<f64>],
    (outcome, pillars): (&Rated<'_>, &[Rated<'_>]),
    behind: Behind,
) -> Result<Vec<Driver>, Refusal> {
    let quick = johnson(covariance)?;
    let exact = match lmg::lmg(covariance) {
        Err(Refusal::TooManyPredictors) => quick.clone(),
        exact => exact?,
    };
    if exact.r_squared <= COLLINEAR {
        return Err(Refusal::NothingExplained);
    }
    let signs = coefficients(covariance)?;
    let (quick, shares) = (quick.shares(), exact.shares());
    let row = |(at, pillar): (usize, &Rated<'_>)| {
        let (value, scale) = (shares[at], shares[at] / quick[at]);
        let drawn: Vec<f64> = replicates[at]
            .iter()
            .map(|share| (share * scale).min(1.0))
            .collect();
        Driver {
            outcome: outcome.id.to_owned(),
            statement: outcome.name.to_owned(),
            pillar: pillar.id.to_owned(),
            weight: exact.weights[at].copysign(signs[at]),
            share: interval(value, &drawn, behind.teams),
            r_squared: exact.r_squared,
            n: behind.people,
        }
    };
    Ok(pillars.iter().enumerate().map(row).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::{Input, Ratings};
    use crate::reference::{self, Table as Expected, near};

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
            let (covariance, _) = products.covariance(&products.sums.total());
            let (exact, quick) = (
                lmg::lmg(&covariance).unwrap(),
                johnson(&covariance).unwrap(),
            );
            let coefficients = coefficients(&covariance).unwrap();
            for (at, id) in ids.iter().enumerate() {
                let row = expected.find(&[("outcome", outcome), ("pillar", id)]);
                assert_eq!(table.complete(), row.count("n"));
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
