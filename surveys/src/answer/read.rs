//! Answers out of form fields and CSV cells: one set of rules for both.

use super::{
    Answer, AnswerError, Answers, DOES_NOT_APPLY, Reason, check, hours_words, option_words,
    rating_words,
};
use crate::{
    survey::{Item, Kind, Scale, Survey},
    text::shorten,
};

impl Answer {
    /// Reads a form field or a CSV cell; `None` if it is empty, which means not answered.
    ///
    /// A rating is 1 to 5, a label of the scale (in any case) or `na`; a frequency or a choice is
    /// an option's id or label; priorities are pillar ids or names joined by `;`; hours are a
    /// number with a point or a comma.
    pub fn read(survey: &Survey, item: &Item, raw: &str) -> Result<Option<Answer>, AnswerError> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Ok(None);
        }
        let unexpected = |expected: String| {
            let found = shorten(raw);
            AnswerError::new(&item.id, Reason::Unexpected { expected, found })
        };
        let answer = match &item.kind {
            Kind::Rating => read_rating(&survey.scale, raw)
                .ok_or_else(|| unexpected(rating_words(&survey.scale)))?,
            Kind::Frequency { .. } | Kind::Choice { .. } => {
                let options = item.kind.options();
                read_option(&options, raw).ok_or_else(|| unexpected(option_words(&options)))?
            }
            Kind::Priorities { .. } => read_priorities(survey, raw),
            Kind::Hours { at_most } => {
                read_hours(raw).ok_or_else(|| unexpected(hours_words(*at_most)))?
            }
            Kind::Text { .. } => Answer::Text(clean_text(raw)),
        };
        check(survey, item, &answer)?;
        Ok(Some(answer))
    }
}

impl Answers {
    /// Reads the fields of a form or the cells of a row, named by item id. What can be read is
    /// kept; everything else is reported. A repeated rating means "does not apply" if one of its
    /// values says so; repeated priorities are joined.
    pub fn read<'a>(
        survey: &Survey,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> (Answers, Vec<AnswerError>) {
        let mut answers = Answers::default();
        let mut errors = Vec::new();
        for (id, raw) in fields {
            let Some(item) = survey.item(id) else {
                errors.push(AnswerError::new(shorten(id), Reason::UnknownItem));
                continue;
            };
            match Answer::read(survey, &item, raw) {
                Ok(Some(answer)) => answers.merge(id, answer),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if let Err(found) = answers.validate(survey) {
            errors.extend(found);
        }
        (answers, errors)
    }

    fn merge(&mut self, id: &str, answer: Answer) {
        match (self.0.get_mut(id), answer) {
            (Some(Answer::DoesNotApply), _) => {}
            (Some(Answer::Priorities(picked)), Answer::Priorities(more)) => picked.extend(more),
            (Some(earlier), later) => *earlier = later,
            (None, answer) => self.insert(id, answer),
        }
    }
}

fn read_rating(scale: &Scale, raw: &str) -> Option<Answer> {
    if same_words(raw, DOES_NOT_APPLY) || same_words(raw, &scale.does_not_apply) {
        return Some(Answer::DoesNotApply);
    }
    let number = raw.parse().ok().filter(|rating| (1..=5).contains(rating));
    let rating = number.or_else(|| {
        (1..)
            .zip(&scale.labels)
            .find(|(_, label)| same_words(label, raw))
            .map(|(n, _)| n)
    })?;
    Some(Answer::Rating(rating))
}

fn read_option(options: &[(&str, &str)], raw: &str) -> Option<Answer> {
    let is_meant = |(id, label): &&(&str, &str)| *id == raw || same_words(label, raw);
    let (id, _) = options.iter().find(is_meant)?;
    Some(Answer::Choice((*id).to_owned()))
}

fn read_priorities(survey: &Survey, raw: &str) -> Answer {
    let words = raw
        .split(';')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let pillars = words.map(|word| {
        let by_name = survey
            .pickable_pillars()
            .find(|pillar| same_words(&pillar.name, word));
        by_name.map_or_else(|| word.to_owned(), |pillar| pillar.id.clone())
    });
    Answer::Priorities(pillars.collect())
}

fn read_hours(raw: &str) -> Option<Answer> {
    let plain = raw
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let hours: f64 = raw.replace(',', ".").parse().ok()?;
    // Hundredths are finer than anybody can tell, and survive any way of writing them down.
    plain.then_some(Answer::Hours((hours * 100.0).round() / 100.0))
}

/// Line ends become `\n`; other control characters go, for they have no place in a mail, a page or
/// a spreadsheet.
fn clean_text(raw: &str) -> String {
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    lines
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

fn same_words(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
