//! The generated organization of `tribometer demo`: people, answers and records that follow
//! from one hidden truth.
//!
//! Everything is computed from the seed alone; [`load`] brings it into the database through the
//! services that real data comes through.

pub mod load;
pub mod mood;
pub mod organization;
pub mod pull_requests;
mod random;
pub mod records;
pub mod replies;
mod words;

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Days, NaiveDate, Utc};
    use tribometer_surveys::builtin::devex_25;

    use super::{mood::Mood, organization::Organization, pull_requests, replies};

    const SEED: u64 = 1;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, 13).expect("a day of the calendar")
    }

    fn generate(people: usize, quarter: usize) -> (Organization, Mood, Vec<replies::Reply>) {
        let organization = Organization::generate(people, SEED);
        let mood = Mood::generate(&organization, SEED);
        let round = replies::Round {
            quarter,
            opens: day(),
            until: day() + Days::new(14),
        };
        let replies = replies::replies(&organization, &mood, devex_25(), SEED, &round);
        (organization, mood, replies)
    }

    fn ranks(values: &[f64]) -> Vec<f64> {
        let below = |value: &f64| values.iter().filter(|other| *other < value).count();
        values.iter().map(|value| below(value) as f64).collect()
    }

    /// Spearman's ρ; the values have hardly any ties.
    fn correlation(x: &[f64], y: &[f64]) -> f64 {
        let (x, y) = (ranks(x), ranks(y));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mx, my) = (mean(&x), mean(&y));
        let sum = |f: &dyn Fn(f64, f64) -> f64| {
            x.iter()
                .zip(&y)
                .map(|(x, y)| f(x - mx, y - my))
                .sum::<f64>()
        };
        sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
    }

    fn mean_rating(
        organization: &Organization,
        replies: &[replies::Reply],
        item: &str,
    ) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); organization.teams.len()];
        for reply in replies {
            if let Some(rating) = reply.answers.rating(item) {
                let sum = &mut sums[organization.people[reply.person].team];
                *sum = (sum.0 + f64::from(rating), sum.1 + 1.0);
            }
        }
        sums.into_iter().map(|(sum, n)| sum / n).collect()
    }

    #[test]
    fn about_nine_of_ten_answer_and_every_answer_is_accepted() {
        let (_, _, replies) = generate(1000, 0);
        assert!((870..=935).contains(&replies.len()), "{}", replies.len());
        for reply in &replies {
            assert_eq!(reply.answers.validate(devex_25()), Ok(()));
        }
    }

    #[test]
    fn teams_that_complain_about_reviews_wait_longer_for_them() {
        let (organization, mood, replies) = generate(1000, 0);
        let rated = mean_rating(&organization, &replies, "code-review");
        let now = DateTime::<Utc>::MAX_UTC;
        let period = pull_requests::Period {
            quarter: 0,
            from: day(),
            to: day() + Days::new(91),
            now,
            each: pull_requests::A_QUARTER,
        };
        let mut total = 0;
        let waiting: Vec<f64> = (0..organization.teams.len())
            .map(|team| {
                let all = pull_requests::of_team(&organization, &mood, SEED, team, &period);
                total += all.len();
                let mut hours: Vec<f64> = all
                    .iter()
                    .filter_map(|pr| {
                        Some((pr.first_review_at? - pr.created_at).as_seconds_f64() / 3600.0)
                    })
                    .collect();
                hours.sort_by(f64::total_cmp);
                hours[hours.len() / 2]
            })
            .collect();
        assert!((11_000..=13_000).contains(&total), "{total}");
        let correlation = correlation(&rated, &waiting);
        assert!(correlation < -0.4, "{correlation}");
    }

    #[test]
    fn reviews_get_better_over_the_quarters_and_the_rest_stays() {
        let mean = |quarter, item: &str| {
            let (organization, _, replies) = generate(1000, quarter);
            let teams = mean_rating(&organization, &replies, item);
            teams.iter().sum::<f64>() / teams.len() as f64
        };
        assert!(mean(4, "code-review") > mean(0, "code-review") + 0.15);
        assert!((mean(4, "documentation") - mean(0, "documentation")).abs() < 0.1);
    }
}
