//! Keeps the invariants of ARCHITECTURE.md that the compiler can't: it reads which paths each file names.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Files of a place may not name certain paths.
struct Rule {
    /// Module or folder that the rule is about; a file is in it when its module path begins so.
    place: &'static str,
    /// Parts of the place that the rule leaves out.
    except: &'static [&'static str],
    /// What may not be named there: a crate, a module or an item.
    forbidden: &'static [&'static str],
    /// Why.
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        place: "crate",
        except: &["crate::store"],
        forbidden: &["sea_orm", "sqlx", "tribometer_migrations"],
        reason: "only `store` names the database",
    },
    Rule {
        place: "crate::store",
        except: &[],
        forbidden: &[
            "axum",
            "lettre",
            "clap",
            "crate::app",
            "crate::cli",
            "crate::jobs",
            "crate::mail",
            "crate::service",
            "crate::web",
        ],
        reason: "`store` knows the domain and nothing above it",
    },
    Rule {
        place: "crate::service",
        except: &[],
        forbidden: &[
            "axum",
            "tower",
            "tower_http",
            "clap",
            "crate::cli",
            "crate::jobs",
            "crate::web",
        ],
        reason: "a use case does not know who asks for it",
    },
    Rule {
        place: "crate::mail",
        except: &[],
        forbidden: &[
            "axum",
            "clap",
            "crate::cli",
            "crate::jobs",
            "crate::service",
            "crate::store",
            "crate::web",
        ],
        reason: "`mail` builds and sends what it is given",
    },
    Rule {
        place: "crate::web",
        except: &[],
        forbidden: &["clap", "crate::cli", "crate::jobs", "crate::store"],
        reason: "pages call `service`, which decides who may",
    },
    Rule {
        place: "crate::jobs",
        except: &[],
        forbidden: &["axum", "clap", "crate::cli", "crate::store", "crate::web"],
        reason: "jobs call `service`, as pages do",
    },
    Rule {
        place: "crate::cli",
        except: &[],
        forbidden: &["crate::store"],
        reason: "commands call `service`, as pages do",
    },
    Rule {
        place: "crate",
        except: &["crate::cli"],
        forbidden: &["clap"],
        reason: "the command line is one of several callers",
    },
    Rule {
        place: "crate",
        except: &["crate::cli", "crate::jobs"],
        forbidden: &["anyhow"],
        reason: "elsewhere an error says what its caller can do about it",
    },
    Rule {
        place: "crate",
        except: &["crate::clock"],
        forbidden: CLOCKS,
        reason: "time is read in clock.rs alone, so that tests can set it",
    },
    Rule {
        place: "surveys",
        except: &[],
        forbidden: CLOCKS,
        reason: "rules about time are given the time",
    },
    Rule {
        place: "reports",
        except: &[],
        forbidden: CLOCKS,
        reason: "the same input gives the same findings, whenever",
    },
    Rule {
        place: "surveys",
        except: &[],
        forbidden: &["std::fs", "std::net", "std::env", "std::process"],
        reason: "the domain does no input and output",
    },
];

const CLOCKS: &[&str] = &[
    "Utc::now",
    "Local::now",
    "SystemTime::now",
    "chrono::Utc::now",
    "chrono::Local::now",
    "std::time::SystemTime::now",
];

/// What a package may not depend on.
const PACKAGES: &[(&str, &[&str])] = &[
    (
        "surveys",
        &[
            "tribometer-",
            "sea-orm",
            "sqlx",
            "axum",
            "tokio",
            "reqwest",
            "lettre",
        ],
    ),
    ("migrations", &["tribometer-", "axum", "lettre"]),
    (
        "reports",
        &[
            "tribometer-migrations",
            "sea-orm",
            "sqlx",
            "axum",
            "tokio",
            "reqwest",
            "lettre",
        ],
    ),
];

#[test]
fn borders_inside_the_packages_hold() {
    let mut found = String::new();
    for (root, place) in [
        ("src", "crate"),
        ("surveys/src", "surveys"),
        ("reports/src", "reports"),
    ] {
        let files = rust_files(Path::new(root));
        assert!(files.len() > 5, "{root} was not read");
        for file in files {
            let source = std::fs::read_to_string(&file).expect("a source file");
            let module = module_of(
                place,
                file.strip_prefix(root).expect("a file below the root"),
            );
            for violation in violations(&module, &source) {
                let _ = writeln!(found, "{}: {violation}", file.display());
            }
        }
    }
    assert!(
        found.is_empty(),
        "borders of ARCHITECTURE.md are crossed:\n{found}"
    );
}

#[test]
fn borders_between_the_packages_hold() {
    for &(package, forbidden) in PACKAGES {
        let manifest =
            std::fs::read_to_string(format!("{package}/Cargo.toml")).expect("a manifest");
        let names = dependencies(&manifest);
        assert!(!names.is_empty(), "{package} has no dependencies?");
        for name in names {
            let allowed = !forbidden.iter().any(|start| name.starts_with(start));
            assert!(allowed, "{package} may not depend on {name}");
        }
    }
}

/// What each rule forbids and the file of this module names, as sentences. Unit tests, which stand last in a file, may do more.
fn violations(module: &str, source: &str) -> Vec<String> {
    let (code, _) = source
        .split_once("#[cfg(test)]\nmod tests {")
        .unwrap_or((source, ""));
    let paths = paths(module, code);
    let rules = RULES.iter().filter(|rule| {
        is_in(module, rule.place) && !rule.except.iter().any(|place| is_in(module, place))
    });
    rules
        .flat_map(|rule| {
            let named = paths.iter().filter(|path| {
                rule.forbidden
                    .iter()
                    .any(|forbidden| is_in(path, forbidden))
            });
            named.map(|path| format!("{module} names {path}, but {}", rule.reason))
        })
        .collect()
}

fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// `store/mod.rs` is `crate::store`, `cli/import.rs` is `crate::cli::import`.
fn module_of(root: &str, file: &Path) -> String {
    let mut module = root.to_owned();
    for part in file.with_extension("").components() {
        match part.as_os_str().to_str().expect("a name in UTF-8") {
            "lib" | "main" | "mod" => {}
            name => {
                module.push_str("::");
                module.push_str(name);
            }
        }
    }
    module
}

/// The paths that a source names in code, with groups of `use` written out and `self` and `super` resolved.
fn paths(module: &str, source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .flat_map(|line| [without_comment(line), "\n"])
        .collect();
    let tokens = tokens(&code);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        rest = if is_name(token) {
            path("", rest, &mut found)
        } else {
            after
        };
    }
    found.iter().map(|path| absolute(module, path)).collect()
}

/// Reads one path, or a group of them, into `found`; returns what follows it.
fn path<'a>(prefix: &str, mut tokens: &'a [String], found: &mut Vec<String>) -> &'a [String] {
    let mut path = prefix.to_owned();
    loop {
        match tokens {
            [name, separator, after @ ..] if is_name(name) && separator == "::" => {
                path = format!("{path}{name}::");
                tokens = after;
            }
            [name, after @ ..] if is_name(name) || name == "*" => {
                found.push(format!("{path}{name}"));
                return after;
            }
            [open, after @ ..] if open == "{" => {
                tokens = after;
                while let Some((token, after)) = tokens.split_first() {
                    match token.as_str() {
                        "}" => return after,
                        _ if is_name(token) || token == "{" => {
                            tokens = self::path(&path, tokens, found)
                        }
                        _ => tokens = after,
                    }
                }
                return tokens;
            }
            // A turbofish ends the path: `Vec::<u8>`.
            _ => {
                found.push(path.trim_end_matches("::").to_owned());
                return tokens;
            }
        }
    }
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Names, `::` and single signs.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut token = String::from(letter);
        if letter.is_alphanumeric() || letter == '_' {
            while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || *next == '_') {
                token.push(next);
            }
        } else if letter == ':' && letters.next_if_eq(&':').is_some() {
            token.push(':');
        } else if letter.is_whitespace() {
            continue;
        }
        tokens.push(token);
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn absolute(module: &str, path: &str) -> String {
    let mut module = module.to_owned();
    let mut rest = path;
    while let Some(after) = rest.strip_prefix("super::") {
        module.truncate(module.rfind("::").unwrap_or(module.len()));
        rest = after;
    }
    match rest.strip_prefix("self::") {
        Some(after) => format!("{module}::{after}"),
        None if rest.len() < path.len() => format!("{module}::{rest}"),
        None => rest.to_owned(),
    }
}

/// The names below `[dependencies]`.
fn dependencies(manifest: &str) -> Vec<&str> {
    let table = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1);
    table
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

#[test]
fn a_crossed_border_is_found() {
    let source = "
        //! A page may say sea_orm::Value in a comment.
        use axum::{Router, http::{self, StatusCode}};
        use crate::{App, store::{self, wave}};
        use super::super::store::Error;
        fn now() { let _ = chrono::Utc::now(); sea_orm::Value::Int(None); Vec::<u8>::new(); }
    ";
    assert_eq!(
        violations("crate::web::pages", source),
        [
            "crate::web::pages names sea_orm::Value::Int, but only `store` names the database",
            "crate::web::pages names crate::store::self, but pages call `service`, which decides who may",
            "crate::web::pages names crate::store::wave, but pages call `service`, which decides who may",
            "crate::web::pages names crate::store::Error, but pages call `service`, which decides who may",
            "crate::web::pages names chrono::Utc::now, but time is read in clock.rs alone, so that tests can set it",
        ]
    );
    assert_eq!(
        violations(
            "crate::store::wave",
            "use sea_orm::Value; use super::Error;"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        violations("crate::storehouse", "use sea_orm::Value;").len(),
        1
    );
    assert_eq!(violations("surveys::parse", "std::fs::read(path)").len(), 1);
    let tested = "std::fs::read(path)\n#[cfg(test)]\nmod tests {\nstd::fs::read(path)\n}\n";
    assert_eq!(violations("surveys::parse", tested).len(), 1);
    assert_eq!(
        dependencies("[dependencies]\naxum = \"1\"\nserde.workspace = true\n\n[lints]\nx = 1\n"),
        ["axum", "serde"]
    );
}
