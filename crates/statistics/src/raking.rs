//! Weights that make those who answered look like those who were asked: raking to margins (Deming
//! and Stephan 1940), with weights trimmed as it goes.
//!
//! A weight is how many of the invited a respondent stands for; together they are everybody, where
//! trimming leaves that possible. Nobody's weight depends on an answer.

use std::collections::BTreeMap;

/// Fewer respondents than this in a category, and it is taken together with the other small ones: a
/// weight would rest on too few.
pub const FEWEST: u32 = 5;
/// Weights stay within these times invited / responded.
pub const TRIM: [f64; 2] = [0.3, 3.0];
/// Rounds after which weights are taken as they are.
const ROUNDS: usize = 1_000;

/// A way to split people: by department, by role.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    pub name: String,
    /// The category of each respondent, below the length of `invited`.
    pub of: Vec<u32>,
    /// Everybody who was asked, by category.
    pub invited: Vec<u32>,
}

/// The weights, and how well they fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Raked {
    /// One a respondent, positive.
    pub weights: Vec<f64>,
    /// Names of the margins that were used.
    pub margins: Vec<String>,
    /// Those that were not: after taking small categories together, one was left.
    pub dropped: Vec<String>,
    /// Categories that were taken together with others.
    pub merged: u32,
    /// Rounds over all margins.
    pub rounds: usize,
    /// Whether the weights had come to rest.
    pub converged: bool,
    /// The largest difference between a category's weighted share and its share of the invited.
    pub gap: f64,
    /// How many weights are at a bound.
    pub trimmed: u32,
}

/// Rakes to all margins in turn until no weight moves by more than a trillionth. `trim` are the
/// bounds as times invited / responded; none leaves weights free. None without respondents or
/// invited, where a margin has other respondents or categories than it says, and where no margin is
/// left.
pub fn rake(margins: &[Margin], trim: Option<[f64; 2]>) -> Option<Raked> {
    let first = margins.first()?;
    let responded = first.of.len();
    let invited: u32 = first.invited.iter().sum();
    let fits = |margin: &Margin| {
        let within = |category: &u32| (*category as usize) < margin.invited.len();
        margin.of.len() == responded && margin.of.iter().all(within)
    };
    if responded == 0 || invited == 0 || !margins.iter().all(fits) {
        return None;
    }
    let mut raked = Raked {
        weights: Vec::new(),
        margins: Vec::new(),
        dropped: Vec::new(),
        merged: 0,
        rounds: 0,
        converged: false,
        gap: 0.0,
        trimmed: 0,
    };
    let mut used = Vec::new();
    for margin in margins {
        match merge(margin) {
            Some((whole, merged)) => {
                raked.margins.push(margin.name.clone());
                raked.merged += merged;
                used.push(whole);
            }
            None => raked.dropped.push(margin.name.clone()),
        }
    }
    if used.is_empty() {
        return None;
    }

    // People of the same categories have the same weight.
    let mut kinds: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    let mut kind_of = Vec::with_capacity(responded);
    for row in 0..responded {
        let categories: Option<Vec<u32>> = used.iter().map(|m| m.of.get(row).copied()).collect();
        let next = kinds.len();
        kind_of.push(*kinds.entry(categories?).or_insert(next));
    }
    let mut cells: Vec<Cell> = vec![Cell::default(); kinds.len()];
    for (categories, kind) in kinds {
        cells.get_mut(kind)?.categories = categories;
    }
    for kind in &kind_of {
        cells.get_mut(*kind)?.people += 1.0;
    }
    let mean = f64::from(invited) / responded as f64;
    let bounds = trim.map(|[low, high]| [low * mean, high * mean]);
    cells.iter_mut().for_each(|cell| cell.weight = mean);
    while raked.rounds < ROUNDS && !raked.converged {
        raked.rounds += 1;
        let before: Vec<f64> = cells.iter().map(|cell| cell.weight).collect();
        for (at, margin) in used.iter().enumerate() {
            let sums = sums(&cells, at, margin.invited.len());
            for cell in &mut cells {
                if let Some((sum, invited)) = cell.of(at, &sums).zip(cell.of(at, &margin.invited)) {
                    cell.weight *= f64::from(invited) / sum;
                }
            }
        }
        if let Some([low, high]) = bounds {
            for cell in &mut cells {
                cell.weight = cell.weight.clamp(low, high);
            }
        }
        let moved = |(cell, before): (&Cell, &f64)| (cell.weight / before - 1.0).abs();
        raked.converged = cells
            .iter()
            .zip(&before)
            .map(moved)
            .all(|moved| moved < 1e-12);
    }
    let total: f64 = cells.iter().map(|cell| cell.people * cell.weight).sum();
    for (at, margin) in used.iter().enumerate() {
        for (sum, asked) in sums(&cells, at, margin.invited.len())
            .iter()
            .zip(&margin.invited)
        {
            let off = sum / total - f64::from(*asked) / f64::from(invited);
            raked.gap = raked.gap.max(off.abs());
        }
    }
    if let Some([low, high]) = bounds {
        let at_bound = cells
            .iter()
            .filter(|cell| cell.weight <= low || cell.weight >= high);
        raked.trimmed = at_bound.map(|cell| cell.people as u32).sum();
    }
    let weight = |kind: &usize| cells.get(*kind).map(|cell| cell.weight);
    raked.weights = kind_of.iter().map(weight).collect::<Option<_>>()?;
    raked
        .weights
        .iter()
        .all(|w| w.is_finite() && *w > 0.0)
        .then_some(raked)
}

/// Kish's effective n (1965), (Σw)² / Σw²: as many people of equal weight would tell as much. None
/// without weights.
pub fn effective_n(weights: &[f64]) -> Option<f64> {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    (squares > 0.0 && squares.is_finite()).then(|| sum * sum / squares)
}

/// Respondents of the same categories.
#[derive(Debug, Clone, Default)]
struct Cell {
    /// One a margin.
    categories: Vec<u32>,
    people: f64,
    weight: f64,
}

impl Cell {
    /// What a list by category of a margin has for these people.
    fn of<T: Copy>(&self, margin: usize, by_category: &[T]) -> Option<T> {
        by_category
            .get(*self.categories.get(margin)? as usize)
            .copied()
    }
}

/// Weighted respondents by category of a margin.
fn sums(cells: &[Cell], margin: usize, categories: usize) -> Vec<f64> {
    let mut sums = vec![0.0; categories];
    for cell in cells {
        let category = cell
            .categories
            .get(margin)
            .map(|category| *category as usize);
        if let Some(sum) = category.and_then(|category| sums.get_mut(category)) {
            *sum += cell.people * cell.weight;
        }
    }
    sums
}

/// The margin with small categories taken together, and how many there were; if together they are
/// too few still, the smallest of the others joins them. Categories that nobody is in are gone.
/// None where one category is left.
fn merge(margin: &Margin) -> Option<(Margin, u32)> {
    let mut answered = vec![0_u32; margin.invited.len()];
    for category in &margin.of {
        *answered.get_mut(*category as usize)? += 1;
    }
    let mut rest = Vec::new();
    let mut kept = Vec::new();
    for (category, (answered, invited)) in answered.iter().zip(&margin.invited).enumerate() {
        match (
            *answered >= FEWEST && *invited > 0,
            *answered > 0 || *invited > 0,
        ) {
            (true, _) => kept.push(category),
            (false, true) => rest.push(category),
            (false, false) => {}
        }
    }
    let at = |list: &[u32], category: usize| list.get(category).copied().unwrap_or_default();
    let total = |list: &[u32], of: &[usize]| of.iter().map(|c| at(list, *c)).sum::<u32>();
    while !rest.is_empty()
        && (total(&answered, &rest) < FEWEST || total(&margin.invited, &rest) == 0)
    {
        let smallest = kept
            .iter()
            .copied()
            .min_by_key(|category| at(&answered, *category))?;
        kept.retain(|category| *category != smallest);
        rest.push(smallest);
    }
    let merged = rest.len() as u32;
    let mut groups: Vec<Vec<usize>> = kept.into_iter().map(|category| vec![category]).collect();
    if !rest.is_empty() {
        groups.push(rest);
    }
    if groups.len() < 2 {
        return None;
    }
    let mut new = vec![0_u32; margin.invited.len()];
    for (code, group) in groups.iter().enumerate() {
        for category in group {
            *new.get_mut(*category)? = code as u32;
        }
    }
    let whole = Margin {
        name: margin.name.clone(),
        of: margin
            .of
            .iter()
            .map(|category| at(&new, *category as usize))
            .collect(),
        invited: groups
            .iter()
            .map(|group| total(&margin.invited, group))
            .collect(),
    };
    Some((whole, merged))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::within;

    fn split(of: &[(u32, u32)], invited: &[u32]) -> Margin {
        let of = of
            .iter()
            .flat_map(|(category, n)| vec![*category; *n as usize])
            .collect();
        Margin {
            name: "role".into(),
            of,
            invited: invited.to_vec(),
        }
    }

    #[test]
    fn empty_and_small_categories_are_taken_together() {
        // The third has nobody who answered, the fourth two: together too few, so that the second
        // joins them.
        let raked = rake(&[split(&[(0, 20), (1, 6), (3, 2)], &[40, 10, 5, 5])], None).unwrap();
        assert_eq!((raked.merged, raked.converged), (3, true));
        within(raked.weights[0], 2.0, 1e-12);
        within(raked.weights[20], 20.0 / 8.0, 1e-12);
        within(raked.weights[27], 20.0 / 8.0, 1e-12);
    }

    #[test]
    fn nothing_to_weight_by_gives_no_weights() {
        assert_eq!(rake(&[], None), None);
        assert_eq!(rake(&[split(&[], &[5])], None), None);
        assert_eq!(rake(&[split(&[(0, 3)], &[0])], None), None);
        assert_eq!(rake(&[split(&[(0, 30)], &[50])], None), None);
        assert_eq!(rake(&[split(&[(0, 30), (1, 2)], &[50, 2])], None), None);
        assert_eq!(rake(&[split(&[(0, 30), (7, 30)], &[50, 50])], None), None);
        let other = Margin {
            of: vec![0; 3],
            ..split(&[], &[9, 9])
        };
        assert_eq!(
            rake(&[split(&[(0, 30), (1, 30)], &[50, 50]), other], None),
            None
        );
        let lone = split(&[(0, 30)], &[100]);
        let both = rake(&[split(&[(0, 20), (1, 10)], &[50, 50]), lone], None).unwrap();
        assert_eq!(both.dropped.len(), 1);
        assert_eq!(effective_n(&[]), None);
    }

    #[test]
    fn trimming_holds_weights_and_says_what_it_left() {
        // One of fifty answered of the second half: without bounds its weight would be 5.5 times
        // the mean.
        let margin = [split(&[(0, 100), (1, 10)], &[500, 500])];
        let free = rake(&margin, None).unwrap();
        within(free.weights[109], 50.0, 1e-9);
        let held = rake(&margin, Some(TRIM)).unwrap();
        within(held.weights[109], 3.0 * 1000.0 / 110.0, 1e-9);
        assert_eq!(held.trimmed, 10);
        assert!(held.gap > 0.1);
    }

    proptest! {
        #[test]
        fn weights_are_positive_and_within_their_bounds(
            people in proptest::collection::vec((0_u32..4, 0_u32..3, any::<bool>()), 1..200)
        ) {
            let margin = |of: fn(&(u32, u32, bool)) -> u32| {
                let mut invited = vec![0; 4];
                people.iter().for_each(|person| invited[of(person) as usize] += 1);
                let answered = people.iter().filter(|person| person.2);
                Margin { name: String::new(), of: answered.map(of).collect(), invited }
            };
            if let Some(raked) = rake(&[margin(|person| person.0), margin(|person| person.1)], Some(TRIM)) {
                let mean = people.len() as f64 / raked.weights.len() as f64;
                for weight in &raked.weights {
                    prop_assert!(*weight >= 0.3 * mean * (1.0 - 1e-12) && *weight <= 3.0 * mean * (1.0 + 1e-12));
                }
                let n = effective_n(&raked.weights).unwrap();
                prop_assert!(n > 0.0 && n <= raked.weights.len() as f64 * (1.0 + 1e-12));
                prop_assert!((0.0..=1.0).contains(&raked.gap));
            }
        }
    }
}
