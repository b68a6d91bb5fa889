//! Reads the command line, runs one command, and turns its result into an exit code: 0 done, 1
//! failed, 2 wrong usage.

use std::process::ExitCode;

fn main() -> ExitCode {
    tribometer::cli::main()
}
