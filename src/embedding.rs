//! A local embedding model as a program of its own: it reads texts, a JSON string a line, and
//! writes a vector for each, a JSON list of numbers a line.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tribometer_analytics::Embedding;
use tribometer_findings::NoEmbedding;

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
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, NoEmbedding> {
        let mut program = self.start().map_err(|cause| NoEmbedding::NotStarted {
            cause: cause.to_string(),
        })?;
        let (Some(input), Some(output)) = (program.stdin.take(), program.stdout.take()) else {
            return Err(NoEmbedding::NoPipes);
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
                RecvTimeoutError::Timeout => NoEmbedding::TooSlow {
                    seconds: self.longest.as_secs(),
                },
                RecvTimeoutError::Disconnected => NoEmbedding::NoOutput,
            })
        });
        if vectors.is_err() {
            // Nobody reads on. How it ends now is our doing, and tells nothing.
            program.kill().and_then(|()| program.wait()).ok();
            return vectors;
        }
        let exit = program.wait().map_err(|cause| NoEmbedding::Lost {
            cause: cause.to_string(),
        })?;
        if exit.success() {
            vectors
        } else {
            Err(NoEmbedding::Failed {
                status: exit.to_string(),
            })
        }
    }
}

fn read(output: impl BufRead) -> Result<Vec<Vec<f32>>, NoEmbedding> {
    let vector = |(number, text): (u64, std::io::Result<String>)| {
        let text = text.map_err(|cause| NoEmbedding::BadLine {
            line: number,
            cause: cause.to_string(),
        })?;
        serde_json::from_str(&text).map_err(|_| NoEmbedding::NoNumbers {
            line: number,
            start: text.chars().take(60).collect(),
        })
    };
    (1..).zip(output.lines()).map(vector).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embed(command: &str, texts: &[&str]) -> Result<Vec<Vec<f32>>, NoEmbedding> {
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
        let cause = |command| embed(command, &["text"]).expect_err("an error");
        let ended = |status: &str| NoEmbedding::Failed {
            status: status.to_owned(),
        };
        assert_eq!(cause("cat > /dev/null; exit 3"), ended("exit status: 3"));
        let hello = NoEmbedding::NoNumbers {
            line: 1,
            start: "hello".into(),
        };
        assert_eq!(cause("echo hello"), hello);
        // However it is then made to end.
        assert_eq!(cause("while :; do echo hello; done"), hello);
        let hanging = EmbeddingProgram {
            longest: Duration::from_secs(1),
            ..EmbeddingProgram::new("exec sleep 60")
        };
        assert_eq!(
            hanging.embed(&["text"]).expect_err("an error"),
            NoEmbedding::TooSlow { seconds: 1 }
        );
        let missing = cause("/nowhere/model 2> /dev/null");
        assert!(matches!(missing, NoEmbedding::Failed { .. }), "{missing:?}");
    }
}
