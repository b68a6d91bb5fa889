//! Records as they came, in a table a kind, whose columns the kind declares.
//!
//! A record belongs to the import that wrote it and counts from the moment when that is finished;
//! of several with the same source and key the one of the latest import counts.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use tribometer_surveys::records::{Cell, Kind, Record};
use tribometer_surveys::telemetry::columns::{Column, Kind as ColumnKind};

use super::{Result, bulk};

/// Columns of every kind, before its own.
const SOURCE: &str = "source";
const KEY: &str = "key";
const IMPORT: &str = "import";
const POSITION: &str = "position";
const COMMON: [&str; 4] = [SOURCE, KEY, IMPORT, POSITION];

/// Records that are read together.
const PAGE: u64 = 20_000;

/// A record with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub source: String,
    pub import: i64,
    pub record: Record,
}

/// Writes records of an import.
pub async fn insert(
    connection: &impl ConnectionTrait,
    kind: &Kind,
    source: &str,
    import: i64,
    records: impl IntoIterator<Item = Record>,
) -> Result<()> {
    let columns = || {
        COMMON
            .into_iter()
            .chain(kind.columns.iter().map(|column| column.name))
    };
    let at_once = bulk::PARAMETERS / columns().count();
    let mut records = records.into_iter().peekable();
    while records.peek().is_some() {
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(kind.table))
            .columns(columns().map(Alias::new));
        for record in records.by_ref().take(at_once) {
            let mut values: Vec<Expr> = vec![
                source.into(),
                record.key.into(),
                import.into(),
                record.position.into(),
            ];
            let cells = kind.columns.iter().zip(record.cells);
            values.extend(cells.map(|(column, cell)| Expr::val(value(column, cell))));
            insert.values_panic(values);
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}

fn value(column: &Column, cell: Cell) -> Value {
    match (column.kind, cell) {
        (ColumnKind::Number, Cell::Whole(number)) => i32::try_from(number).ok().into(),
        (ColumnKind::Number, _) => None::<i32>.into(),
        (ColumnKind::Time | ColumnKind::Moment | ColumnKind::Id, Cell::Whole(number)) => {
            number.into()
        }
        (ColumnKind::Time | ColumnKind::Moment | ColumnKind::Id, _) => None::<i64>.into(),
        (ColumnKind::Value, Cell::Value(value)) => value.into(),
        (ColumnKind::Value, _) => None::<f64>.into(),
        (_, Cell::Text(text)) => text.into(),
        _ => None::<String>.into(),
    }
}

/// The records of a source with these keys, as they count.
pub async fn find(
    connection: &impl ConnectionTrait,
    kind: &Kind,
    source: &str,
    keys: &[&str],
) -> Result<Vec<Stored>> {
    let mut found: Vec<Stored> = Vec::new();
    for chunk in keys.chunks(bulk::PARAMETERS) {
        let mut select = counting(kind);
        select
            .and_where(Expr::col(SOURCE).eq(source))
            .and_where(Expr::col(KEY).is_in(chunk.iter().copied()));
        for row in connection.query_all(&select).await? {
            take_later(&mut found, stored(kind, &row)?);
        }
    }
    Ok(found)
}

/// All records as they count, in order of sources and keys.
pub async fn read(
    connection: &impl ConnectionTrait,
    kind: &Kind,
    mut take: impl FnMut(Stored),
) -> Result<()> {
    // What was read last: the next page may hold a later version of it.
    let mut kept: Vec<Stored> = Vec::new();
    loop {
        let mut select = counting(kind);
        select.limit(PAGE);
        if let Some(last) = kept.last() {
            let place = [SOURCE, KEY, IMPORT].map(Expr::col);
            let after: [Expr; 3] = [
                last.source.as_str().into(),
                last.record.key.as_str().into(),
                last.import.into(),
            ];
            select.and_where(Expr::tuple(place).gt(Expr::tuple(after)));
        }
        let rows = connection.query_all(&select).await?;
        for row in &rows {
            take_later(&mut kept, stored(kind, row)?);
        }
        let last = kept.pop();
        kept.drain(..).for_each(&mut take);
        match last {
            Some(last) if rows.len() as u64 == PAGE => kept.push(last),
            last => {
                last.into_iter().for_each(&mut take);
                return Ok(());
            }
        }
    }
}

/// Adds a record, which is a later version of the last one or another.
fn take_later(records: &mut Vec<Stored>, next: Stored) {
    match records.last_mut() {
        Some(last) if last.source == next.source && last.record.key == next.record.key => {
            *last = next;
        }
        _ => records.push(next),
    }
}

/// How many records count.
pub async fn count(connection: &impl ConnectionTrait, kind: &Kind) -> Result<u64> {
    let mut versions = Query::select();
    versions
        .columns([SOURCE, KEY].map(Alias::new))
        .distinct()
        .from(Alias::new(kind.table))
        .and_where(is_finished(kind));
    let mut count = Query::select();
    count
        .expr(Expr::cust("count(*)"))
        .from_subquery(versions, Alias::new("records"));
    let row = connection.query_one(&count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(count.unsigned_abs())
}

/// Deletes the versions of records that an import replaced.
pub async fn delete_replaced(
    connection: &impl ConnectionTrait,
    kind: &Kind,
    source: &str,
    import: i64,
    keys: &[&str],
) -> Result<()> {
    for chunk in keys.chunks(bulk::PARAMETERS) {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(kind.table))
            .and_where(Expr::col(SOURCE).eq(source))
            .and_where(Expr::col(KEY).is_in(chunk.iter().copied()))
            .and_where(Expr::col(IMPORT).lt(import));
        connection.execute(&delete).await?;
    }
    Ok(())
}

/// Deletes some of the records that an import wrote; returns how many there were.
pub async fn delete_some(
    connection: &impl ConnectionTrait,
    kind: &Kind,
    import: i64,
) -> Result<u64> {
    let of_import = || Expr::col(IMPORT).eq(import);
    let mut some = Query::select();
    some.column(Alias::new(KEY))
        .from(Alias::new(kind.table))
        .and_where(of_import())
        .limit(PAGE);
    let mut delete = Query::delete();
    delete
        .from_table(Alias::new(kind.table))
        .and_where(of_import())
        .and_where(Expr::col(KEY).in_subquery(some));
    Ok(connection.execute(&delete).await?.rows_affected())
}

/// Reads a record of the table, so that columns that are missing are found.
pub(super) async fn read_some(connection: &impl ConnectionTrait, kind: &Kind) -> Result<()> {
    let mut select = every(kind);
    select.limit(100);
    for row in connection.query_all(&select).await? {
        stored(kind, &row)?;
    }
    Ok(())
}

fn every(kind: &Kind) -> SelectStatement {
    let columns = COMMON
        .into_iter()
        .chain(kind.columns.iter().map(|column| column.name));
    let mut select = Query::select();
    select
        .columns(columns.map(Alias::new))
        .from(Alias::new(kind.table));
    select
}

/// The records of finished imports, in order of sources, keys and imports.
fn counting(kind: &Kind) -> SelectStatement {
    let mut select = every(kind);
    select.and_where(is_finished(kind));
    for name in [SOURCE, KEY, IMPORT] {
        select.order_by(Alias::new(name), Order::Asc);
    }
    select
}

fn is_finished(kind: &Kind) -> Expr {
    let mut finished = Query::select();
    finished
        .column(Alias::new("number"))
        .from(Alias::new("import"))
        .and_where(Expr::col(Alias::new("kind")).eq(kind.name))
        .and_where(Expr::col(Alias::new("finished_at")).is_not_null());
    Expr::col(Alias::new(IMPORT)).in_subquery(finished)
}

fn stored(kind: &Kind, row: &QueryResult) -> Result<Stored> {
    let mut cells = Vec::with_capacity(kind.columns.len());
    for (at, column) in (COMMON.len()..).zip(kind.columns) {
        cells.push(match column.kind {
            ColumnKind::Number => whole(row.try_get_by_index::<Option<i32>>(at)?),
            ColumnKind::Time | ColumnKind::Moment | ColumnKind::Id => {
                whole(row.try_get_by_index::<Option<i64>>(at)?)
            }
            ColumnKind::Value => {
                let value: Option<f64> = row.try_get_by_index(at)?;
                value.map_or(Cell::Nothing, Cell::Value)
            }
            _ => {
                let text: Option<String> = row.try_get_by_index(at)?;
                text.map_or(Cell::Nothing, Cell::Text)
            }
        });
    }
    Ok(Stored {
        source: row.try_get_by_index(0)?,
        import: row.try_get_by_index(2)?,
        record: Record {
            key: row.try_get_by_index(1)?,
            position: row.try_get_by_index(3)?,
            cells,
        },
    })
}

fn whole(number: Option<impl Into<i64>>) -> Cell {
    number.map_or(Cell::Nothing, |number| Cell::Whole(number.into()))
}
