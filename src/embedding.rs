//! A local embedding model as a program of its own: it reads texts, a JSON string a line, and
//! writes a vector for each, a JSON list of numbers a line.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tribometer_analytics::Embedding;

/// After this the program is given up.
const LONGEST: Duration = Duration::from_secs(600);

/// A command for the shell.
#[derive(Debug, Clone)]
pub struct EmbeddingProgram {
    command: String,
    longest: Duration,
}

impl EmbeddingProgram {
    /// A program that is started for each analysis, and may take ten minutes.
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            longest: LONGEST,
        }
    }

    /// Starts it. What it complains of goes where our own complaints go.
    fn start(&self) -> std::io::Result<Child> {
        Command::new("sh")
            .args(["-c", &self.command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }
}

impl Embedding for EmbeddingProgram {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
        let mut program = self
            .start()
            .map_err(|cause| format!("it can't be started: {cause}"))?;
        let (Some(input), Some(output)) = (program.stdin.take(), program.stdout.take()) else {
            return Err("it has no input or output".into());
        };
        let lines: Vec<String> = (texts.iter())
            .map(|text| serde_json::json!(text).to_string())
            .collect();
        // Written beside the reading: a program that answers line by line would otherwise wait for
        // us, and we for it.
        std::thread::spawn(move || {
            let mut input = BufWriter::new(input);
            // A program that stops reading says so by what it writes, or by its exit.
            lines
                .iter()
                .try_for_each(|line| writeln!(input, "{line}"))
                .ok();
        });
        let (sender, vectors) = channel();
        std::thread::spawn(move || sender.send(read(BufReader::new(output))));
        let vectors = vectors.recv_timeout(self.longest);
        let vectors = vectors.unwrap_or_else(|cause| {
            Err(match cause {
                RecvTimeoutError::Timeout => {
                    format!("it was not done after {} seconds", self.longest.as_secs())
                }
                RecvTimeoutError::Disconnected => "its output can't be read".into(),
            })
        });
        if vectors.is_err() {
            // Nobody reads on. How it ends now is our doing, and tells nothing.
            program.kill().and_then(|()| program.wait()).ok();
            return vectors;
        }
        let exit = program.wait().map_err(|cause| cause.to_string())?;
        if exit.success() {
            vectors
        } else {
            Err(format!("it ended with {exit}"))
        }
    }
}

fn read(output: impl BufRead) -> Result<Vec<Vec<f32>>, String> {
    let vector = |(at, line): (usize, std::io::Result<String>)| {
        let line = line.map_err(|cause| format!("line {} can't be read: {cause}", at + 1))?;
        serde_json::from_str(&line).map_err(|_| {
            let start: String = line.chars().take(60).collect();
            format!("line {} is no JSON list of numbers: {start:?}", at + 1)
        })
    };
    output.lines().enumerate().map(vector).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embed(command: &str, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
        EmbeddingProgram::new(command).embed(texts)
    }

    #[test]
    fn a_program_reads_texts_and_writes_vectors() {
        let lengths = r#"awk '{ print "[" length($0) ", 1]" }'"#;
        let many = vec!["x"; 20_000];
        let found = embed(lengths, &many).expect("vectors");
        assert_eq!((found.len(), &found[0]), (20_000, &vec![3.0, 1.0]));
        // Line ends within a text do not make two of it.
        assert_eq!(embed(lengths, &["a\nb"]).expect("vectors").len(), 1);
    }

    #[test]
    fn what_went_wrong_is_said() {
        let said = |command| embed(command, &["text"]).expect_err("an error");
        assert_eq!(
            said("cat > /dev/null; exit 3"),
            "it ended with exit status: 3"
        );
        assert_eq!(
            said("echo hello"),
            "line 1 is no JSON list of numbers: \"hello\""
        );
        // However it is then made to end.
        assert_eq!(
            said("while :; do echo hello; done"),
            "line 1 is no JSON list of numbers: \"hello\""
        );
        let hanging = EmbeddingProgram {
            longest: Duration::from_secs(1),
            ..EmbeddingProgram::new("exec sleep 60")
        };
        assert_eq!(
            hanging.embed(&["text"]).expect_err("an error"),
            "it was not done after 1 seconds"
        );
        assert!(said("/nowhere/model 2> /dev/null").starts_with("it ended with"));
    }
}
