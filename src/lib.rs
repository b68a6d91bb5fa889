//! Tribometer: developer-experience surveys joined with what the systems know.
//!
//! ARCHITECTURE.md says how the parts fit together and which borders hold.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod embedding;
pub mod jobs;
pub mod mail;
pub mod secrets;
pub mod service;
pub mod web;

pub use app::App;
