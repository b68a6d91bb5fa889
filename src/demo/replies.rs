//! What people answer, given what is true underneath.

use chrono::{Days, NaiveDate};
use rand::{Rng, RngExt};
use tribometer_surveys::{
    answer::{Answer, Answers},
    survey::{COMMENT, PRIORITIES, Survey, comment_id, hours_id},
};

use super::{
    mood::{self, Mood},
    organization::Organization,
    random::{generator, lognormal, normal, weighted},
    words,
};

/// One person's answers to one wave.
pub struct Reply {
    /// Position in [`Organization::people`].
    pub person: usize,
    pub day: NaiveDate,
    pub answers: Answers,
}

/// A wave as far as answering it goes.
pub struct Round {
    /// 0 for the oldest.
    pub quarter: usize,
    pub opens: NaiveDate,
    /// The last day on which somebody may answer.
    pub until: NaiveDate,
}

/// About nine of ten people answer a wave that ran to its end.
const RESPONSE_RATE: f64 = 0.905;
/// How much less likely people answer for each standard deviation of friction that their team feels
/// on average.
const DISCOURAGED: f64 = 0.12;
/// A rating's spread: what teams have in common …
const BETWEEN_TEAMS: f64 = 0.50;
/// … what a person always answers higher or lower, over all items …
const MANNER: f64 = 0.28;
/// … and about one pillar …
const CONVICTION: f64 = 0.50;
/// … and what changes from wave to wave.
const MOMENT: f64 = 0.60;
/// The longest time that anybody claims to lose in one area.
const MOST_HOURS: f64 = 12.0;

/// The answers of everybody who has answered by the round's last day.
pub fn replies(
    organization: &Organization,
    mood: &Mood,
    survey: &Survey,
    seed: u64,
    round: &Round,
) -> Vec<Reply> {
    let replies = organization.people.iter().enumerate();
    replies
        .filter_map(|(person, engineer)| {
            let mut rng = generator(&[seed, 10, person as u64, round.quarter as u64]);
            let day = day(&mut rng, round)?;
            let frictions = frictions(mood, engineer.team, round.quarter);
            let average = frictions.iter().sum::<f64>() / frictions.len() as f64;
            rng.random_bool((RESPONSE_RATE - DISCOURAGED * average).clamp(0.0, 1.0))
                .then(|| {
                    let answers = answers(
                        survey,
                        &frictions,
                        &mut generator(&[seed, 11, person as u64]),
                        &mut rng,
                    );
                    Reply {
                        person,
                        day,
                        answers,
                    }
                })
        })
        .collect()
}

/// Friction of one team in all pillars.
fn frictions(mood: &Mood, team: usize, quarter: usize) -> Vec<f64> {
    (0..words::PILLARS.len())
        .map(|pillar| mood.friction(team, pillar, quarter))
        .collect()
}

/// The day of answering: most on the first days, some after each reminder; nobody after the round's
/// last day.
fn day(rng: &mut impl Rng, round: &Round) -> Option<NaiveDate> {
    const BY_DAY: [f64; 14] = [
        30.0, 16.0, 9.0, 11.0, 6.0, 4.0, 3.0, 8.0, 4.0, 2.0, 1.5, 1.0, 1.0, 3.5,
    ];
    let day = round.opens + Days::new(weighted(rng, BY_DAY.into_iter()) as u64);
    (day <= round.until).then_some(day)
}

/// `lasting` draws what a person feels in every wave, `momentary` what is of this one.
fn answers(
    survey: &Survey,
    frictions: &[f64],
    lasting: &mut impl Rng,
    momentary: &mut impl Rng,
) -> Answers {
    let mut answers = Answers::default();
    let manner = MANNER * normal(lasting);
    let mut felt = Vec::new();
    for pillar in survey.pillars() {
        let Some(known) = mood::position(&pillar.id) else {
            continue;
        };
        let (_, mean, foreign) = words::PILLARS[known];
        let conviction = CONVICTION * normal(lasting);
        let concerned = !lasting.random_bool(foreign);
        let feeling = mean - BETWEEN_TEAMS * frictions[known]
            + manner
            + conviction
            + MOMENT * normal(momentary);
        let Some(item) = pillar.rating_item() else {
            continue;
        };
        if !concerned {
            answers.insert(&item.id, Answer::DoesNotApply);
        } else if !momentary.random_bool(0.01) {
            answers.insert(&item.id, Answer::Rating(rating(feeling)));
            felt.push((pillar.id.as_str(), feeling));
        }
    }
    let mean = felt.iter().map(|(_, feeling)| feeling).sum::<f64>() / felt.len().max(1) as f64;
    for (outcome, lift) in survey.outcomes.iter().zip([0.35, 0.30, 0.45]) {
        answers.insert(
            &outcome.id,
            Answer::Rating(rating(mean + lift + 0.7 * normal(momentary))),
        );
    }
    pick(survey, &felt, &mut answers, momentary);
    answers
}

/// Picks what hurts most, with the hours it costs and now and then a comment.
fn pick(survey: &Survey, felt: &[(&str, f64)], answers: &mut Answers, rng: &mut impl Rng) {
    let Some(priorities) = &survey.priorities else {
        return;
    };
    let wanted = weighted(rng, [3.0, 7.0, 15.0, 75.0].into_iter()).min(priorities.at_most as usize);
    let mut urgency: Vec<f64> = felt
        .iter()
        .map(|(_, feeling)| (1.6 * (3.0 - feeling)).exp())
        .collect();
    let mut picked = Vec::new();
    for _ in 0..wanted.min(felt.len()) {
        let choice = weighted(rng, urgency.iter().copied());
        urgency[choice] = 0.0;
        let (pillar, feeling) = felt[choice];
        picked.push(pillar.to_owned());
        if survey.hours.is_some() && rng.random_bool(0.93) {
            let hours = lognormal(rng, 1.4 * (0.35 * (3.0 - feeling)).exp(), 0.6);
            answers.insert(
                hours_id(pillar),
                Answer::Hours(((2.0 * hours).round() / 2.0).min(MOST_HOURS)),
            );
        }
        if rng.random_bool(0.08) {
            comment(pillar, comment_id(pillar), answers, rng);
        }
    }
    answers.insert(PRIORITIES, Answer::Priorities(picked));
    if rng.random_bool(0.05) {
        comment("", COMMENT.to_owned(), answers, rng);
    }
}

fn comment(about: &str, item: String, answers: &mut Answers, rng: &mut impl Rng) {
    let fitting = words::COMMENTS
        .iter()
        .map(|(pillar, _)| f64::from(u8::from(*pillar == about)));
    let chosen = words::COMMENTS[weighted(rng, fitting)];
    if chosen.0 == about {
        answers.insert(item, Answer::Text(chosen.1.to_owned()));
    }
}

fn rating(feeling: f64) -> u8 {
    feeling.round().clamp(1.0, 5.0) as u8
}
