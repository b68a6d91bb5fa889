//! docs/command-line.md, written from the definition of the command line itself.

use std::fmt::Write;

use clap::{Arg, Command};

const PREFACE: &str = "\
# Command line

Data goes to standard output, everything else to standard error. `--json` gives a table as JSON. The exit code is 0 when it is done, 1 when it
failed, 2 when the command line was wrong. This page is written from the program's own definition: `tribometer help` says the same.
";

/// The whole reference as Markdown.
pub fn markdown(mut root: Command) -> String {
    root.build();
    let mut page = PREFACE.to_owned();
    section(&root, &mut page);
    page
}

fn section(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let visible =
        |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version";
    if command.get_name() == "help" || command.is_hide_set() {
        return;
    }
    let mut line = |text: String| {
        page.push_str(&text);
        page.push('\n');
    };
    line(format!("\n## `{name}`\n"));
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        line(format!("{about}\n"));
    }
    let usage = command.clone().render_usage().to_string();
    line(format!(
        "```\n{}\n```",
        usage.trim_start_matches("Usage: ").trim()
    ));

    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(visible)
        .filter(|arg| !is_inherited(command, arg))
        .collect();
    if !arguments.is_empty() {
        line("\n| argument | meaning |\n| --- | --- |".to_owned());
        for arg in arguments {
            line(format!("| {} | {} |", spelling(arg), meaning(arg)));
        }
    }
    let subcommands: Vec<&Command> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
        .collect();
    if !subcommands.is_empty() {
        line("\n| command | what it does |\n| --- | --- |".to_owned());
        for sub in &subcommands {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            line(format!("| `{}` | {} |", sub.get_name(), cell(&about)));
        }
    }
    for sub in subcommands {
        section(sub, page);
    }
}

/// Global arguments are described once, with the root command.
fn is_inherited(command: &Command, arg: &Arg) -> bool {
    arg.is_global_set()
        && command
            .get_bin_name()
            .is_some_and(|name| name.contains(' '))
}

fn spelling(arg: &Arg) -> String {
    let value = arg
        .get_value_names()
        .and_then(|names| names.first())
        .map(ToString::to_string);
    let takes_value = arg.get_action().takes_values();
    match (arg.get_long(), arg.get_short(), value) {
        (Some(long), short, value) => {
            let mut text = format!("`--{long}");
            if let Some(value) = value.filter(|_| takes_value) {
                let _ = write!(text, " <{value}>");
            }
            text.push('`');
            if let Some(short) = short {
                let _ = write!(text, ", `-{short}`");
            }
            text
        }
        (None, Some(short), _) => format!("`-{short}`"),
        (None, None, value) => format!("`<{}>`", value.unwrap_or_else(|| arg.get_id().to_string())),
    }
}

fn meaning(arg: &Arg) -> String {
    let mut text = arg
        .get_long_help()
        .or_else(|| arg.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    let mut add = |sentence: String| {
        if !text.is_empty() && !text.ends_with('.') {
            text.push('.');
        }
        let _ = write!(text, " {sentence}");
    };
    if arg.get_action().takes_values() && !choices.is_empty() {
        add(format!("One of {}.", choices.join(", ")));
    }
    if let [default] = arg.get_default_values()
        && arg.get_action().takes_values()
        && !arg.is_hide_default_value_set()
    {
        add(format!("Default: `{}`.", default.to_string_lossy()));
    }
    if let Some(variable) = arg.get_env() {
        add(format!(
            "Also from the environment: `{}`.",
            variable.to_string_lossy()
        ));
    }
    cell(&text)
}

/// A text that fits into one cell of a Markdown table.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_described_with_its_arguments_and_subcommands() {
        let root = Command::new("tool")
            .bin_name("tool")
            .about("Does things")
            .subcommand(
                Command::new("go")
                    .about("Goes | somewhere")
                    .arg(
                        Arg::new("file")
                            .value_name("FILE")
                            .required(true)
                            .help("Where to"),
                    )
                    .arg(
                        Arg::new("speed")
                            .long("speed")
                            .short('s')
                            .value_name("KNOTS")
                            .default_value("3")
                            .help("How fast"),
                    ),
            );
        let page = markdown(root);
        assert!(page.contains("\n## `tool`\n\nDoes things\n"));
        assert!(page.contains("| `go` | Goes \\| somewhere |"));
        assert!(page.contains("\n## `tool go`\n"));
        assert!(page.contains("tool go [OPTIONS] <FILE>"));
        assert!(page.contains("| `<FILE>` | Where to |"));
        assert!(page.contains("| `--speed <KNOTS>`, `-s` | How fast. Default: `3`. |"));
    }
}
