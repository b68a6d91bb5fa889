//! Survey files: reading YAML, and where in it each thing stands.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Error as YamlError, Location, Spanned};
use thiserror::Error;

use crate::{
    lint::{Finding, lint},
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

/// A place in a file, both numbers from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub line: u64,
    pub column: u64,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Place {
            line: location.line().max(1),
            column: location.column().max(1),
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
    let survey = serde_saphyr::from_str(yaml).map_err(form_error)?;
    let root = serde_saphyr::from_str(yaml).map_err(form_error)?;
    Ok((survey, Places { root }))
}

fn form_error(error: YamlError) -> FormError {
    let place = error.location().unwrap_or(Location::UNKNOWN).into();
    let known = |keys: &[&str]| format!("known here: {}", keys.join(", "));
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
        YamlError::SerdeMissingField { field, .. } => (
            format!("the key `{field}` is missing"),
            format!("add a line `{field}: …` here"),
        ),
        YamlError::DuplicateMappingKey { key: Some(key), .. } => (
            format!("the key `{key}` stands here twice"),
            "remove one of them".to_owned(),
        ),
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
            "see survey.schema.json for the form of each key".to_owned(),
        ),
        other => {
            let message = other.to_string();
            let line = message.lines().next().unwrap_or_default().to_owned();
            (
                line,
                "check the indentation and the quotes around this line".to_owned(),
            )
        }
    };
    FormError {
        place,
        message,
        hint,
    }
}

/// Where each value of a file stands.
pub(crate) struct Places {
    root: Spanned<Node>,
}

/// The shape of a YAML document with the place of every value.
enum Node {
    Leaf,
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

impl Places {
    /// The place of the value at a path such as `dimensions/0/name`, or of the nearest value around it.
    pub fn of(&self, path: &str) -> Place {
        let mut here = &self.root;
        for step in path.split('/') {
            let next = match &here.value {
                Node::Leaf => None,
                Node::List(values) => step.parse().ok().and_then(|at: usize| values.get(at)),
                Node::Map(entries) => entries
                    .iter()
                    .find(|(key, _)| key == step)
                    .map(|(_, value)| value),
            };
            match next {
                Some(value) => here = value,
                None => break,
            }
        }
        here.referenced.into()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Node::List(values))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        IgnoredAny::deserialize(inner).map(|_| Node::Leaf)
    }
}
