//! The whole way from the files of the reference to `Findings`, where privacy shows the numbers.

use tribometer_findings::RankedPillar;
use tribometer_statistics::reference::{Table, near, within};

use super::*;
use crate::reference::input;

#[test]
fn scores_are_those_of_the_reference() {
    let findings = analyze(&input(1));
    let mut compared = 0;
    for score in findings
        .scores
        .iter()
        .filter(|score| score.pillar.is_some() && score.attribute.is_none())
    {
        let key = [
            ("team", score.team.as_str()),
            ("pillar", score.item.as_str()),
        ];
        let expected = Table::expected("scores");
        let expected = expected.find(&key);
        let (Some(n), Some(favorable), Some(mean)) = (score.n, score.favorable, score.mean) else {
            assert!(score.hidden.is_some());
            continue;
        };
        compared += 1;
        assert_eq!(n, expected.count("n"));
        near(favorable.value, expected.number("favorable"));
        near(favorable.low, expected.number("now_low"));
        near(favorable.high, expected.number("now_high"));
        near(mean, expected.number("mean"));
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn changes_are_those_of_the_reference() {
    let findings = analyze(&input(2));
    let (expected, newcombe) = (Table::expected("changes"), Table::expected("newcombe"));
    let mut compared = 0;
    // The reference has the whole and its departments.
    for row in findings
        .changes
        .iter()
        .filter(|row| row.team.matches(" / ").count() < 2)
    {
        let own = expected.find(&[("team", row.team.as_str()), ("pillar", row.pillar.as_str())]);
        compared += 1;
        let counts = [row.n_previous, row.n, row.n_both];
        assert_eq!(
            counts,
            ["n_1", "n_2", "n_both"].map(|column| own.count(column))
        );
        near(row.change.change, own.number("change"));
        near(row.change.low, own.number("low"));
        near(row.change.high, own.number("high"));
        near(row.p, own.number("p"));
        near(row.change.q.expect("a q"), own.number("q"));
        assert_eq!(row.share.q, row.change.q);
        if row.team == "Engineering" {
            let own = newcombe.find(&[("pillar", row.pillar.as_str())]);
            near(row.share.change, own.number("difference"));
            near(row.share.low, own.number("low"));
            near(row.share.high, own.number("high"));
        }
    }
    assert_eq!(compared, expected.len());
}

#[test]
fn the_ranking_is_that_of_the_reference() {
    let findings = analyze(&input(1));
    let (friction, hours) = (Table::expected("friction"), Table::expected("hours"));
    assert_eq!(findings.ranking.len(), friction.len());
    let mut all = 0.0;
    for row in &findings.ranking {
        let RankedPillar { pillar, .. } = row;
        let own = friction.find(&[("pillar", pillar)]);
        assert_eq!(findings.responded, own.count("n"));
        near(row.friction.value, own.number("friction"));
        // 30 teams are drawn 20,000 times: the error of a percentile is then about 0.06.
        within(row.friction.low, own.number("bootstrap_low"), 0.3);
        within(row.friction.high, own.number("bootstrap_high"), 0.3);
        within(row.top3_probability, own.number("worst3_probability"), 0.01);
        let ranks = [row.rank, row.rank_low, row.rank_high];
        let names = ["rank", "simultaneous_low", "simultaneous_high"];
        assert_eq!(ranks, names.map(|name| own.count(name)), "{pillar}");
        let own = hours.find(&[("pillar", pillar)]);
        let found = row.hours_per_week.expect("hours were asked");
        near(found.value, own.number("hours_organization"));
        assert!(found.low < found.value && found.value < found.high);
        all += own.number("hours_per_engineer");
    }
    let found = findings.hours.expect("hours were asked");
    near(found.per_engineer.value, all);
}
