//! All integration tests, one binary. A test that needs a store runs on SQLite and on PostgreSQL:
//! see [`support::both_databases`].

#[macro_use]
mod support;

mod analyze;
mod answer_writer;
mod bad_input;
mod browser;
mod clockwork;
mod command_line;
mod demo;
mod directory;
mod findings;
mod fixture;
mod killed_server;
mod mail;
mod mail_server;
mod migrations;
mod pull_requests;
mod readers;
mod recorded;
mod records;
mod retention;
mod smtp_sink;
mod store;
mod unlinked;
mod upgrades;
mod wave_commands;
mod web;
