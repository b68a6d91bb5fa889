//! The drivers of a wave: for each outcome, what share of its explained differences goes with each pillar, or why that is not said.

use nalgebra::DMatrix;
use tribometer_surveys::survey::{Item, Survey};

use super::johnson::{johnson, johnson_with};
use super::products::{Cases, Products, Table, triangle};
use super::said::Said;
use super::{COLLINEAR, Refusal, coefficients, correlations, lmg};
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
/// Pairs tell less about covariances within teams the fewer of a team rated both; below this part of what they would in large teams nothing is shown.
const LEAST_CONTAINED: f64 = 0.45;

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
    let mut rated = drivers.usable(outcomes.collect(), teams);
    let outcomes = rated.len();
    rated.extend(pillars);
    let table = teams.table(&rated);
    let mut plan = Plan {
        pairs: table.pairs(),
        rated: &rated,
        outcomes,
        table,
        shared: Vec::new(),
        said: Said::default(),
    };
    for (at, outcome) in rated.iter().enumerate().take(outcomes) {
        if let Err(Some(reason)) = plan.add(at) {
            plan.said.not_shown(outcome.name, reason);
        }
    }
    let Plan {
        shared, mut said, ..
    } = plan;
    let mut rows: Vec<(usize, Vec<Driver>)> = Vec::new();
    for shared in &shared {
        for (planned, replicates) in shared.planned.iter().zip(shared.replicates(seed)) {
            let outcome = planned.items[0];
            match planned.rows(&rated, &replicates) {
                Ok(found) => rows.push((outcome, found)),
                Err(reason) => said.not_shown(rated[outcome].name, reason.to_string()),
            }
        }
    }
    rows.sort_by_key(|(outcome, _)| *outcome);
    drivers.rows = rows.into_iter().flat_map(|(_, rows)| rows).collect();
    drivers.notes.extend(said.notes(outcomes));
    drivers
}

/// Finds for each outcome the pillars and the people that carry its drivers. Outcomes with the same people behind them share products, and draws of the teams.
struct Plan<'a> {
    /// The outcomes, then the pillars; everywhere below an item is its place here.
    rated: &'a [Rated<'a>],
    outcomes: usize,
    table: Table<'a>,
    /// How many rated both of two items: a lower triangle.
    pairs: Vec<u32>,
    shared: Vec<Shared>,
    said: Said,
}

/// Products, and the outcomes that take their covariances from them.
struct Shared {
    cases: Cases,
    /// The items of the products.
    items: Vec<usize>,
    products: Products,
    total: Vec<f64>,
    planned: Vec<Planned>,
}

/// What an outcome's drivers are computed from.
struct Planned {
    /// The outcome, then its pillars.
    items: Vec<usize>,
    /// The places of these in the products.
    places: Vec<usize>,
    covariance: DMatrix<f64>,
    behind: Behind,
}

impl Plan<'_> {
    /// Plans an outcome's drivers, from those who rated it: what others lack in ratings does not matter to it. Without a reason where no pillar is left.
    fn add(&mut self, outcome: usize) -> Result<(), Option<String>> {
        let name = self.rated[outcome].name;
        let mut pillars = self.rated_together(outcome);
        let given = self.pairs[triangle(outcome, outcome)];
        let (shared, planned, raised) = loop {
            if pillars.is_empty() {
                return Err(None);
            }
            let items: Vec<usize> = std::iter::once(outcome).chain(pillars.clone()).collect();
            let complete = self.table.complete(&items);
            let is_complete = f64::from(complete) >= (1.0 - MOST_LOST) * f64::from(given);
            let (cases, people, teams) = match is_complete {
                true => (Cases::Complete, complete, self.table.sizes(&items)),
                false => {
                    let least = places(&items).map(|pair| self.pairs[pair]).min();
                    (
                        Cases::Pairwise,
                        least.unwrap_or(0),
                        self.table.sizes(&items[..1]),
                    )
                }
            };
            let behind = Behind {
                people,
                complete,
                teams,
            };
            if let Some(reason) = behind.too_thin(pillars.len()) {
                return Err(Some(reason));
            }
            let at = self.shared(cases, &items, complete);
            let shared = &self.shared[at];
            let place = |item: &usize| shared.items.iter().position(|own| own == item);
            let places: Vec<usize> = items.iter().filter_map(place).collect();
            let still: Vec<usize> = (items.iter().zip(&places).skip(1))
                .filter(|(_, place)| !shared.products.varies(**place, &shared.total))
                .map(|(item, _)| *item)
                .collect();
            if still.is_empty() {
                if shared.products.contained(&places, &shared.total) < LEAST_CONTAINED {
                    return Err(Some(
                        "of most teams hardly two people rated the same two areas".to_owned(),
                    ));
                }
                let (covariance, raised) = shared.products.covariance(&places, &shared.total);
                let planned = Planned {
                    items,
                    places,
                    covariance,
                    behind,
                };
                break (at, planned, raised);
            }
            // Who did not rate one of these may have rated all that is left.
            pillars.retain(|pillar| !still.contains(pillar));
            for pillar in still {
                let pillar = self.rated[pillar].name;
                self.said.not_shown_of(name, pillar, Refusal::NoVariance);
            }
        };
        if self.shared[shared].cases == Cases::Pairwise {
            self.said.of(
                name,
                format!(
                    "{} of {given} respondents rated everything, so each pair of areas is taken from those who rated both, at least {}.",
                    planned.behind.complete, planned.behind.people
                ),
            );
        }
        if raised > 0 {
            self.said.of(
                name,
                format!(
                    "pairs that different people rated contradicted each other; {raised} of {} eigenvalues of their correlations were raised.",
                    planned.items.len()
                ),
            );
        }
        if pillars.len() > lmg::MOST {
            self.said.of(
                name,
                format!(
                    "shares are by Johnson’s relative weights: the exact ones of more than {} areas take too long.",
                    lmg::MOST
                ),
            );
        }
        let alike: Vec<&str> = collinear(&planned.covariance)
            .into_iter()
            .map(|at| self.rated[pillars[at]].name)
            .collect();
        if !alike.is_empty() {
            self.said.of(
                name,
                format!(
                    "{} say the same: what they explain is shared out equally among them.",
                    alike.join(", ")
                ),
            );
        }
        self.shared[shared].planned.push(planned);
        Ok(())
    }

    /// The products that give the covariances of these items, of which so many people rated all.
    fn shared(&mut self, cases: Cases, items: &[usize], complete: u32) -> usize {
        let is_same = |shared: &Shared| {
            shared.cases == cases
                && items.iter().all(|item| shared.items.contains(item))
                && (cases == Cases::Pairwise || self.table.complete(&shared.items) == complete)
        };
        if let Some(at) = self.shared.iter().position(is_same) {
            return at;
        }
        // Pairs are the same whatever else there is; complete cases are where nobody lacks another outcome.
        let all: Vec<usize> = match cases {
            Cases::Pairwise => (0..self.rated.len()).collect(),
            Cases::Complete => (0..self.outcomes).chain(items[1..].to_vec()).collect(),
        };
        let items = match cases == Cases::Pairwise || self.table.complete(&all) == complete {
            true => all,
            false => items.to_vec(),
        };
        let products = self.table.of(&items).products(cases);
        self.shared.push(Shared {
            cases,
            items,
            total: products.sums.total(),
            products,
            planned: Vec::new(),
        });
        self.shared.len() - 1
    }

    /// The pillars of which each pair, and each with the outcome, was rated by enough of the same people. Of a pair that was not, the pillar with fewer ratings goes.
    fn rated_together(&mut self, outcome: usize) -> Vec<usize> {
        let mut gone = Vec::new();
        let mut left: Vec<usize> = (self.outcomes..self.rated.len()).collect();
        let of = |row: usize, column: usize| self.pairs[triangle(row, column)];
        loop {
            let all = left.iter().flat_map(|row| {
                let others = std::iter::once(&outcome).chain(&left);
                others
                    .filter(move |column| *column <= row)
                    .map(move |column| (*row, *column))
            });
            let Some((row, column)) = all
                .filter(|at| of(at.0, at.1) < LEAST_PEOPLE)
                .min_by_key(|at| of(at.0, at.1))
            else {
                break;
            };
            let fewer = if column != outcome && of(column, column) < of(row, row) {
                column
            } else {
                row
            };
            left.retain(|at| *at != fewer);
            gone.push(self.rated[fewer].name);
        }
        if !gone.is_empty() {
            let reason = format!(
                "that takes {LEAST_PEOPLE} people who rated it and each of the other areas"
            );
            let name = self.rated[outcome].name;
            self.said.not_shown_of(name, &gone.join(", "), reason);
        }
        left
    }
}

/// The places of all pairs of these items, which are in order, in a lower triangle.
fn places(items: &[usize]) -> impl Iterator<Item = usize> {
    let rows = items.iter().enumerate();
    rows.flat_map(|(at, row)| items[..=at].iter().map(|column| triangle(*row, *column)))
}

impl Shared {
    /// By outcome and pillar, the share by Johnson's weights in each draw of the teams; not a number in draws without variance.
    fn replicates(&self, seed: u64) -> Vec<Vec<Vec<f64>>> {
        if self.planned.is_empty() {
            return Vec::new();
        }
        let drawn = bootstrap(&self.products.sums, REPLICATES, seed, |total| {
            let mut known = None;
            let shares = |planned: &Planned| {
                let (covariance, _) = self.products.covariance(&planned.places, total);
                match johnson_with(&covariance, &mut known) {
                    Ok(explained) => explained.shares(),
                    Err(_) => vec![f64::NAN; planned.pillars().len()],
                }
            };
            self.planned.iter().flat_map(shares).collect()
        });
        let mut drawn = drawn.into_iter();
        let of = |planned: &Planned| drawn.by_ref().take(planned.pillars().len()).collect();
        self.planned.iter().map(of).collect()
    }
}

/// The pillars that others give exactly, and these others.
fn collinear(covariance: &DMatrix<f64>) -> Vec<usize> {
    let count = covariance.nrows() - 1;
    let Ok(correlations) = correlations(covariance) else {
        return Vec::new();
    };
    let eigen = correlations
        .view((1, 1), (count, count))
        .clone_owned()
        .symmetric_eigen();
    let still: Vec<usize> = (0..count)
        .filter(|at| eigen.eigenvalues[*at] <= COLLINEAR)
        .collect();
    let takes_part = |pillar: &usize| {
        let own = |direction: &usize| eigen.eigenvectors[(*pillar, *direction)].abs() > 1e-4;
        still.iter().any(own)
    };
    (0..count).filter(takes_part).collect()
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

/// Who stands behind the drivers.
struct Behind {
    people: u32,
    /// Who rated everything.
    complete: u32,
    /// Of each team that has anybody, the people.
    teams: Vec<f64>,
}

impl Behind {
    /// Why so many people in so many teams carry no drivers.
    fn too_thin(&self, pillars: usize) -> Option<String> {
        let (people, teams) = (self.people, self.teams.len());
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

impl Planned {
    fn pillars(&self) -> &[usize] {
        &self.items[1..]
    }

    /// The outcome's rows. The interval is that of the share by Johnson's weights, in proportion to the exact share.
    fn rows(&self, rated: &[Rated<'_>], replicates: &[Vec<f64>]) -> Result<Vec<Driver>, Refusal> {
        let (covariance, behind) = (&self.covariance, &self.behind);
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
        let outcome = &rated[self.items[0]];
        let row = |(at, pillar): (usize, &usize)| {
            let value = shares[at];
            let scale = if quick[at] > 0.0 {
                value / quick[at]
            } else {
                0.0
            };
            // A draw that gave no number stays none.
            let drawn: Vec<f64> = replicates[at]
                .iter()
                .map(|share| (share * scale).clamp(0.0, 1.0))
                .collect();
            Driver {
                outcome: outcome.id.to_owned(),
                statement: outcome.name.to_owned(),
                pillar: rated[*pillar].id.to_owned(),
                weight: exact.weights[at].copysign(signs[at]),
                share: interval(value, &drawn, &behind.teams),
                r_squared: exact.r_squared,
                n: behind.people,
            }
        };
        Ok(self.pillars().iter().enumerate().map(row).collect())
    }
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
    fn draws_that_fail_are_dropped() {
        let covariance =
            DMatrix::from_row_slice(3, 3, &[1.0, 0.5, 0.3, 0.5, 1.0, 0.0, 0.3, 0.0, 1.0]);
        let drawn = |share: f64| {
            (0..200)
                .map(|at| if at < 40 { f64::NAN } else { share })
                .collect()
        };
        let rated = |id| Rated {
            id,
            name: id,
            cells: &[],
        };
        let quick = johnson(&covariance).unwrap().shares();
        let planned = Planned {
            items: vec![0, 1, 2],
            places: vec![0, 1, 2],
            covariance,
            behind: Behind {
                people: 100,
                complete: 100,
                teams: vec![9.0; 40],
            },
        };
        let replicates: Vec<Vec<f64>> = quick.iter().map(|share| drawn(*share)).collect();
        let rows = planned
            .rows(&["y", "a", "b"].map(rated), &replicates)
            .unwrap();
        for row in rows {
            near(row.share.low, row.share.value);
            near(row.share.high, row.share.value);
        }
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
