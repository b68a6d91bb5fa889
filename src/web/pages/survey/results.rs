//! The results that a personal link opens once they are released, the page that stands there until
//! then, and the thanks that lead to it.

use askama::Template;
use axum::http::StatusCode;
use tribometer_findings::{Pain, RankedPillar};
use tribometer_reports::words::format;
use tribometer_surveys::privacy::promise;

use super::messages::{Message, about_results, results_to_come, wave_name};
use crate::service::answering::Facts;
use crate::service::results::{LastTime, Overview, Results};
use crate::web::page::Page;

/// Released results: the organization and no group in it.
#[derive(Template)]
#[template(path = "survey/results.html")]
pub struct ResultsPage {
    wave: String,
    /// None where the organization itself may not be shown.
    shown: Option<Shown>,
    promise: String,
}

struct Shown {
    took_part: String,
    we_did: Option<String>,
    /// What friction counts.
    friction: &'static str,
    rows: Vec<Row>,
}

/// One area, as numbers are written.
struct Row {
    rank: u32,
    ranks: String,
    name: String,
    friction: String,
    friction_span: String,
    favorable: String,
    favorable_span: String,
    n: String,
}

impl ResultsPage {
    pub fn new(facts: &Facts, results: Results) -> Self {
        let Results { overview, we_did } = results;
        let shown = overview.map(|overview| Shown {
            took_part: took_part(&overview),
            we_did,
            friction: match overview.pain {
                Pain::PickedAndRatedLow => {
                    "Friction: of 100 engineers, how many picked the area as one that most needs \
                     work and rated it 3 or lower."
                }
                Pain::RatedLow => {
                    "Friction: of 100 engineers, how many rated the area 1 or 2 of 5."
                }
            },
            rows: overview.ranking.iter().map(Row::of).collect(),
        });
        ResultsPage {
            wave: wave_name(&facts.label),
            shown,
            promise: promise(facts.minimum),
        }
    }
}

fn took_part(overview: &Overview) -> String {
    let responded = format::count(u64::from(overview.responded));
    match overview.invited {
        Some(invited) => format!(
            "{responded} of the {} people who were asked answered.",
            format::count(u64::from(invited))
        ),
        None => format!("{responded} people answered."),
    }
}

impl Row {
    fn of(row: &RankedPillar) -> Self {
        let whole = |value: f64| format::number(value, 0);
        let (friction, favorable) = (row.friction, row.favorable);
        Row {
            rank: row.rank,
            ranks: if row.rank_low == row.rank_high {
                "clear".to_owned()
            } else {
                format!("{}–{}", row.rank_low, row.rank_high)
            },
            name: row.name.clone(),
            friction: whole(friction.value),
            friction_span: format::span(whole(friction.low), whole(friction.high)),
            favorable: format::percent(favorable.value),
            favorable_span: format::percent_span(favorable.low, favorable.high),
            n: format::count(u64::from(row.n)),
        }
    }
}

/// Instead of results that are not released. 404, for nothing is at this address yet: 403 would say
/// that somebody else may read it, and 425 is about requests that should be sent again.
pub fn not_yet(facts: &Facts, token: &str, is_to_answer: bool) -> Page<Message> {
    Page(
        StatusCode::NOT_FOUND,
        results_to_come(facts, token, is_to_answer),
    )
}

/// After sending: when results come and where, and what became of the last ones.
#[derive(Template)]
#[template(path = "survey/thanks.html")]
pub struct ThanksPage {
    results: String,
    target: String,
    label: &'static str,
    last_time: Option<Last>,
}

struct Last {
    wave: String,
    you_said: String,
    we_did: Option<String>,
}

impl ThanksPage {
    pub fn new(facts: &Facts, token: &str, last_time: Option<LastTime>) -> Self {
        ThanksPage {
            results: about_results(facts),
            target: format!("/s/{token}/results"),
            label: if facts.is_released {
                "See the results"
            } else {
                "See where they will be"
            },
            last_time: last_time.map(|last| Last {
                wave: wave_name(&last.label),
                you_said: you_said(&last.areas),
                we_did: last.we_did,
            }),
        }
    }
}

/// `Test feedback, code review and documentation hold you up most.`
fn you_said(areas: &[String]) -> String {
    let name = |(place, name): (usize, &String)| match place {
        0 => name.clone(),
        _ => format::within_a_sentence(name),
    };
    let names: Vec<String> = areas.iter().enumerate().map(name).collect();
    let verb = match names.len() {
        1 => "holds",
        _ => "hold",
    };
    format!("{} {verb} you up most.", format::list(&names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_one_sentence() {
        let said = |areas: &[&str]| {
            you_said(
                &areas
                    .iter()
                    .map(|area| (*area).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            said(&["Test feedback", "Code review", "AI assistance"]),
            "Test feedback, code review and AI assistance hold you up most."
        );
        assert_eq!(said(&["Documentation"]), "Documentation holds you up most.");
    }
}
