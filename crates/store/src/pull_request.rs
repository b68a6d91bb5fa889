//! Pull requests, as they were delivered, with the person who wrote each.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iterable,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use uuid::Uuid;

use super::entity::pull_request;
use super::{Result, bulk};

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest {
    pub repository: String,
    pub number: i64,
    /// A login or an address, as delivered.
    pub author: String,
    /// The author, where the directory knows the login or address.
    pub person: Option<Uuid>,
    /// The path of a team, as delivered.
    pub team: Option<String>,
    pub bot: bool,
    pub first_commit_at: Option<DateTime<Utc>>,
    pub last_commit_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub ready_at: Option<DateTime<Utc>>,
    pub first_review_at: Option<DateTime<Utc>>,
    pub approved_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub deployed_at: Option<DateTime<Utc>>,
    pub merged_by: Option<String>,
    pub commits: Option<i32>,
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    pub review_rounds: Option<i32>,
}

/// How many there are.
pub async fn count(connection: &impl ConnectionTrait) -> Result<u64> {
    Ok(pull_request::Entity::find().count(connection).await?)
}

/// Those with these keys, repository and number, that there are.
pub async fn find(
    connection: &impl ConnectionTrait,
    keys: &[(&str, i64)],
) -> Result<Vec<PullRequest>> {
    let backend = connection.get_database_backend();
    let mut found = Vec::new();
    for chunk in keys.chunks(bulk::PARAMETERS / 2) {
        let pair = |at: usize| match backend {
            DbBackend::Postgres => format!(
                "(CAST(${} AS text), CAST(${} AS bigint))",
                2 * at + 1,
                2 * at + 2
            ),
            _ => "(?, ?)".to_owned(),
        };
        let pairs: Vec<String> = (0..chunk.len()).map(pair).collect();
        let query = format!(
            "SELECT pull_request.* FROM (VALUES {}) AS wanted \
             JOIN pull_request ON repository = wanted.column1 AND number = wanted.column2",
            pairs.join(", ")
        );
        let values = chunk
            .iter()
            .flat_map(|(repository, number)| [Value::from(*repository), Value::from(*number)]);
        let statement = Statement::from_sql_and_values(backend, query, values);
        let rows = pull_request::Entity::find().from_raw_sql(statement);
        found.extend(
            rows.all(connection)
                .await?
                .into_iter()
                .map(PullRequest::from),
        );
    }
    Ok(found)
}

/// Adds pull requests or overwrites those with the same repository and number; each pair stands in
/// `rows` once.
pub async fn put(
    connection: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = PullRequest>,
) -> Result<()> {
    use pull_request::Column;
    let overwritten = Column::iter()
        .filter(|column| !matches!(column, Column::Id | Column::Repository | Column::Number));
    let conflict = OnConflict::columns([Column::Repository, Column::Number])
        .update_columns(overwritten)
        .to_owned();
    bulk::insert(
        connection,
        rows.into_iter().map(pull_request::ActiveModel::from),
        Some(conflict),
    )
    .await
}

/// A pull request as far as figures are made of it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Timed {
    pub repository: String,
    pub number: i64,
    pub author: String,
    #[sea_orm(from_alias = "person_id")]
    pub person: Option<Uuid>,
    #[sea_orm(from_alias = "team_path")]
    pub team: Option<String>,
    pub first_commit_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub ready_at: Option<DateTime<Utc>>,
    pub first_review_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub deployed_at: Option<DateTime<Utc>>,
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub review_rounds: Option<i32>,
}

/// Those that people merged from `from` until before `until`, in order of repository and number;
/// bots' are left out.
pub async fn merged_between(
    connection: &impl ConnectionTrait,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Timed>> {
    use pull_request::Column;
    let merged = Condition::all()
        .add(Column::MergedAt.gte(from))
        .add(Column::MergedAt.lt(until));
    timed(connection, merged).await
}

/// Those that people opened before `until` and had not merged by then, without those that were
/// closed before `from`; in order of repository and number.
pub async fn unmerged_between(
    connection: &impl ConnectionTrait,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Timed>> {
    use pull_request::Column;
    let not_before = |column: Column, instant| {
        Condition::any()
            .add(column.is_null())
            .add(column.gte(instant))
    };
    let unmerged = Condition::all()
        .add(Column::CreatedAt.lt(until))
        .add(not_before(Column::MergedAt, until))
        .add(not_before(Column::ClosedAt, from));
    timed(connection, unmerged).await
}

async fn timed(connection: &impl ConnectionTrait, which: Condition) -> Result<Vec<Timed>> {
    use pull_request::Column;
    let columns = [
        Column::Repository,
        Column::Number,
        Column::Author,
        Column::PersonId,
        Column::TeamPath,
        Column::FirstCommitAt,
        Column::CreatedAt,
        Column::ReadyAt,
        Column::FirstReviewAt,
        Column::MergedAt,
        Column::ClosedAt,
        Column::DeployedAt,
        Column::Additions,
        Column::Deletions,
        Column::ReviewRounds,
    ];
    let rows = pull_request::Entity::find()
        .select_only()
        .columns(columns)
        .filter(which)
        .filter(Column::Bot.eq(false))
        .order_by_asc(Column::Repository)
        .order_by_asc(Column::Number)
        .into_model()
        .all(connection)
        .await?;
    Ok(rows)
}

/// Authors that belong to nobody in the directory, bots aside.
pub async fn unmatched_authors(connection: &impl ConnectionTrait) -> Result<Vec<String>> {
    let authors = pull_request::Entity::find()
        .select_only()
        .column(pull_request::Column::Author)
        .distinct()
        .filter(pull_request::Column::PersonId.is_null())
        .filter(pull_request::Column::Bot.eq(false))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(authors)
}

/// Gives authors' pull requests to people, where they belong to nobody yet; returns how many there
/// were.
pub async fn assign(connection: &impl ConnectionTrait, authors: &[(String, Uuid)]) -> Result<u64> {
    let backend = connection.get_database_backend();
    let mut assigned = 0;
    // One pass over the table for each chunk: an update for each author would read the table as
    // often as there are authors.
    for chunk in authors.chunks(bulk::PARAMETERS / 2) {
        let pair = |at: usize| match backend {
            DbBackend::Postgres => format!(
                "(CAST(${} AS text), CAST(${} AS uuid))",
                2 * at + 1,
                2 * at + 2
            ),
            _ => "(?, ?)".to_owned(),
        };
        let pairs: Vec<String> = (0..chunk.len()).map(pair).collect();
        let update = format!(
            "UPDATE pull_request SET person_id = known.column2 FROM (VALUES {}) AS known \
             WHERE pull_request.author = known.column1 AND pull_request.person_id IS NULL",
            pairs.join(", ")
        );
        let values = chunk
            .iter()
            .flat_map(|(author, person)| [Value::from(author.as_str()), Value::from(*person)]);
        let statement = Statement::from_sql_and_values(backend, update, values);
        assigned += connection.execute_raw(statement).await?.rows_affected();
    }
    Ok(assigned)
}

impl From<pull_request::Model> for PullRequest {
    fn from(row: pull_request::Model) -> Self {
        Self {
            repository: row.repository,
            number: row.number,
            author: row.author,
            person: row.person_id,
            team: row.team_path,
            bot: row.bot,
            first_commit_at: row.first_commit_at,
            last_commit_at: row.last_commit_at,
            created_at: row.created_at,
            ready_at: row.ready_at,
            first_review_at: row.first_review_at,
            approved_at: row.approved_at,
            merged_at: row.merged_at,
            closed_at: row.closed_at,
            deployed_at: row.deployed_at,
            merged_by: row.merged_by,
            commits: row.commits,
            additions: row.additions,
            deletions: row.deletions,
            changed_files: row.changed_files,
            review_rounds: row.review_rounds,
        }
    }
}

impl From<PullRequest> for pull_request::ActiveModel {
    fn from(row: PullRequest) -> Self {
        Self {
            id: Set(Uuid::now_v7()),
            repository: Set(row.repository),
            number: Set(row.number),
            author: Set(row.author),
            person_id: Set(row.person),
            team_path: Set(row.team),
            bot: Set(row.bot),
            first_commit_at: Set(row.first_commit_at),
            last_commit_at: Set(row.last_commit_at),
            created_at: Set(row.created_at),
            ready_at: Set(row.ready_at),
            first_review_at: Set(row.first_review_at),
            approved_at: Set(row.approved_at),
            merged_at: Set(row.merged_at),
            closed_at: Set(row.closed_at),
            deployed_at: Set(row.deployed_at),
            merged_by: Set(row.merged_by),
            commits: Set(row.commits),
            additions: Set(row.additions),
            deletions: Set(row.deletions),
            changed_files: Set(row.changed_files),
            review_rounds: Set(row.review_rounds),
        }
    }
}
