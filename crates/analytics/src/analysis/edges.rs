//! Input at the edge of sense, end to end: the findings come back from JSON as they were (NaN and
//! infinity would not), and a note names the cause of what is left out.

use chrono::DateTime;
use rand::RngExt;
use tribometer_findings::{ImpactFact, NoImpact, OutcomeLeftOut, PillarNotShown};
use tribometer_reports::files;
use tribometer_statistics::random;
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::pull_request::Stamps;

use super::*;
use crate::answers::{AnswerRow, AnswerRows, LostHours};
use crate::input::{PastWave, Settings};
use crate::reference::{pull_requests_of, with_pull_requests};
use crate::tables::PullRequestRows;

/// A wave of people in these teams who rate everything, pick three areas and say hours; the wave
/// before it; and a pull request by each, merged the next day.
fn input(survey: &Survey, teams: &[String], cell: impl Fn(usize, usize, u8) -> u8) -> Input {
    let mut random = random::numbered(2, 0);
    let mut wave = || {
        let mut responses = AnswerRows::new(survey);
        for (row, team) in teams.iter().enumerate() {
            let items = 0..survey.rating_items().count();
            let ratings = items.map(|item| cell(row, item, random.random_range(1..=5)));
            let ratings = ratings.collect();
            let pillars = survey.pillars().count();
            let picks: Vec<usize> = (0..3).map(|_| random.random_range(0..pillars)).collect();
            let first = picks.iter().min().copied();
            responses.push(AnswerRow {
                respondent: &row.to_string(),
                team,
                attributes: vec![("role", "dev")],
                ratings,
                picks: Some(picks),
                hours: first.map(|pillar| (pillar, 150)).into_iter().collect(),
                ..AnswerRow::default()
            });
        }
        responses.finish()
    };
    let (responses, previous) = (wave(), wave());
    let mut pull_requests = PullRequestRows::default();
    for (row, team) in teams.iter().enumerate() {
        pull_requests.push(team, row as u32, stamps_of(row, 24), None, None);
    }
    Input {
        wave: "2026-Q4".into(),
        roster: Some(responses.people.clone()),
        responses,
        previous: vec![PastWave {
            reworded: Vec::new(),
            label: "2026-Q3".into(),
            responses: previous,
        }],
        tables: with_pull_requests(pull_requests),
        period: None,
        metrics: Vec::new(),
        identifying: None,
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings {
            by: vec!["role".into()],
            hourly_cost: Some(80.0),
            ..Settings::default()
        },
        survey: survey.clone(),
    }
}

/// Opened some hours after an instant, first reviewed and merged `hours` later.
fn stamps_of(row: usize, hours: i64) -> Stamps {
    let at = |hours: i64| DateTime::from_timestamp(1_780_000_000 + hours * 3_600, 0);
    let opened = row as i64 % 700;
    Stamps {
        created: at(opened).into(),
        first_review: at(opened + hours).into(),
        merged: at(opened + hours).into(),
        ..Stamps::default()
    }
}

/// So many people in so many teams.
fn teams(people: usize, teams: usize) -> Vec<String> {
    let team = |row: usize| match teams {
        1 => "E".to_owned(),
        _ => format!("E / T{}", row % teams),
    };
    (0..people).map(team).collect()
}

fn as_drawn(_: usize, _: usize, drawn: u8) -> u8 {
    drawn
}

/// The built-in survey with twice as many pillars.
fn fifty() -> Survey {
    let mut survey = builtin::devex_25().clone();
    for dimension in &mut survey.dimensions {
        let mut more = dimension.pillars.clone();
        for pillar in &mut more {
            pillar.id += "-too";
            pillar.name += " too";
            pillar.items.iter_mut().for_each(|item| item.id += "-too");
        }
        dimension.pillars.append(&mut more);
    }
    survey
}

/// One below the other, everybody in all of them in turn.
fn ten_deep(people: usize) -> Vec<String> {
    let depth = |row: usize| vec!["L"; 1 + row % 10].join(" / ");
    (0..people).map(depth).collect()
}

type IsNote = fn(&Note) -> bool;

fn fact(note: &Note) -> Option<&ImpactFact> {
    match note {
        Note::Impact { fact, .. } => Some(fact),
        _ => None,
    }
}

#[test]
fn the_edges_of_sense_are_borne_and_said() {
    // Eight pillars, for the exact impact of 25 takes seconds.
    let eight = &crate::reference::survey();
    let with = |mut input: Input, change: fn(&mut Input)| {
        change(&mut input);
        input
    };
    let whole = || input(eight, &teams(240, 12), as_drawn);
    let few_responses: IsNote = |note| *note == Note::FewResponses;
    let untested: IsNote = |note| matches!(note, Note::ChangesUntested { .. });
    // What it is, the input, pillars in the ranking, and notes that are there.
    let cases: Vec<(&str, Input, usize, Vec<IsNote>)> = vec![
        (
            "one team",
            input(eight, &teams(60, 1), as_drawn),
            8,
            vec![|note| *note == Note::OneTeam, |note| {
                let why = NoImpact::FewTeams { teams: 1 };
                fact(note) == Some(&ImpactFact::NotShown { why })
            }],
        ),
        (
            "one respondent",
            input(eight, &teams(1, 1), as_drawn),
            0,
            vec![few_responses],
        ),
        (
            "nobody",
            input(eight, &[], as_drawn),
            0,
            vec![few_responses],
        ),
        (
            "people without answers",
            input(eight, &teams(240, 12), |_, _, _| 0),
            0,
            vec![|note| matches!(note, Note::FewRatings { .. })],
        ),
        (
            "all equal answers",
            input(eight, &teams(240, 12), |_, _, _| 3),
            8,
            vec![
                |note| {
                    matches!(
                        note,
                        Note::OutcomesLeftOut {
                            why: OutcomeLeftOut::NoVariance,
                            ..
                        }
                    )
                },
                untested,
                |note| matches!(note, Note::OutcomesUnreliable { .. }),
            ],
        ),
        (
            "a pillar without variance",
            input(
                eight,
                &teams(240, 12),
                |_, item, drawn| if item == 5 { 2 } else { drawn },
            ),
            8,
            vec![
                |note| {
                    let pillar = crate::reference::survey();
                    let pillar = pillar.pillars().nth(5).map(|pillar| pillar.id.clone());
                    let fact_of = ImpactFact::PillarsNotShown {
                        pillars: pillar.into_iter().collect(),
                        why: PillarNotShown::NoVariance,
                    };
                    fact(note) == Some(&fact_of)
                },
                untested,
            ],
        ),
        (
            "collinear pillars",
            with(whole(), |input| {
                let first = input.responses.ratings().next().unwrap().cells.to_vec();
                input
                    .responses
                    .edit(1, |second| second.copy_from_slice(&first));
            }),
            8,
            vec![|note| match fact(note) {
                Some(ImpactFact::Collinear { pillars }) => pillars.len() == 2,
                _ => false,
            }],
        ),
        (
            "fifty pillars",
            input(&fifty(), &teams(240, 12), as_drawn),
            50,
            vec![|note| fact(note) == Some(&ImpactFact::RelativeWeights)],
        ),
        (
            "a tree ten deep",
            input(eight, &ten_deep(240), as_drawn),
            8,
            vec![],
        ),
        (
            "negative and zero durations",
            with(whole(), |input| {
                let mut pull_requests = pull_requests_of(&input.tables);
                for (row, stamps) in pull_requests.stamps.iter_mut().enumerate() {
                    *stamps = stamps_of(row, if row < 40 { -5 } else { 0 });
                }
                input.tables = with_pull_requests(pull_requests);
            }),
            8,
            vec![|note| match note {
                Note::NegativeTimes { metrics } => {
                    let mut metrics = metrics.iter();
                    metrics.any(|metric| metric.id == "pr.cycle_time" && metric.n == 40)
                }
                _ => false,
            }],
        ),
        (
            "all pull requests open",
            with(whole(), |input| {
                let mut pull_requests = pull_requests_of(&input.tables);
                for stamps in &mut pull_requests.stamps {
                    *stamps = Stamps {
                        created: stamps.created,
                        ..Stamps::default()
                    };
                }
                input.tables = with_pull_requests(pull_requests);
            }),
            8,
            vec![|note| *note == Note::NothingMerged],
        ),
    ];
    for (name, input, pillars, notes) in cases {
        let findings = analyze(&input);
        let back = serde_json::from_slice::<Findings>(&files::json(&findings));
        let back = back.unwrap_or_else(|missing| panic!("{name}: a number is missing: {missing}"));
        assert_eq!(back, findings, "{name}");
        assert_eq!(findings.ranking.len(), pillars, "{name}");
        for row in &findings.ranking {
            assert!(
                row.friction.low <= row.friction.value && row.friction.value <= row.friction.high,
                "{name}: {row:?}"
            );
            assert!(
                row.rank_low <= row.rank && row.rank <= row.rank_high,
                "{name}: {row:?}"
            );
        }
        for (at, is_note) in notes.into_iter().enumerate() {
            let is_there = findings.notes.iter().any(is_note);
            assert!(
                is_there,
                "{name}: note {at} is not among {:#?}",
                findings.notes
            );
        }
    }
}

#[test]
fn nobody_of_some_in_pain_is_not_certain() {
    // Everybody is content with the first area, nobody with the second.
    let devex = builtin::devex_25();
    let mut input = input(devex, &teams(60, 12), |_, item, drawn| match item {
        0 => 5,
        1 => 2,
        _ => drawn,
    });
    let all = input.responses.clone();
    let picked = |row, pillar| pillar < 2 || all.picked(pillar)(row);
    input.responses.set_picks(picked);
    let findings = analyze(&input);
    let of = |pillar: usize| {
        let id = devex.pillars().nth(pillar).map(|pillar| &pillar.id);
        let row = findings.ranking.iter().find(|row| Some(&row.pillar) == id);
        row.expect("a row").friction
    };
    let (none, all) = (of(0), of(1));
    assert_eq!((none.value, none.low), (0.0, 0.0));
    assert!(none.high > 5.0 && none.high < 20.0, "{none:?}");
    assert_eq!((all.value, all.high), (100.0, 100.0));
    assert!(all.low < 95.0 && all.low > 80.0, "{all:?}");
}

#[test]
fn hours_of_a_part_of_the_areas_are_those_of_who_was_asked() {
    // Each is asked half of the areas, picks only among them and loses two hours to each pick.
    let devex = builtin::devex_25();
    let mut input = input(devex, &teams(240, 12), as_drawn);
    let asked = |row: usize, pillar: usize| (row + pillar).is_multiple_of(2);
    let picked = |row: usize, pillar: usize| pillar < 6 && asked(row, pillar);
    let responses = &mut input.responses;
    responses.set_picks(picked);
    let both = (0..responses.len()).flat_map(|row| (0..25).map(move |pillar| (row, pillar)));
    let hours = both
        .filter(|(row, pillar)| picked(*row, *pillar))
        .map(|(row, pillar)| LostHours {
            row,
            pillar,
            hundredths: 200,
        });
    responses.set_hours(&hours.collect::<Vec<_>>());
    for pillar in 0..25 {
        responses.edit(pillar, |cells| {
            let cells = cells.iter_mut().enumerate();
            let left_out = cells.filter(|(row, _)| !asked(*row, pillar));
            left_out.for_each(|(_, cell)| *cell = 0);
        });
    }
    let findings = analyze(&input);
    assert!(
        findings
            .notes
            .iter()
            .any(|note| matches!(note, Note::PlannedMissing { .. }))
    );
    let of = |id: &str| findings.ranking.iter().find(|row| row.pillar == id);
    let first = devex.pillars().next().map(|pillar| pillar.id.as_str());
    let row = first.and_then(of).and_then(|row| row.hours_per_week);
    // Two hours of everybody who was asked, times the roster.
    assert!(
        row.is_some_and(|hours| (hours.value - 480.0).abs() < 1e-9),
        "{row:?}"
    );
    // An engineer loses those to three areas.
    let hours = findings.hours.expect("hours were asked");
    assert!((hours.per_engineer.value - 6.0).abs() < 1e-9);
}
