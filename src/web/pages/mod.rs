//! The pages, one file or folder for each address.

pub mod health;
pub mod survey;
