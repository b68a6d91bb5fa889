//! What one page of the survey form shows: the survey and the answers so far, as the template wants
//! them.

use askama::Template;
use tribometer_surveys::{
    answer::{Answer, AnswerError, Answers, DOES_NOT_APPLY, Reason},
    pages::{Page, SECONDS_FOR_PICKS},
    privacy::{MinimumGroup, promise_in_short},
    survey::{COMMENT, Item, Kind, PRIORITIES, Pillar, Survey, comment_id, hours_id},
};

/// What is said before somebody writes in own words.
pub const COMMENT_WARNING: &str = "Comments may be read as you wrote them, without a name and only \
                                   from groups of at least ten answers. Leave out what gives you \
                                   away.";

/// One page of the form, counted from 1.
#[derive(Template)]
#[template(path = "survey/form.html")]
pub struct FormPage {
    title: String,
    wave: String,
    introduction: String,
    promise: String,
    /// `/s/{token}`.
    path: String,
    /// What answers are kept under in the browser while the connection is lost; does not give the
    /// token away.
    keep: String,
    page: usize,
    is_last: bool,
    sections: Vec<Section>,
    picks: Option<Picks>,
    problems: usize,
    notice: Option<&'static str>,
    saved: bool,
    time_left: String,
    seconds_total: u32,
    seconds_left: u32,
    seconds_later: u32,
}

struct Section {
    heading: String,
    questions: Vec<Question>,
}

struct Question {
    id: String,
    text: String,
    seconds: u32,
    error: Option<String>,
    field: Field,
}

enum Field {
    /// Radio buttons; `aside` is "does not apply".
    Options {
        options: Vec<Choice>,
        aside: Option<Choice>,
        is_scale: bool,
    },
    Text {
        value: String,
        longest: u32,
        rows: u32,
    },
    Hours {
        value: String,
    },
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// The last page.
struct Picks {
    choice: Option<PickChoice>,
    /// What is asked about each picked pillar.
    follow_ups: Vec<FollowUp>,
    /// The same for a pillar that is not picked yet: ids end where the script adds the pillar's.
    /// `None` if nothing is asked.
    blank: Option<FollowUp>,
    warning: Option<&'static str>,
    comment: Option<Question>,
}

struct PickChoice {
    text: String,
    at_most: u32,
    seconds: u32,
    error: Option<String>,
    groups: Vec<PickGroup>,
}

struct PickGroup {
    name: String,
    pillars: Vec<Choice>,
}

struct FollowUp {
    pillar: String,
    name: String,
    questions: Vec<Question>,
}

/// What was sent and is not accepted, to be shown again beside what is wrong with it.
#[derive(Default)]
pub struct Rejected {
    pub errors: Vec<AnswerError>,
    /// The fields of the page as they came.
    pub fields: Vec<(String, String)>,
    pub notice: Option<&'static str>,
}

/// What a page of the form is made of.
pub struct Source<'a> {
    pub survey: &'a Survey,
    pub answers: &'a Answers,
    pub wave: &'a str,
    pub minimum: MinimumGroup,
    pub token: &'a str,
    pub keep: String,
    /// Counted from 1.
    pub page: usize,
    pub saved: bool,
    pub rejected: &'a Rejected,
}

impl FormPage {
    pub fn new(source: &Source) -> Self {
        let survey = source.survey;
        let pages = survey.pages();
        let at = source.page.clamp(1, pages.len()) - 1;
        let writer = Writer {
            survey,
            answers: source.answers,
            rejected: source.rejected,
        };
        let later = pages[at + 1..]
            .iter()
            .map(|page| writer.seconds_left(page))
            .sum();
        let left = later + writer.seconds_left(&pages[at]);
        let (sections, picks) = match &pages[at] {
            Page::Questions(sections) => {
                let sections = sections.iter().map(|section| Section {
                    heading: heading(section),
                    questions: section
                        .items
                        .iter()
                        .map(|item| writer.question(item))
                        .collect(),
                });
                (sections.collect(), None)
            }
            Page::Picks => {
                let heading = "What should be fixed first".to_owned();
                (
                    vec![Section {
                        heading,
                        questions: Vec::new(),
                    }],
                    Some(writer.picks()),
                )
            }
        };
        FormPage {
            title: survey.title.clone(),
            wave: source.wave.to_owned(),
            introduction: survey.introduction.clone(),
            promise: promise_in_short(source.minimum),
            path: format!("/s/{}", source.token),
            keep: source.keep.clone(),
            page: at + 1,
            is_last: at + 1 == pages.len(),
            sections,
            picks,
            problems: source.rejected.errors.len(),
            notice: source.rejected.notice,
            saved: source.saved,
            time_left: time_left(left),
            seconds_total: pages.iter().map(Page::seconds).sum(),
            seconds_left: left,
            seconds_later: later,
        }
    }
}

/// The words for seconds left; the script says the same.
fn time_left(seconds: u32) -> String {
    match seconds.div_ceil(60) {
        0 => "Nothing left to answer".to_owned(),
        1 => "less than a minute left".to_owned(),
        minutes => format!("about {minutes} minutes left"),
    }
}

fn heading(section: &tribometer_surveys::pages::Section) -> String {
    let name = section.dimension.unwrap_or("Your work as a whole");
    match section.part {
        Some((at, of)) => format!("{name}, {at} of {of}"),
        None => name.to_owned(),
    }
}

/// Turns items into questions with what is answered, or was sent and is wrong.
struct Writer<'a> {
    survey: &'a Survey,
    answers: &'a Answers,
    rejected: &'a Rejected,
}

impl Writer<'_> {
    /// Seconds that the unanswered questions of a page take.
    fn seconds_left(&self, page: &Page) -> u32 {
        match page {
            Page::Questions(_) => page
                .items()
                .filter(|item| self.answers.get(&item.id).is_none())
                .map(Item::seconds)
                .sum(),
            Page::Picks => {
                let picking = if self.answers.priorities().is_empty() {
                    self.seconds_for_picking()
                } else {
                    0
                };
                let open = self
                    .survey
                    .item(COMMENT)
                    .filter(|item| self.answers.get(&item.id).is_none());
                picking + open.map_or(0, |item| item.seconds())
            }
        }
    }

    /// The page of picks takes [`SECONDS_FOR_PICKS`], the open comment included.
    fn seconds_for_picking(&self) -> u32 {
        SECONDS_FOR_PICKS - self.survey.item(COMMENT).map_or(0, |item| item.seconds())
    }

    /// The last thing that was sent for this item, if the page was rejected, else what is saved.
    fn value(&self, id: &str) -> String {
        if let Some((_, sent)) = self
            .rejected
            .fields
            .iter()
            .rev()
            .find(|(name, _)| name == id)
        {
            return sent.clone();
        }
        match self.answers.get(id) {
            Some(Answer::Rating(rating)) => rating.to_string(),
            Some(Answer::DoesNotApply) => DOES_NOT_APPLY.to_owned(),
            Some(Answer::Choice(id)) => id.clone(),
            Some(Answer::Hours(hours)) => hours.to_string(),
            Some(Answer::Text(text)) => text.clone(),
            Some(Answer::Priorities(_)) | None => String::new(),
        }
    }

    fn is_picked(&self, pillar: &str) -> bool {
        if self.rejected.fields.is_empty() {
            self.answers
                .priorities()
                .iter()
                .any(|picked| picked == pillar)
        } else {
            self.rejected
                .fields
                .iter()
                .any(|(name, value)| name == PRIORITIES && value == pillar)
        }
    }

    fn error(&self, id: &str) -> Option<String> {
        let error = self.rejected.errors.iter().find(|error| error.item == id)?;
        Some(match &error.reason {
            Reason::Unexpected { .. } => match self.survey.item(id).map(|item| item.kind.clone()) {
                Some(Kind::Hours { at_most }) => {
                    format!("Write a number of hours from 0 to {at_most}, such as 2.5.")
                }
                _ => "Choose one of the answers.".to_owned(),
            },
            Reason::TooManyPicks { at_most, found } => {
                format!("You picked {found} areas. Unpick some, {at_most} at most can be sent.")
            }
            Reason::TooLong { longest, found } => {
                format!("This has {found} characters. Shorten it to {longest}.")
            }
            Reason::UnknownItem
            | Reason::UnknownPillar { .. }
            | Reason::PickedTwice { .. }
            | Reason::NotPicked => "This is no answer to the question. Choose again.".to_owned(),
        })
    }

    fn question(&self, item: &Item) -> Question {
        self.question_as(item, &item.id, Some(self.value(&item.id)))
    }

    /// A question under another id; `value` is `None` for the blank one that the script copies.
    fn question_as(&self, item: &Item, id: &str, value: Option<String>) -> Question {
        let error = value.is_some().then(|| self.error(id)).flatten();
        let value = value.unwrap_or_default();
        let option = |option: &str, label: &str| Choice {
            value: option.to_owned(),
            label: label.to_owned(),
            chosen: option == value,
        };
        let field = match &item.kind {
            Kind::Rating => {
                let scale = &self.survey.scale;
                let options = (1..)
                    .zip(&scale.labels)
                    .map(|(n, label): (u8, _)| option(&n.to_string(), label));
                let aside = Some(option(DOES_NOT_APPLY, &scale.does_not_apply));
                Field::Options {
                    options: options.collect(),
                    aside,
                    is_scale: true,
                }
            }
            Kind::Frequency { bands } => {
                let options = bands
                    .iter()
                    .map(|band| option(&band.id, &band.label))
                    .collect();
                Field::Options {
                    options,
                    aside: None,
                    is_scale: false,
                }
            }
            Kind::Choice { options } => {
                let options = options
                    .iter()
                    .map(|one| option(&one.id, &one.label))
                    .collect();
                Field::Options {
                    options,
                    aside: None,
                    is_scale: false,
                }
            }
            Kind::Hours { .. } => Field::Hours { value },
            Kind::Text { longest } => Field::Text {
                value,
                longest: *longest,
                rows: 3,
            },
            // Picks have a field of their own.
            Kind::Priorities { .. } => Field::Options {
                options: Vec::new(),
                aside: None,
                is_scale: false,
            },
        };
        Question {
            id: id.to_owned(),
            text: item.text.clone(),
            seconds: item.seconds(),
            error,
            field,
        }
    }

    fn picks(&self) -> Picks {
        let pickable: Vec<&Pillar> = self.survey.pickable_pillars().collect();
        let choice = self
            .survey
            .priorities
            .as_ref()
            .map(|priorities| PickChoice {
                text: priorities.text.clone(),
                at_most: priorities.at_most,
                seconds: self.seconds_for_picking(),
                error: self.error(PRIORITIES),
                groups: self.groups(&pickable),
            });
        let picked = pickable.iter().filter(|pillar| self.is_picked(&pillar.id));
        let follow_ups = picked.map(|pillar| FollowUp {
            pillar: pillar.id.clone(),
            name: pillar.name.clone(),
            questions: self
                .asked_about(pillar)
                .iter()
                .map(|item| self.question(item))
                .collect(),
        });
        let blank = pickable.first().map(|pillar| {
            let questions = self.asked_about(pillar);
            let blank = questions.iter().map(|item| {
                let id = item.id.strip_suffix(&pillar.id).unwrap_or(&item.id);
                self.question_as(item, id, None)
            });
            FollowUp {
                pillar: String::new(),
                name: String::new(),
                questions: blank.collect(),
            }
        });
        Picks {
            choice,
            follow_ups: follow_ups.collect(),
            blank: blank.filter(|blank| !blank.questions.is_empty()),
            warning: self.survey.comments.is_some().then_some(COMMENT_WARNING),
            comment: self.survey.item(COMMENT).map(|item| self.question(&item)),
        }
    }

    /// The pillars under their dimensions, in the order of the form.
    fn groups(&self, pickable: &[&Pillar]) -> Vec<PickGroup> {
        let mut groups: Vec<PickGroup> = Vec::new();
        for dimension in &self.survey.dimensions {
            let pillars = dimension
                .pillars
                .iter()
                .filter(|pillar| pickable.iter().any(|one| one.id == pillar.id));
            let pillars: Vec<Choice> = pillars
                .map(|pillar| Choice {
                    value: pillar.id.clone(),
                    label: pillar.name.clone(),
                    chosen: self.is_picked(&pillar.id),
                })
                .collect();
            if !pillars.is_empty() {
                groups.push(PickGroup {
                    name: dimension.name.clone(),
                    pillars,
                });
            }
        }
        groups
    }

    /// The questions about a picked pillar: hours, then a comment, as far as the survey asks for
    /// them.
    fn asked_about(&self, pillar: &Pillar) -> Vec<Item> {
        let ids = [hours_id(&pillar.id), comment_id(&pillar.id)];
        ids.iter()
            .filter_map(|id| self.survey.item(id))
            .map(std::borrow::Cow::into_owned)
            .collect()
    }
}
