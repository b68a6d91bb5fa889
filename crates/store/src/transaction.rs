//! Several changes that become one.

use sea_orm::entity::prelude::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};

use super::Result;

/// Several changes that become one; dropped without a commit it changes nothing.
///
/// It takes the place of a connection in every function of this package.
#[derive(Debug)]
pub struct Transaction(DatabaseTransaction);

impl Transaction {
    pub(crate) fn new(transaction: DatabaseTransaction) -> Self {
        Self(transaction)
    }

    /// Makes the changes last.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        self.0.support_returning()
    }
}
