//! The groups of a closed wave, to be looked for, put in order and turned over page by page.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tribometer_findings::RankedPillar;
use tribometer_findings::parts::Part;
use tribometer_reports::html::{FoundGroups, Wanted, found_groups};
use uuid::Uuid;

use super::shell::Shell;
use super::waves::read_id;
use crate::App;
use crate::service::blocking;
use crate::service::reading::{self, View};
use crate::web::page::Page;
use crate::web::session::Viewer;
use crate::web::{Error, Result};

/// The lists of findings that the page shows.
const SHOWN: &[Part] = &[Part::Ranking, Part::Groups, Part::Scores];

/// Which groups the address asks for.
#[derive(Deserialize)]
pub struct GroupQuery {
    #[serde(default)]
    search: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: Option<usize>,
}

#[derive(Template)]
#[template(path = "lead/groups.html")]
struct GroupsPage {
    shell: Shell,
    wave: Uuid,
    label: String,
    search: String,
    sorts: Vec<Sort>,
    found: FoundGroups,
    before: Option<String>,
    after: Option<String>,
}

struct Sort {
    pillar: String,
    name: String,
    is_chosen: bool,
}

/// `GET /waves/{id}/groups?search=&sort=&page=`.
pub async fn show(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    Query(query): Query<GroupQuery>,
) -> Result<Response> {
    let seen = reading::look(&app, &viewer, read_id(&id)?, SHOWN).await?;
    let View::Report(findings) = seen.view else {
        return Err(Error::NotFound);
    };
    let is_chosen = |row: &&RankedPillar| row.pillar == query.sort;
    let chosen = findings.ranking.iter().find(is_chosen);
    let pillar = chosen.map(|row| row.pillar.clone());
    let sorts = findings.ranking.iter().map(|row| Sort {
        pillar: row.pillar.clone(),
        name: row.name.clone(),
        is_chosen: is_chosen(&row),
    });
    let sorts = sorts.collect();
    let wanted = Wanted {
        pillar: pillar.clone(),
        page: query.page.unwrap_or(1),
        report: format!("/waves/{}", seen.id),
        words: query.search.clone(),
    };
    let found = blocking::run("the groups", move || found_groups(&findings, &wanted)).await?;
    let turned = |page: usize| {
        let address = form_urlencoded::Serializer::new(String::new())
            .append_pair("search", &query.search)
            .append_pair("sort", pillar.as_deref().unwrap_or_default())
            .append_pair("page", &page.to_string())
            .finish();
        format!("/waves/{}/groups?{address}", seen.id)
    };
    Ok(Page::ok(GroupsPage {
        shell: Shell::of(viewer, "/"),
        wave: seen.id,
        sorts,
        before: (found.page > 1).then(|| turned(found.page - 1)),
        after: (found.page < found.pages).then(|| turned(found.page + 1)),
        label: seen.label,
        search: query.search,
        found,
    })
    .into_response())
}
