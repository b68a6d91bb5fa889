//! Hours lost a week to the picked pillars. A pillar that was not picked counts as zero, so that
//! every figure is a lower bound.

use polars::prelude::DataFrame;
use tribometer_findings::Estimate;
use tribometer_statistics::intervals;

use crate::answers::{AnswerTables, LostHours};

/// More hours a week than this are not believed; what goes beyond is taken off in proportion.
pub const CAP: u32 = 40;

/// The time that counts: that of picked pillars, at most [`CAP`] hours a respondent.
pub fn lost(responses: &AnswerTables) -> Vec<LostHours> {
    let pillars = responses.picks.as_ref().map_or(0, DataFrame::width);
    let picked: Vec<_> = (0..pillars)
        .map(|pillar| responses.picked(pillar))
        .collect();
    let counts = |lost: &LostHours| picked.get(lost.pillar).is_some_and(|by| by(lost.row));
    let mut lost: Vec<LostHours> = responses.hours().filter(counts).collect();
    lost.sort_by_key(|lost| lost.row);
    lost.chunk_by_mut(|a, b| a.row == b.row).for_each(cap);
    lost
}

/// Brings the time of one respondent down to the cap, exactly: each pillar gets what the cap's part
/// of all time up to it exceeds that of the time before it.
fn cap(of_respondent: &mut [LostHours]) {
    let most = u64::from(CAP) * 100;
    let total: u64 = of_respondent
        .iter()
        .map(|lost| u64::from(lost.hundredths))
        .sum();
    if total <= most {
        return;
    }
    let (mut up_to, mut given) = (0, 0);
    for lost in of_respondent {
        up_to += u64::from(lost.hundredths);
        let part = up_to * most / total - given;
        given += part;
        lost.hundredths = u32::try_from(part).unwrap_or(u32::MAX);
    }
}

/// The median of the respondents' hours with its order-statistic interval; who lost nothing counts
/// as zero. The limits are answers of somebody, so that there is none for fewer than six
/// respondents, or where fewer than `minimum` are at or beyond a limit.
pub fn median(responses: &AnswerTables, minimum: u32) -> Option<Estimate> {
    let mut hundredths = vec![0u32; responses.len()];
    for lost in lost(responses) {
        if let Some(sum) = hundredths.get_mut(lost.row) {
            *sum += lost.hundredths;
        }
    }
    hundredths.sort_unstable();
    let hours: Vec<f64> = hundredths
        .into_iter()
        .map(|hundredths| f64::from(hundredths) / 100.0)
        .collect();
    let median = intervals::median(&hours)?;
    let low = hours.iter().filter(|hours| **hours <= median.low).count();
    let high = hours.iter().filter(|hours| **hours >= median.high).count();
    (low.min(high) >= minimum as usize).then_some(median)
}

#[cfg(test)]
mod tests {
    use tribometer_statistics::reference::{Table, near};
    use tribometer_surveys::answer::Answers;

    use super::*;
    use crate::answers::{AnswerRow, AnswerRows};
    use crate::reference::{self, input};

    #[test]
    fn hours_are_those_of_the_reference() {
        let input = input(1);
        let (lost, people) = (lost(&input.responses), input.responses.len() as f64);
        let roster = input.roster.unwrap().height() as f64;
        for (at, pillar) in input.survey.pillars().enumerate() {
            let hours: f64 = lost
                .iter()
                .filter(|lost| lost.pillar == at)
                .map(|lost| f64::from(lost.hundredths) / 100.0)
                .sum();
            let row = Table::expected("hours");
            let row = row.find(&[("pillar", &pillar.id)]);
            near(hours / people, row.number("hours_per_engineer"));
            near(hours / people * roster, row.number("hours_organization"));
        }
    }

    #[test]
    fn nobody_loses_more_than_the_cap_or_to_a_pillar_that_was_not_picked() {
        let answer = |row, pillar, hours: u32| LostHours {
            row,
            pillar,
            hundredths: hours * 100,
        };
        let mut responses = input(1).responses;
        responses.set_picks(|_, pillar| pillar < 2);
        let hours = [
            answer(0, 0, 60),
            answer(0, 1, 20),
            answer(1, 2, 8),
            answer(1, 1, 8),
        ];
        responses.set_hours(&hours);
        let hundredths = |responses: &AnswerTables| -> Vec<u32> {
            lost(responses).iter().map(|lost| lost.hundredths).collect()
        };
        assert_eq!(hundredths(&responses), [3_000, 1_000, 800]);
        // Three equal parts of 40 hours are all of them together.
        responses.set_picks(|_, pillar| pillar < 3);
        responses.set_hours(&[answer(0, 0, 100), answer(0, 1, 100), answer(0, 2, 100)]);
        assert_eq!(hundredths(&responses), [1_333, 1_333, 1_334]);
        responses.set_hours(&[answer(0, 0, 1_000_000), answer(0, 1, 0)]);
        assert_eq!(hundredths(&responses), [4_000, 0]);
        responses.picks = None;
        assert!(lost(&responses).is_empty());
    }

    #[test]
    fn the_median_counts_those_who_lose_nothing() {
        let mut responses = input(1).responses;
        let count = responses.len();
        responses.set_picks(|_, pillar| pillar == 0);
        let answers = |losing: usize| -> Vec<LostHours> {
            let rows = (0..losing).map(|row| LostHours {
                row,
                pillar: 0,
                hundredths: 250,
            });
            rows.collect()
        };
        responses.set_hours(&answers(count / 4));
        assert_eq!(median(&responses, 5), Some(Estimate::default()));
        responses.set_hours(&answers(count - 1));
        let all = median(&responses, 5).unwrap();
        assert_eq!((all.low, all.value, all.high), (2.5, 2.5, 2.5));
        assert_eq!(median(&responses, count as u32 + 1), None);
        let nobody = AnswerRows::new(&reference::survey()).finish();
        assert_eq!(median(&nobody, 0), None);
    }

    #[test]
    fn the_median_does_not_give_away_who_loses_most() {
        let responses = |people: u32| {
            let survey = reference::survey();
            let mut rows = AnswerRows::new(&survey);
            for row in 0..people {
                rows.push(AnswerRow {
                    picks: Some(vec![0]),
                    hours: vec![(0, 100 * row)],
                    ..AnswerRow::new(&survey, &Answers::default())
                });
            }
            rows.finish()
        };
        // Of 12 people the limits are the third least and the third most, of 20 the sixth.
        assert_eq!(median(&responses(12), 5), None);
        assert_eq!(
            median(&responses(12), 3).map(|median| median.high),
            Some(9.0)
        );
        assert_eq!(
            median(&responses(20), 5).map(|median| median.high),
            Some(14.0)
        );
    }
}
