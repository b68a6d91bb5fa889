//! The domain of Tribometer: what a survey is, who takes part, when, and what is promised to them.
//!
//! No input or output, no clock, no database: instants, files and records come in as values, so that every rule here can
//! be tested by itself.

pub mod answer;
pub mod person;
pub mod privacy;
pub mod program;
pub mod reminder;
pub mod schedule;
pub mod survey;
pub mod team;
pub mod wave;
