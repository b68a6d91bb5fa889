//! The surveys that ship with the binary.

use std::sync::LazyLock;

use crate::survey::Survey;

/// The id of the survey that a new program asks.
pub const DEVEX_25: &str = "devex-25";

/// The survey files that ship: id and text.
pub const FILES: [(&str, &str); 1] = [(DEVEX_25, include_str!("../devex-25.yaml"))];

static SURVEYS: LazyLock<Vec<Survey>> = LazyLock::new(|| {
    let parse = |(_, yaml)| {
        Survey::parse(yaml).expect("the shipped surveys are valid, as their test shows")
    };
    FILES.into_iter().map(parse).collect()
});

/// All surveys that ship.
pub fn all() -> &'static [Survey] {
    &SURVEYS
}

/// The shipped survey with this id.
pub fn find(id: &str) -> Option<&'static Survey> {
    all().iter().find(|survey| survey.id == id)
}

/// The built-in survey: 25 pillars of developer experience.
pub fn devex_25() -> &'static Survey {
    find(DEVEX_25).expect("it is among the files above")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::lint;

    #[test]
    fn shipped_surveys_pass_their_own_lint_without_a_warning() {
        for (id, yaml) in FILES {
            assert_eq!(lint(yaml).findings, [], "{id}");
            assert_eq!(find(id).map(|survey| survey.id.as_str()), Some(id));
        }
    }

    #[test]
    fn the_built_in_survey_has_the_25_pillars_in_order() {
        let survey = devex_25();
        let outline = survey.dimensions.iter().map(|dimension| {
            let pillars: Vec<&str> = dimension
                .pillars
                .iter()
                .map(|pillar| pillar.id.as_str())
                .collect();
            format!("{}: {}", dimension.id, pillars.join(" "))
        });
        insta::assert_snapshot!(outline.collect::<Vec<_>>().join("\n"));
        assert_eq!(survey.pillars().count(), 25);
        for pillar in survey.pillars() {
            assert_eq!(pillar.rating_item().map(|item| &item.id), Some(&pillar.id));
        }
        let outcomes: Vec<&str> = survey
            .outcomes
            .iter()
            .map(|item| item.id.as_str())
            .collect();
        assert_eq!(outcomes, ["productive", "satisfied", "staying"]);
    }
}
