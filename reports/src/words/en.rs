//! English.

pub mod format;

use std::borrow::Cow;

use tribometer_findings::version_0;
use tribometer_findings::{
    ActionChange, ActionEffect, Aggregate, Basis, Better, Counted, Evidence, Findings, Helped,
    ImpactFact, MetricsLeftOut, Named, NoEmbedding, NoImpact, NotComparable, NotCompared, Note,
    OutcomeLeftOut, PillarNotShown, RatingsMoved, Refusal, TargetReached, Unknown, Unweighted,
    Verdict, WeightingMargin, WithinTeams,
};
use tribometer_statistics::drivers::lmg;
use tribometer_statistics::thresholds::{
    ALPHA, COEFFICIENT_TEAMS, IMPACT_PEOPLE, VERDICT_TEAMS, WEIGHTED_INVITED,
};
use tribometer_surveys::privacy::COMMENT_GROUP;

use super::Words;

/// The words of English.
pub struct English;

impl Words for English {
    fn note(&self, note: &Note, findings: &Findings) -> String {
        let minimum = findings.minimum_group;
        match note {
            Note::FewResponses => format!(
                "There are {} responses; from {minimum} on there is a ranking.",
                findings.responded
            ),
            Note::NoRoster => {
                "No roster was given: there are no response rates, and intervals are for the \
                 people behind the answers at large."
                    .into()
            }
            Note::OneTeam => "All respondents are in one team: intervals and ranges of ranks are \
                              as if they had answered independently of each other, and are wider \
                              in truth."
                .into(),
            Note::TwoTeams => "All respondents are in two teams: these tell nothing about ranks, \
                               so that all areas are tied, and little about intervals."
                .into(),
            Note::NobodyPicked => {
                "Nobody picked areas that most need work: pain is a rating of 1 or 2.".into()
            }
            Note::PlannedMissing {
                asked,
                pillars,
                widening,
            } => format!(
                "Everybody was asked a random part of the areas, {asked:.0} of {pillars} on \
                 average: friction, votes and hours of an area count those who were asked about \
                 it, all hours of an engineer are those of the areas asked about, and intervals \
                 are up to {widening:.1} times as wide as if all had been asked everything."
            ),
            Note::FewRatings { pillars } => format!(
                "Left out, with fewer than {minimum} ratings: {}.",
                pillar_names(pillars, findings)
            ),
            Note::NobodyLinked => "Nobody can be linked between this wave and the one before: \
                                   changes are tested as between different people (Welch)."
                .into(),
            Note::Reworded { wave, items } => format!(
                "Not compared with {wave}, where the question had other words: {}.",
                names(items).join(", ")
            ),
            Note::CommentsWithoutPeople { comments } => format!(
                "{comments} comments are kept and not shown: names in them can be removed only \
                 where people are known."
            ),
            Note::CommentsHidden { hidden, comments } => format!(
                "{hidden} of {comments} comments are not shown: fewer than {COMMENT_GROUP} answers \
                 stand behind any group that they could be shown under, or they are empty."
            ),
            Note::NoEmbedding { why } => format!(
                "Comments are sorted into themes by their words: the embedding model failed, {}.",
                self.no_embedding(why)
            ),
            Note::ChangesUntested {
                wave,
                pillars,
                groups,
            } => format!(
                "Changes since {wave} are not given where ratings do not differ, or everybody's \
                 changed by the same step: {} in {}.",
                plain_count(*pillars, "area"),
                plain_count(*groups, "group"),
            ),
            Note::NotJoined => format!(
                "Friction is not joined with telemetry: that takes {VERDICT_TEAMS} teams with both \
                 answers and values of a metric that speaks to an area."
            ),
            Note::ZeroMedians { metrics } => format!(
                "Where friction is joined with telemetry, a team’s median of 0 counts as half of \
                 the smallest other one: {}.",
                format::list(&names(metrics))
            ),
            Note::NoLogarithms { metrics } => format!(
                "Not joined with friction, because a team’s median is below 0 or all are 0: {}.",
                format::list(&names(metrics))
            ),
            Note::OutcomesLeftOut { outcomes, why } => format!(
                "Impact on {} is not shown: {}.",
                quoted(outcomes),
                match why {
                    OutcomeLeftOut::FewPeople =>
                        format!("that takes {IMPACT_PEOPLE} people who rated it"),
                    OutcomeLeftOut::NoVariance => refusal(Refusal::NoVariance),
                }
            ),
            Note::Impact { outcomes, of, fact } => impact(outcomes, *of, fact, findings),
            Note::OutcomesUnreliable { why } => format!(
                "How reliable the outcomes are together is not known: {}.",
                match why {
                    Unknown::TooFewItems => "fewer than two items, or three for ω",
                    Unknown::TooFewAnswers => "too few answers",
                    Unknown::TooFewTeams => "fewer than two teams, or no team with two answers",
                    Unknown::NoVariance => "everybody answered alike",
                    Unknown::NotOneFactor => "the items do not measure one thing",
                }
            ),
            Note::NothingMerged => {
                "No pull request was merged: times that end with the merge are left out.".into()
            }
            Note::MetricsWithoutValues { metrics } => format!(
                "Metrics without a value, because nothing happened or what they are made of is not \
                 given: {}.",
                format::list(&names(metrics))
            ),
            Note::MetricsOfFewValues { metrics } => format!(
                "Metrics with too few values for an interval are not shown: {}.",
                counts(metrics, |n| n.to_string())
            ),
            Note::MetricsOfFewPeople { metrics } => format!(
                "Metrics with fewer than {minimum} people behind them are not shown: {}.",
                format::list(&names(metrics))
            ),
            Note::NegativeTimes { metrics } => format!(
                "Times that end before they begin are left out: {}.",
                counts(metrics, |n| format::count(n.into()))
            ),
            Note::ReportedMetrics { metrics } => format!(
                "Taken as metrics.csv has it, not computed from other files: {}.",
                format::list(&names(metrics))
            ),
            Note::UnknownTeams { rows, teams, more } => {
                let rows = match rows {
                    1 => "1 row of metrics.csv is".to_owned(),
                    rows => format!("{} rows of metrics.csv are", format::count((*rows).into())),
                };
                let more = (*more > 0).then(|| format!("{more} more"));
                let teams: Vec<&String> = teams.iter().chain(&more).collect();
                format!(
                    "{rows} left out, because nobody is in their team: {}.",
                    format::list(&teams)
                )
            }
            Note::English(version_0::English(text)) => text.clone(),
        }
    }

    fn evidence(&self, evidence: &Evidence, findings: &Findings) -> String {
        if let Some(version_0::English(text)) = &evidence.sentence {
            return text.clone();
        }
        let pillar = findings.pillar_name(&evidence.pillar);
        let mut text = self.level(evidence) + ".";
        text += &across_teams(evidence, pillar);
        text += &beside(evidence, pillar, findings);
        if let Some(moved) = evidence.ratings_moved {
            let moved = match moved {
                RatingsMoved::Fell => "fell",
                RatingsMoved::Rose => "rose",
            };
            text += &format!(" Ratings of {pillar} {moved} meanwhile.");
        }
        if evidence.verdict == Verdict::Contradicted {
            text += " People and metric disagree; the metric may be the wrong one.";
        }
        if let Some(within) = evidence.within {
            text += &within_teams(within);
        }
        text
    }

    fn level(&self, evidence: &Evidence) -> String {
        let amount = |value: f64| format::amount(value, &evidence.unit);
        let made_of = match (evidence.low, evidence.aggregate) {
            (None, _) | (_, None) => "reported, n",
            (_, Some(Aggregate::Median)) => "median of",
            (_, Some(Aggregate::Mean)) => "mean of",
            (_, Some(Aggregate::Share)) => "of",
            (_, Some(Aggregate::Rate | Aggregate::RatePerEngineer)) => "from",
        };
        let before = evidence
            .before
            .map(|before| format!(", {} in the period before", amount(before)))
            .unwrap_or_default();
        format!(
            "{}: {} ({made_of} {}){before}",
            evidence.name,
            evidence.level.map(amount).unwrap_or_default(),
            format::count(evidence.n.into())
        )
    }

    fn no_metric(&self, pillar: &str) -> String {
        format!("No metric with values speaks to {pillar}.")
    }

    fn action(&self, action: &ActionEffect) -> String {
        if let Some(version_0::English(text)) = &action.sentence {
            return text.clone();
        }
        let mut text = match (action.changes.first(), action.not_comparable) {
            (Some(rating), _) => rating_moved(action, rating),
            (None, Some(NotComparable::WavesWithoutDays)) => "The days of the waves are not known \
                                                              by their labels: name the first wave \
                                                              after the action instead of a day."
                .into(),
            (None, Some(NotComparable::StartsLater)) => {
                "It starts after this wave: the next one can tell.".into()
            }
            (None, Some(NotComparable::NoWaveBefore)) => {
                "There is no wave before it to compare with.".into()
            }
            (None, Some(NotComparable::OneSide) | None) => "Nothing can be compared: of the teams \
                                                            that both waves show, none has it, or \
                                                            all have."
                .into(),
        };
        for change in action.changes.iter().filter(|change| change.has_zero) {
            text += &format!(
                " {} is compared as a plain difference, for it is zero in a team.",
                self.changed(change)
            );
        }
        match &action.left_out {
            None => {}
            Some(MetricsLeftOut::NoDay) => {
                text += " Its metrics are not compared: on which day it began is not known, only \
                         before which wave.";
            }
            Some(MetricsLeftOut::FewTeams { metrics }) => {
                text += &format!(
                    " Not compared, for want of teams with values before and after it on both \
                     sides: {}.",
                    format::list(&names(metrics))
                );
            }
        }
        text
    }

    fn changed<'a>(&self, change: &'a ActionChange) -> &'a str {
        change.name.as_deref().unwrap_or("Mean rating")
    }

    fn unweighted<'a>(&self, why: &'a Unweighted) -> Cow<'a, str> {
        match why {
            Unweighted::FewInvited => format!("fewer than {WEIGHTED_INVITED} were asked").into(),
            Unweighted::NoGroups => "there are no groups large enough to weight by".into(),
            Unweighted::NoAnswers => "nobody answered".into(),
            Unweighted::English(version_0::English(text)) => text.into(),
        }
    }

    fn no_embedding(&self, why: &NoEmbedding) -> String {
        match why {
            NoEmbedding::NotStarted { cause } => format!("it can't be started: {cause}"),
            NoEmbedding::NoPipes => "it has no input or output".into(),
            NoEmbedding::TooSlow { seconds } => format!("it was not done after {seconds} seconds"),
            NoEmbedding::NoOutput => "its output can't be read".into(),
            NoEmbedding::BadLine { line, cause } => format!("line {line} can't be read: {cause}"),
            NoEmbedding::NoNumbers { line, start } => {
                format!("line {line} is no JSON list of numbers: {start:?}")
            }
            NoEmbedding::Failed { status } => format!("it ended with {status}"),
            NoEmbedding::Lost { cause } => cause.clone(),
            NoEmbedding::OtherCount { vectors, texts } => {
                format!("it gave {vectors} vectors for {texts} texts")
            }
            NoEmbedding::BadVector { text, length } => format!(
                "the vector of text {text} is empty, has another length than the first, {length}, \
                 or numbers that are not finite"
            ),
        }
    }

    fn margin<'a>(&self, margin: &'a WeightingMargin) -> Cow<'a, str> {
        match margin {
            WeightingMargin::TeamLevel { level: 1 } => "first level of teams".into(),
            WeightingMargin::TeamLevel { level: 2 } => "second level of teams".into(),
            WeightingMargin::TeamLevel { level } => format!("level {level} of teams").into(),
            WeightingMargin::Attribute { name } => name.into(),
            WeightingMargin::English(version_0::English(text)) => text.into(),
        }
    }
}

fn names(all: &[Named]) -> Vec<&str> {
    all.iter().map(|named| named.name.as_str()).collect()
}

/// Their words in quotes, one after the other.
fn quoted(outcomes: &[Named]) -> String {
    let quoted = outcomes.iter().map(|outcome| format!("“{}”", outcome.name));
    quoted.collect::<Vec<_>>().join(", ")
}

fn pillar_names(pillars: &[String], findings: &Findings) -> String {
    let names = pillars.iter().map(|pillar| findings.pillar_name(pillar));
    names.collect::<Vec<_>>().join(", ")
}

fn counts(metrics: &[Counted], written: impl Fn(u32) -> String) -> String {
    let counts = metrics
        .iter()
        .map(|metric| format!("{} ({})", metric.name, written(metric.n)));
    format::list(&counts.collect::<Vec<_>>())
}

/// `1 area`, `24 areas`, without separators between thousands.
fn plain_count(n: u32, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::NoVariance => "its ratings do not differ within teams".into(),
        Refusal::NothingExplained => "no area goes with it".into(),
        Refusal::TooManyPredictors => format!("there are more than {} predictors", lmg::MOST),
    }
}

/// The outcomes are named where it is not all of them.
fn impact(outcomes: &[Named], of: u32, fact: &ImpactFact, findings: &Findings) -> String {
    let (subject, says) = match fact {
        ImpactFact::Pairwise {
            complete,
            rated,
            least,
        } => (
            None,
            format!(
                ": {complete} of {rated} respondents rated everything, so each pair of areas is \
                 taken from those who rated both, at least {least}."
            ),
        ),
        ImpactFact::Raised {
            raised,
            eigenvalues,
        } => (
            None,
            format!(
                ": pairs that different people rated contradicted each other; {raised} of \
                 {eigenvalues} eigenvalues of their correlations were raised."
            ),
        ),
        ImpactFact::RelativeWeights => (
            None,
            format!(
                ": shares are by Johnson’s relative weights: the exact ones of more than {} areas \
                 take too long.",
                lmg::MOST
            ),
        ),
        ImpactFact::Collinear { pillars } => (
            None,
            format!(
                ": {} say the same: what they explain is shared out equally among them.",
                pillar_names(pillars, findings)
            ),
        ),
        ImpactFact::NotShown { why } => (None, format!(" is not shown: {}.", no_impact(*why))),
        ImpactFact::PillarsNotShown { pillars, why } => {
            let why = match why {
                PillarNotShown::FewPeople => format!(
                    "that takes {IMPACT_PEOPLE} people who rated it and each of the other areas"
                ),
                PillarNotShown::NoVariance => refusal(Refusal::NoVariance),
            };
            (
                Some(pillar_names(pillars, findings)),
                format!(" is not shown: {why}."),
            )
        }
    };
    let are_some = outcomes.len() < of as usize;
    let is_named = are_some || (of == 1 && subject.is_none());
    let subject = subject.map_or_else(|| "Impact".to_owned(), |of| format!("Impact of {of}"));
    if is_named {
        format!("{subject} on {}{says}", quoted(outcomes))
    } else {
        subject + &says
    }
}

fn no_impact(why: NoImpact) -> String {
    match why {
        NoImpact::FewPeople { people } => format!(
            "that takes {IMPACT_PEOPLE} people who rated everything, and there are {people}"
        ),
        NoImpact::FewTeams { teams } => {
            format!("that takes answers from {COEFFICIENT_TEAMS} teams, and there are {teams}")
        }
        NoImpact::FewPeopleForPillars {
            pillars,
            teams,
            needed,
            people,
        } => format!(
            "{pillars} areas and {teams} teams take {needed} people, and there are {people}"
        ),
        NoImpact::FewPairsInTeams => {
            "of most teams hardly two people rated the same two areas".into()
        }
        NoImpact::Refused { refusal: why } => refusal(why),
    }
}

fn across_teams(evidence: &Evidence, pillar: &str) -> String {
    let (Some(spearman), Some(kendall), Some(q)) =
        (evidence.association, evidence.kendall, evidence.q)
    else {
        return why_no_coefficient(evidence);
    };
    let worse_is_lower = match evidence.better {
        Some(Better::Higher) => spearman > 0.0,
        Some(Better::Lower) | None => spearman < 0.0,
    };
    let direction = match (evidence.verdict, worse_is_lower) {
        (Verdict::Unclear, _) => "there is no clear link with ratings of",
        (_, true) => "worse values go with lower ratings of",
        (_, false) => "worse values go with higher ratings of",
    };
    format!(
        " Across {} teams {direction} {pillar} (Spearman {}, Kendall {}, q {}).",
        evidence.teams,
        format::signed(spearman, 2),
        format::signed(kendall, 2),
        format::p_value(q)
    )
}

fn why_no_coefficient(evidence: &Evidence) -> String {
    let teams = format::counted(evidence.teams.into(), "team", "teams");
    let same = match evidence.not_compared {
        Some(NotCompared::SameValues) => "values",
        Some(NotCompared::SameRatings) => "ratings",
        Some(NotCompared::FewTeams) | None => {
            return format!(
                " {teams} have both ratings and values; {COEFFICIENT_TEAMS} are needed to compare \
                 them."
            );
        }
    };
    format!(
        " {teams} have both ratings and values, but the {same} are the same in all of them: \
         nothing can be compared."
    )
}

/// How the level stands to the target, or else to the better teams.
fn beside(evidence: &Evidence, pillar: &str, findings: &Findings) -> String {
    let amount = |value: f64| format::amount(value, &evidence.unit);
    let (Some(target), Some(reached)) = (evidence.target, evidence.target_reached) else {
        return match evidence.peers {
            Some(peers) => format!(" A quarter of the teams reach {} or better.", amount(peers)),
            None => String::new(),
        };
    };
    let target = amount(target);
    let stands = match reached {
        TargetReached::Met => format!(" The target of {target} is met"),
        TargetReached::Missed => format!(" The target of {target} is missed"),
        TargetReached::Open => {
            format!(" Whether the target of {target} is met, the interval leaves open")
        }
    };
    let row = findings
        .ranking
        .iter()
        .find(|row| row.pillar == evidence.pillar);
    match row.filter(|_| evidence.basis == Some(Basis::Target)) {
        Some(row) => format!(
            "{stands}, yet {pillar} ranks {} to {} of {} by friction, with {} favorable.",
            row.rank_low,
            row.rank_high,
            findings.ranking.len(),
            format::percent(row.favorable.value)
        ),
        None => stands + ".",
    }
}

fn within_teams(within: WithinTeams) -> String {
    let link = if within.p <= ALPHA {
        "there is a link too"
    } else {
        "there is no clear link"
    };
    format!(
        " Within teams {link} (Spearman {}, p {}, from at least {} people).",
        format::signed(within.association, 2),
        format::p_value(within.p),
        format::count(within.people.into())
    )
}

fn rating_moved(action: &ActionEffect, rating: &ActionChange) -> String {
    let two = |value: f64| format::signed(value, 2);
    let interval = match (rating.low, rating.high, rating.q) {
        (Some(low), Some(high), Some(q)) => format!(
            " (95% interval {} to {}, q {})",
            two(low),
            two(high),
            format::p_value(q)
        ),
        _ => String::new(),
    };
    let mut text = format!(
        "Since {} the mean rating moved by {} in the {} with it and by {} in the {} without: a \
         difference of {}{interval}.",
        action.before.as_deref().unwrap_or("the wave before"),
        two(rating.with),
        format::counted(rating.teams_with.into(), "team", "teams"),
        two(rating.without),
        format::counted(rating.teams_without.into(), "team", "teams"),
        two(rating.difference)
    );
    if action.verdict == Helped::TooFewTeams {
        text += " That is too few teams, or they moved too much alike, to tell it from chance.";
    }
    if let Some(earlier) = rating.earlier {
        text += &format!(
            " Between the two waves before, the difference was {}.",
            two(earlier)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use tribometer_findings::{TeamPoint, version_0};

    use super::*;

    /// Time to first review of 900 pull requests, about which 20 teams say something.
    fn review(spearman: f64, q: f64, verdict: Verdict) -> Evidence {
        Evidence {
            verdict,
            basis: None,
            level: Some(20.0),
            n: 900,
            before: None,
            peers: None,
            association: Some(spearman),
            kendall: Some(0.7 * spearman),
            q: Some(q),
            teams: 20,
            within: None,
            ..Findings::sample().evidence.remove(0)
        }
    }

    fn says(evidence: &Evidence) -> String {
        English.evidence(evidence, &Findings::sample())
    }

    #[test]
    fn a_link_across_teams_has_a_direction_where_the_verdict_is_clear() {
        let start = "Time to first review: 20 h (median of 900).";
        assert_eq!(
            says(&review(-0.6, 0.01, Verdict::Confirmed)),
            format!(
                "{start} Across 20 teams worse values go with lower ratings of Code review \
                 (Spearman −0.60, Kendall −0.42, q 0.01)."
            )
        );
        assert_eq!(
            says(&review(0.6, 0.01, Verdict::Contradicted)),
            format!(
                "{start} Across 20 teams worse values go with higher ratings of Code review \
                 (Spearman +0.60, Kendall +0.42, q 0.01). People and metric disagree; the metric \
                 may be the wrong one."
            )
        );
        assert_eq!(
            says(&review(-0.6, 0.06, Verdict::Unclear)),
            format!(
                "{start} Across 20 teams there is no clear link with ratings of Code review \
                 (Spearman −0.60, Kendall −0.42, q 0.06)."
            )
        );
    }

    #[test]
    fn what_is_missing_for_a_coefficient_is_said() {
        let alone = |teams, not_compared| {
            says(&Evidence {
                association: None,
                kendall: None,
                q: None,
                teams,
                not_compared: Some(not_compared),
                ..review(0.0, 1.0, Verdict::Unclear)
            })
        };
        assert!(
            alone(7, NotCompared::FewTeams)
                .ends_with(" 7 teams have both ratings and values; 8 are needed to compare them.")
        );
        assert!(alone(9, NotCompared::SameValues).ends_with(
            " 9 teams have both ratings and values, but the values are the same in all of them: \
             nothing can be compared."
        ));
        assert!(
            alone(9, NotCompared::SameRatings)
                .contains("but the ratings are the same in all of them")
        );
    }

    #[test]
    fn a_target_that_contradicts_people_stands_beside_their_ranks() {
        let mut evidence = Evidence {
            target: Some(21.0),
            target_reached: Some(TargetReached::Met),
            basis: Some(Basis::Target),
            ..review(-0.1, 0.5, Verdict::Contradicted)
        };
        let expected = " The target of 21 h is met, yet Code review ranks 1 to 3 of 25 by \
                        friction, with 41% favorable. People";
        assert!(says(&evidence).contains(expected), "{}", says(&evidence));
        evidence.basis = Some(Basis::Teams);
        assert!(says(&evidence).contains(" The target of 21 h is met. People"));
        evidence.target_reached = Some(TargetReached::Open);
        let open = " Whether the target of 21 h is met, the interval leaves open.";
        assert!(says(&evidence).contains(open));
    }

    #[test]
    fn the_link_within_teams_is_told_with_how_many_people_it_is_of_at_least() {
        for (p, expected) in [
            (
                0.01,
                " Within teams there is a link too (Spearman −0.16, p 0.01, from at least 180 \
                 people).",
            ),
            (
                0.4,
                " Within teams there is no clear link (Spearman −0.16, p 0.40, from at least 180 \
                 people).",
            ),
        ] {
            let evidence = Evidence {
                within: Some(WithinTeams {
                    association: -0.16,
                    p,
                    people: 180,
                }),
                ..review(-0.6, 0.01, Verdict::Confirmed)
            };
            assert!(says(&evidence).ends_with(expected), "{}", says(&evidence));
        }
    }

    #[test]
    fn what_was_reported_and_what_was_before_is_said_with_the_level() {
        let evidence = Evidence {
            low: None,
            high: None,
            before: Some(31.0),
            ratings_moved: Some(RatingsMoved::Rose),
            points: Vec::<TeamPoint>::new(),
            ..review(-0.6, 0.01, Verdict::Confirmed)
        };
        let level = "Time to first review: 20 h (reported, n 900), 31 h in the period before";
        assert_eq!(English.level(&evidence), level);
        assert!(says(&evidence).ends_with(" Ratings of Code review rose meanwhile."));
    }

    #[test]
    fn outcomes_are_named_where_it_is_not_all_of_them() {
        let outcome = |name: &str| Named {
            id: name.to_lowercase(),
            name: name.into(),
        };
        let says = |outcomes: &[&str], of, fact| {
            let note = Note::Impact {
                outcomes: outcomes.iter().map(|name| outcome(name)).collect(),
                of,
                fact,
            };
            English.note(&note, &Findings::sample())
        };
        let pairwise = ImpactFact::Pairwise {
            complete: 205,
            rated: 272,
            least: 240,
        };
        let text = "205 of 272 respondents rated everything, so each pair of areas is taken from \
                    those who rated both, at least 240.";
        assert_eq!(
            says(&["A", "B"], 2, pairwise.clone()),
            format!("Impact: {text}")
        );
        assert_eq!(
            says(&["A", "B"], 3, pairwise.clone()),
            format!("Impact on “A”, “B”: {text}")
        );
        assert_eq!(says(&["A"], 1, pairwise), format!("Impact on “A”: {text}"));
        let fact = ImpactFact::PillarsNotShown {
            pillars: vec!["documentation".into(), "releasing".into()],
            why: PillarNotShown::NoVariance,
        };
        assert_eq!(
            says(&["A"], 1, fact),
            "Impact of Documentation, Releasing is not shown: its ratings do not differ within \
             teams."
        );
    }

    #[test]
    fn what_an_action_could_not_be_compared_by_is_said() {
        let mut action = Findings::sample().actions.remove(0);
        action.changes[1].has_zero = true;
        action.left_out = Some(MetricsLeftOut::FewTeams {
            metrics: vec![Named {
                id: "review.wait".into(),
                name: "Reported wait".into(),
            }],
        });
        assert_eq!(
            English.action(&action),
            "Since 2026-Q3 the mean rating moved by +0.36 in the 9 teams with it and by +0.05 in \
             the 14 teams without: a difference of +0.31 (95% interval +0.08 to +0.54, q 0.02). \
             Between the two waves before, the difference was −0.02. Local build time is compared \
             as a plain difference, for it is zero in a team. Not compared, for want of teams with \
             values before and after it on both sides: Reported wait."
        );
    }

    #[test]
    fn words_of_version_0_are_given_as_they_are() {
        let words = || version_0::English("As it was.".into());
        let mut evidence = review(-0.6, 0.01, Verdict::Confirmed);
        evidence.sentence = Some(words());
        assert_eq!(says(&evidence), "As it was.");
        let mut action = Findings::sample().actions.remove(0);
        action.sentence = Some(words());
        assert_eq!(English.action(&action), "As it was.");
        let note = Note::English(words());
        assert_eq!(English.note(&note, &Findings::sample()), "As it was.");
    }
}
