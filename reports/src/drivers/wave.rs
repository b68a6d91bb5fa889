//! The drivers of a wave: for each outcome, what share of its explained differences goes with each pillar, or why that is not said.

use nalgebra::DMatrix;
use tribometer_surveys::survey::{Item, Survey};

use super::products::{Cases, Products, Table, triangle};
use super::{COLLINEAR, Refusal, coefficients, correlations, johnson::johnson, lmg};
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
    let outcomes = drivers.usable(outcomes.collect(), teams);
    let pillars: Vec<Rated> = pillars.collect();
    let mut said = Said::default();
    for outcome in &outcomes {
        match of_outcome(outcome, pillars.clone(), teams, seed, &mut said) {
            Ok(rows) => drivers.rows.extend(rows),
            Err(None) => {}
            Err(Some(reason)) => said.not_shown(outcome, reason),
        }
    }
    drivers.notes.extend(said.notes(outcomes.len()));
    drivers
}

/// The drivers of an outcome, from those who rated it: what others lack in ratings does not matter to it. Without a reason where no pillar is left.
fn of_outcome(
    outcome: &Rated<'_>,
    pillars: Vec<Rated<'_>>,
    teams: Teams<'_>,
    seed: u64,
    said: &mut Said,
) -> Result<Vec<Driver>, Option<String>> {
    let mut pillars = rated_together(outcome, pillars, teams, said);
    let (products, behind, pairs, complete) = loop {
        if pillars.is_empty() {
            return Err(None);
        }
        let items: Vec<Rated> = std::iter::once(outcome).chain(&pillars).copied().collect();
        let table = teams.table(&items);
        let (pairs, complete) = (table.pairs(), table.complete());
        let is_complete = f64::from(complete) >= (1.0 - MOST_LOST) * f64::from(pairs[0]);
        let (cases, people) = match pairs.iter().min() {
            Some(least) if !is_complete => (Cases::Pairwise, *least),
            _ => (Cases::Complete, complete),
        };
        let products = table.products(cases);
        let behind = Behind {
            people,
            teams: products.sizes(),
        };
        if let Some(reason) = behind.too_thin(pillars.len()) {
            return Err(Some(reason));
        }
        let total = products.sums.total();
        let varies = |at: usize| total[triangle(at + 1, at + 1)] > 0.0;
        let still: Vec<bool> = (0..pillars.len()).map(|at| !varies(at)).collect();
        if !still.contains(&true) {
            if cases == Cases::Pairwise && products.contained(&total) < LEAST_CONTAINED {
                return Err(Some(
                    "of most teams hardly two people rated the same two areas".to_owned(),
                ));
            }
            break (products, behind, pairs, complete);
        }
        // Who did not rate one of these may have rated all that is left.
        let mut still = still.into_iter();
        pillars.retain(|pillar| {
            let goes = still.next() == Some(true);
            if goes {
                said.not_shown_of(outcome, pillar.name, Refusal::NoVariance);
            }
            !goes
        });
    };
    let (covariance, raised) = products.covariance(&products.sums.total());
    if products.is_pairwise() {
        said.of(
            outcome,
            format!(
                "{complete} of {} respondents rated everything, so each pair of areas is taken from those who rated both, at least {}.",
                pairs[0], behind.people
            ),
        );
    }
    if raised > 0 {
        said.of(
            outcome,
            format!(
                "pairs that different people rated contradicted each other; {raised} of {} eigenvalues of their correlations were raised.",
                pillars.len() + 1
            ),
        );
    }
    if pillars.len() > lmg::MOST {
        said.of(
            outcome,
            format!(
                "shares are by Johnson’s relative weights: the exact ones of more than {} areas take too long.",
                lmg::MOST
            ),
        );
    }
    let alike: Vec<&str> = collinear(&covariance)
        .into_iter()
        .map(|at| pillars[at].name)
        .collect();
    if !alike.is_empty() {
        said.of(
            outcome,
            format!(
                "{} say the same: what they explain is shared out equally among them.",
                alike.join(", ")
            ),
        );
    }
    let replicates = replicates(&products, seed);
    rows(&covariance, &replicates, (outcome, &pillars), &behind)
        .map_err(|reason| Some(reason.to_string()))
}

/// What is said about outcomes, of which several often have the same said of them.
#[derive(Default)]
struct Said {
    /// The beginning (`Impact`), what is said, and the names of the outcomes.
    sentences: Vec<(String, String, Vec<String>)>,
}

impl Said {
    fn add(&mut self, outcome: &Rated<'_>, start: &str, text: String) {
        let same = |own: &&mut (String, String, Vec<String>)| own.0 == start && own.1 == text;
        let name = format!("“{}”", outcome.name);
        match self.sentences.iter_mut().find(same) {
            Some((_, _, names)) => names.push(name),
            None => self.sentences.push((start.to_owned(), text, vec![name])),
        }
    }

    fn of(&mut self, outcome: &Rated<'_>, text: String) {
        self.add(outcome, "Impact", format!(": {text}"));
    }

    fn not_shown(&mut self, outcome: &Rated<'_>, reason: String) {
        self.add(outcome, "Impact", format!(" is not shown: {reason}."));
    }

    fn not_shown_of(&mut self, outcome: &Rated<'_>, pillars: &str, reason: impl ToString) {
        let text = format!(" is not shown: {}.", reason.to_string());
        self.add(outcome, &format!("Impact of {pillars}"), text);
    }

    /// The sentences; the outcomes are named where it is not all of them.
    fn notes(self, outcomes: usize) -> impl Iterator<Item = String> {
        self.sentences.into_iter().map(move |(start, text, names)| {
            match names.len() < outcomes || (outcomes == 1 && start == "Impact") {
                true => format!("{start} on {}{text}", names.join(", ")),
                false => format!("{start}{text}"),
            }
        })
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
}

/// The pillars of which each pair, and each with the outcome, was rated by enough of the same people. Of a pair that was not, the pillar with fewer ratings goes.
fn rated_together<'a>(
    outcome: &Rated<'a>,
    mut pillars: Vec<Rated<'a>>,
    teams: Teams<'a>,
    said: &mut Said,
) -> Vec<Rated<'a>> {
    let mut gone = Vec::new();
    let items: Vec<Rated> = std::iter::once(outcome).chain(&pillars).copied().collect();
    let pairs = teams.table(&items).pairs();
    let mut left: Vec<usize> = (1..items.len()).collect();
    loop {
        let of = |row: usize, column: usize| pairs[triangle(row, column)];
        let all = left.iter().flat_map(|row| {
            let others = std::iter::once(&0).chain(&left);
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
        let fewer = if column > 0 && of(column, column) < of(row, row) {
            column
        } else {
            row
        };
        left.retain(|at| *at != fewer);
        gone.push(items[fewer].name);
    }
    pillars.retain(|pillar| !gone.contains(&pillar.name));
    if !gone.is_empty() {
        let reason =
            format!("that takes {LEAST_PEOPLE} people who rated it and each of the other areas");
        said.not_shown_of(outcome, &gone.join(", "), reason);
    }
    pillars
}

/// Who stands behind the drivers.
struct Behind {
    people: u32,
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

/// By pillar, the share by Johnson's weights in each draw of the teams; not a number in draws without variance.
fn replicates(products: &Products, seed: u64) -> Vec<Vec<f64>> {
    bootstrap(&products.sums, REPLICATES, seed, |total| {
        let (covariance, _) = products.covariance(total);
        match johnson(&covariance) {
            Ok(explained) => explained.shares(),
            Err(_) => vec![f64::NAN; covariance.nrows() - 1],
        }
    })
}

/// An outcome's rows. The interval is that of the share by Johnson's weights, in proportion to the exact share.
fn rows(
    covariance: &DMatrix<f64>,
    replicates: &[Vec<f64>],
    (outcome, pillars): (&Rated<'_>, &[Rated<'_>]),
    behind: &Behind,
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
            pillar: pillar.id.to_owned(),
            weight: exact.weights[at].copysign(signs[at]),
            share: interval(value, &drawn, &behind.teams),
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
        assert_eq!(before[0], after[0]);
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
        let behind = Behind {
            people: 100,
            teams: vec![9.0; 40],
        };
        let pillars = [rated("a"), rated("b")];
        let replicates: Vec<Vec<f64>> = quick.iter().map(|share| drawn(*share)).collect();
        let rows = rows(&covariance, &replicates, (&rated("y"), &pillars), &behind).unwrap();
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
