//! The top of the report: the finding in a sentence, with its certainty, and the figures that
//! everybody asks for first.

use tribometer_findings::{Estimate, Findings, HoursLost, MetricLevel, Pain, RankedPillar, WEEKS};

use super::table::Delta;
use crate::words::format::{self, Measured};

/// What the top of the page says.
pub struct Head {
    pub title: &'static str,
    pub lede: Vec<Phrase>,
    pub figures: Vec<Figure>,
    pub notices: Vec<&'static str>,
}

/// A piece of a sentence, strong or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    pub strong: bool,
}

/// One figure: its name, the number with a unit, and a line that qualifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub name: &'static str,
    /// The id of the method behind it.
    pub method: &'static str,
    pub value: Option<String>,
    pub unit: String,
    pub note: String,
    pub change: Option<Delta>,
}

impl Head {
    pub fn of(findings: &Findings) -> Head {
        let notices = match findings.invited {
            Some(_) => Vec::new(),
            None => vec![
                "There is no roster, so it is unknown how many were asked. Response rates and \
                 totals for the organization are left out; bring people.csv to have them.",
            ],
        };
        Head {
            title: "What slows engineering down",
            lede: lede(findings),
            figures: vec![
                took_part(findings),
                index(findings),
                hours(findings),
                cycle_time(findings),
            ],
            notices,
        }
    }
}

fn plain(text: impl Into<String>) -> Phrase {
    Phrase {
        text: text.into(),
        strong: false,
    }
}

fn strong(text: impl Into<String>) -> Phrase {
    Phrase {
        text: text.into(),
        strong: true,
    }
}

/// The finding, with its certainty, in two or three sentences.
fn lede(findings: &Findings) -> Vec<Phrase> {
    let Some(first) = findings.ranking.first() else {
        return vec![plain("There are not enough answers to rank anything yet.")];
    };
    // Everything that the data do not rule out as the worst.
    let leaders: Vec<&RankedPillar> = findings
        .ranking
        .iter()
        .take_while(|row| row.rank_low <= 1)
        .collect();
    let mut words = match leaders.as_slice() {
        [] | [_] => alone(first, findings.pain),
        several if several.len() <= 4 => tied(several, findings.pain),
        several => crowded(first, several.len(), findings.pain),
    };
    if first.top3_probability >= 0.5 && leaders.len() <= 4 && findings.ranking.len() > 3 {
        let chance = format::chance(first.top3_probability);
        words.push(plain(format!(
            " {} is among the worst three with a probability of {chance}.",
            first.name
        )));
    }
    if let Some(total) = findings.hours.and_then(|hours| hours.organization) {
        let total = measured(total);
        words.push(plain(" At least "));
        words.push(strong(format!("{} engineer-hours a week", total.value)));
        words.push(plain(format!(
            " are lost in all (95% interval {}).",
            total.range()
        )));
    }
    words
}

/// How many of 100 engineers, and what is the matter with them.
fn of_hundred(row: &RankedPillar) -> String {
    format::number(row.friction.value, 0)
}

/// The interval of friction, in whole engineers of 100.
fn friction_range(friction: Estimate) -> String {
    format::range(
        format::number(friction.low, 0),
        format::number(friction.high, 0),
    )
}

fn matter(pain: Pain) -> &'static str {
    match pain {
        Pain::PickedAndRatedLow => "are held up by it and would fix it first",
        Pain::RatedLow => "rate it 1 or 2 of 5",
    }
}

fn alone(first: &RankedPillar, pain: Pain) -> Vec<Phrase> {
    vec![
        strong(first.name.clone()),
        plain(" slows the most engineers down: "),
        strong(format!("{} of 100", of_hundred(first))),
        plain(format!(
            " {} (95% interval {}).",
            matter(pain),
            friction_range(first.friction)
        )),
    ]
}

fn tied(leaders: &[&RankedPillar], pain: Pain) -> Vec<Phrase> {
    let mut words = Vec::new();
    for (i, row) in leaders.iter().enumerate() {
        let joint = match leaders.len() - i {
            _ if i == 0 => "",
            1 => " and ",
            _ => ", ",
        };
        words.push(plain(joint));
        let name = if i == 0 {
            row.name.clone()
        } else {
            format::within_a_sentence(&row.name)
        };
        words.push(strong(name));
        let unit = if i == 0 { " of 100 engineers" } else { "" };
        words.push(plain(format!(" ({}{unit})", of_hundred(row))));
    }
    let many = match pain {
        Pain::PickedAndRatedLow => "hold up the most people",
        Pain::RatedLow => "are rated 1 or 2 by the most people",
    };
    let which = if leaders.len() == 2 {
        "which is worse"
    } else {
        "which of them is worst"
    };
    words.push(plain(format!(" {many}; the data cannot tell {which}.")));
    words
}

fn crowded(first: &RankedPillar, count: usize, pain: Pain) -> Vec<Phrase> {
    vec![
        strong(format!("{count} areas cannot be told apart at the top")),
        plain(format!(
            ". {} stands first: {} of 100 engineers {} (95% interval {}).",
            first.name,
            of_hundred(first),
            matter(pain),
            friction_range(first.friction)
        )),
    ]
}

fn measured(estimate: Estimate) -> Measured {
    Measured::new(estimate.value, estimate.low, estimate.high)
}

fn took_part(findings: &Findings) -> Figure {
    let responded = u64::from(findings.responded);
    let (unit, note) = match findings.invited {
        Some(invited) if invited > 0 => {
            let rate = format::percent(f64::from(findings.responded) / f64::from(invited));
            (
                format!("of {}", format::count(u64::from(invited))),
                format!("{rate} of everybody who was asked"),
            )
        }
        _ => ("responses".to_owned(), "The roster is missing".to_owned()),
    };
    Figure {
        name: "Took part",
        method: "nonresponse",
        value: Some(format::count(responded)),
        unit,
        note,
        change: None,
    }
}

fn index(findings: &Findings) -> Figure {
    let name = "DevEx index";
    let Some(index) = findings.index else {
        return Figure {
            name,
            method: "favorable",
            value: None,
            unit: String::new(),
            note: "Needs more answers".into(),
            change: None,
        };
    };
    let change = findings.index_change.as_ref().map(|change| {
        let mut delta = Delta::of_share(change);
        delta.text = since(&delta.text, findings, change.is_beyond_noise());
        delta
    });
    Figure {
        name,
        method: "favorable",
        value: Some(format::percents(index.value).to_string()),
        unit: "% favorable".into(),
        note: format!(
            "95% interval {}",
            format::percent_range(index.low, index.high)
        ),
        change,
    }
}

fn since(points: &str, findings: &Findings, beyond_noise: bool) -> String {
    let previous = findings.previous.as_deref().unwrap_or("the wave before");
    let noise = if beyond_noise {
        "beyond noise"
    } else {
        "within noise"
    };
    format!("{points} since {previous}, {noise}")
}

fn hours(findings: &Findings) -> Figure {
    let name = "Hours lost";
    let Some(hours) = findings.hours else {
        let note = "The survey did not ask for hours".into();
        return Figure {
            name,
            method: "hours",
            value: None,
            unit: String::new(),
            note,
            change: None,
        };
    };
    let per_engineer = measured(hours.per_engineer);
    Figure {
        name,
        method: "hours",
        value: Some(per_engineer.value.clone()),
        unit: "h a week".into(),
        note: format!(
            "Per engineer, at least; 95% interval {}{}{}",
            per_engineer.range(),
            half(hours.median),
            money(&hours)
        ),
        change: None,
    }
}

/// What half of the engineers lose: a few who lose much move the mean and not the median.
fn half(median: Option<Estimate>) -> String {
    match median {
        Some(median) if median.value > 0.0 => {
            let median = measured(median);
            format!(
                ". Half of the engineers lose {} h or more ({})",
                median.value,
                median.range()
            )
        }
        Some(_) => ". Half of the engineers name no hours".to_owned(),
        None => String::new(),
    }
}

/// What the organization's hours cost a year, at the cost of an hour that was given.
fn money(hours: &HoursLost) -> String {
    let (Some(cost), Some(weekly)) = (hours.cost_per_year, hours.organization) else {
        return String::new();
    };
    let shown = format::money(cost);
    if weekly.value <= 0.0 {
        return String::new();
    }
    let an_hour = (cost.value / weekly.value / WEEKS * 100.0).round() / 100.0;
    let an_hour = format::number(an_hour, if an_hour.fract() == 0.0 { 0 } else { 2 });
    format!(
        ". At {an_hour} an hour, {} a year in all ({})",
        shown.value,
        shown.range()
    )
}

fn cycle_time(findings: &Findings) -> Figure {
    let name = "PR cycle time";
    let Some(level) = findings
        .systems
        .iter()
        .find(|level| level.metric == "pr.cycle_time")
    else {
        return Figure {
            name,
            method: "pull-requests",
            value: None,
            unit: String::new(),
            note: "No pull requests yet".into(),
            change: None,
        };
    };
    Figure {
        name,
        method: "pull-requests",
        value: Some(format::hours(level.value)),
        unit: "median".into(),
        note: before(level, findings),
        change: None,
    }
}

fn before(level: &MetricLevel, findings: &Findings) -> String {
    let n = format!("n {}", format::count(u64::from(level.n)));
    match (level.previous, &findings.previous) {
        (Some(previous), Some(wave)) => format!("{} in {wave} · {n}", format::hours(previous)),
        _ => match level.low.zip(level.high) {
            Some((low, high)) => format!("95% interval {} · {n}", format::hours_range(low, high)),
            None => n,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(findings: &Findings) -> String {
        lede(findings)
            .into_iter()
            .map(|phrase| phrase.text)
            .collect()
    }

    #[test]
    fn a_tie_at_the_top_is_called_one() {
        let text = words(&Findings::sample());
        assert!(
            text.starts_with("Test feedback (31 of 100 engineers) and code review (28) hold up"),
            "{text}"
        );
        assert!(text.contains("cannot tell which is worse"));
    }

    #[test]
    fn a_clear_leader_stands_alone_with_its_interval() {
        let mut findings = Findings::sample();
        findings.ranking[1].rank_low = 2;
        let text = words(&findings);
        assert!(
            text.starts_with("Test feedback slows the most engineers down: 31 of 100 are held up"),
            "{text}"
        );
        assert!(text.contains("95% interval 27 to 35"), "{text}");
    }

    #[test]
    fn of_three_areas_none_is_called_one_of_the_worst_three() {
        let mut findings = Findings::sample();
        assert!(words(&findings).contains("among the worst three"));
        findings.ranking.truncate(3);
        assert!(!words(&findings).contains("among the worst three"));
    }

    #[test]
    fn replicates_that_all_agree_are_not_called_sure() {
        let mut findings = Findings::sample();
        findings.ranking[0].top3_probability = 1.0;
        let text = words(&findings);
        assert!(text.contains("a probability of over 99%"), "{text}");
    }

    #[test]
    fn the_median_stands_beside_the_mean() {
        let mut findings = Findings::sample();
        findings.hours.as_mut().unwrap().cost_per_year = None;
        assert!(
            hours(&findings)
                .note
                .ends_with("Half of the engineers lose 5.5 h or more (5.0 to 6.0)"),
            "{}",
            hours(&findings).note
        );
        findings.hours.as_mut().unwrap().median = Some(Estimate::default());
        assert!(hours(&findings).note.ends_with("name no hours"));
    }

    #[test]
    fn money_stands_with_its_interval_where_an_hour_has_a_cost() {
        let mut findings = Findings::sample();
        let note = hours(&findings).note;
        assert!(
            note.ends_with(". At 80 an hour, 30.9 million a year in all (28.3 to 33.5)"),
            "{note}"
        );
        findings.hours.as_mut().unwrap().cost_per_year = None;
        assert!(!hours(&findings).note.contains("a year"));
    }

    #[test]
    fn many_leaders_are_counted_instead_of_named() {
        let mut findings = Findings::sample();
        findings
            .ranking
            .iter_mut()
            .take(9)
            .for_each(|row| row.rank_low = 1);
        assert!(words(&findings).starts_with("9 areas cannot be told apart at the top"));
    }
}
