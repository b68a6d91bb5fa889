//! Hours lost a week to the picked pillars. A pillar that was not picked counts as zero, so that every figure is a lower bound.

use crate::input::{Responses, pick};

/// More hours a week than this are not believed; what goes beyond is taken off in proportion.
pub const CAP: f64 = 40.0;
/// Working weeks that a year's cost is counted for.
pub const WEEKS: f64 = 52.0;

/// The hours of one respondent for one pillar, after the cap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lost {
    pub row: usize,
    pub pillar: usize,
    pub hours: f64,
}

/// The hours that count: those of picked pillars, at most [`CAP`] a respondent.
pub fn lost(responses: &Responses) -> Vec<Lost> {
    let picked = |row: u32, pillar: u32| {
        let picks = responses
            .picks
            .as_ref()
            .and_then(|picks| picks.get(row as usize));
        picks.is_some_and(|picks| picks & pick(pillar as usize) != 0)
    };
    let counting = || {
        responses
            .hours
            .iter()
            .filter(|hours| picked(hours.row, hours.pillar))
    };
    let mut hundredths = vec![0u64; responses.len()];
    for hours in counting() {
        hundredths[hours.row as usize] += u64::from(hours.hundredths);
    }
    counting()
        .map(|answer| {
            let total = hundredths[answer.row as usize] as f64 / 100.0;
            let hours = f64::from(answer.hundredths) / 100.0;
            Lost {
                row: answer.row as usize,
                pillar: answer.pillar as usize,
                hours: if total > CAP {
                    hours * CAP / total
                } else {
                    hours
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::HoursAnswer;
    use crate::reference::{Table, input, near};

    #[test]
    fn hours_are_those_of_the_reference() {
        let input = input(1);
        let (lost, people) = (lost(&input.responses), input.responses.len() as f64);
        let roster = input.roster.unwrap().len() as f64;
        for (at, pillar) in input.survey.pillars().enumerate() {
            let hours: f64 = lost
                .iter()
                .filter(|lost| lost.pillar == at)
                .map(|lost| lost.hours)
                .sum();
            let row = Table::expected("hours");
            let row = row.find(&[("pillar", &pillar.id)]);
            near(hours / people, row.number("hours_per_engineer"));
            near(hours / people * roster, row.number("hours_organization"));
        }
    }

    #[test]
    fn nobody_loses_more_than_the_cap_or_to_a_pillar_that_was_not_picked() {
        let answer = |row, pillar, hours: u32| HoursAnswer {
            row,
            pillar,
            hundredths: hours * 100,
        };
        let mut responses = input(1).responses;
        responses.picks = Some(vec![0b011; responses.len()]);
        responses.hours = vec![
            answer(0, 0, 60),
            answer(0, 1, 20),
            answer(1, 2, 8),
            answer(1, 1, 8),
        ];
        let hours: Vec<f64> = lost(&responses).iter().map(|lost| lost.hours).collect();
        assert_eq!(hours, [30.0, 10.0, 8.0]);
        responses.picks = None;
        assert!(lost(&responses).is_empty());
    }
}
