//! The domain of Tribometer: what a survey is, who takes part, when, and what is promised to them.
//!
//! No input or output, no clock, no database: instants, files and records come in as values, so that every rule here can
//! be tested by itself.
//!
//! | what is asked | whom | when | under which promise |
//! | --- | --- | --- | --- |
//! | [`survey`]: dimensions, pillars, items | [`team`]: paths and their tree | [`schedule`]: recurrences, zones, blackout days | [`privacy`]: the minimum group, the promise |
//! | [`parse`], [`lint`]: survey files and what is wrong with them | [`person`], [`directory`]: records, and what an import changes | [`wave`]: states | |
//! | [`schema`]: the files' JSON Schema | [`program`]: settings and audience | [`reminder`]: who is reminded when | |
//! | [`builtin`]: the surveys that ship; [`version`]: fingerprints | | | |
//! | [`pages`]: the form's layout; [`answer`]: what is accepted | | | |

pub mod answer;
pub mod builtin;
pub mod directory;
pub mod lint;
pub mod pages;
pub mod parse;
pub mod person;
mod places;
pub mod privacy;
pub mod program;
pub mod reminder;
pub mod schedule;
pub mod schema;
pub mod survey;
pub mod team;
mod text;
pub mod version;
pub mod wave;
