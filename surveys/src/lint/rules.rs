//! What has to hold in a survey, from top to bottom of the file.

use std::collections::HashMap;

use super::{Linter, wording};
use crate::{
    answer::DOES_NOT_APPLY,
    survey::{COMMENT, Item, Kind, MOST_PILLARS, PRIORITIES, Pillar, Survey},
};

impl Linter {
    pub(super) fn survey(&mut self, survey: &Survey) {
        self.id("id", &survey.id);
        self.text("title", &survey.title);
        self.text("introduction", &survey.introduction);
        self.scale(survey);
        self.dimensions(survey);
        for (at, item) in survey.outcomes.iter().enumerate() {
            let path = format!("outcomes/{at}");
            self.item(&path, item);
            if !item.kind.is_rating() {
                let hint = "remove `kind`, or move the item to a pillar";
                self.error(
                    &format!("{path}/kind"),
                    "outcome-kind",
                    format!("the outcome `{}` is not a rating", item.id),
                    hint,
                );
            }
        }
        self.unique_items(survey);
        self.last_page(survey);
        self.minutes(survey);
    }

    fn scale(&mut self, survey: &Survey) {
        let labels = survey
            .scale
            .labels
            .iter()
            .enumerate()
            .map(|(at, label)| (format!("scale/labels/{at}"), label));
        let all = labels.chain([(
            "scale/does_not_apply".to_owned(),
            &survey.scale.does_not_apply,
        )]);
        let mut seen = HashMap::new();
        for (path, label) in all {
            self.text(&path, label);
            if let Some(earlier) = seen.insert(label.to_lowercase(), path.clone()) {
                let line = self.places.of(&earlier).line;
                let message =
                    format!("the label `{label}` is already on the scale, in line {line}");
                self.error(
                    &path,
                    "duplicate-label",
                    message,
                    "give each step its own words",
                );
            }
        }
    }

    fn dimensions(&mut self, survey: &Survey) {
        if survey.dimensions.is_empty() {
            self.error(
                "dimensions",
                "nothing-asked",
                "the survey has no dimension",
                "add one with at least one pillar",
            );
        }
        for (at, dimension) in survey.dimensions.iter().enumerate() {
            let path = format!("dimensions/{at}");
            self.id(&format!("{path}/id"), &dimension.id);
            self.text(&format!("{path}/name"), &dimension.name);
            if dimension.pillars.is_empty() {
                let message = format!("the dimension `{}` has no pillar", dimension.id);
                self.error(
                    &format!("{path}/pillars"),
                    "nothing-asked",
                    message,
                    "add a pillar, or remove the dimension",
                );
            }
            for (at, pillar) in dimension.pillars.iter().enumerate() {
                let path = format!("{path}/pillars/{at}");
                self.id(&format!("{path}/id"), &pillar.id);
                self.text(&format!("{path}/name"), &pillar.name);
                if pillar.rating_item().is_none() {
                    let message = format!(
                        "the pillar `{}` has no rating, so it cannot be scored",
                        pillar.id
                    );
                    self.error(
                        &format!("{path}/items"),
                        "pillar-without-rating",
                        message,
                        "add an item without `kind`",
                    );
                }
                for (at, item) in pillar.items.iter().enumerate() {
                    self.item(&format!("{path}/items/{at}"), item);
                }
            }
        }
        if let Some((path, pillar)) = pillar_paths(survey).nth(MOST_PILLARS) {
            let message = format!(
                "`{}` begins a {}th pillar; a survey can have {MOST_PILLARS}",
                pillar.id,
                MOST_PILLARS + 1
            );
            self.error(
                &path,
                "too-many-pillars",
                message,
                "ask less, or make two surveys",
            );
        }
        let dimensions = survey.dimensions.iter().enumerate();
        self.unique(
            "dimension",
            dimensions.map(|(at, dimension)| (format!("dimensions/{at}/id"), &dimension.id)),
        );
        self.unique(
            "pillar",
            pillar_paths(survey).map(|(path, pillar)| (format!("{path}/id"), &pillar.id)),
        );
        self.unique(
            "pillar name",
            pillar_paths(survey).map(|(path, pillar)| (format!("{path}/name"), &pillar.name)),
        );
    }

    fn unique_items(&mut self, survey: &Survey) {
        let of_pillars = pillar_paths(survey).flat_map(|(path, pillar)| {
            let items = pillar.items.iter().enumerate();
            items.map(move |(at, item)| (format!("{path}/items/{at}/id"), &item.id))
        });
        let outcomes = survey
            .outcomes
            .iter()
            .enumerate()
            .map(|(at, item)| (format!("outcomes/{at}/id"), &item.id));
        self.unique("item", of_pillars.chain(outcomes));
    }

    fn item(&mut self, path: &str, item: &Item) {
        let id = format!("{path}/id");
        self.id(&id, &item.id);
        if item.id == PRIORITIES || item.id == COMMENT {
            let message = format!(
                "the id `{}` belongs to the last page of every survey",
                item.id
            );
            self.error(&id, "reserved-id", message, "choose another id");
        }
        let text = format!("{path}/text");
        if self.text(&text, &item.text) {
            wording::check(self, &text, item);
        }
        for (at, former) in item.same_as.iter().enumerate() {
            let path = format!("{path}/same_as/{at}");
            if self.text(&path, former) && *former == item.text {
                let message = "the former words are the words of now";
                self.warning(&path, "same-words", message, "leave them out");
            }
        }
        match &item.kind {
            Kind::Frequency { bands } => {
                let path = format!("{path}/kind/frequency/bands");
                self.options(&path, bands.iter().map(|band| (&band.id, &band.label)));
                for (at, pair) in bands.windows(2).enumerate() {
                    // Written so that a number that cannot be compared is an error, too.
                    if pair[0].value < pair[1].value {
                        continue;
                    }
                    let message = format!(
                        "the number behind `{}` is not above the one of the band before",
                        pair[1].id
                    );
                    let hint = "order the bands from the rarest to the most frequent";
                    self.error(
                        &format!("{path}/{}/value", at + 1),
                        "band-order",
                        message,
                        hint,
                    );
                }
            }
            Kind::Choice { options } => {
                let path = format!("{path}/kind/choice/options");
                self.options(
                    &path,
                    options.iter().map(|option| (&option.id, &option.label)),
                );
            }
            Kind::Text { longest } => self.longest(&format!("{path}/kind/text/longest"), *longest),
            Kind::Rating | Kind::Priorities { .. } | Kind::Hours { .. } => {}
        }
    }

    fn options<'a>(
        &mut self,
        path: &str,
        options: impl ExactSizeIterator<Item = (&'a String, &'a String)> + Clone,
    ) {
        if options.len() < 2 {
            let hint = "add options, or ask for a rating";
            self.error(
                path,
                "too-few-options",
                "there is nothing to choose from",
                hint,
            );
        }
        for (at, (id, label)) in options.clone().enumerate() {
            self.id(&format!("{path}/{at}/id"), id);
            self.text(&format!("{path}/{at}/label"), label);
            if id == DOES_NOT_APPLY {
                let message = format!("the id `{id}` is how \"does not apply\" is stored");
                self.error(
                    &format!("{path}/{at}/id"),
                    "reserved-id",
                    message,
                    "choose another id",
                );
            }
        }
        let ids = options
            .clone()
            .enumerate()
            .map(|(at, (id, _))| (format!("{path}/{at}/id"), id));
        self.unique("option", ids);
        let labels = options
            .enumerate()
            .map(|(at, (_, label))| (format!("{path}/{at}/label"), label));
        self.unique("label", labels);
    }

    fn last_page(&mut self, survey: &Survey) {
        if let Some(priorities) = &survey.priorities {
            self.text("priorities/text", &priorities.text);
            for (at, id) in priorities.pillars.iter().enumerate() {
                if survey.pillar(id).is_none() {
                    let message = format!("`{id}` is not a pillar of this survey");
                    self.error(
                        &format!("priorities/pillars/{at}"),
                        "unknown-pillar",
                        message,
                        nearest(survey, id),
                    );
                }
            }
            let offered = priorities.pillars.iter().enumerate();
            self.unique(
                "pillar on offer",
                offered.map(|(at, id)| (format!("priorities/pillars/{at}"), id)),
            );
            let on_offer = match priorities.pillars.len() {
                0 => survey.pillars().count(),
                listed => listed,
            };
            if priorities.at_most == 0 || priorities.at_most as usize > on_offer {
                let message = format!(
                    "{} picks cannot be made among {on_offer} pillars",
                    priorities.at_most
                );
                self.error("priorities/at_most", "picks", message, "3 is usual");
            }
        }
        if let Some(hours) = &survey.hours {
            self.text("hours/text", &hours.text);
            if !(hours.at_most > 0.0 && hours.at_most <= 168.0) {
                let message = format!("a week does not have {} hours to lose", hours.at_most);
                self.error("hours/at_most", "hours", message, "40 is usual");
            }
            if survey.priorities.is_none() {
                let message = "hours are asked for picked pillars, but nothing can be picked";
                self.error(
                    "hours",
                    "hours",
                    message,
                    "add `priorities`, or remove `hours`",
                );
            }
        }
        if let Some(comments) = &survey.comments {
            self.text("comments/pillar", &comments.pillar);
            self.text("comments/open", &comments.open);
            self.longest("comments/longest", comments.longest);
        }
    }

    fn minutes(&mut self, survey: &Survey) {
        let needed = survey.minutes_left(0);
        if survey.minutes == 0 || survey.minutes.abs_diff(needed) > 1 + needed / 4 {
            let message = format!(
                "the survey says {} minutes, but its questions take about {needed}",
                survey.minutes
            );
            self.warning(
                "minutes",
                "minutes",
                message,
                "say what it really takes, or ask less",
            );
        }
    }

    fn longest(&mut self, path: &str, longest: u32) {
        if !(1..=10_000).contains(&longest) {
            let message = format!("a text of at most {longest} characters makes no sense");
            self.error(path, "text-limit", message, "set 1 to 10000; 2000 is usual");
        }
    }

    /// Whether there is any text; an empty one is an error.
    fn text(&mut self, path: &str, text: &str) -> bool {
        let is_there = !text.trim().is_empty();
        if !is_there {
            self.error(
                path,
                "empty-text",
                "the text is empty",
                "write what participants shall read",
            );
        }
        is_there
    }

    fn id(&mut self, path: &str, id: &str) {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_fine = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.chars().all(is_plain)
            && !id.ends_with('-')
            && !id.contains("--")
            && id.len() <= 64;
        if !is_fine {
            let hint = "use lower-case letters, digits and single hyphens, a letter first, as in \
                        `test-feedback`";
            self.error(path, "id-syntax", format!("`{id}` is not an id"), hint);
        }
    }

    fn unique<'a>(&mut self, what: &str, ids: impl Iterator<Item = (String, &'a String)>) {
        let mut seen: HashMap<&str, String> = HashMap::new();
        for (path, id) in ids {
            if let Some(earlier) = seen.get(id.as_str()) {
                let line = self.places.of(earlier).line;
                let message = format!("the {what} `{id}` is already there, in line {line}");
                self.error(
                    &path,
                    "duplicate-id",
                    message,
                    "rename one of them, or remove it",
                );
            } else {
                seen.insert(id, path);
            }
        }
    }
}

fn pillar_paths(survey: &Survey) -> impl Iterator<Item = (String, &Pillar)> {
    survey
        .dimensions
        .iter()
        .enumerate()
        .flat_map(|(dimension, found)| {
            let pillars = found.pillars.iter().enumerate();
            pillars
                .map(move |(at, pillar)| (format!("dimensions/{dimension}/pillars/{at}"), pillar))
        })
}

/// A hint that names the pillar whose id begins most like this one.
fn nearest(survey: &Survey, id: &str) -> String {
    let alike = |pillar: &str| {
        pillar
            .chars()
            .zip(id.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    match survey
        .pillars()
        .map(|pillar| pillar.id.as_str())
        .max_by_key(|pillar| alike(pillar))
    {
        Some(pillar) if alike(pillar) >= 3 => format!("did you mean `{pillar}`?"),
        _ => "use the id of a pillar from above".to_owned(),
    }
}
