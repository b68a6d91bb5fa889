//! How far scores can be trusted.

use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::reference::{Table, near};
use tribometer_statistics::reliability::{Icc, Items};

use super::input;
use crate::groups::{Groups, Tree};
use crate::scores;

#[test]
fn alpha_is_that_of_the_reference() {
    let input = input(1);
    let outcomes: Vec<&[u8]> = (input.responses.ratings.iter())
        .filter(|ratings| {
            let mut outcomes = input.survey.outcomes.iter();
            outcomes.any(|outcome| outcome.id == ratings.item)
        })
        .map(|ratings| ratings.cells.as_slice())
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
    let teams = responses.people.team.names.all().iter();
    let tree = Tree::new(teams.map(String::as_str));
    let groups = Groups::new(tree, &[], std::iter::empty());
    let counts = scores::count(&groups, &groups.place(&responses.people), responses);
    let items = responses.ratings.len();
    for row in Table::expected("icc").rows() {
        let item = responses.ratings.iter();
        let mut item = item.map(|ratings| ratings.item.as_str());
        let item = item.position(|item| item == row.text("pillar")).unwrap();
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
