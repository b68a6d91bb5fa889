//! Tribometer.
