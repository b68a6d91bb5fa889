//! What leads read: the list of waves, a wave's report once it is closed and its participation
//! while it is open, and the files to take away. Every look at results is written to the audit log
//! first.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;
use tribometer_findings::Findings;
use tribometer_findings::parts::Part;
use tribometer_store::program;
use tribometer_store::wave::{self, Wave};
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::audit::{self, Action};
use super::participation::{self, Participation};
use super::sign_in::Account;
use super::{Error, Result, blocking, files, findings};
use crate::App;

/// A line in the list of waves.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: Uuid,
    /// `2026-Q4`.
    pub label: String,
    /// The program's name.
    pub program: String,
    pub state: WaveState,
    /// The program's.
    pub timezone: Tz,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// All waves, the newest first.
pub async fn waves(app: &App) -> Result<Vec<Listed>> {
    let programs = program::all(app.store.reader()).await?;
    let waves = wave::all(app.store.reader()).await?;
    // A wave without a program cannot be: the database refuses it.
    let listed = waves.into_iter().filter_map(|wave| {
        let program = programs.iter().find(|program| program.id == wave.program)?;
        Some(Listed {
            program: program.settings.name.clone(),
            timezone: program.settings.timezone,
            id: wave.id,
            label: wave.label,
            state: wave.state,
            opens_at: wave.opens_at,
            closes_at: wave.closes_at,
        })
    });
    Ok(listed.collect())
}

/// The wave with this label, of the program with this name where several programs have one.
pub async fn by_label(app: &App, label: &str, program: Option<&str>) -> Result<Listed> {
    let is_meant = |wave: &Listed| {
        wave.label == label && program.is_none_or(|program| wave.program == program)
    };
    let mut found: Vec<Listed> = waves(app).await?.into_iter().filter(is_meant).collect();
    match (found.pop(), found.as_slice()) {
        (Some(wave), []) => Ok(wave),
        (Some(_), _) => Err(Error::conflict(
            "ambiguous",
            format!("several programs have a wave {label}; name the program"),
        )),
        (None, _) => Err(Error::NotFound(format!("the wave {label}"))),
    }
}

/// The wave that a lead wants to see first: the newest closed one, else the newest that has begun.
pub async fn first_wave(app: &App) -> Result<Option<Uuid>> {
    let waves = wave::all(app.store.reader()).await?;
    let newest = |state| waves.iter().find(|wave| wave.state == state);
    let first = newest(WaveState::Closed).or_else(|| newest(WaveState::Open));
    Ok(first.map(|wave| wave.id))
}

/// What there is to see of a wave.
pub enum View {
    /// It is closed: what is asked for of everything that is released.
    Report(Arc<Findings>),
    /// It is closed, and its findings are still being computed.
    Computing,
    /// It is open: who took part, and nothing else.
    Participation(Vec<Participation>),
    /// It has not begun.
    Scheduled,
}

/// A wave and what there is to see of it.
pub struct Seen {
    pub id: Uuid,
    pub label: String,
    /// The program's.
    pub timezone: Tz,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub minimum: MinimumGroup,
    /// When everybody who was asked could first read the results.
    pub released_at: Option<DateTime<Utc>>,
    pub view: View,
}

/// Shows a wave to an account: of a closed one these lists of its findings.
pub async fn look(app: &App, viewer: &Account, id: Uuid, parts: &'static [Part]) -> Result<Seen> {
    let wave = find(app, id).await?;
    let subject = format!("wave {}", wave.label);
    let view = match wave.state {
        WaveState::Closed => match findings::read(app, id, parts).await? {
            Some(findings) => {
                audit::record(
                    app,
                    Some(viewer.id),
                    Action::ReportViewed,
                    &subject,
                    json!({}),
                )
                .await?;
                View::Report(findings)
            }
            None => View::Computing,
        },
        WaveState::Open => {
            audit::record(
                app,
                Some(viewer.id),
                Action::ParticipationViewed,
                &subject,
                json!({}),
            )
            .await?;
            View::Participation(participation::of_wave(app, id, wave.minimum_group).await?)
        }
        WaveState::Scheduled => View::Scheduled,
    };
    let program = program::find(app.store.reader(), wave.program).await?;
    let program = program.ok_or_else(|| Error::NotFound(format!("the program of {subject}")))?;
    Ok(Seen {
        id,
        timezone: program.settings.timezone,
        label: wave.label,
        opens_at: wave.opens_at,
        closes_at: wave.closes_at,
        minimum: wave.minimum_group,
        released_at: wave.released_at,
        view,
    })
}

/// A file to take away.
pub struct File {
    /// `2026-Q4-ranking.csv`.
    pub name: String,
    pub content_type: &'static str,
    pub content: Vec<u8>,
}

/// Renders a file of a closed wave from its stored findings; `viewer` is `None` for the command
/// line.
pub async fn export(app: &App, viewer: Option<&Account>, id: Uuid, name: &str) -> Result<File> {
    let wave = find(app, id).await?;
    let missing = || Error::NotFound(format!("the file {name}"));
    let file = files::find(name).ok_or_else(missing)?;
    let findings = findings::read(app, id, parts_of(name)).await?;
    let findings =
        findings.ok_or_else(|| Error::NotFound(format!("the report of {}", wave.label)))?;
    let subject = format!("wave {}", wave.label);
    audit::record(
        app,
        viewer.map(|viewer| viewer.id),
        Action::ExportTaken,
        &subject,
        json!({ "file": name }),
    )
    .await?;
    let name = format!("{}-{name}", wave.label);
    Ok(File {
        content_type: file.content_type(),
        content: blocking::run(&name, move || file.render(&findings)).await?,
        name,
    })
}

/// The lists of findings that a file is made of, whatever its format; all of them for a file that
/// is not named here.
fn parts_of(file: &str) -> &'static [Part] {
    match file.rsplit_once('.').map_or(file, |(name, _)| name) {
        "ranking" => &[Part::Ranking],
        "scores" => &[Part::Scores],
        "drivers" => &[Part::Drivers],
        "changes" => &[Part::Changes],
        "evidence" => &[Part::Evidence, Part::Ranking],
        "metrics" => &[Part::Metrics],
        "participation" => &[Part::Groups],
        "comments" => &[Part::Comments],
        "did_it_help" => &[Part::Actions],
        _ => &Part::ALL,
    }
}

async fn find(app: &App, id: Uuid) -> Result<Wave> {
    let wave = wave::find(app.store.reader(), id).await?;
    wave.ok_or_else(|| Error::NotFound(format!("the wave {id}")))
}

#[cfg(test)]
mod tests {
    use tribometer_findings::parts::{HEAD, join, split};

    use super::*;

    #[test]
    fn a_file_is_made_of_its_parts_alone() {
        let whole = Findings::sample();
        let parts = split(&serde_json::to_string(&whole).expect("JSON")).expect("parts");
        for file in files::all() {
            let names: Vec<&str> = parts_of(&file.name())
                .iter()
                .map(|part| part.name())
                .collect();
            let is_wanted = |name: &str| name == HEAD || names.contains(&name);
            let read: Vec<_> = parts
                .iter()
                .filter(|(name, _)| is_wanted(name))
                .cloned()
                .collect();
            let findings = join(&read).expect("findings");
            let (content, name) = (file.render(&findings), file.name());
            if let Ok(text) = std::str::from_utf8(&content) {
                assert!(text.lines().count() > 1, "{name} has no row to tell");
            }
            assert!(
                content == file.render(&whole),
                "{name} is another of {names:?} than of everything"
            );
        }
    }
}
