//! What each outcome's drivers are computed from: which pillars, whose ratings, and which products
//! they share with other outcomes.

use nalgebra::DMatrix;
use tribometer_findings::{Driver, ImpactFact, Named, NoImpact, Note, PillarNotShown};
use tribometer_statistics::drivers::johnson::{johnson, johnson_with};
use tribometer_statistics::drivers::products::{Cases, Products, Table, pairs_of, triangle};
use tribometer_statistics::drivers::{COLLINEAR, Refusal, coefficients, correlations, lmg};
use tribometer_statistics::ratings::RatingCell;
use tribometer_statistics::resample::{REPLICATES, bootstrap, interval};
use tribometer_statistics::thresholds::{COEFFICIENT_TEAMS, IMPACT_PEOPLE};

use crate::drivers::notes::ImpactNotes;

/// People a pillar, beside one a team: each team's mean is taken from them too.
const PEOPLE_A_PILLAR: usize = 2;
/// Up to this share of people may be left out for a rating that they did not give.
const MOST_LOST: f64 = 0.05;
/// Pairs tell less about covariances within teams the fewer of a team rated both; below this part
/// of what they would in large teams nothing is shown.
const LEAST_CONTAINED: f64 = 0.45;

/// An item with everybody's ratings of it.
#[derive(Clone, Copy)]
pub struct Rated<'a> {
    /// The outcome's id, or the pillar's.
    pub id: &'a str,
    /// What a note calls it.
    pub name: &'a str,
    pub cells: &'a [RatingCell],
}

impl Rated<'_> {
    pub fn named(&self) -> Named {
        Named {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
        }
    }
}

/// Each respondent's team from 0 on, and how many teams there are.
#[derive(Clone, Copy)]
pub struct Teams<'a> {
    pub of: &'a [usize],
    pub count: usize,
}

impl<'a> Teams<'a> {
    pub fn table(self, items: &[Rated<'a>]) -> Table<'a> {
        Table {
            items: items.iter().map(|rated| rated.cells).collect(),
            teams: self.of,
            count_of_teams: self.count,
        }
    }
}

/// Finds for each outcome the pillars and the people that carry its drivers. Outcomes with the same
/// people behind them share products, and draws of the teams.
pub struct Plan<'a> {
    /// The outcomes, then the pillars; everywhere below an item is its place here.
    rated: &'a [Rated<'a>],
    outcomes: usize,
    table: Table<'a>,
    /// How many rated both of two items: a lower triangle.
    pairs: Vec<u32>,
    shared: Vec<Shared>,
    pub notes: ImpactNotes,
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

impl<'a> Plan<'a> {
    /// Nothing planned yet; the first of what is `rated` are the outcomes.
    pub fn new(rated: &'a [Rated<'a>], outcomes: usize, teams: Teams<'a>) -> Self {
        let table = teams.table(rated);
        Self {
            pairs: table.pairs(),
            rated,
            outcomes,
            table,
            shared: Vec::new(),
            notes: ImpactNotes::default(),
        }
    }

    /// Plans an outcome's drivers, from those who rated it: what others lack in ratings does not
    /// matter to it. Without a reason where no pillar is left.
    pub fn add(&mut self, outcome: usize) -> Result<(), Option<NoImpact>> {
        let named = || self.rated[outcome].named();
        let mut pillars = self.rated_together(outcome);
        let given = self.pairs[triangle(outcome, outcome)];
        let (shared, planned, raised) = loop {
            if pillars.is_empty() {
                return Err(None);
            }
            let items: Vec<usize> = std::iter::once(outcome).chain(pillars.clone()).collect();
            let complete = self.table.complete(&items);
            let is_complete = f64::from(complete) >= (1.0 - MOST_LOST) * f64::from(given);
            let (cases, people, teams) = if is_complete {
                (Cases::Complete, complete, self.table.sizes(&items))
            } else {
                let least = pairs_of(&items).map(|pair| self.pairs[pair]).min();
                (
                    Cases::Pairwise,
                    least.unwrap_or(0),
                    self.table.sizes(&items[..1]),
                )
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
                    return Err(Some(NoImpact::FewPairsInTeams));
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
                let fact = ImpactFact::PillarsNotShown {
                    pillars: vec![self.rated[pillar].id.to_owned()],
                    why: PillarNotShown::NoVariance,
                };
                self.notes.add(named(), fact);
            }
        };
        if self.shared[shared].cases == Cases::Pairwise {
            let fact = ImpactFact::Pairwise {
                complete: planned.behind.complete,
                rated: given,
                least: planned.behind.people,
            };
            self.notes.add(named(), fact);
        }
        if raised > 0 {
            let fact = ImpactFact::Raised {
                raised: raised as u32,
                eigenvalues: planned.items.len() as u32,
            };
            self.notes.add(named(), fact);
        }
        if pillars.len() > lmg::MOST {
            self.notes.add(named(), ImpactFact::RelativeWeights);
        }
        let collinear: Vec<String> = collinear(&planned.covariance)
            .into_iter()
            .map(|at| self.rated[pillars[at]].id.to_owned())
            .collect();
        if !collinear.is_empty() {
            let fact = ImpactFact::Collinear { pillars: collinear };
            self.notes.add(named(), fact);
        }
        self.shared[shared].planned.push(planned);
        Ok(())
    }

    /// The rows of all that is planned, outcome after outcome, and the notes about them.
    pub fn finish(self, seed: u64) -> (Vec<Driver>, Vec<Note>) {
        let mut notes = self.notes;
        let mut rows: Vec<(usize, Vec<Driver>)> = Vec::new();
        for shared in &self.shared {
            for (planned, replicates) in shared.planned.iter().zip(shared.replicates(seed)) {
                let outcome = planned.items[0];
                match planned.rows(self.rated, &replicates) {
                    Ok(found) => rows.push((outcome, found)),
                    Err(refusal) => {
                        let why = NoImpact::Refused { refusal };
                        notes.add(self.rated[outcome].named(), ImpactFact::NotShown { why });
                    }
                }
            }
        }
        rows.sort_by_key(|(outcome, _)| *outcome);
        let rows = rows.into_iter().flat_map(|(_, rows)| rows);
        (rows.collect(), notes.notes(self.outcomes).collect())
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
        // Pairs are the same whatever else there is; complete cases are where nobody lacks another
        // outcome.
        let all: Vec<usize> = match cases {
            Cases::Pairwise => (0..self.rated.len()).collect(),
            Cases::Complete => (0..self.outcomes).chain(items[1..].to_vec()).collect(),
        };
        let items = if cases == Cases::Pairwise || self.table.complete(&all) == complete {
            all
        } else {
            items.to_vec()
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

    /// The pillars of which each pair, and each with the outcome, was rated by enough of the same
    /// people. Of a pair that was not, the pillar with fewer ratings goes.
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
                .filter(|at| of(at.0, at.1) < IMPACT_PEOPLE)
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
            gone.push(self.rated[fewer].id.to_owned());
        }
        if !gone.is_empty() {
            let fact = ImpactFact::PillarsNotShown {
                pillars: gone,
                why: PillarNotShown::FewPeople,
            };
            self.notes.add(self.rated[outcome].named(), fact);
        }
        left
    }
}

impl Shared {
    /// By outcome and pillar, the share by Johnson's weights in each draw of the teams; not a
    /// number in draws without variance.
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
    fn too_thin(&self, pillars: usize) -> Option<NoImpact> {
        let (people, teams) = (self.people, self.teams.len());
        let least = teams + PEOPLE_A_PILLAR * pillars;
        if people < IMPACT_PEOPLE {
            Some(NoImpact::FewPeople { people })
        } else if teams < COEFFICIENT_TEAMS {
            Some(NoImpact::FewTeams {
                teams: teams as u32,
            })
        } else if (people as usize) < least {
            Some(NoImpact::FewPeopleForPillars {
                pillars: pillars as u32,
                teams: teams as u32,
                needed: least as u32,
                people,
            })
        } else {
            None
        }
    }
}

impl Planned {
    fn pillars(&self) -> &[usize] {
        &self.items[1..]
    }

    /// The outcome's rows. The interval is that of the share by Johnson's weights, in proportion to
    /// the exact share.
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
    use tribometer_statistics::reference::near;

    use super::*;

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
}
