//! The domain of Tribometer: what is asked, whom, when, and under which promise.
//!
//! No input or output, no clock, no database: instants, files and records come in as values, so
//! that every rule here can be tested by itself.
//!
//! **What is asked**
//! - [`survey`]: dimensions, pillars, items, and the questions of the last page
//! - [`parse`], [`lint`], [`schema`]: survey files, what is wrong with them, how editors know them
//! - [`builtin`], [`version`]: the surveys that ship; the fingerprint that a wave keeps
//! - [`pages`]: the layout of the form and the minutes that are left
//! - [`answer`]: what a participant says, and what is accepted from forms and files alike
//!
//! **Whom**
//! - [`team`]: the org tree and the paths that name its nodes
//! - [`person`], [`directory`]: a person's record, and what an import of many changes
//!
//! **When**
//! - [`program`]: the settings of a recurring survey, its audience included
//! - [`schedule`]: recurrences, everybody's own time zone, days on which nothing is sent
//! - [`wave`], [`reminder`]: the states of one run, and who is reminded when
//!
//! **What systems know**
//! - [`telemetry`]: pull requests, and the catalog of metrics
//!
//! **What people hand in**
//! - [`file`](mod@file): the text of a file, and what is wrong with it
//! - [`tables`]: what each column of a table holds
//!
//! **Under which promise**
//! - [`privacy`]: the minimum group, how answers are kept, and the words that the form shows
//!
//! ```
//! use tribometer_surveys::answer::Answer;
//! use tribometer_surveys::builtin;
//!
//! let survey = builtin::devex_25();
//! assert_eq!(survey.pillars().count(), 25);
//! let item = survey.item("code-review").expect("a pillar's rating");
//! assert_eq!(Answer::read(survey, &item, "4"), Ok(Some(Answer::Rating(4))));
//! assert!(Answer::read(survey, &item, "9").is_err());
//! ```

pub mod answer;
pub mod builtin;
pub mod directory;
pub mod file;
pub mod lint;
pub mod pages;
pub mod parse;
pub mod person;
mod places;
pub mod privacy;
pub mod program;
pub mod records;
pub mod reminder;
pub mod schedule;
pub mod schema;
pub mod survey;
pub mod tables;
pub mod team;
pub mod telemetry;
mod text;
pub mod version;
pub mod wave;
