//! Programs: recurring surveys, and the settings by which they recur.

use tribometer_store::program;
use tribometer_surveys::program::Program as Settings;

use super::{Error, FieldError, Result, surveys, waves};
use crate::App;

pub use tribometer_store::program::Program;

/// Adds a program and plans its first wave. A conflict if the name is taken.
pub async fn add(app: &App, settings: Settings) -> Result<Program> {
    check(app, &settings).await?;
    let now = app.now();
    let program = Program {
        id: app.clock.new_id(),
        settings,
        paused: false,
        created_at: now,
        updated_at: now,
    };
    let name = program.settings.name.clone();
    program::insert(app.store.writer(), &program)
        .await
        .map_err(|error| taken(error, &name))?;
    waves::plan(app, &program).await?;
    Ok(program)
}

/// All programs by name.
pub async fn list(app: &App) -> Result<Vec<Program>> {
    Ok(program::all(app.store.reader()).await?)
}

/// The program with this name.
pub async fn find(app: &App, name: &str) -> Result<Program> {
    let program = program::by_name(app.store.reader(), name).await?;
    program.ok_or_else(|| Error::NotFound(format!("the program {name:?}")))
}

/// The program with this name, or the only one there is, for commands that name none.
pub async fn find_or_only(app: &App, name: Option<&str>) -> Result<Program> {
    match name {
        Some(name) => find(app, name).await,
        None => only(app).await,
    }
}

async fn only(app: &App) -> Result<Program> {
    let mut programs = list(app).await?;
    match (programs.pop(), programs.is_empty()) {
        (Some(program), true) => Ok(program),
        (None, _) => Err(Error::NotFound("a program".to_owned())),
        (Some(_), false) => Err(Error::invalid(
            "program",
            "ambiguous",
            "there are several; say which one",
        )),
    }
}

/// Changes the settings of a program. A wave that is open keeps what it was launched with; the next
/// one is planned anew.
pub async fn change(app: &App, program: Program, settings: Settings) -> Result<Program> {
    check(app, &settings).await?;
    let changed = Program {
        settings,
        updated_at: app.now(),
        ..program
    };
    let name = changed.settings.name.clone();
    program::update(app.store.writer(), &changed)
        .await
        .map_err(|error| taken(error, &name))?;
    waves::plan(app, &changed).await?;
    Ok(changed)
}

/// Pauses a program, or lets it go on. While it is paused nothing is planned or opened by the
/// clock; an open wave runs to its end.
pub async fn pause(app: &App, program: Program, paused: bool) -> Result<Program> {
    let changed = Program {
        paused,
        updated_at: app.now(),
        ..program
    };
    program::update(app.store.writer(), &changed).await?;
    waves::plan(app, &changed).await?;
    Ok(changed)
}

async fn check(app: &App, settings: &Settings) -> Result<()> {
    let today = app.now().with_timezone(&settings.timezone).date_naive();
    let mut problems: Vec<FieldError> = match settings.validate(today) {
        Ok(()) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|error| FieldError::new(error.field(), error.code(), error.to_string()))
            .collect(),
    };
    if surveys::find(app, &settings.survey).await?.is_none() {
        let id = &settings.survey;
        let message = format!("there is no survey with the id `{id}`");
        problems.push(FieldError::new("survey", "unknown", message));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

fn taken(error: tribometer_store::Error, name: &str) -> Error {
    match error {
        tribometer_store::Error::Conflict(_) => {
            Error::conflict("taken", format!("there is a program {name:?} already"))
        }
        other => other.into(),
    }
}
