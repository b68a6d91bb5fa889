//! The pages, one file or folder for each address.

pub mod accounts;
pub mod groups;
pub mod health;
pub mod mailbox;
pub mod plan;
pub mod programs;
pub mod release;
mod shell;
pub mod sign_in;
pub mod survey;
pub mod waves;
