//! How a survey is laid out on the pages of the form.

use crate::survey::{Item, Kind, Survey};

/// The greatest number of questions on one page.
const LONGEST_PAGE: usize = 7;
/// Seconds that one question takes, on average.
const SECONDS_PER_ITEM: u32 = 7;
/// Seconds for a question that is answered in own words.
const SECONDS_PER_TEXT: u32 = 30;
/// Seconds for the page of picks with hours and comments.
pub const SECONDS_FOR_PICKS: u32 = 90;

/// One page of the form.
#[derive(Clone, Debug, PartialEq)]
pub enum Page<'a> {
    /// Questions under one or two headings.
    Questions(Vec<Section<'a>>),
    /// The last page: picks, with hours and a comment for each, and an open comment.
    Picks,
}

/// Questions under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section<'a> {
    /// A dimension's name; `None` over the outcomes.
    pub dimension: Option<&'a str>,
    /// Which part of a dimension that was split this is, and how many there are.
    pub part: Option<(usize, usize)>,
    pub items: Vec<&'a Item>,
}

impl<'a> Page<'a> {
    /// The questions of the page in order; none on the page of picks.
    pub fn items(&self) -> impl Iterator<Item = &'a Item> {
        let sections: &[Section<'a>] = match self {
            Page::Questions(sections) => sections,
            Page::Picks => &[],
        };
        sections
            .iter()
            .flat_map(|section| section.items.iter().copied())
    }

    /// How long the whole page takes.
    pub fn seconds(&self) -> u32 {
        match self {
            Page::Questions(_) => self.items().map(Item::seconds).sum(),
            Page::Picks => SECONDS_FOR_PICKS,
        }
    }
}

impl Item {
    /// How long this question takes, on average.
    pub fn seconds(&self) -> u32 {
        if matches!(self.kind, Kind::Text { .. }) {
            SECONDS_PER_TEXT
        } else {
            SECONDS_PER_ITEM
        }
    }
}

impl Survey {
    /// The pages of the form. A dimension begins a page, and is split evenly if it has more than
    /// seven questions; the outcomes join the last dimension's page where they fit; picks and
    /// comments come last.
    pub fn pages(&self) -> Vec<Page<'_>> {
        let mut pages: Vec<Vec<Section>> = Vec::new();
        for dimension in &self.dimensions {
            let items: Vec<&Item> = dimension
                .pillars
                .iter()
                .flat_map(|pillar| &pillar.items)
                .collect();
            pages.extend(split(&items).map(|(part, items)| {
                vec![Section {
                    dimension: Some(&dimension.name),
                    part,
                    items,
                }]
            }));
        }
        let outcomes: Vec<&Item> = self.outcomes.iter().collect();
        for (part, items) in split(&outcomes) {
            let section = Section {
                dimension: None,
                part,
                items,
            };
            match pages.last_mut() {
                Some(last) if count(last) + section.items.len() <= LONGEST_PAGE => {
                    last.push(section)
                }
                _ => pages.push(vec![section]),
            }
        }
        let mut pages: Vec<Page> = pages.into_iter().map(Page::Questions).collect();
        if self.priorities.is_some() || self.comments.is_some() {
            pages.push(Page::Picks);
        }
        pages
    }

    /// About how many minutes are left for somebody who begins the page with this number, counted
    /// from 0; at least 1.
    pub fn minutes_left(&self, page: usize) -> u32 {
        let seconds: u32 = self.pages().iter().skip(page).map(Page::seconds).sum();
        seconds.div_ceil(60).max(1)
    }
}

fn count(sections: &[Section]) -> usize {
    sections.iter().map(|section| section.items.len()).sum()
}

/// Even parts of at most a page each, the longer ones first.
fn split<'a>(items: &[&'a Item]) -> impl Iterator<Item = (Option<(usize, usize)>, Vec<&'a Item>)> {
    let parts = items.len().div_ceil(LONGEST_PAGE);
    (0..parts).map(move |at| {
        let bound = |at: usize| (at * items.len()).div_ceil(parts);
        (
            (parts > 1).then_some((at + 1, parts)),
            items[bound(at)..bound(at + 1)].to_vec(),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{builtin, survey::Pillar};

    #[test]
    fn the_built_in_survey_fills_five_pages_of_ratings_and_one_of_picks() {
        let survey = builtin::devex_25();
        let outline: Vec<String> = survey
            .pages()
            .iter()
            .enumerate()
            .map(|(at, page)| {
                let words = match page {
                    Page::Picks => "picks".to_owned(),
                    Page::Questions(sections) => {
                        let name = |section: &Section| {
                            let part = section
                                .part
                                .map(|(at, of)| format!(" ({at} of {of})"))
                                .unwrap_or_default();
                            format!(
                                "{}{part}: {}",
                                section.dimension.unwrap_or("outcomes"),
                                section.items.len()
                            )
                        };
                        sections.iter().map(name).collect::<Vec<_>>().join(", ")
                    }
                };
                format!("{words} – {} min left", survey.minutes_left(at))
            })
            .collect();
        insta::assert_snapshot!(outline.join("\n"));
        assert_eq!(survey.minutes_left(0), survey.minutes);
    }

    proptest! {
        #[test]
        fn every_question_stands_on_one_page_in_order(sizes in prop::collection::vec(0usize..30, 0..6), outcomes in 0usize..10) {
            let mut survey = builtin::devex_25().clone();
            let item = |id: String| Item { id, text: "I can.".to_owned(), kind: Kind::Rating, same_as: Vec::new() };
            let dimension = survey.dimensions[0].clone();
            survey.dimensions = sizes.iter().enumerate().map(|(at, size)| {
                let pillars = (0..*size).map(|n| {
                    let id = format!("p-{at}-{n}");
                    Pillar { name: id.clone(), items: vec![item(id.clone())], id }
                });
                crate::survey::Dimension { pillars: pillars.collect(), ..dimension.clone() }
            }).collect();
            survey.outcomes = (0..outcomes).map(|n| item(format!("o-{n}"))).collect();
            let pages = survey.pages();
            let laid_out: Vec<&str> = pages.iter().flat_map(Page::items).map(|item| item.id.as_str()).collect();
            let written: Vec<&str> = survey.items().map(|item| item.id.as_str()).collect();
            prop_assert_eq!(laid_out, written);
            let (last, questions) = pages.split_last().unwrap();
            prop_assert_eq!(last, &Page::Picks);
            prop_assert!(questions.iter().all(|page| (1..=LONGEST_PAGE).contains(&page.items().count())));
        }
    }
}
