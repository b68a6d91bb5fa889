//! How far scores can be trusted.

use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::reference::{Table, near};
use tribometer_statistics::reliability::{Icc, Items};

use super::input;
use crate::answers::ItemRatings;
use crate::groups::{Groups, Tree};
use crate::scores;

#[test]
fn alpha_is_that_of_the_reference() {
    let input = input(1);
    let outcomes = input.survey.outcomes.iter();
    let outcomes: Vec<&[u8]> = outcomes
        .filter_map(|outcome| input.responses.cells(&outcome.id))
        .collect();
    let people: Vec<Vec<u8>> = (0..input.responses.len())
        .map(|row| outcomes.iter().map(|cells| cells[row]).collect())
        .collect();
    let items = Items::new(&people).unwrap();
    let alpha = items.alpha().unwrap();
    let expected = Table::expected("reliability");
    let row = expected.find(&[("what", "outcomes")]);
    assert_eq!(items.n as u32, row.count("n"));
    near(alpha.value, row.number("alpha"));
    near(alpha.low, row.number("feldt_low"));
    near(alpha.high, row.number("feldt_high"));
    // Three items of one thing: ω is near α.
    assert!((items.omega().unwrap() - alpha.value).abs() < 0.02);
}

#[test]
fn intraclass_correlations_are_those_of_the_reference() {
    let input = input(1);
    let responses = &input.responses;
    let groups = Groups::new(Tree::of([&responses.people]), &[], std::iter::empty());
    let ratings: Vec<ItemRatings> = responses.ratings().collect();
    let counts = scores::count(&groups, &groups.place(&responses.people), &ratings);
    let items = ratings.len();
    for row in Table::expected("icc").rows() {
        let item = responses.position(row.text("pillar"));
        let leaves = (0..groups.tree.len()).filter(|node| groups.tree.ends[*node] == node + 1);
        let ratings: Vec<Ratings> = leaves.map(|node| counts[node * items + item]).collect();
        let icc = Icc::new(&ratings).unwrap();
        assert_eq!(
            (icc.teams as u32, icc.n),
            (row.count("teams"), row.count("n"))
        );
        near(icc.between, row.number("ms_between"));
        near(icc.within, row.number("ms_within"));
        near(icc.mean_size, row.number("mean_team_size"));
        near(icc.one, row.number("icc1"));
        near(icc.two.unwrap(), row.number("icc2"));
    }
}
