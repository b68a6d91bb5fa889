//! Results: what everybody who was asked may read of a closed wave once a lead releases it. It is
//! the organization's part of the stored findings, and no group in it. Reading changes nothing, and
//! nobody notes who read.

use serde_json::json;
use tribometer_findings::parts::Part;
use tribometer_findings::{Findings, Pain, RankedPillar};
use tribometer_reports::words::format;
use tribometer_store::wave;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::answering::Facts;
use super::audit::{self, Action};
use super::{Error, Result, findings, waves};
use crate::App;

/// The longest text about what is done, in characters.
pub const LONGEST_TEXT: usize = 2_000;
/// How many areas people are reminded of.
const REMEMBERED: usize = 3;

/// What a wave says of the whole organization.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Absent without a roster.
    pub invited: Option<u32>,
    pub responded: u32,
    pub pain: Pain,
    pub ranking: Vec<RankedPillar>,
}

impl Overview {
    /// None where the leads' report hides the organization, too.
    fn of(findings: &Findings) -> Option<Self> {
        let whole = findings.groups.first()?;
        let is_shown = whole.hidden.is_none() && !findings.ranking.is_empty();
        is_shown.then(|| Overview {
            invited: findings.invited,
            responded: findings.responded,
            pain: findings.pain,
            ranking: findings.ranking.clone(),
        })
    }
}

/// The lists of findings that an overview is made of.
const PARTS: &[Part] = &[Part::Ranking, Part::Groups];

async fn overview(app: &App, wave: Uuid) -> Result<Option<Overview>> {
    let findings = findings::read(app, wave, PARTS).await?;
    Ok(findings.and_then(|findings| Overview::of(&findings)))
}

/// Released results.
pub struct Results {
    /// None if fewer than the minimum answered; then there is nothing to show.
    pub overview: Option<Overview>,
    /// What the leads do about it.
    pub we_did: Option<String>,
}

/// The results of the wave that a link belongs to; none until they are released.
pub async fn of_link(app: &App, facts: &Facts) -> Result<Option<Results>> {
    let wave = waves::find(app, facts.wave).await?;
    if wave.released_at.is_none() {
        return Ok(None);
    }
    Ok(Some(Results {
        overview: overview(app, wave.id).await?,
        we_did: wave.we_did,
    }))
}

/// What people said in an earlier wave, and what was done about it.
pub struct LastTime {
    /// `2026-Q3`.
    pub label: String,
    /// The areas that came first, by name.
    pub areas: Vec<String>,
    pub we_did: Option<String>,
}

/// The newest earlier wave of the same program whose results are released; none also if it has
/// nothing to show.
pub async fn last_time(app: &App, facts: &Facts) -> Result<Option<LastTime>> {
    let current = waves::find(app, facts.wave).await?;
    let all = wave::of_program(app.store.reader(), current.program).await?;
    let earlier = all
        .into_iter()
        .find(|wave| wave.released_at.is_some() && wave.opens_at < current.opens_at);
    let Some(earlier) = earlier else {
        return Ok(None);
    };
    let first = |overview: Overview| LastTime {
        areas: (overview.ranking.iter().take(REMEMBERED))
            .map(|row| row.name.clone())
            .collect(),
        label: earlier.label,
        we_did: earlier.we_did,
    };
    Ok(overview(app, earlier.id).await?.map(first))
}

/// Shows the results of a closed wave to everybody who was asked, or changes the text beside them;
/// `by` is the account that asked for it.
pub async fn release(app: &App, id: Uuid, we_did: &str, by: Option<Uuid>) -> Result<()> {
    let we_did = read_text(we_did)?;
    let wave = waves::find(app, id).await?;
    is_releasable(&wave)?;
    if !findings::are_there(app, id).await? {
        return Err(Error::conflict(
            "not-computed",
            format!(
                "The results of {} are still being computed. Try again in a minute.",
                wave.label
            ),
        ));
    }
    let transaction = app.store.begin().await?;
    if !wave::release(&transaction, id, we_did.clone(), app.now()).await? {
        return Err(not_closed(&wave));
    }
    let (action, details) = (Action::ResultsReleased, json!({ "we_did": we_did }));
    let subject = format!("wave {}", wave.label);
    audit::record_along(app, &transaction, by, action, &subject, details).await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes released results back, so that leads alone read them. The text stays, for the next time
/// they are released.
pub async fn take_back(app: &App, id: Uuid, by: Option<Uuid>) -> Result<()> {
    let wave = waves::find(app, id).await?;
    let transaction = app.store.begin().await?;
    if !wave::take_back(&transaction, id).await? {
        return Err(Error::conflict(
            "not-released",
            format!(
                "The results of {} are not released; there is nothing to take back.",
                wave.label
            ),
        ));
    }
    let (action, subject) = (Action::ResultsTakenBack, format!("wave {}", wave.label));
    audit::record_along(app, &transaction, by, action, &subject, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether a wave's results can be released: once it is closed.
pub fn is_releasable(wave: &wave::Wave) -> Result<()> {
    match wave.state {
        WaveState::Closed => Ok(()),
        _ => Err(not_closed(wave)),
    }
}

fn not_closed(wave: &wave::Wave) -> Error {
    Error::conflict(
        "not-closed",
        format!(
            "The wave {} is {}; its results can be released once it is closed.",
            wave.label, wave.state
        ),
    )
}

/// Plain text with line breaks; nothing if it is empty.
fn read_text(sent: &str) -> Result<Option<String>> {
    let text: String = sent
        .replace("\r\n", "\n")
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect();
    let text = text.trim();
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(Error::invalid(
            "we_did",
            "too-long",
            format!(
                "Shorten the text to {} characters; it has {length}.",
                format::count(LONGEST_TEXT as u64)
            ),
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use tribometer_findings::Hidden;

    use super::*;

    #[test]
    fn what_the_report_hides_is_no_overview() {
        let mut findings = Findings::sample();
        assert_eq!(Overview::of(&findings).expect("an overview").responded, 912);
        findings.groups[0].hidden = Some(Hidden::TooSmall);
        assert!(Overview::of(&findings).is_none());
        findings.groups[0].hidden = None;
        findings.ranking.clear();
        assert!(Overview::of(&findings).is_none());
    }

    #[test]
    fn a_text_is_plain_and_not_too_long() {
        let read = |text: &str| read_text(text).ok().flatten();
        assert_eq!(
            read(" Faster tests.\r\n\0And reviews. "),
            Some("Faster tests.\nAnd reviews.".to_owned())
        );
        assert_eq!(read(" \r\n "), None);
        assert!(read_text(&"ä".repeat(LONGEST_TEXT)).is_ok());
        assert!(read_text(&"ä".repeat(LONGEST_TEXT + 1)).is_err());
    }
}
