//! Data on stdout. A reader that has seen enough (`| head`) is no failure.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes text.
pub fn text(text: impl Display) -> io::Result<()> {
    match write!(io::stdout(), "{text}") {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes text and a line end.
pub fn line(text: impl Display) -> io::Result<()> {
    self::text(format_args!("{text}\n"))
}
