//! Planned missing designs: waves in which everybody is asked a random part of the pillars, so that
//! a long survey stays short for each (Graham, Taylor, Olchowski and Cumsille 2006). The data tell:
//! everybody left out much, and every pillar was left out about as often.

use tribometer_statistics::ratings::NOT_ANSWERED;
use tribometer_surveys::survey::Survey;

use crate::answers::AnswerTables;

/// People and pillars that it takes to tell a design from chance.
const LEAST_PEOPLE: usize = 50;
const LEAST_PILLARS: usize = 4;
/// A respondent gets at most this share of the pillars on average, …
const MOST_ASKED: f64 = 0.8;
/// … at least this share of the respondents does not get them all, …
const LEAST_PARTIAL: f64 = 0.8;
/// … and no pillar's share of respondents is farther from the average than this. People who give up
/// on the way leave out the last ones instead.
const UNEVEN: f64 = 0.15;

/// A recognized design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// Pillars in the wave.
    pub pillars: usize,
    /// The share of them that a respondent was asked about, on average. "Does not apply" is an
    /// answer.
    pub asked: f64,
}

impl Planned {
    /// How many times as wide an interval is as if everybody had been asked everything: 1/√share
    /// for people who answer independently, less where teams agree.
    pub fn widening(&self) -> f64 {
        1.0 / self.asked.sqrt()
    }
}

/// The design of a wave; none where everybody was asked everything. A pillar that nobody answered
/// was not in the wave.
pub fn planned(survey: &Survey, responses: &AnswerTables) -> Option<Planned> {
    let pillars: Vec<&[u8]> = survey
        .pillars()
        .filter_map(|pillar| {
            let cells = responses.cells(&pillar.rating_item()?.id)?;
            let is_asked = cells.iter().any(|cell| *cell != NOT_ANSWERED);
            is_asked.then_some(cells)
        })
        .collect();
    let mut people = 0;
    let mut partial = 0;
    let mut answered = vec![0usize; pillars.len()];
    for row in 0..responses.len() {
        let asked = |cells: &&[u8]| cells.get(row).is_some_and(|cell| *cell != NOT_ANSWERED);
        let count = pillars.iter().filter(|cells| asked(cells)).count();
        people += usize::from(count > 0);
        partial += usize::from(0 < count && count < pillars.len());
        for (count, cells) in answered.iter_mut().zip(&pillars) {
            *count += usize::from(asked(cells));
        }
    }
    if people < LEAST_PEOPLE || pillars.len() < LEAST_PILLARS {
        return None;
    }
    let share = |count: usize| count as f64 / people as f64;
    let asked = answered.iter().map(|count| share(*count)).sum::<f64>() / pillars.len() as f64;
    let is_even = answered
        .iter()
        .all(|count| (share(*count) - asked).abs() <= UNEVEN);
    (is_even && asked <= MOST_ASKED && share(partial) >= LEAST_PARTIAL).then_some(Planned {
        pillars: pillars.len(),
        asked,
    })
}

#[cfg(test)]
mod tests {
    use rand::seq::SliceRandom;
    use tribometer_statistics::random;

    use super::*;
    use crate::reference;

    /// Wave 1 of the reference, of which each respondent keeps some pillars.
    fn keeping(kept: impl Fn(usize) -> Vec<usize>) -> Option<Planned> {
        let mut input = reference::input(1);
        for at in 0..8 {
            input.responses.edit(at, |cells| {
                let cells = cells.iter_mut().enumerate();
                let left_out = cells.filter(|(row, _)| !kept(*row).contains(&at));
                left_out.for_each(|(_, cell)| *cell = NOT_ANSWERED);
            });
        }
        planned(&input.survey, &input.responses)
    }

    #[test]
    fn a_random_part_for_everybody_is_a_design() {
        let design = keeping(|row| {
            let mut pillars: Vec<usize> = (0..8).collect();
            pillars.shuffle(&mut random::numbered(1, row as u64));
            pillars.truncate(4);
            pillars
        });
        let design = design.expect("a design");
        assert_eq!(design.pillars, 8);
        assert!((design.asked - 0.5).abs() < 0.03 && (design.widening() - 1.41).abs() < 0.05);
    }

    #[test]
    fn gaps_and_giving_up_are_none() {
        assert_eq!(keeping(|_| (0..8).collect()), None);
        // The first half answers to the end, the others less and less.
        assert_eq!(keeping(|row| (0..8 - row % 8).collect()), None);
        // A survey of fewer pillars.
        assert_eq!(keeping(|_| (0..5).collect()), None);
        // Every other respondent is asked half.
        assert_eq!(
            keeping(|row| if row % 2 == 0 {
                (0..8).collect()
            } else {
                (0..4).collect()
            }),
            None
        );
    }

    #[test]
    fn few_people_show_no_design() {
        assert_eq!(
            keeping(|row| if row < 40 {
                vec![row % 8, (row + 3) % 8]
            } else {
                vec![]
            }),
            None
        );
        let mut input = reference::input(1);
        input.responses.ratings = Default::default();
        assert_eq!(planned(&input.survey, &input.responses), None);
    }
}
