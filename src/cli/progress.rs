//! A progress bar for what takes longer than a second, on terminals alone.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is quicker than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on stderr that appears when the work takes its time.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// A bar that says what is counted: `people`.
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(&format!(
            "{{bar:40}} {{human_pos}} of {{human_len}} {what}, {{eta}} left"
        ));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            started: Instant::now(),
        }
    }

    /// Tells that one more of so many is done.
    pub fn step(&self, total: usize) {
        self.tell(self.bar.position() as usize + 1, total);
    }

    /// Tells how many of how many are done; a total of 0 is unknown.
    pub fn tell(&self, done: usize, total: usize) {
        if self.bar.is_hidden()
            && self.started.elapsed() > PATIENCE
            && std::io::stderr().is_terminal()
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(total.max(done) as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
