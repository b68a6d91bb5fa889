//! One file per table. Entities stay inside `store`; what leaves it are the plain structs of the noun's file.

pub mod account;
pub mod audit_entry;
pub mod comment;
pub mod draft;
pub mod findings;
pub mod identity;
pub mod invitation;
pub mod job;
pub mod message;
pub mod participant;
pub mod person;
pub mod program;
pub mod pull_request;
pub mod response;
pub mod sign_in_link;
pub mod survey_version;
pub mod team;
pub mod wave;
pub mod web_session;
