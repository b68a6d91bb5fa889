//! Survey files: YAML in, a survey or everything that is wrong with it out.

use serde_path_to_error::{Path, Segment};
use serde_saphyr::{Error as YamlError, Location};
use thiserror::Error;

use crate::{
    lint::{Finding, lint},
    places::{Place, Places},
    survey::Survey,
};

/// A survey file cannot be used: everything that is wrong with it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", list(.findings))]
pub struct SurveyError {
    pub findings: Vec<Finding>,
}

fn list(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let Finding {
            line,
            column,
            message,
            hint,
            ..
        } = finding;
        format!("line {line}, column {column}: {message} ({hint})")
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Survey {
    /// Reads a survey file. Whatever [`lint`] calls an error refuses it; warnings do not.
    pub fn parse(yaml: &str) -> Result<Survey, SurveyError> {
        let report = lint(yaml);
        let broken = report.has_errors();
        match report.survey {
            Some(survey) if !broken => Ok(survey),
            _ => Err(SurveyError {
                findings: report
                    .findings
                    .into_iter()
                    .filter(Finding::is_error)
                    .collect(),
            }),
        }
    }
}

/// What is wrong with the form of a file, where, and what to do about it.
pub(crate) struct FormError {
    pub place: Place,
    pub message: String,
    pub hint: String,
}

/// Reads the file into a survey without looking at its sense.
pub(crate) fn read(yaml: &str) -> Result<(Survey, Places), FormError> {
    let mut path = String::new();
    let survey = serde_saphyr::with_deserializer_from_str(yaml, |file| {
        serde_path_to_error::deserialize(file).map_err(|error| {
            path = steps(error.path());
            error.into_inner()
        })
    });
    match (survey, Places::new(yaml)) {
        (Ok(survey), Ok(places)) => Ok((survey, places)),
        (Err(error), places) => Err(form_error(
            &error,
            places.ok().map(|places| places.of(&path)),
        )),
        (Ok(_), Err(error)) => Err(form_error(&error, None)),
    }
}

/// The path of a value as [`Places::of`] takes it.
fn steps(path: &Path) -> String {
    let steps = path.iter().map(|segment| match segment {
        Segment::Seq { index } => index.to_string(),
        Segment::Map { key } => key.clone(),
        Segment::Enum { variant } => variant.clone(),
        Segment::Unknown => String::new(),
    });
    steps.collect::<Vec<_>>().join("/")
}

/// Says it in words that do not ask for knowledge of the parser. `block` is where the value begins
/// that cannot be read.
fn form_error(error: &YamlError, block: Option<Place>) -> FormError {
    let known = |keys: &[&str]| format!("known here: {}", keys.join(", "));
    let mut place: Place = error.location().unwrap_or(Location::UNKNOWN).into();
    let (message, hint) = match error.without_snippet() {
        YamlError::SerdeUnknownField {
            field, expected, ..
        } => (
            format!("`{field}` is not a key that is known here"),
            known(expected),
        ),
        YamlError::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            format!("`{variant}` is not a kind of item"),
            known(expected),
        ),
        YamlError::SerdeMissingField { field, .. } => {
            // The parser notices at the end of the block; people look at its beginning.
            place = block.unwrap_or(place);
            (
                format!("the key `{field}` is missing in what begins here"),
                format!("add `{field}: …`"),
            )
        }
        YamlError::DuplicateMappingKey { key: Some(key), .. } => (
            format!("the key `{key}` stands here twice"),
            "remove one of them".to_owned(),
        ),
        YamlError::InvalidScalar { ty, .. } => (
            format!("expected {}", scalar_words(ty)),
            SEE_SCHEMA.to_owned(),
        ),
        YamlError::NonFiniteFloat { .. } => ("expected a number".to_owned(), SEE_SCHEMA.to_owned()),
        YamlError::SerdeInvalidLength { len, expected, .. } => {
            place = block.unwrap_or(place);
            (
                format!(
                    "found {len} values, expected {}",
                    expected.replace("an array", "a list")
                ),
                SEE_SCHEMA.to_owned(),
            )
        }
        YamlError::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | YamlError::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => (
            format!("found {unexpected}, expected {expected}"),
            SEE_SCHEMA.to_owned(),
        ),
        YamlError::Unexpected { expected, .. } => (
            format!("expected {}", structure_words(expected)),
            SEE_SCHEMA.to_owned(),
        ),
        YamlError::Eof { .. } => (
            "the file is empty".to_owned(),
            "begin with `id: …`, or copy a survey that ships".to_owned(),
        ),
        other => {
            let message = other.to_string();
            let first = message.lines().next().unwrap_or_default();
            let first = first.split(" at line ").next().unwrap_or(first);
            (
                first.to_owned(),
                "check the indentation, quotes and brackets around this place".to_owned(),
            )
        }
    };
    FormError {
        place,
        message,
        hint,
    }
}

const SEE_SCHEMA: &str = "survey.schema.json says what each key holds";

fn scalar_words(ty: &str) -> String {
    match ty {
        "u8" | "u16" | "u32" | "u64" => "a whole number from 0 up".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        other => format!("a value of the type {other}"),
    }
}

fn structure_words(expected: &str) -> String {
    match expected {
        "mapping start" => "keys with values".to_owned(),
        "sequence start" => "a list".to_owned(),
        other => other.to_owned(),
    }
}
